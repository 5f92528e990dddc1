"""A demo on a terminal of its own: what it writes there, what is seen, and keys that are pressed."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.story.screen import Screen

PATIENCE_SECONDS = 40.0
ON_SCREEN, OFF_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"
_CONTROL = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z$]|\x1b[()][AB0]|\x1b[=>]")


class Terminal:
    """A demo on a terminal: all the bytes that it has written there, and what they show now."""

    def __init__(self, directory: Path, *words: str, rows: int = 40, columns: int = 120) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.program = subprocess.Popen(
            [sys.executable, "-m", "kedge", "demo", "--data-dir", directory.name, *words],
            cwd=directory.parent,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "UTC"},
        )
        os.close(theirs)
        self.seen = b""
        self.screen = Screen(rows, columns)

    @property
    def text(self) -> str:
        """What was written, without what steers the terminal."""
        return _CONTROL.sub(b"", self.seen).decode("utf-8", "replace")

    def until(self, *, raw: bytes = b"", text: str = "") -> None:
        """Read until this has been written, or the terminal is hung up."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not (raw in self.seen and text in self.text):
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                pytest.fail(f"{raw!r} {text!r} was not written: {self.text[-2000:]}")

    def until_shown(self, *patterns: str) -> None:
        """Read until all of this stands on the screen at once; brackets and the like have their meaning in patterns."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not all(re.search(pattern, self.screen.text) for pattern in patterns):
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                pytest.fail(f"{patterns} are not all on the screen:\n{self.screen.text}")

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def end(self) -> int:
        """Read what is left; the exit status."""
        while self._read(PATIENCE_SECONDS):
            pass
        return self.program.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.program.pid, signal.SIGKILL)
        self.program.wait(PATIENCE_SECONDS)
        os.close(self._ours)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            got = os.read(self._ours, 65_536)
        except OSError:  # so Linux says that the other end is closed
            return False
        self.seen += got
        self.screen.feed(got)
        return bool(got)


@contextmanager
def demo(directory: Path, *words: str, rows: int = 40, columns: int = 120) -> Iterator[Terminal]:
    terminal = Terminal(directory, *words, rows=rows, columns=columns)
    try:
        yield terminal
    finally:
        terminal.close()
