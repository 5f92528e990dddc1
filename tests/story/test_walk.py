"""The walk of the tutorial, by keys: watch a trade, pull the kill switch, restart, see it still on, release it.

Whether it was done is judged by the record, and by what stands on the screen at that moment.
"""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.story.screen import Screen
from tests.story.terminal import PATIENCE_SECONDS, Terminal, demo

PAGE = Path(__file__).parents[2] / "docs/tutorial/a-walk-through-the-dashboard.md"
ORDERED_ENTRY = r"signal (LONG|SHORT) \(.+\): ordered"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads a pseudo-terminal as Linux has it")


def asked(directory: Path, *words: str) -> Any:
    ended = subprocess.run(
        [sys.executable, "-m", "kedge", *words, "--data-dir", str(directory), "--json"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return json.loads(ended.stdout)


def recorded(directory: Path) -> list[dict[str, Any]]:
    """Every event of the record, with what led to it."""
    items: list[dict[str, Any]] = asked(directory, "journal", "show", "--after", "0", "--limit", "100000")[
        "items"
    ]
    return items


def switches(directory: Path) -> list[tuple[str, str, str]]:
    """Each time that the kill switch was turned: to what, by whom and why."""
    events = [item["event"] for item in recorded(directory)]
    return [
        (event["state"], event["who"], event["why"])
        for event in events
        if event["type"].startswith("TradingStateChanged")
    ]


def entries_between_switches(directory: Path) -> list[set[str]]:
    """How the signals for an entry ended, before the first turn of the switch, after it, and so on."""
    ends: list[set[str]] = [set()]
    for item in recorded(directory):
        event = item["event"]
        if event["type"].startswith("TradingStateChanged"):
            ends.append(set())
        elif event["type"].startswith("SignalJudged") and item["cause"]["signal"]["kind"] == "ENTRY":
            ends[-1].add(event.get("code", event["outcome"]))
    return ends


@contextmanager
def small_demo(directory: Path) -> Iterator[Terminal]:
    """On the terminal of the page: 80 columns and 24 rows."""
    with demo(directory, rows=24, columns=80) as terminal:
        terminal.until_shown("attached")
        yield terminal


def turn_the_kill_switch(terminal: Terminal, title: str, why: str) -> None:
    terminal.press("k")
    terminal.until_shown(title, "enter: do it")
    terminal.press(f"{why}\r")


def leave(terminal: Terminal) -> None:
    terminal.press("q")
    terminal.until_shown("AND THE ENGINE ENDS", "enter: yes")
    terminal.press("\r")
    assert terminal.end() == 0
    assert "Ended in order after" in terminal.screen.text


def box(screen: Screen) -> list[str]:
    """What stands in the box over the dashboard."""
    return [parts[1].strip() for line in screen.lines if len(parts := line.split("│")) == 3]


def test_the_kill_switch_is_pulled_holds_over_a_restart_and_is_released(tmp_path: Path) -> None:
    directory, me = tmp_path / "data", pwd.getpwuid(os.getuid()).pw_name
    with small_demo(directory) as terminal:
        terminal.until_shown("Kill switch off  trading is ACTIVE")
        terminal.press("2")
        terminal.until_shown("opened: ")
        turn_the_kill_switch(terminal, "Kill switch ON", "prices look wrong")
        terminal.until_shown(
            "KILL SWITCH ON  trading is HALTED", f"by {me}: prices look wrong", "Trading is HALTED."
        )
        assert asked(directory, "status")["trading"] == "HALTED"
        leave(terminal)
    told = asked(directory, "status")
    assert (told["trading"], told["engine"]["running"]) == ("HALTED", False)

    with small_demo(directory) as terminal:
        terminal.until_shown("KILL SWITCH ON  trading is HALTED  .since before this start of the engine")
        terminal.press("2")
        terminal.until_shown("refused, TRADING_HALTED")
        turn_the_kill_switch(terminal, "Kill switch OFF", "prices are right again")
        terminal.until_shown("Kill switch off  trading is ACTIVE", "Trading is ACTIVE.")
        terminal.until_shown(ORDERED_ENTRY)
        leave(terminal)

    assert switches(directory) == [
        ("HALTED", me, "prices look wrong"),
        ("ACTIVE", me, "prices are right again"),
    ]
    before, halted, after = entries_between_switches(directory)
    assert "ORDERED" in before
    assert halted == {"TRADING_HALTED"}
    assert "ORDERED" in after
    assert "TRADING_HALTED" not in before | after
    assert asked(directory, "journal", "verify")["ok"]


def test_the_page_asks_what_the_screen_asks_and_escape_does_nothing(tmp_path: Path) -> None:
    directory, page = tmp_path / "data", PAGE.read_text("utf-8")
    with small_demo(directory) as terminal:
        for key, last in (("k", "enter: do it"), ("q", "enter: yes")):
            terminal.press(key)
            terminal.until_shown(last, "╰─+╯")
            words = [line for line in box(terminal.screen) if line]
            assert len(words) > 3
            missing = [word for word in words if f"│  {word} " not in page]
            assert missing == [], "record the walk again: scripts/record_walk.py"
            terminal.press("\x1b")
            terminal.until_shown(r"\A(?![\s\S]*╰─+╯)")
        assert terminal.screen.lines[-1] in page.splitlines(), "the line of keys"
        assert asked(directory, "status")["trading"] == "ACTIVE"
        leave(terminal)
    assert switches(directory) == []
