"""The demo from outside: it trades, it ends in order, it goes on where it was, and it survives being killed.

The judge is the simulated exchange's own ledger, added up by arithmetic that shares nothing with the engine's.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kedge.cli.demo.market import VENUE
from kedge.domain.ids import AccountId
from kedge.engine.listed import ledger_of
from kedge.venues.simulated.statement import Statement

SECONDS = 9
PATIENCE_SECONDS = 40


def demo(*arguments: object) -> subprocess.Popen[str]:
    """The demo, without a terminal and without standard input."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "kedge", "demo", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TZ": "UTC"},
    )


def finished(program: subprocess.Popen[str]) -> str:
    """What it printed by its end, which has to be a good one."""
    out, err = program.communicate(timeout=PATIENCE_SECONDS)
    assert (program.returncode, err) == (0, "")
    return out


def asked(directory: Path, *words: object) -> Any:
    """The answer of another command."""
    ended = subprocess.run(
        [sys.executable, "-m", "kedge", *map(str, words), "--data-dir", str(directory), "--json"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return json.loads(ended.stdout)


@contextmanager
def heard(program: subprocess.Popen[str], word: str) -> Iterator[None]:
    """Wait until the demo has said this word; when the test ends it is stopped in any case."""
    assert program.stdout is not None
    patience = threading.Timer(PATIENCE_SECONDS, program.kill)
    patience.start()
    try:
        if not any(word in line for line in program.stdout):
            pytest.fail(f"the demo ended, or went on for too long, without having said {word!r}")
        patience.cancel()
        yield
    finally:
        patience.cancel()
        program.kill()
        program.communicate(timeout=PATIENCE_SECONDS)


def assert_books_agree(directory: Path) -> None:
    """The engine's record and the exchange's own ledger tell of the same cash, positions, orders and trades."""
    ledger = Statement.of(ledger_of(directory, VENUE))
    status = asked(directory, "status")
    for account in status["accounts"]:
        theirs = ledger.accounts[AccountId(account["id"])]
        assert Decimal(account["cash"]) == theirs.cash
        assert Decimal(account["fees"]) == theirs.fees
        ours = {
            p["instrument"]: Decimal(p["quantity"])
            for p in status["positions"]
            if p["account"] == account["id"]
        }
        assert ours == theirs.positions
    orders = {order["id"]: order for order in asked(directory, "orders")["items"]}
    accepted = {id_: order for id_, order in ledger.orders.items() if order.accepted}
    assert all(order.accepted == 1 for order in accepted.values()), "an order was placed twice"
    for id_, theirs_order in accepted.items():
        assert Decimal(orders[id_]["filled"]) == theirs_order.filled
    live = {id_ for id_, order in accepted.items() if order.is_open}
    assert live == {
        id_ for id_, order in orders.items() if order["state"] in ("ACCEPTED", "PARTIALLY_FILLED")
    }


def assert_covered(directory: Path) -> None:
    """Every open quantity has a stop for all of it at the exchange."""
    working = [order for order in asked(directory, "orders", "--open")["items"] if order["role"] == "stop"]
    for position in asked(directory, "positions")["items"]:
        covered = sum(
            Decimal(order["quantity"]) - Decimal(order["filled"])
            for order in working
            if order["parent"] == position["entry_order"]
        )
        assert covered >= abs(Decimal(position["quantity"]))


def test_a_short_demo_trades_and_a_second_one_goes_on(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    out = finished(demo("--seconds", SECONDS, "--headless", "--data-dir", directory))
    assert "\x1b" not in out
    head, _, summary = out.partition("Ended in order after ")
    assert head.startswith("kedge ")
    assert f"Data             {directory} (journal " in head
    for said in (
        ": ordered",
        "accepted by the venue",
        "stop rests at",
        "target rests at",
        "opened: ",
        "closed by ",
    ):
        assert said in head
    assert summary.startswith(f"{SECONDS}.")
    trades = asked(directory, "trades")["items"]
    assert trades
    assert f"Trades   {len(trades)}: " in summary
    first = asked(directory, "journal", "verify")
    assert first["ok"]
    assert first["head"] in summary
    assert_books_agree(directory)
    assert_covered(directory)

    again = json.loads(finished(demo("--seconds", SECONDS, "--seed", 3, "--json", "--data-dir", directory)))
    assert again["trades"] >= 1
    assert again["anomalies"] == 0
    second = asked(directory, "journal", "verify")
    assert second == {"ok": True, **{k: again["journal"][k] for k in ("events", "last_seq", "head")}}
    assert second["last_seq"] > first["last_seq"]
    assert asked(directory, "journal", "stats")["starts"] == 2
    assert [trade for trade in asked(directory, "trades")["items"] if trade in trades] == trades
    assert len(asked(directory, "trades")["items"]) == len(trades) + again["trades"]
    assert_books_agree(directory)
    assert_covered(directory)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(number: signal.Signals, tmp_path: Path) -> None:
    program = demo("--data-dir", tmp_path)
    assert program.stdout is not None
    with heard(program, "opened: "):
        status = asked(tmp_path, "status")
        assert status["engine"] == {"running": True, "pid": program.pid}
        program.send_signal(number)
        out, err = program.communicate(timeout=PATIENCE_SECONDS)
    assert (program.returncode, err) == (0, "")
    assert "Ended in order after " in out
    assert asked(tmp_path, "status")["engine"] == {"running": False, "pid": None}
    assert asked(tmp_path, "journal", "verify")["ok"]
    assert_books_agree(tmp_path)
    assert_covered(tmp_path)


def test_killed_in_the_middle_of_a_trade_it_goes_on(tmp_path: Path) -> None:
    program = demo("--data-dir", tmp_path)
    with heard(program, "opened: "):
        program.kill()
        program.wait(PATIENCE_SECONDS)
    assert asked(tmp_path, "journal", "verify")["ok"]
    assert asked(tmp_path, "status")["engine"]["running"] is False

    again = json.loads(finished(demo("--seconds", SECONDS, "--json", "--data-dir", tmp_path)))
    assert again["trades"] >= 1
    assert asked(tmp_path, "journal", "verify")["head"] == again["journal"]["head"]
    assert_books_agree(tmp_path)
    assert_covered(tmp_path)


def test_a_second_demo_on_the_same_directory_is_refused_and_does_no_harm(tmp_path: Path) -> None:
    program = demo("--data-dir", tmp_path)
    with heard(program, "accepted by the venue"):
        second = demo("--data-dir", tmp_path)
        out, err = second.communicate(timeout=PATIENCE_SECONDS)
        assert (second.returncode, out) == (1, "")
        assert f"is in use by process {program.pid} " in err
        program.terminate()
        out, err = program.communicate(timeout=PATIENCE_SECONDS)
    assert (program.returncode, err) == (0, "")
    assert "Ended in order after " in out


def test_the_record_of_another_engine_is_left_alone(tmp_path: Path) -> None:
    import apsw

    json.loads(finished(demo("--seconds", 0.2, "--json", "--data-dir", tmp_path)))
    connection = apsw.Connection(str(tmp_path / "journal.db"))
    connection.execute("UPDATE accounts SET id = 'mine' WHERE id = 'alpha'")
    connection.close()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.name != "lock"}
    program = demo("--seconds", 1, "--json", "--data-dir", tmp_path)
    out, _ = program.communicate(timeout=PATIENCE_SECONDS)
    assert (program.returncode, json.loads(out)["error"]["code"]) == (1, "NOT_A_DEMO")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.name in before} == before


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    program = demo(
        "--seconds", 1, "--data-dir", "/proc/kedge" if Path("/proc").is_dir() else "/dev/null/kedge"
    )
    out, err = program.communicate(timeout=PATIENCE_SECONDS)
    assert (program.returncode, out) == (1, "")
    assert err.endswith("Make it writable, or name another directory with --data-dir.\n")
    assert err.count("\n") == 1


def test_a_reader_who_goes_away_ends_it_in_order(tmp_path: Path) -> None:
    program = demo("--data-dir", tmp_path)
    assert program.stdout is not None
    assert program.stdout.readline().startswith("kedge ")
    program.stdout.close()
    assert program.wait(PATIENCE_SECONDS) == 141
    assert program.stderr is not None
    assert program.stderr.read() == ""
    program.stderr.close()
    assert asked(tmp_path, "status")["engine"]["running"] is False
