"""Recorded files as a feed. Files are read in a thread, so that checking a batch holds nobody up."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, assert_never

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.feeds.base import Link, LinkListener
from kedge.feeds.files.form import Terms
from kedge.feeds.files.recorded_data import RecordedData
from kedge.feeds.files.summary import Summary
from kedge.feeds.pace import Clock, Pace, Sleep, sleep_span

_CHUNK: Final = 4096


class RecordedFeed:
    """Plays files from their first row to their last."""

    def __init__(
        self,
        name: str,
        paths: Sequence[Path],
        instruments: Mapping[Symbol, Instrument],
        clock: Clock,
        *,
        terms: Terms | None = None,
        pace: Pace | None = None,
        sleep: Sleep = sleep_span,
    ) -> None:
        self.name = name
        self.instruments = instruments
        self._paths = tuple(paths)
        self._terms = terms
        self._files: RecordedData | None = None
        self._listeners: list[LinkListener] = []
        self._player = _Player(pace or Pace(), clock, sleep, self._end)

    @property
    def summary(self) -> Summary:
        """What was read so far, in figures."""
        return Summary() if self._files is None else self._files.summary

    async def connect(self) -> None:
        """Open every file and look at its columns; raises `BadFileError`."""
        self._files = await asyncio.to_thread(RecordedData, self._paths, self.instruments, self._terms)
        self._player.begin(iter(self._files))
        for listener in self._listeners:
            listener(Link.UP, f"{len(self._paths)} recorded files are open")

    def _end(self) -> None:
        figures = "; ".join(self.summary.lines())
        for listener in self._listeners:
            listener(Link.DOWN, f"the recording is over, and there are no more prices: {figures}")

    def data(self) -> AsyncIterator[MarketData]:
        """Every row at its time; raises `BadFileError` where a row is bad."""
        return self._player

    def watch(self, listener: LinkListener) -> None:
        """Tell this listener that the files are open, and that their last row was told, with what was found in them."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """The data ends."""
        self._player.close()


class _Player(AsyncIterator[MarketData]):
    """Hands out row after row. A reader that is cancelled while it waits loses none."""

    def __init__(self, pace: Pace, clock: Clock, sleep: Sleep, on_end: Callable[[], None]) -> None:
        self._pace = pace
        self._clock = clock
        self._sleep = sleep
        self._rows: Iterator[MarketData] = iter(())
        self._ready: deque[MarketData] = deque()
        self._reading: asyncio.Future[list[MarketData]] | None = None
        self._began: Instant | None = None
        self._first = Instant(0)
        self._on_end: Callable[[], None] | None = on_end  # until it was told
        self._closed = asyncio.Event()

    def begin(self, rows: Iterator[MarketData]) -> None:
        self._rows = rows

    def close(self) -> None:
        self._closed.set()
        self._ready.clear()

    def __aiter__(self) -> "_Player":
        return self

    async def __anext__(self) -> MarketData:
        if not self._ready and not self._closed.is_set():
            await self._fetch()
        if self._ready and self._pace.speed is not None:
            await self._wait(self._ready[0])
        if self._closed.is_set():
            raise StopAsyncIteration
        if not self._ready:
            on_end, self._on_end = self._on_end, None
            if on_end is not None:
                on_end()
            raise StopAsyncIteration
        item = self._ready.popleft()
        if self._pace.move_stamps and self._began is not None:
            return _moved(item, self._moment)
        return item

    def _moment(self, stamp: Instant) -> Instant:
        """When by the clock that is which is stamped so."""
        assert self._began is not None, "a stamp can be moved once playing has begun"
        return self._pace.due(self._began, Span(stamp - self._first))

    async def _fetch(self) -> None:
        if self._reading is None:
            self._reading = asyncio.ensure_future(asyncio.to_thread(lambda: list(islice(self._rows, _CHUNK))))
        rows = await asyncio.shield(self._reading)
        self._reading = None
        self._ready.extend(rows)

    async def _wait(self, item: MarketData) -> None:
        if self._began is None:
            self._began, self._first = self._clock(), item.at
        while (span := self._pace.due(self._began, Span(item.at - self._first)) - self._clock()) > 0:
            waits = [
                asyncio.ensure_future(self._sleep(Span(span))),
                asyncio.ensure_future(self._closed.wait()),
            ]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if self._closed.is_set():
                return


def _moved(item: MarketData, to: Callable[[Instant], Instant]) -> MarketData:
    match item:
        case Quote(symbol, at, bid, ask, bid_size, ask_size):
            return Quote(symbol, to(at), bid, ask, bid_size, ask_size)
        case Print(symbol, at, price, size):
            return Print(symbol, to(at), price, size)
        case Bar(symbol, at, start, opened, high, low, closed, volume):
            return Bar(symbol, to(at), to(start), opened, high, low, closed, volume)
    assert_never(item)
