"""What companies do to their shares, out of a file, as a feed that brings no prices.

The file is looked at again now and then, so that what is written into it today holds from its time on without a
restart. One that cannot be read then is told of, and what was read before stays known.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from kedge.domain.announcements import Schedule
from kedge.domain.ids import Symbol
from kedge.domain.instants import SECOND, Span
from kedge.domain.instruments import Instrument
from kedge.feeds.base import Link, LinkListener
from kedge.feeds.errors import BadFileError
from kedge.feeds.files.actions import read_actions
from kedge.feeds.pace import Sleep, sleep_span

log = logging.getLogger("kedge.feeds")

LOOK_AGAIN: Final = Span(5 * SECOND)


class ActionsFeed:
    """The splits and new symbols of one file, those of the future too; all again when the file reads otherwise."""

    name = "corporate actions"

    def __init__(self, path: Path, sleep: Sleep = sleep_span) -> None:
        """Read the file; raises `BadFileError`."""
        self.instruments: Mapping[Symbol, Instrument] = {}
        self._path = path
        self._sleep = sleep
        self._seen = _state_of(path)
        self._actions = read_actions(path)
        self._listeners: list[LinkListener] = []
        self._closed = asyncio.Event()

    async def connect(self) -> None:
        """The file has been read."""
        for listener in self._listeners:
            listener(Link.UP, f"{self._path} names {len(self._actions)} splits and new symbols")

    async def data(self) -> AsyncIterator[Schedule]:
        """What the file says, and again whenever it says something else; goes on until the feed is closed."""
        told = None
        while not self._closed.is_set():
            if self._actions != told:
                told = self._actions
                yield Schedule(tuple(told))
            await self._wait()
            await asyncio.to_thread(self._look)

    def watch(self, listener: LinkListener) -> None:
        """Tell this listener that the file was read: nothing else ever happens to it."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """The data ends."""
        self._closed.set()

    async def _wait(self) -> None:
        waits = [
            asyncio.ensure_future(self._sleep(LOOK_AGAIN)),
            asyncio.ensure_future(self._closed.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _look(self) -> None:
        state = _state_of(self._path)
        if state == self._seen:
            return
        self._seen = state
        try:
            self._actions = read_actions(self._path)
        except BadFileError as error:
            log.warning("%s; what was read of it before stays known", error)


def _state_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
