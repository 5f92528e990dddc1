"""Directories without a record, and records that are damaged: one sentence, one status, whatever was asked."""

import shutil
from pathlib import Path

import apsw
import pytest
from tests.unit.cli.calls import Call

READING = [
    ["status"],
    ["orders"],
    ["order", "x"],
    ["positions"],
    ["trades"],
    ["signals"],
    ["explain", "x"],
    ["journal", "verify"],
    ["journal", "check-limits"],
    ["journal", "show"],
    ["journal", "stats"],
    ["journal", "export"],
    ["journal", "rebuild"],
]
ids = [" ".join(words) for words in READING]


@pytest.mark.parametrize("words", READING, ids=ids)
@pytest.mark.parametrize("there", [True, False], ids=["empty", "missing"])
def test_without_a_record_it_says_how_to_get_one(
    words: list[str], there: bool, kedge: Call, tmp_path: Path
) -> None:
    directory = tmp_path / "data"
    if there:
        directory.mkdir()
    message = (
        f"There is no journal in {directory}: no journal.db. Start one with `kedge demo`, or name another directory "
        "with --data-dir."
    )
    assert kedge(*words, "--data-dir", directory) == (1, "", f"kedge: {message}\n")
    told = kedge(*words, "--data-dir", directory, "--json")
    assert (told.status, told.err) == (1, "")
    assert told.document == {"error": {"code": "NO_JOURNAL", "message": message, "facts": {}}}
    assert directory.exists() is there
    assert not there or not list(directory.iterdir())


@pytest.mark.parametrize("words", [*READING, ["demo", "--seconds", "1"]], ids=[*ids, "demo"])
def test_a_file_of_another_program_is_left_alone(words: list[str], kedge: Call, tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    file.write_text("dear diary")
    told = kedge(*words, "--data-dir", tmp_path, "--json")
    assert (told.status, told.document["error"]["code"]) == (1, "NOT_A_JOURNAL")
    assert "Name another directory with --data-dir." in told.document["error"]["message"]
    assert file.read_text() == "dear diary"


def test_a_database_of_another_program_is_left_alone(kedge: Call, tmp_path: Path) -> None:
    other = apsw.Connection(str(tmp_path / "journal.db"))
    other.execute("CREATE TABLE diary (entry TEXT)")
    other.close()
    for words in (["status"], ["demo", "--seconds", "1"]):
        assert kedge(*words, "--data-dir", tmp_path, "--json").document["error"]["code"] == "NOT_A_JOURNAL"


@pytest.mark.parametrize("words", [["status"], ["demo", "--seconds", "1"]])
def test_a_file_is_no_directory(words: list[str], kedge: Call, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    told = kedge(*words, "--data-dir", file)
    assert told == (1, "", f"kedge: {file} is a file; --data-dir takes a directory.\n")


def change_an_event(directory: Path) -> None:
    """Rewrite a row behind the program's back, as somebody would who wants the record to say something else."""
    connection = apsw.Connection(str(directory / "journal.db"))
    connection.execute(
        "UPDATE events SET payload = CAST(replace(CAST(payload AS TEXT), 'alpha', 'omega') AS BLOB) WHERE kind = ?",
        ("AccountDefined",),
    )
    assert connection.changes() == 2
    connection.close()


def test_a_changed_event_is_found(kedge: Call, copied: Path) -> None:
    whole = kedge("journal", "verify", "--data-dir", copied, "--json").document
    change_an_event(copied)
    told = kedge("journal", "verify", "--data-dir", copied, "--json")
    assert told.status == 1
    assert told.document["ok"] is False
    assert told.document["broken_seq"] == told.document["events"] + 1
    assert told.document["events"] < whole["events"]
    assert told.document["head"] != whole["head"]
    words = kedge("journal", "verify", "--data-dir", copied)
    assert (words.status, words.err) == (1, "")
    assert words.out.startswith(f"Broken: {told.document['problem']}.")


@pytest.mark.parametrize("words", [["demo", "--seconds", "1"], ["journal", "rebuild"]])
def test_a_changed_event_stops_whatever_rests_on_it(words: list[str], kedge: Call, copied: Path) -> None:
    change_an_event(copied)
    # The snapshot of the last run spares the fold: without it the demo has to read what was changed.
    connection = apsw.Connection(str(copied / "journal.db"))
    connection.execute("DELETE FROM snapshots")
    connection.close()
    told = kedge(*words, "--data-dir", copied, "--json")
    assert (told.status, told.document["error"]["code"]) == (1, "CORRUPT")


def test_a_damaged_file_is_no_traceback(kedge: Call, copied: Path) -> None:
    file = copied / "journal.db"
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    for words in READING:
        told = kedge(*words, "--data-dir", copied, "--json")
        assert told.status == 1, words
        assert told.err == ""
    verified = kedge("journal", "verify", "--data-dir", copied, "--json").document
    assert verified["ok"] is False
    assert verified["problem"]


def test_a_copy_without_the_locks_can_be_read(kedge: Call, copied: Path, tmp_path: Path) -> None:
    only = tmp_path / "only"
    only.mkdir()
    shutil.copy(copied / "journal.db", only)
    told = kedge("status", "--data-dir", only, "--json")
    assert told.status == 0
    assert told.document["engine"] == {"running": False, "pid": None}
