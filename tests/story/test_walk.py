"""The walk of the tutorial, by keys: watch a trade, pull the kill switch, restart, see it still on, release it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.story.terminal import PATIENCE_SECONDS, demo

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads a pseudo-terminal as Linux has it")


def asked(directory: Path, *words: str) -> Any:
    ended = subprocess.run(
        [sys.executable, "-m", "kedge", *words, "--data-dir", str(directory)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
        env=os.environ,
    )
    return json.loads(ended.stdout)


def switches(directory: Path) -> list[tuple[str, str]]:
    """Each time that the kill switch was turned, and why."""
    shown = asked(directory, "journal", "show", "--after", "0", "--limit", "100000", "--json")["items"]
    events = [item["event"] for item in shown]
    return [(each["state"], each["why"]) for each in events if each["type"] == "TradingStateChanged.1"]


def test_the_kill_switch_is_pulled_holds_over_a_restart_and_is_released(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    with demo(directory) as terminal:
        terminal.until(text="attached")
        terminal.press("2")
        terminal.until(text="opened: ")  # a trade
        terminal.press("k")
        terminal.until(text="do it")
        terminal.press("\r")
        terminal.until(text="KILL SWITCH ON")
        assert asked(directory, "status", "--json")["trading"] == "HALTED"
        terminal.press("q")
        terminal.until(text="AND THE ENGINE ENDS")
        terminal.press("\r")
        assert terminal.end() == 0
    entries = len(asked(directory, "signals", "--json")["items"])
    with demo(directory) as terminal:
        terminal.until(text="KILL SWITCH ON")
        terminal.press("2")
        terminal.until(text="TRADING_HALTED")  # the demo's own signals are refused
        terminal.press("k")
        terminal.until(text="do it")
        terminal.press("\r")
        terminal.until(text="Kill switch off")
        terminal.seen = b""
        terminal.until(text="opened: ")  # and go through again
        terminal.press("q")
        terminal.until(text="AND THE ENGINE ENDS")
        terminal.press("\r")
        assert terminal.end() == 0
    assert [state for state, _ in switches(directory)] == ["HALTED", "ACTIVE"]
    assert {why for _, why in switches(directory)} == {"by hand"}
    assert len(asked(directory, "signals", "--json")["items"]) > entries
