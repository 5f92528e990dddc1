"""Prices that walk at random, at any hour: the market of a paper account that has no other.

The walks are seeded, so a seed's moves are the same everywhere; the pace is the clock's. A quote that comes late is
not made up for, or a machine that was asleep would burst with prices nobody could have traded on.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from decimal import Decimal

from kedge.domain.ids import Symbol
from kedge.domain.instants import SECOND, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.quotes import MarketData
from kedge.feeds.base import Link, LinkListener
from kedge.sim.walk import WalkTerms
from kedge.sim.walks import Walks

_LONGEST_WAIT_SECONDS = 1.0  # clocks are set: none is trusted for longer than this


class SimulatedFeed(AsyncIterator[MarketData]):
    """The next quote of each instrument, so many times a second."""

    def __init__(
        self,
        name: str,
        instruments: Sequence[Instrument],
        starts: Mapping[Symbol, Decimal],
        *,
        seed: int,
        per_second: Decimal,
        market: Mapping[Symbol, MarketData],
        clock: Callable[[], Instant],
        walk: WalkTerms | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Begin at `starts`, or where `market` was left; raises `ValueError` for a start that is no price."""
        self.name = name
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        known = {symbol: data for symbol, data in market.items() if symbol in self.instruments}
        self._walks = Walks(instruments, starts, seed, known, walk)
        self._pause = round(SECOND / per_second)
        self._clock = clock
        self._sleep = sleep
        self._listeners: list[LinkListener] = []
        self._ready: deque[MarketData] = deque()
        self._due: Instant | None = None
        self._closed = asyncio.Event()

    async def connect(self) -> None:
        """There is nothing to reach."""
        for listener in self._listeners:
            listener(Link.UP, "prices are made in this process")

    def data(self) -> AsyncIterator[MarketData]:
        """Quotes at the pace, until the feed is closed."""
        return self

    def watch(self, listener: LinkListener) -> None:
        """Tell this listener that the feed is there."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """The data ends."""
        self._closed.set()

    def __aiter__(self) -> "SimulatedFeed":
        return self

    async def __anext__(self) -> MarketData:
        """The next quote; a reader that is cancelled while it waits loses none."""
        while not self._closed.is_set():
            if self._ready:
                return self._ready.popleft()
            now = self._clock()
            due = now if self._due is None else self._due
            if now < due:
                await self._wait(min((due - now) / SECOND, _LONGEST_WAIT_SECONDS))
                continue
            self._ready.extend(self._walks(now))
            self._due = Instant(max(due, now - self._pause) + self._pause)
        raise StopAsyncIteration

    async def _wait(self, seconds: float) -> None:
        """Sleep, or until the feed is closed."""
        waits = [
            asyncio.ensure_future(self._sleep(seconds)),
            asyncio.ensure_future(self._closed.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
