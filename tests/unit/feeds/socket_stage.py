"""A feed and the server that it listens to, with everything in between that can go wrong."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from tests.conformance.feed_exam import INSTRUMENTS, PATIENCE_SECONDS, START

from kedge.domain.instants import Instant, Span
from kedge.feeds.base import FeedItem, Link
from kedge.feeds.socket import SocketAddress, SocketFeed
from kedge.feeds.stream import StreamTerms
from kedge.lab.feed_faults import FeedFaults
from kedge.lab.feed_server import FeedServer


class SocketStage:
    """Pauses take no time here; they are written down. The clock stands still until it is moved."""

    def __init__(self) -> None:
        self.server = FeedServer(tuple(INSTRUMENTS))
        self.now = START
        self.pauses: list[Span] = []
        self.words: list[tuple[Link, str]] = []
        self._links: asyncio.Queue[Link] = asyncio.Queue()
        self.feed: SocketFeed

    async def begin(
        self, terms: StreamTerms | None = None, feed: type[SocketFeed] = SocketFeed, **more: Any
    ) -> None:
        """A server that listens, and a feed that is not connected yet."""
        address = SocketAddress(await self.server.start(), **more)
        chance = Random(1).random
        self.feed = feed("socket", INSTRUMENTS, address, self.clock, chance, terms=terms, sleep=self.sleep)
        self.feed.watch(self._hear)

    async def connect(self, terms: StreamTerms | None = None, feed: type[SocketFeed] = SocketFeed) -> None:
        """A feed that is connected and subscribed."""
        await self.begin(terms, feed)
        await self.feed.connect()
        await self.server.subscribers()
        await self.link(Link.UP)

    async def close(self) -> None:
        await self.feed.close()
        await self.server.close()

    def bend(self, **faults: Any) -> None:
        """From now on these faults strike."""
        self.server.mischief.faults = FeedFaults(**faults)

    async def link(self, wanted: Link) -> str:
        """Wait until the listener hears this, and return the word on why."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._links.get() is not wanted:
                pass
        return next(why for link, why in reversed(self.words) if link is wanted)

    async def hear(self, count: int) -> list[FeedItem]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return [await anext(self.feed.data()) for _ in range(count)]

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not happened():  # noqa: ASYNC110 - counters tell nobody when they change
                await asyncio.sleep(0.002)

    def clock(self) -> Instant:
        return self.now

    async def sleep(self, span: Span) -> None:
        self.pauses.append(span)
        await asyncio.sleep(0)

    def _hear(self, link: Link, why: str) -> None:
        self.words.append((link, why))
        self._links.put_nowait(link)
