"""The dashboard beside an engine that runs on this terminal: a process of its own, attached by the control socket.

The engine is the one that was started, so signals and supervisors meet it; the dashboard can crash, hang or be left
without the engine noticing more than that somebody hung up.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kedge.tui.leaving import Leaving

log = logging.getLogger("kedge.run")

PATIENCE_SECONDS = 3.0
_NOT_A_SCREEN = ("", "dumb")


def has_screen() -> bool:
    """Whether a person sits at a terminal that can show a dashboard."""
    return (
        sys.stdin is not None
        and sys.stdin.isatty()
        and sys.stdout is not None
        and sys.stdout.isatty()
        and os.environ.get("TERM", "") not in _NOT_A_SCREEN
    )


class Screen:
    """One dashboard, from its start until it is left."""

    def __init__(self, data_dir: Path, instead: Callable[[], None]) -> None:
        """`instead` is called when the dashboard fails, so that the engine does not go on unseen."""
        self._data_dir = data_dir
        self._instead = instead

    async def attend(self) -> None:
        """Show it; returns when a person ends the engine there. Cancelled, it gives the terminal back."""
        # It draws by its standard error, which may be another place than the terminal (`2> errors`).
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kedge.tui", str(self._data_dir), stderr=sys.stdout.fileno()
        )
        try:
            left = await child.wait()
        except asyncio.CancelledError:
            await _end(child)
            raise
        if left != Leaving.END_ENGINE:
            log.warning("the dashboard has ended with status %d; plain lines from here on", left)
            self._instead()
            await asyncio.Event().wait()


async def _end(child: asyncio.subprocess.Process) -> None:
    """Let it put the terminal in order; one that does not in time is ended all the same."""
    with suppress(ProcessLookupError):
        child.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await child.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
