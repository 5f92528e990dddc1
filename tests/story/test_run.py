"""`kedge run` from outside: on the files of `kedge init`, with signals sent to it, ended and started again."""

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

PATIENCE_SECONDS = 40
ENTRY = ("--account", "alpha", "--kind", "ENTRY", "--instrument", "SPY", "--direction", "LONG")


PASSING = ("age_seconds", "price", "unrealised", "result", "return_pct", "r_now", "pnl_per_day")


def kedge(
    folder: Path, *words: object, status: int = 0, **variables: str
) -> subprocess.CompletedProcess[str]:
    """One command, in the folder of the settings."""
    ended = subprocess.run(
        [sys.executable, "-m", "kedge", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        env={**os.environ, "TZ": "UTC", **variables},
    )
    assert ended.returncode == status, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended


def asked(folder: Path, *words: object) -> Any:
    return json.loads(kedge(folder, *words, "--json").stdout)


@contextmanager
def running(folder: Path, *, warnings: bool = False, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """An engine that takes signals; ended in order when the test has not ended it, and without `warnings` silently."""
    program = subprocess.Popen(
        [sys.executable, "-u", "-m", "kedge", "run", "--headless"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TZ": "UTC", **variables},
    )
    assert program.stdout is not None
    patience = threading.Timer(PATIENCE_SECONDS, program.kill)
    patience.start()
    try:
        if not any(line.startswith("Account futures") for line in program.stdout):
            pytest.fail(f"it did not start: {program.communicate()}")
        wait_for_prices(folder)
        yield program
    finally:
        if program.poll() is None:
            program.send_signal(signal.SIGTERM)
        out, err = program.communicate(timeout=PATIENCE_SECONDS)
        patience.cancel()
    if program.returncode >= 0:
        assert (program.returncode, err if not warnings else "") == (0, ""), out
        assert "Traceback" not in err


def wait_for_prices(folder: Path) -> None:
    """Until the engine answers, and knows a price of each instrument."""
    for _ in range(200):
        told = subprocess.run(
            [sys.executable, "-m", "kedge", "status", "--json"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        if told.returncode == 0:
            quotes = json.loads(told.stdout)["quotes"]
            if quotes and all(quote["bid"] for quote in quotes):
                return
    pytest.fail("the engine has no prices")


def listed(folder: Path, what: str) -> list[dict[str, Any]]:
    """Positions or trades, once there are any."""
    for _ in range(100):
        items: list[dict[str, Any]] = asked(folder, what)["items"]
        if items:
            return items
    pytest.fail(f"there are no {what}")


def lasting(position: dict[str, Any]) -> dict[str, Any]:
    """Without what changes by the moment, and with every price."""
    return {name: value for name, value in position.items() if name not in PASSING}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where `kedge init` has written its files; no order is cut or late there, so that the end is known."""
    kedge(tmp_path, "init")
    settings = tmp_path / "kedge.yaml"
    text = settings.read_text()
    settings.write_text(text.replace("partial_fill_rate: 0.1 ", "partial_fill_rate: 0 "))
    return tmp_path


def test_s69_from_init_to_a_trade_and_on_after_a_restart(folder: Path) -> None:
    with running(folder):
        sent = asked(folder, "signal", "send", *ENTRY, "--id", "s-1")
        assert sent["outcome"] == "ORDERED"
        [position] = listed(folder, "positions")
        assert (position["account"], position["instrument"], position["quantity"]) == ("alpha", "SPY", "10")
        assert Decimal(position["stop_price"]) < Decimal(position["entry_price"])
        # The same id again does nothing a second time.
        again = asked(folder, "signal", "send", *ENTRY, "--id", "s-1")
        assert again["repeat"] == "same"
    with running(folder) as program:
        assert [lasting(each) for each in asked(folder, "positions")["items"]] == [lasting(position)]
        kedge(folder, "close", position["id"], "--why", "enough")
        assert listed(folder, "trades")[0]["instrument"] == "SPY"
        program.send_signal(signal.SIGINT)
        assert program.wait(PATIENCE_SECONDS) == 0
    assert asked(folder, "positions")["items"] == []
    verified = asked(folder, "journal", "verify")
    assert verified["ok"]
    stats = asked(folder, "journal", "stats")
    assert stats["starts"] == 2


def test_s59_s60_a_killed_engine_goes_on_with_the_same_position(folder: Path) -> None:
    with running(folder) as program:
        kedge(folder, "signal", "send", *ENTRY)
        positions = listed(folder, "positions")
        program.kill()
        program.wait(PATIENCE_SECONDS)
    with running(folder):
        assert [lasting(each) for each in asked(folder, "positions")["items"]] == [*map(lasting, positions)]
        assert [order["role"] for order in asked(folder, "orders", "--open")["items"]] == ["stop"]


def test_an_engine_goes_on_when_nobody_reads_its_lines_any_more(folder: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-u", "-m", "kedge", "run", "--headless"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        assert program.stdout.readline().startswith("kedge ")
        program.stdout.close()  # as `kedge run | head -1` does
        wait_for_prices(folder)
        kedge(folder, "signal", "send", *ENTRY)  # lines that nobody reads
        [position] = listed(folder, "positions")
        assert asked(folder, "status")["engine"]["running"] is True
        assert [order["role"] for order in asked(folder, "orders", "--open")["items"]] == ["stop"], position
        program.terminate()
        assert program.wait(PATIENCE_SECONDS) == 0
    finally:
        program.kill()
        program.wait(PATIENCE_SECONDS)
    assert program.stderr is not None
    with program.stderr:
        told = program.stderr.read()
    assert told == "kedge: nobody reads the lines any more; the engine goes on without them\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_an_engine_goes_on_when_its_lines_cannot_be_written(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "kedge", "run", "--headless", "--seconds", "0.5"],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    why = "kedge: The output cannot be written: No space left on device."
    assert (ended.returncode, ended.stderr) == (1, f"{why} The engine goes on without its lines.\n{why}\n")
    assert asked(folder, "journal", "stats")["starts"] == 1


def test_an_engine_without_a_screen_loads_nothing_that_draws_one(folder: Path) -> None:
    """A dashboard is a process of its own: the one that trades has neither to load it nor to hold it."""
    calls = "import sys; from kedge.cli.main import main; main(sys.argv[1:]); print(*sorted(sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-c", calls, "run", "--headless", "--seconds", "0.1"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    loaded = ended.stdout.splitlines()[-1].split()
    assert "kedge.engine.engine" in loaded
    assert [name for name in loaded if name.partition(".")[0] == "textual" or name == "kedge.tui.app"] == []


def test_the_kill_switch_of_the_environment_holds_from_the_start(folder: Path) -> None:
    with running(folder, KEDGE_KILL="1"):
        refused = asked(folder, "signal", "send", *ENTRY)
        assert (refused["outcome"], refused["code"]) == ("REFUSED", "TRADING_HALTED")
    with running(folder):
        assert (
            asked(folder, "status")["trading"] == "HALTED"
        )  # latched: the variable is gone, the switch is on
        kedge(folder, "kill", "off", "--why", "all is well", "--yes")
        assert asked(folder, "signal", "send", *ENTRY)["outcome"] == "ORDERED"


def test_the_kill_switch_of_the_dotenv_file_counts_as_well(folder: Path) -> None:
    (folder / ".env").write_text("KEDGE_KILL=yes\n")
    with running(folder):
        assert asked(folder, "status")["trading"] == "HALTED"
    (folder / ".env").write_text("KEDGE_KILL=0\n")
    with running(folder):
        assert asked(folder, "status")["trading"] == "HALTED"  # a no is no release


def test_what_is_open_in_an_account_that_left_the_settings_is_not_left_alone(folder: Path) -> None:
    with running(folder):
        kedge(folder, "signal", "send", *ENTRY)
        listed(folder, "positions")
    settings = folder / "kedge.yaml"
    settings.write_text(settings.read_text().replace("- id: alpha", "- id: omega"))
    refused = kedge(folder, "run", "--headless", status=3)
    assert refused.stdout == ""
    assert refused.stderr == (
        "kedge: Account alpha has an open position in SPY, and the settings name no such account. "
        "Put it back until it is flat. Nothing was started.\n"
    )


def test_wrong_settings_start_nothing(folder: Path) -> None:
    settings = folder / "kedge.yaml"
    settings.write_text(settings.read_text().replace("cash: 100000", "cash: plenty"))
    refused = kedge(folder, "run", status=3)
    assert "accounts.alpha.cash" in refused.stderr
    assert not (folder / "kedge-data").exists()
