"""The page of scenarios says what is tested: a number that stands on one side only stops the build."""

from pathlib import Path

import pytest
from scripts.pages.scenarios import scenarios_page

ONE = """
[[class]]
letter = "A"
name = "Answers"
[class.scenarios.S-01]
happened = "It was lost."
answer = "It is kept."
"""
XFAIL = '@pytest.mark.xfail(strict=True, reason="later")\n'


def built(root: Path, data: str, tests: str) -> str:
    for name, text in {"docs/scenarios.toml": data, "tests/unit/test_it.py": tests}.items():
        path = root / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return scenarios_page(root)


@pytest.mark.parametrize(
    "tests",
    [
        "def test_s01_it_is_kept(): ...",
        "async def test_s01_it_is_kept(): ...",
        "class TestAll:\n    def test_s01_it_is_kept(self): ...",
        '@pytest.mark.parametrize("n", [pytest.param(1, id="S-01")])\ndef test_it_is_kept(n): ...',
        '@pytest.mark.parametrize("n", [1, 2], ids=["S-01", "other"])\ndef test_it_is_kept(n): ...',
    ],
)
def test_a_scenario_is_shown_with_its_tests(tmp_path: Path, tests: str) -> None:
    text = built(tmp_path, ONE, tests)
    assert "**1 of 1 are covered.**" in text
    assert "| S-01 | It was lost. | It is kept. | [it is kept](../../tests/unit/test_it.py) |" in text


def test_what_is_missing_is_told_and_not_counted(tmp_path: Path) -> None:
    text = built(
        tmp_path, ONE + 'not_yet = "It is lost now and then."\n', XFAIL + "def test_s01_it_is_kept(): ..."
    )
    assert "**0 of 1 are covered.**" in text
    assert (
        "It is kept. **Not yet:** It is lost now and then. | [it is kept](../../tests/unit/test_it.py) (known"
        in text
    )


@pytest.mark.parametrize(
    ("data", "tests", "fault"),
    [
        (ONE, "def test_it_is_kept(): ...", "S-01 has neither a test nor a reason"),
        (ONE, "def test_s01_s99_it_is_kept(): ...", "test_s01_s99_it_is_kept names S-99, which is not there"),
        (ONE, XFAIL + "def test_s01_it_is_kept(): ...", "S-01 has a test that fails and does not say"),
    ],
)
def test_what_does_not_fit_together_stops_the_build(
    tmp_path: Path, data: str, tests: str, fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        built(tmp_path, data, tests)
