"""`kedge init`: files that run as they are, and never over those of somebody else."""

import os
from pathlib import Path

import pytest
from tests.unit.cli.calls import Call

FILES = ["kedge.yaml", ".env.example"]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KEDGE_")]:
        monkeypatch.delenv(name)


def test_it_writes_settings_that_pass_the_check(kedge: Call, tmp_path: Path) -> None:
    directory = tmp_path / "new" / "trading"
    told = kedge("init", directory)
    config = directory / "kedge.yaml"
    assert (told.status, told.err) == (0, "")
    assert told.out.splitlines() == [
        f"wrote {config}",
        f"wrote {directory / '.env.example'}",
        f"`kedge check -c {config}` says what is in force, `kedge run -c {config}` runs the engine on it.",
    ]
    assert sorted(path.name for path in directory.iterdir()) == sorted(FILES)
    assert kedge("check", "-c", config).status == 0
    (directory / ".env.example").rename(directory / ".env")
    assert kedge("check", "-c", config).status == 0


def test_without_a_directory_it_writes_here(
    kedge: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert kedge("init", "--json").document == {"written": FILES}
    told = kedge("check")
    assert told.status == 0
    assert "kedge.yaml is in order. Digest " in told.out


@pytest.mark.parametrize("name", FILES)
def test_it_writes_nothing_over(name: str, kedge: Call, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    message = (
        f"{tmp_path / name} is there already and stays as it is; nothing was written. Name another directory."
    )
    assert kedge("init", tmp_path) == (1, "", f"kedge: {message}\n")
    assert kedge("init", tmp_path, "--json").document == {
        "error": {"code": "ALREADY_THERE", "message": message, "facts": {"file": str(tmp_path / name)}}
    }
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


def test_a_link_that_leads_nowhere_is_not_written_through(kedge: Call, tmp_path: Path) -> None:
    (tmp_path / "kedge.yaml").symlink_to(tmp_path / "elsewhere")
    assert kedge("init", tmp_path).status == 1
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_is_no_directory(kedge: Call, tmp_path: Path) -> None:
    file = tmp_path / "kedge.yaml"
    file.write_text("mine")
    assert kedge("init", file) == (1, "", f"kedge: {file} is a file; kedge init takes a directory.\n")
    assert kedge("init", file / "below").status == 1
    assert kedge("init", "").status == 2
