"""Feeds at the engine: what they bring reaches it, and what goes wrong with them does not end it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
from tests.builders import SPY
from tests.unit.engine.stage import NOON, PATIENCE_SECONDS, FarVenue, HandClock, entry, terms

from kedge.domain.announcements import Action
from kedge.domain.ids import BookId, Symbol
from kedge.domain.inputs import VenueReport
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import MarketData, Print, Quote
from kedge.domain.signals import Outcome
from kedge.engine import links as links_module
from kedge.engine.engine import Engine
from kedge.feeds.base import Link, LinkListener
from kedge.feeds.errors import BadFileError, RefusedError, UnreachableError
from kedge.journal.memory import MemoryJournal


def quote(bid: int) -> Quote:
    return Quote(SPY.symbol, NOON, Ticks(bid), Ticks(bid + 1))


class ToldFeed:
    """Brings what it is told to; an exception among it is raised at its place."""

    def __init__(self, told: Sequence[MarketData | Exception], refused_connects: int = 0) -> None:
        self.name = "told"
        self.instruments: Mapping[Symbol, Instrument] = {SPY.symbol: SPY}
        self.told = told
        self.refused_connects = refused_connects
        self.connects = 0
        self.ended = asyncio.Event()
        self.closed = 0
        self.listeners: list[LinkListener] = []

    async def connect(self) -> None:
        self.connects += 1
        if self.connects <= self.refused_connects:
            raise UnreachableError("nobody there")
        if not self.told:
            raise RefusedError("no entitlement")

    async def data(self) -> AsyncIterator[MarketData]:
        try:
            for each in self.told:
                if isinstance(each, Exception):
                    raise each
                yield each
        finally:
            self.ended.set()

    def watch(self, listener: LinkListener) -> None:
        self.listeners.append(listener)

    async def close(self) -> None:
        self.closed += 1


class FollowingVenue(FarVenue):
    """Notes the market that it is shown."""

    def __init__(self) -> None:
        super().__init__([])
        self.followed: list[MarketData] = []

    def follow(self, data: MarketData) -> list[VenueReport]:
        self.followed.append(data)
        return []

    def announce(self, action: Action) -> list[VenueReport]:
        raise AssertionError(f"nobody has announced {action}")


class Opened:
    """A running engine on one feed."""

    def __init__(self, feed: ToldFeed) -> None:
        self.feed = feed
        self.venue = FollowingVenue()
        self.engine = Engine(
            MemoryJournal(BookId("main"), "journal1"),
            [self.venue],
            feeds=[feed],
            accounts=[terms()],
            instruments=[SPY],
            clock=HandClock(),
        )

    async def run_out(self) -> None:
        """Start, and let the feed come to its end."""
        await self.engine.start()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.feed.ended.wait()
        await asyncio.sleep(0)

    async def still_trades(self) -> None:
        answer = await self.engine.signal(entry())
        assert answer.outcome is Outcome.ORDERED


async def test_paper_venues_and_the_engine_see_what_a_feed_brings() -> None:
    printed = Print(SPY.symbol, NOON, Ticks(9_400))
    opened = Opened(ToldFeed([quote(9_400), printed, quote(9_500)]))
    await opened.run_out()
    assert opened.engine.book.quote(SPY.symbol) == (9_500, 9_501)
    assert opened.venue.followed == [quote(9_400), printed, quote(9_500)]
    await opened.engine.stop()
    assert opened.feed.closed == 1


async def test_a_feed_that_fails_is_told_of_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    opened = Opened(ToldFeed([quote(9_900), BadFileError(Path("spy.csv"), "no price", 7), quote(9_500)]))
    await opened.run_out()
    assert (
        "feed told has failed, and there are no more prices from it: spy.csv, row 7: no price" in caplog.text
    )
    assert "Traceback" not in caplog.text
    assert opened.engine.book.quote(SPY.symbol) == (9_900, 9_901)
    await opened.still_trades()
    await opened.engine.stop()


async def test_people_are_told_when_prices_are_lost_and_when_they_are_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    opened = Opened(ToldFeed([quote(9_400)]))
    await opened.run_out()
    for link, why in (
        (Link.UP, "first"),
        (Link.SILENT, "nothing came"),
        (Link.DOWN, "hung up"),
        (Link.UP, "again"),
    ):
        opened.feed.listeners[0](link, why)
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told == [
        "feed told is silent: nothing came",
        "feed told is down: hung up",
        "feed told is up: again",
    ]
    await opened.engine.stop()


async def test_a_feed_that_will_not_let_us_in_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    opened = Opened(ToldFeed([]))
    await opened.engine.start()
    await opened.still_trades()
    assert "feed told has failed" in caplog.text
    assert "no entitlement" in caplog.text
    await opened.engine.stop()


async def test_a_feed_that_cannot_be_reached_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "RECONNECT_SECONDS", (0.0,))
    opened = Opened(ToldFeed([quote(9_400)], refused_connects=3))
    await opened.run_out()
    assert opened.feed.connects == 4
    assert opened.engine.book.quote(SPY.symbol) == (9_400, 9_401)
    await opened.engine.stop()


async def test_what_goes_wrong_with_a_price_in_the_engine_itself_does_end_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = Opened(ToldFeed([quote(9_400)]))

    def broken(*_: object) -> None:
        raise ArithmeticError("a fault of the kernel")

    monkeypatch.setattr(opened.engine.book, "on_quote", broken)
    await opened.run_out()
    with pytest.raises(ArithmeticError):
        await opened.engine.wait()
    await opened.engine.stop()
