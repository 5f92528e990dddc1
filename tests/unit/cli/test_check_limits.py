"""`kedge journal check-limits`: what was inside the limits, and what was not."""

import json
from pathlib import Path

import pytest
from tests.builders import Desk, account
from tests.unit.cli.calls import Call
from tests.unit.cli.recorded import recorded


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    desk = Desk(account())
    desk.enter(filled=4)
    return recorded(desk, tmp_path / "data")


def test_a_record_inside_the_limits(kedge: Call, directory: Path) -> None:
    told = kedge("journal", "check-limits", "--data-dir", directory)
    assert (told.status, told.err) == (0, "")
    assert told.out.startswith("Inside the limits: 1 entries and 0 changes in ")
    document = kedge("journal", "check-limits", "--data-dir", directory, "--json").document
    size = next(each for each in document["limits"] if each["limit"] == "max_position_size")
    assert (document["ok"], document["entries"], size["used"], size["most"], size["left"]) == (
        True,
        1,
        "10",
        "1000",
        "990",
    )


def test_an_export_in_which_something_could_breach_a_limit(
    kedge: Call, directory: Path, tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    kedge("journal", "export", "--data-dir", directory, "--out", file)
    file.write_text(file.read_text().replace('"max_position_size":"1000"', '"max_position_size":"9"'))
    told = kedge("journal", "check-limits", "--file", file)
    assert (told.status, told.err) == (1, "")
    assert "Outside the limits: 1 entries" in told.out
    assert "max_position_size is 9, and 10 could be used." in told.out
    breach = kedge("journal", "check-limits", "--file", file, "--json").document["breaches"][0]
    assert (breach["what"], breach["limit"], breach["used"], breach["most"], breach["left"]) == (
        "entry",
        "max_position_size",
        "10",
        "9",
        "-1",
    )


def test_a_file_that_is_no_export_is_named(kedge: Call, tmp_path: Path) -> None:
    there = tmp_path / "there.jsonl"
    there.write_text(json.dumps({"a": 1}))
    told = kedge("journal", "check-limits", "--file", there)
    assert told.status == 1
    assert told.err.startswith(
        "kedge: The limits cannot be checked: line 1 is no event of an exported record"
    )
    missing = kedge("journal", "check-limits", "--file", tmp_path / "missing.jsonl")
    assert missing.status == 1
    assert "missing.jsonl cannot be read: No such file" in missing.err
