"""`kedge status`."""

import os
from decimal import Decimal
from pathlib import Path

from tests.unit.cli.calls import Call, Filled

from kedge.journal.lock import DirectoryLock


def test_programs_get_what_the_record_says(kedge: Call, filled: Filled) -> None:
    told = kedge("status", "--data-dir", filled.directory, "--json").document
    summary = filled.summary
    assert told["data_dir"] == str(filled.directory)
    assert told["journal"] == summary["journal"]["id"]
    assert told["events"] == summary["journal"]["events"]
    assert told["last_event"].endswith("Z")
    assert told["engine"] == {"running": False, "pid": None}
    assert told["trading"] == "ACTIVE"
    assert told["last_start"]["version"]
    for account, own in zip(told["accounts"], summary["accounts"], strict=True):
        assert {name: account[name] for name in own} == own
        assert Decimal(account["starting_cash"]) in (100_000, 50_000)
    assert sum(account["open_positions"] for account in told["accounts"]) == len(told["positions"])
    assert [position["id"] for position in told["positions"]] == [p["id"] for p in summary["open_positions"]]


def test_people_get_it_at_a_glance(kedge: Call, filled: Filled) -> None:
    lines = kedge("status", "--data-dir", filled.directory).out.splitlines()
    assert lines[0] == f"Data     {filled.directory}, journal {filled.summary['journal']['id']}"
    assert lines[1].startswith(f"Record   {filled.summary['journal']['events']} events, the last ")
    assert lines[2].startswith("Engine   not running, last started ")
    assert lines[3] == "Trading  ACTIVE"
    assert lines[5].split() == [
        "Account",
        "State",
        "Cash",
        "Realised",
        "Fees",
        "Won/lost",
        "Positions",
        "Orders",
    ]
    assert [line.split()[0] for line in lines[6:8]] == ["alpha", "futures"]


def test_a_running_engine_is_known_by_its_lock(kedge: Call, copied: Path) -> None:
    lock = DirectoryLock.acquire(copied)
    try:
        told = kedge("status", "--data-dir", copied, "--json").document
        assert told["engine"] == {"running": True, "pid": os.getpid()}
        assert (
            f"Engine   running, process {os.getpid()}, started " in kedge("status", "--data-dir", copied).out
        )
    finally:
        lock.release()
    assert kedge("status", "--data-dir", copied, "--json").document["engine"]["running"] is False


def test_a_record_without_trades_has_accounts_and_no_positions(kedge: Call, flat: Path) -> None:
    told = kedge("status", "--data-dir", flat, "--json").document
    assert [account["cash"] for account in told["accounts"]] == ["100000", "50000"]
    assert told["positions"] == []
