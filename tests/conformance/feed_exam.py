"""The examination that every feed sits: numbered cases over the `Feed` port, the same for all.

A feed's test module subclasses `FeedExam` and yields a `FeedCandidate` from its `candidate` fixture. Case 2 is skipped
where there are no trades, case 11 where there is no history to ask for; nothing else is left out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from kedge.domain.announcements import Schedule
from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.feeds.base import BringsHistory, Feed, FeedItem, Link

PATIENCE_SECONDS = 10.0
START = Instant(1_772_461_800 * SECOND)
SPY = Instrument(Symbol("SPY"), tick=Decimal("0.01"))
ES = Instrument(Symbol("ES"), tick=Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE)
INSTRUMENTS = {instrument.symbol: instrument for instrument in (SPY, ES)}


def quote(second: int, bid: int = 59120, symbol: Symbol = SPY.symbol) -> Quote:
    at = Instant(START + second * SECOND)
    return Quote(symbol, at, Ticks(bid), Ticks(bid + 1), Nano(10**9), Nano(2 * 10**9))


def trade(second: int, price: int = 59121, symbol: Symbol = SPY.symbol) -> Print:
    return Print(symbol, Instant(START + second * SECOND), Ticks(price), Nano(3 * 10**9))


def bar(minute: int, close: int = 59125) -> Bar:
    """The bar that ends at this minute."""
    end = Instant(START + minute * MINUTE)
    start = Instant(end - MINUTE)
    return Bar(SPY.symbol, end, start, Ticks(59120), Ticks(59130), Ticks(59110), Ticks(close), Nano(10**9))


TOLD: tuple[MarketData, ...] = (
    quote(0),
    quote(1, bid=59122),
    trade(1),
    trade(1),
    quote(2, bid=23648, symbol=ES.symbol),
    trade(3, price=23649, symbol=ES.symbol),
    bar(1),
    quote(61),
    bar(2, close=59111),
    bar(3),
)


@dataclass
class FeedCandidate:
    """A feed that is not connected yet, and the means to make its source tell what is `told`, once."""

    feed: Feed
    tell: Callable[[], Awaitable[None]]
    told: tuple[MarketData, ...] = TOLD
    links: list[Link] = field(default_factory=list)

    async def connect(self) -> None:
        """Connected, and listened to."""
        self.feed.watch(lambda link, why: self.links.append(link))
        await self.feed.connect()

    async def hear(self, count: int | None = None) -> list[FeedItem]:
        """The next so many items; all that is told unless it is said."""
        wanted = range(len(self.told) if count is None else count)
        async with asyncio.timeout(PATIENCE_SECONDS):
            items = [await anext(self.feed.data()) for _ in wanted]
        return [item for item in items if not isinstance(item, Schedule)]


class FeedExam:
    """The cases. A subclass defines the fixture `candidate`."""

    async def test_01_everything_is_told_as_it_was_and_in_its_order(self, candidate: FeedCandidate) -> None:
        await candidate.connect()
        await candidate.tell()
        assert await candidate.hear() == list(candidate.told)

    async def test_02_two_equal_trades_are_two_trades(self, candidate: FeedCandidate) -> None:
        if not any(isinstance(item, Print) for item in candidate.told):
            pytest.skip("the feed has no trades")
        await candidate.connect()
        await candidate.tell()
        assert (await candidate.hear()).count(trade(1)) == 2

    async def test_03_what_was_told_before_anybody_read_is_there(self, candidate: FeedCandidate) -> None:
        await candidate.connect()
        await candidate.tell()
        await asyncio.sleep(0.01)
        assert await candidate.hear(3) == list(candidate.told[:3])

    async def test_04_a_reader_that_was_cancelled_loses_nothing(self, candidate: FeedCandidate) -> None:
        await candidate.connect()
        heard: list[FeedItem | Schedule] = []
        for _ in range(3):
            reader = asyncio.create_task(_next(candidate.feed))
            await asyncio.sleep(0)
            reader.cancel()
            with suppress(asyncio.CancelledError):  # or it was quicker than we were
                heard += [item for item in [await reader] if item is not None]
        await candidate.tell()
        assert heard + await candidate.hear(len(candidate.told) - len(heard)) == list(candidate.told)

    async def test_05_nothing_is_told_of_what_was_not_declared(self, candidate: FeedCandidate) -> None:
        await candidate.connect()
        await candidate.tell()
        assert {item.instrument for item in await candidate.hear()} <= set(candidate.feed.instruments)

    async def test_06_the_listener_hears_that_the_link_is_up(self, candidate: FeedCandidate) -> None:
        await candidate.connect()
        await asyncio.sleep(0)
        assert candidate.links == [Link.UP]

    async def test_07_closing_ends_the_data(self, candidate: FeedCandidate) -> None:
        await candidate.connect()
        await candidate.tell()
        await candidate.hear(1)
        await candidate.feed.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            rest = [item async for item in candidate.feed.data()]
        assert rest == list(candidate.told[1 : 1 + len(rest)])

    async def test_08_closing_ends_a_reader_that_waits(self, candidate: FeedCandidate) -> None:
        await candidate.connect()
        await candidate.tell()
        await candidate.hear()
        reader = asyncio.create_task(_next(candidate.feed))
        await asyncio.sleep(0)
        await candidate.feed.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await reader is None

    @pytest.mark.parametrize("connected", [True, False])
    async def test_09_closing_twice_is_no_fault(self, candidate: FeedCandidate, connected: bool) -> None:
        if connected:
            await candidate.connect()
        await candidate.feed.close()
        await candidate.feed.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert [item async for item in candidate.feed.data()] == []

    async def test_10_it_has_a_name(self, candidate: FeedCandidate) -> None:
        assert candidate.feed.name

    async def test_11_history_is_asked_for_by_its_end_and_its_length(self, candidate: FeedCandidate) -> None:
        feed = candidate.feed
        if not isinstance(feed, BringsHistory):
            pytest.skip("the feed has no history")
        await candidate.connect()
        await candidate.tell()
        await candidate.hear()
        length = Span(MINUTE)
        assert await feed.history(SPY.symbol, length, 10, bar(3).at) == [bar(1), bar(2, close=59111), bar(3)]
        assert await feed.history(SPY.symbol, length, 2, Instant(bar(3).at - 1)) == [
            bar(1),
            bar(2, close=59111),
        ]
        assert await feed.history(SPY.symbol, length, 1, bar(2).at) == [bar(2, close=59111)]
        assert await feed.history(SPY.symbol, Span(5 * MINUTE), 10, bar(3).at) == []
        assert await feed.history(ES.symbol, length, 10, bar(3).at) == []


async def _next(feed: Feed) -> FeedItem | Schedule | None:
    return await anext(feed.data(), None)
