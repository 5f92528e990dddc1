"""What `import kedge` offers, and what it costs."""

import subprocess
import sys

import pytest

import kedge


def test_the_public_names() -> None:
    assert kedge.__all__ == [
        "Engine",
        "Enter",
        "Entry",
        "Exit",
        "Idea",
        "Kind",
        "Leave",
        "Need",
        "Own",
        "Seen",
        "StopAdjustment",
        "Strategy",
        "Terms",
        "__version__",
    ]
    assert all(getattr(kedge, name) for name in kedge.__all__)


def test_the_engine_is_the_engine() -> None:
    from kedge.engine.engine import Engine

    assert kedge.Engine is Engine


def test_other_names_are_unknown() -> None:
    with pytest.raises(AttributeError, match="module 'kedge' has no attribute 'Motor'"):
        _ = kedge.Motor  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("statement", "not_loaded"),
    [
        (
            "import kedge",
            ["decimal", "kedge.domain", "msgspec", "apsw", "typer", "rich", "asyncio", "kedge.engine"],
        ),
        ("import kedge; kedge.Entry('SPY', 'LONG', account='a')", ["msgspec", "apsw", "kedge.engine"]),
        ("import kedge; kedge.Engine", ["apsw", "typer", "rich"]),
        ("import kedge.__main__", ["decimal", "msgspec", "typer", "kedge.cli"]),
        ("import kedge.cli.main", ["apsw", "asyncio.events", "kedge.engine.engine", "kedge.journal.sqlite"]),
    ],
)
def test_only_what_is_needed_is_loaded(statement: str, not_loaded: list[str]) -> None:
    program = (
        f"import sys; {statement}; print('\\n'.join(name for name in {not_loaded} if name in sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.split() == []
