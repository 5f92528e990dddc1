"""One source behind one server, from its first client until somebody has enough of it."""

import asyncio
from collections.abc import Awaitable
from typing import Final

import msgspec

from kedge.feeds.base import Feed
from kedge.lab.feed_faults import FeedFaults
from kedge.lab.feed_server import FeedServer, WordListener

_ALIVE_SECONDS: Final = (
    10.0  # clients give a line up that brings nothing: so often they are told that all is well
)


class Served(msgspec.Struct, frozen=True):
    """What came of it."""

    told: int  # quotes, trades and bars of the source
    sent: int  # messages to clients
    connections: int  # those turned away too
    faults: dict[str, int]  # how often each has struck


class FeedService:
    """Plays a feed to whoever subscribes, with the faults that are wanted."""

    def __init__(self, feed: Feed, faults: FeedFaults, seed: int, on_word: WordListener) -> None:
        self._feed = feed
        self._on_word = on_word
        self._server = FeedServer(tuple(feed.instruments), faults, seed, on_word=on_word)

    @property
    def served(self) -> Served:
        """The figures so far."""
        server = self._server
        return Served(server.told, server.sent, server.connections, dict(server.mischief.struck))

    async def open(self, port: int) -> str:
        """Open the source and listen; returns where. Raises `FeedError` and `OSError`."""
        await self._feed.connect()
        return await self._server.start(port)

    async def run(self, ending: Awaitable[None], seconds: float | None = None) -> None:
        """Serve until then, or for so long; raises the `FeedError` of a source that breaks."""
        end = asyncio.ensure_future(ending)
        player = asyncio.create_task(self._play())
        pulse = asyncio.create_task(self._beat())
        try:
            async with asyncio.timeout(seconds):
                await asyncio.wait([end, player], return_when=asyncio.FIRST_COMPLETED)
                if player.done():
                    player.result()
                    await end
        except TimeoutError:
            pass
        finally:
            for task in (end, player, pulse):
                task.cancel()
            await asyncio.gather(end, player, pulse, return_exceptions=True)

    async def close(self) -> None:
        """Hang up on everybody, and let go of the source."""
        await self._server.close()
        await self._feed.close()

    async def _play(self) -> None:
        """Nothing is told to nobody: a recording begins when its first listener is there."""
        await self._server.subscribers()
        await self._server.play(self._feed)
        self._on_word("the source has ended; connections stay open, and nothing more is told")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_ALIVE_SECONDS)
            await self._server.alive()
