"""A source is served from its first client on, and to its end in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random

import pytest
from tests.conformance.feed_exam import INSTRUMENTS, PATIENCE_SECONDS, START, TOLD
from tests.conformance.test_feeds import files_of_what_is_told

from kedge.domain.quotes import MarketData
from kedge.feeds.base import Feed, FeedItem, LinkListener
from kedge.feeds.errors import BadFileError
from kedge.feeds.recorded import RecordedFeed
from kedge.feeds.socket import SocketAddress, SocketFeed
from kedge.lab.feed_faults import FeedFaults
from kedge.lab.feed_service import FeedService, Served

BARS = "ts_utc,open,high,low,close\n2026-03-02T14:30:00Z,1,2,1,2\n2026-03-02T14:31:00Z,1,1,2,2\n"


class AtOnce:
    """Has everything ready, and counts what was taken."""

    name = "at once"
    instruments = INSTRUMENTS

    def __init__(self) -> None:
        self.taken = 0

    async def connect(self) -> None:
        pass

    async def data(self) -> AsyncIterator[MarketData]:
        for item in TOLD:
            self.taken += 1
            yield item

    def watch(self, listener: LinkListener) -> None:
        pass

    async def close(self) -> None:
        pass


class Stage:
    """A service of one source, and one client."""

    def __init__(self, source: Feed | Sequence[Path], faults: FeedFaults | None = None) -> None:
        self.words: list[str] = []
        self.said = asyncio.Event()
        self.ending = asyncio.Event()
        if isinstance(source, Sequence):
            source = RecordedFeed("files", source, INSTRUMENTS, lambda: START)
        self.service = FeedService(source, faults or FeedFaults(), 1, self.hear)

    def hear(self, word: str) -> None:
        self.words.append(word)
        self.said.set()

    async def until_the_source_has_ended(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any(word.startswith("the source has ended") for word in self.words):
                self.said.clear()
                await self.said.wait()

    async def open(self) -> SocketFeed:
        url = await self.service.open(0)
        return SocketFeed("socket", INSTRUMENTS, SocketAddress(url), lambda: START, Random(1).random)

    async def run(self, seconds: float | None = None) -> None:
        async def until_asked() -> None:
            await self.ending.wait()

        await self.service.run(until_asked(), seconds)


async def test_a_recording_waits_for_its_first_client_and_is_told_whole() -> None:
    source = AtOnce()
    stage = Stage(source)
    client = await stage.open()
    running = asyncio.create_task(stage.run())
    for _ in range(20):
        await asyncio.sleep(0)
    assert source.taken == 0
    await client.connect()
    heard: list[FeedItem] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(heard) < len(TOLD):
            heard.append(await anext(client.data()))
    assert heard == list(TOLD)
    await stage.until_the_source_has_ended()
    assert not running.done()  # connections stay open when there is no more to tell
    stage.ending.set()
    await running
    await client.close()
    await stage.service.close()
    assert stage.service.served == Served(told=len(TOLD), sent=len(TOLD), connections=1, faults={})
    assert stage.words[0] == "connection 1 subscribes to SPY, ES"


async def test_faults_of_a_service_are_counted(tmp_path: Path) -> None:
    stage = Stage(files_of_what_is_told(tmp_path), FeedFaults(drop=1.0, refuse_connections=1))
    client = await stage.open()
    running = asyncio.create_task(stage.run())
    with pytest.raises(Exception, match="503"):
        await client.connect()
    await client.connect()
    await stage.until_the_source_has_ended()
    stage.ending.set()
    await running
    assert stage.service.served == Served(
        told=len(TOLD), sent=0, connections=2, faults={"refuse": 1, "drop": len(TOLD)}
    )
    await client.close()
    await stage.service.close()


async def test_a_source_that_breaks_ends_the_service(tmp_path: Path) -> None:
    file = tmp_path / "SPY.csv"
    file.write_text(BARS)
    stage = Stage([file])
    client = await stage.open()
    await client.connect()
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(BadFileError, match="row 2"):
            await stage.run()
    await client.close()
    await stage.service.close()


async def test_a_source_that_cannot_be_opened_is_not_served(tmp_path: Path) -> None:
    stage = Stage([tmp_path / "nothing.csv"])
    with pytest.raises(BadFileError, match="cannot be opened"):
        await stage.open()
    await stage.service.close()


async def test_it_ends_when_its_time_is_over(tmp_path: Path) -> None:
    stage = Stage(files_of_what_is_told(tmp_path))
    await stage.open()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await stage.run(seconds=0.01)
    await stage.service.close()
