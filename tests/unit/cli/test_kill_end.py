"""`kedge kill end`: an engine that hangs is ended, and the next one is halted."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.calls import Call
from tests.unit.cli.test_live_commands import PATIENCE_SECONDS, demo, document, until

from kedge.engine.control.address import SOCKET_NAME
from kedge.engine.kill_mark import MARK


@pytest.fixture
def engine(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """An engine on `tmp_path` that trades by itself."""
    program = subprocess.Popen(
        [sys.executable, "-m", "kedge", "demo", "--headless", "--data-dir", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until((tmp_path / SOCKET_NAME).exists)
        yield program
    finally:
        program.kill()
        program.wait(PATIENCE_SECONDS)


def test_an_engine_that_hangs_is_killed_and_the_next_start_is_halted(
    kedge: Call, tmp_path: Path, engine: "subprocess.Popen[bytes]"
) -> None:
    where: list[object] = ["--data-dir", tmp_path]
    os.kill(engine.pid, signal.SIGSTOP)
    told = document(kedge, "kill", "end", "--yes", "--grace", "0.1", "--why", "it hangs", *where)
    assert told == {"ended": engine.pid, "killed": True, "next_start": "block"}
    assert engine.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    assert (tmp_path / MARK).exists()
    (tmp_path / SOCKET_NAME).unlink()  # of the process that was killed
    with demo(tmp_path):
        assert document(kedge, "status", *where)["trading"] == "HALTED"
        until(lambda: not (tmp_path / MARK).exists())
        changes = [
            event for event in _events(kedge, where) if event["event"]["type"] == "TradingStateChanged.1"
        ]
        assert "it hangs" in changes[0]["text"]
        assert kedge("kill", "off", "--yes", *where).status == 0
    with demo(tmp_path):
        assert document(kedge, "status", *where)["trading"] == "ACTIVE", "once is enough"
    assert kedge("journal", "verify", *where).status == 0


def _events(kedge: Call, where: list[object]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(kedge, "journal", "show", "--limit", "1000", *where)["items"]
    return found


def test_one_that_answers_ends_in_order(
    kedge: Call, tmp_path: Path, engine: "subprocess.Popen[bytes]"
) -> None:
    told = kedge("kill", "end", "--yes", "--flatten", "--data-dir", tmp_path)
    assert (told.status, told.err) == (0, "")
    lines = told.out.splitlines()
    assert lines[0] == f"The engine (process {engine.pid}) ended in order. Nothing leaves any more."
    assert lines[-1] == "The next start has the kill switch on (flatten), until `kedge kill off`."
    assert engine.wait(PATIENCE_SECONDS) == 0


def test_without_a_yes_nothing_is_done(
    kedge: Call, tmp_path: Path, engine: "subprocess.Popen[bytes]"
) -> None:
    told = kedge("kill", "end", "--data-dir", tmp_path)
    assert (told.status, told.out) == (2, "")
    assert told.err == "kedge: Nothing was done: there is nobody to ask. Give --yes.\n"
    assert engine.poll() is None
    assert not (tmp_path / MARK).exists()


def test_where_none_runs_there_is_none_to_end(kedge: Call, tmp_path: Path) -> None:
    told = kedge("kill", "end", "--yes", "--data-dir", tmp_path)
    assert (told.status, told.out) == (4, "")
    assert told.err.startswith(f"kedge: No engine is running on {tmp_path}.")
    assert not (tmp_path / MARK).exists()


def test_a_word_that_cannot_be_read_halts_all_the_same(kedge: Call, tmp_path: Path) -> None:
    (tmp_path / MARK).write_text("{")
    with demo(tmp_path):
        assert document(kedge, "status", "--data-dir", tmp_path)["trading"] == "HALTED"
