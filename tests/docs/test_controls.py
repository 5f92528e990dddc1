"""The page of risk controls claims only what is there."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from scripts.pages.controls import DATA, MAY_NOT_APPLY, controls_page, faults

ROOT = Path(__file__).parents[2]


@pytest.fixture
def known() -> dict[str, dict[str, Any]]:
    classes = tomllib.loads((ROOT / DATA).read_text("utf-8"))["class"]
    return {id_: told for each in classes for id_, told in each["controls"].items()}


def test_every_control_has_a_row(known: dict[str, dict[str, Any]]) -> None:
    rows = [line.split(" | ")[0] for line in controls_page().splitlines() if line.startswith("| ")]
    assert [row.removeprefix("| ") for row in rows if row[2:4].strip("ABCDEF ").isdigit()] == list(known)
    assert len(known) == 55


def test_what_does_not_apply_is_what_may_not_and_has_its_reason(known: dict[str, dict[str, Any]]) -> None:
    assert sorted(id_ for id_, told in known.items() if "na" in told) == sorted(MAY_NOT_APPLY)
    assert all(len(told["na"]) > 50 for told in known.values() if "na" in told)


WRONG = [
    ("A1", {"na": "no need"}, "A1 has to apply"),
    ("A1", {"where": ["src/kedge/gates/none.py"], "tests": []}, "A1: there is no src/kedge/gates/none.py"),
    (
        "A1",
        {"where": [], "tests": ["tests/docs/test_controls.py::test_of_nothing" + "_at_all"]},
        "A1: there is no test tests/docs/test_controls.py::test_of_nothing_at_all",
    ),
    ("A13", {"where": [], "tests": []}, "there is no control A13"),
]


@pytest.mark.parametrize(("id_", "told", "said"), WRONG, ids=[said for *_, said in WRONG])
def test_a_row_that_claims_what_is_not_there_stops_the_build(
    known: dict[str, dict[str, Any]], id_: str, told: dict[str, Any], said: str
) -> None:
    assert list(faults(known | {id_: told}, ROOT)) == [said]


def test_a_control_that_is_left_out_stops_the_build(known: dict[str, dict[str, Any]]) -> None:
    assert list(faults({id_: told for id_, told in known.items() if id_ != "D9"}, ROOT)) == ["D9 is missing"]
