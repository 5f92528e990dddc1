"""An engine on a terminal: the dashboard has it, gives it back, and can be lost without the engine minding."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.story.terminal import OFF_SCREEN, ON_SCREEN, demo


def child_of(program: subprocess.Popen[bytes]) -> int:
    """The dashboard's process."""
    [child] = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text("ascii").split()
    return int(child)


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for the dashboard's process in /proc")


def test_the_dashboard_gives_the_terminal_back_when_the_time_is_over(tmp_path: Path) -> None:
    with demo(tmp_path / "data", "--seconds", "5") as terminal:
        terminal.until(raw=ON_SCREEN, text="attached")
        assert terminal.end() == 0
        _, _, after = terminal.seen.rpartition(OFF_SCREEN)
        assert b"Ended in order after 5." in after
        assert "Traceback" not in terminal.text


def test_quitting_it_asks_and_ends_the_engine(tmp_path: Path) -> None:
    with demo(tmp_path / "data") as terminal:
        terminal.until(text="attached")
        terminal.press("q")
        terminal.until(text="AND THE ENGINE ENDS")
        terminal.press("\r")
        assert terminal.end() == 0
        assert "Ended in order after" in terminal.text


def test_an_engine_whose_dashboard_dies_goes_on_in_plain_lines(tmp_path: Path) -> None:
    with demo(tmp_path / "data") as terminal:
        terminal.until(text="attached")
        os.kill(child_of(terminal.program), signal.SIGKILL)
        terminal.seen = b""
        terminal.until(text="  signal ")
        terminal.program.send_signal(signal.SIGTERM)
        assert terminal.end() == 0
        assert "Ended in order after" in terminal.text
    assert "the dashboard has ended with status -9" in (tmp_path / "data" / "kedge.log").read_text()


def test_without_the_dashboard_there_are_plain_lines(tmp_path: Path) -> None:
    with demo(tmp_path / "data", "--seconds", "4", "--headless") as terminal:
        assert terminal.end() == 0
        assert ON_SCREEN not in terminal.seen
        assert "Ended in order after 4." in terminal.text
