"""Recorded files, made-up prices, and a server at the far end of a socket sit the feed exam."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import assert_never

import pytest
from tests.conformance.feed_exam import ES, INSTRUMENTS, SPY, START, TOLD, FeedCandidate, FeedExam

from kedge.domain.instants import SECOND, Instant, Span, show_instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, Ticks, from_nano
from kedge.domain.quotes import Bar, Print, Quote
from kedge.feeds.pace import Pace
from kedge.feeds.recorded import RecordedFeed
from kedge.feeds.simulated import SimulatedFeed
from kedge.feeds.socket import SocketAddress, SocketFeed
from kedge.lab.feed_server import FeedServer
from kedge.sim.walks import Walks


def files_of_what_is_told(directory: Path) -> list[Path]:
    """`TOLD` as files: for each instrument and kind one. Of what is of one time, the file named first comes first."""
    paths = []
    for instrument in (SPY, ES):
        for kind, header in (
            (Quote, "ts_utc,bid,ask,bid_size,ask_size"),
            (Print, "ts_utc,price,size"),
            (Bar, "ts_utc,open,high,low,close,volume"),
        ):
            rows = [
                _row(item, instrument)
                for item in TOLD
                if isinstance(item, kind) and item.instrument == instrument.symbol
            ]
            if rows:
                path = directory / f"{instrument.symbol}_{kind.__name__}.csv"
                path.write_text("\n".join([header, *rows, ""]))
                paths.append(path)
    return paths


def _row(item: Quote | Print | Bar, instrument: Instrument) -> str:
    ticks: tuple[Ticks, ...]
    sizes: tuple[Nano, ...]
    match item:
        case Quote():
            stamp, ticks, sizes = item.at, (item.bid, item.ask), (item.bid_size, item.ask_size)
        case Print():
            stamp, ticks, sizes = item.at, (item.price,), (item.size,)
        case Bar():
            stamp, ticks, sizes = item.start, (item.open, item.high, item.low, item.close), (item.volume,)
        case _:
            assert_never(item)
    values = [*(instrument.price(price) for price in ticks), *(from_nano(size) for size in sizes)]
    return ",".join([show_instant(stamp), *map(str, values)])


async def nothing_more() -> None:
    """Files tell by themselves."""


class TestRecordedFeed(FeedExam):
    """Files, as fast as they are read and in real time by a clock that jumps."""

    @pytest.fixture(params=["fast", "in real time"])
    async def candidate(self, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FeedCandidate]:
        now = START

        async def sleep(span: Span) -> None:
            nonlocal now
            now = Instant(now + span)

        pace = Pace() if request.param == "fast" else Pace(speed=1)
        paths = files_of_what_is_told(tmp_path)
        feed = RecordedFeed("files", paths, INSTRUMENTS, lambda: now, pace=pace, sleep=sleep)
        yield FeedCandidate(feed, nothing_more)
        await feed.close()


class TestSimulatedFeed(FeedExam):
    """Walks at a pace, by a clock that moves when the feed sleeps; behind what is told it sleeps for ever."""

    @pytest.fixture
    async def candidate(self) -> AsyncIterator[FeedCandidate]:
        now, may_tell = START, asyncio.Event()
        pause = Span(SECOND // 5)
        instants = [Instant(START + pause * number) for number in range(5)]

        async def sleep(seconds: float) -> None:
            nonlocal now
            await may_tell.wait()
            if now >= instants[-1]:
                await asyncio.Event().wait()
            now = Instant(now + round(seconds * SECOND))

        async def tell() -> None:
            may_tell.set()

        listed = tuple(INSTRUMENTS.values())
        feed = SimulatedFeed(
            "simulated", listed, {}, seed=7, per_second=Decimal(5), market={}, clock=lambda: now, sleep=sleep
        )
        walks = Walks(listed, {}, 7, {})
        yield FeedCandidate(feed, tell, tuple(quote for at in instants for quote in walks(at)))
        await feed.close()


class TestSocketFeed(FeedExam):
    """A server without faults."""

    @pytest.fixture
    async def candidate(self) -> AsyncIterator[FeedCandidate]:
        server = FeedServer(tuple(INSTRUMENTS))
        url = await server.start()
        feed = SocketFeed("socket", INSTRUMENTS, SocketAddress(url), lambda: START, Random(1).random)

        async def tell() -> None:
            await server.subscribers()
            await server.tell(*TOLD)

        yield FeedCandidate(feed, tell)
        await feed.close()
        await server.close()
