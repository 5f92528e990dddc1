"""`kedge journal`: the record itself."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw
import pytest
from tests.unit.cli.calls import Call, Filled

from kedge.domain.ids import BookId
from kedge.domain.instants import parse_instant
from kedge.journal.chain import genesis, link
from kedge.journal.lock import DirectoryLock


def test_a_whole_record_is_verified(kedge: Call, filled: Filled) -> None:
    journal = filled.summary["journal"]
    told = kedge("journal", "verify", "--data-dir", filled.directory, "--json")
    assert (told.status, told.err) == (0, "")
    assert told.document == {
        "ok": True,
        "events": journal["events"],
        "last_seq": journal["last_seq"],
        "head": journal["head"],
    }
    words = kedge("journal", "verify", "--data-dir", filled.directory)
    assert words == (
        0,
        f"Whole: {journal['events']:,} events, every hash fits.\nHead {journal['head']}\n",
        "",
    )


def shown(kedge: Call, filled: Filled, *words: object) -> dict[str, Any]:
    told = kedge("journal", "show", *words, "--data-dir", filled.directory, "--json")
    assert (told.status, told.err) == (0, "")
    document: dict[str, Any] = told.document
    return document


def test_the_newest_events_are_shown(kedge: Call, filled: Filled) -> None:
    last = filled.summary["journal"]["last_seq"]
    told = shown(kedge, filled, "--limit", 5)
    assert [item["seq"] for item in told["items"]] == list(range(last - 4, last + 1))
    assert told["next"] is None
    assert list(told["items"][0]) == ["seq", "step", "at", "event", "cause", "text"]


def test_the_record_can_be_read_from_the_first_event_on(kedge: Call, filled: Filled) -> None:
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        told = shown(kedge, filled, "--after", after, "--limit", 20)
        seen += [item["seq"] for item in told["items"]]
        after = told["next"]
    assert seen == list(range(1, filled.summary["journal"]["last_seq"] + 1))


def test_the_record_can_be_read_from_a_time_on(kedge: Call, filled: Filled) -> None:
    whole = shown(kedge, filled, "--after", 0, "--limit", 100_000)["items"]
    for item in (whole[0], whole[len(whole) // 2], whole[-1]):
        since = datetime.fromisoformat(item["at"])
        told = shown(kedge, filled, "--since", item["at"], "--limit", 100_000)["items"]
        assert told == [other for other in whole if datetime.fromisoformat(other["at"]) >= since]


def test_events_about_one_thing_are_picked_out(kedge: Call, filled: Filled) -> None:
    order = kedge("orders", "--limit", 1, "--data-dir", filled.directory, "--json").document["items"][0]["id"]
    told = shown(kedge, filled, "--about", order)["items"]
    assert told
    assert all(order in json.dumps(item["event"]) for item in told)
    unknown = kedge("journal", "show", "--about", "zzz", "--data-dir", filled.directory)
    assert unknown == (1, "", "kedge: The record has no event about zzz.\n")


def test_people_read_the_record_in_words(kedge: Call, filled: Filled) -> None:
    told = kedge("journal", "show", "--after", 0, "--limit", 4, "--data-dir", filled.directory)
    heading, *lines, _blank, rest = told.out.splitlines()
    assert heading.split() == ["Seq", "Time", "UTC", "Account", "Symbol", "Event"]
    assert "engine started" in lines[0]
    assert rest == "It goes on: --after 4"


def test_what_the_record_holds_is_counted(kedge: Call, filled: Filled) -> None:
    told = kedge("journal", "stats", "--data-dir", filled.directory, "--json").document
    summary = filled.summary
    assert told["events"] == told["last_seq"] == sum(told["kinds"].values()) == summary["journal"]["events"]
    assert told["kinds"]["OrderFilled"] == summary["fills"]
    assert told["kinds"]["PositionClosed"] == summary["trades"]
    assert told["head"] == summary["journal"]["head"]
    assert told["starts"] == 1
    assert told["first_event"] < told["last_event"]
    assert told["bytes"] > 0
    words = kedge("journal", "stats", "--data-dir", filled.directory)
    assert f"Events   {told['events']} in {told['steps']} steps\n" in words.out


def exported(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_export_holds_all_that_the_hashes_cover(kedge: Call, filled: Filled) -> None:
    told = kedge("journal", "export", "--data-dir", filled.directory)
    assert (told.status, told.err) == (0, "")
    previous = genesis(filled.summary["journal"]["id"], BookId("main"))
    decoder = json.JSONDecoder()
    for line in told.out.splitlines():
        row = json.loads(line)
        # The payload and the cause stand in the line as the very bytes that were hashed.
        payload_at = line.index('"payload":') + len('"payload":')
        payload = line[payload_at : decoder.raw_decode(line, payload_at)[1]]
        cause_at = line.index('"cause":', payload_at + len(payload)) + len('"cause":')
        cause = line[cause_at : decoder.raw_decode(line, cause_at)[1]]
        cells = (
            row["seq"],
            row["step"],
            parse_instant(row["at"]),
            row["kind"],
            row["version"],
            row["subject"],
            payload.encode(),
            None if cause == "null" else cause.encode(),
        )
        previous = link(previous, cells)
        assert row["hash"] == previous.hex()
    assert previous.hex() == filled.summary["journal"]["head"]


def test_an_export_can_go_on_where_an_earlier_one_ended(kedge: Call, filled: Filled) -> None:
    whole = exported(kedge("journal", "export", "--data-dir", filled.directory).out)
    assert exported(kedge("journal", "export", "--after", 7, "--data-dir", filled.directory).out) == whole[7:]
    document = kedge("journal", "export", "--data-dir", filled.directory, "--json").document
    assert document == {"items": whole, "next": None, "head": filled.summary["journal"]["head"]}


def test_an_export_into_a_file_leaves_other_files_alone(kedge: Call, filled: Filled, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    journal = filled.summary["journal"]
    told = kedge("journal", "export", "--out", file, "--data-dir", filled.directory)
    assert told == (0, f"Wrote {journal['events']} events to {file}; head {journal['head']}.\n", "")
    assert len(exported(file.read_text())) == journal["events"]
    file.write_text("mine")
    again = kedge("journal", "export", "--out", file, "--data-dir", filled.directory)
    assert again == (1, "", f"kedge: {file} exists already; name another file.\n")
    assert file.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [file]
    nowhere = kedge("journal", "export", "--out", tmp_path / "no" / "x", "--data-dir", filled.directory)
    assert nowhere.status == 1
    assert nowhere.err.endswith("No such file or directory.\n")


TABLES = ["orders", "trades", "signals", "positions"]


def test_the_readable_tables_are_made_again_from_the_events(
    kedge: Call, copied: Path, filled: Filled
) -> None:
    def listed() -> list[object]:
        documents = [kedge(name, "--data-dir", copied, "--json").document for name in TABLES]
        for document in documents:
            for item in document["items"]:
                item.pop("age_seconds", None)
        return documents

    before = listed()
    connection = apsw.Connection(str(copied / "journal.db"))
    connection.execute("DELETE FROM orders; DELETE FROM trades; UPDATE signals SET code = 'WRONG'")
    connection.close()
    assert kedge("orders", "--data-dir", copied).out == "No orders.\n"
    told = kedge("journal", "rebuild", "--data-dir", copied, "--json")
    journal = filled.summary["journal"]
    assert told.document == {"rebuilt": True, "events": journal["events"], "head": journal["head"]}
    assert listed() == before
    assert kedge("journal", "rebuild", "--data-dir", copied).out.startswith(
        "The readable tables are made again "
    )


@pytest.mark.parametrize("words", [["journal", "rebuild"], ["demo", "--seconds", "1"]])
def test_a_directory_in_use_is_left_alone(words: list[str], kedge: Call, copied: Path) -> None:
    lock = DirectoryLock.acquire(copied)
    try:
        told = kedge(*words, "--data-dir", copied)
        assert (told.status, told.out) == (1, "")
        assert told.err.startswith(f"kedge: Data directory {copied} is in use by process ")
        assert told.err.endswith("Stop that process first, or name another directory with --data-dir.\n")
        assert kedge(*words, "--data-dir", copied, "--json").document["error"]["code"] == "JOURNAL_IN_USE"
        assert kedge("orders", "--data-dir", copied).status == 0
    finally:
        lock.release()
