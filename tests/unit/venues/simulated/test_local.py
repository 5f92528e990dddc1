"""Paper trading in our own process: time passes by itself, restarts go on, a failing disk is never taken for a no."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from tests.conformance.stage import ALPHA, ES, SPY, START, TERMS, HandClock, nano, order, quote

from kedge.domain.announcements import Split
from kedge.domain.ids import VenueName
from kedge.domain.inputs import (
    VenueAccepted,
    VenueBusted,
    VenueCorrected,
    VenueFilled,
    VenueReport,
    VenueShowed,
    VenueSplit,
)
from kedge.domain.instants import MILLISECOND, MINUTE, NEVER, SECOND, Instant, Span
from kedge.domain.quotes import Bar, Quote
from kedge.sim.errors import AmendmentError
from kedge.sim.settings import SimSettings
from kedge.sim.walk import WalkTerms
from kedge.sim.walks import Walks
from kedge.venues.base import BringsQuotes, Link, TellsAmendments, TellsChanges, TellsExecutions
from kedge.venues.errors import NotSentError, UnknownOutcomeError
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.local import LocalVenue
from kedge.venues.simulated.record import Record
from kedge.venues.simulated.remote import RemoteVenue
from kedge.venues.simulated.statement import Statement

R = TypeVar("R")
PAPER = VenueName("paper")
PATIENCE_SECONDS = 10.0


def delayed(span: int) -> Exchange:
    terms = msgspec.structs.replace(TERMS, settings=SimSettings(fill_delay=Span(span)))
    exchange = Exchange(terms, START)
    exchange.take(quote("99.99", "100.01"))
    return exchange


def wall_clock() -> Instant:
    return Instant(time.time_ns())


@asynccontextmanager
async def connected(venue: LocalVenue) -> AsyncIterator[LocalVenue]:
    await venue.connect()
    try:
        yield venue
    finally:
        await venue.close()


async def first(stream: AsyncIterator[VenueReport], kind: type[R]) -> R:
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for report in stream:
            if isinstance(report, kind):
                return report
    raise AssertionError("the stream has ended")


def test_both_ends_bring_quotes_and_tell_executions() -> None:
    for kind in (LocalVenue, RemoteVenue):
        assert issubclass(kind, BringsQuotes) and issubclass(kind, TellsExecutions)
        assert issubclass(kind, TellsChanges) and issubclass(kind, TellsAmendments)


async def test_a_trade_that_is_taken_back_is_told_and_kept() -> None:
    clock = HandClock()
    async with connected(LocalVenue(PAPER, delayed(0), clock)) as venue:
        request = order(quantity="5")
        await venue.submit(request)
        filled = await first(venue.reports(), VenueFilled)
        now = msgspec.structs.replace(filled.execution, quantity=nano("4"))
        venue.correct(request.id, now)
        corrected = await first(venue.reports(), VenueCorrected)
        assert corrected.corrected == now
        venue.bust(request.id, now.id, "erroneous")
        busted = await first(venue.reports(), VenueBusted)
        assert await venue.amendments(ALPHA) == [corrected, busted]
        assert await venue.positions(ALPHA) == {}
        with pytest.raises(AmendmentError):
            venue.bust(request.id, now.id)
        await venue.submit(order())  # it goes on


async def test_what_the_stream_has_not_told_yet_is_told_before_a_split() -> None:
    clock = HandClock()
    async with connected(LocalVenue(PAPER, delayed(0), clock)) as venue:
        await venue.submit(order(limit="99.50", quantity="5"))
        assert type(await anext(venue.reports())) is VenueAccepted
        venue.follow(quote("99.40", "99.42", clock()))
        told = venue.announce(Split(SPY.symbol, clock(), 2))
        assert [type(report) for report in told] == [VenueFilled, VenueSplit]
        assert await venue.changes(ALPHA, "", ()) == told[1:]


class TestTime:
    async def test_what_is_delayed_becomes_due_by_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kedge.venues.simulated.ticker._LONGEST_WAIT_SECONDS", 2 * PATIENCE_SECONDS)
        async with connected(LocalVenue(PAPER, delayed(5 * MILLISECOND), wall_clock)) as venue:
            await asyncio.sleep(0)  # the ticker has found nothing to wait for
            answer = await venue.submit(order())
            assert [type(report) for report in answer] == [VenueAccepted]
            await first(venue.reports(), VenueFilled)

    async def test_a_delay_is_measured_by_the_clock_that_was_handed_in(self) -> None:
        clock = HandClock()
        async with connected(LocalVenue(PAPER, delayed(SECOND), clock)) as venue:
            request = order()
            await venue.submit(request)
            clock.pass_seconds(0.9)
            venue.take(quote("99.99", "100.01", clock.now))
            showed = await venue.query(request.id)
            assert isinstance(showed, VenueShowed) and not showed.executions
            clock.pass_seconds(0.2)
            venue.take(quote("99.99", "100.01", clock.now))
            filled = await first(venue.reports(), VenueFilled)
            assert filled.execution.at >= START + SECOND

    async def test_prices_move_at_their_pace(self) -> None:
        exchange = Exchange(TERMS, wall_clock())
        asked: list[Instant] = []

        def prices(at: Instant) -> Sequence[Quote]:
            asked.append(at)
            return [quote("99.99", "100.01", at), quote("4000", "4000.25", at, ES)]

        async with connected(LocalVenue(PAPER, exchange, wall_clock, prices, quotes_per_second=200)) as venue:
            async with asyncio.timeout(PATIENCE_SECONDS):
                shown = [await anext(venue.quotes()) for _ in range(20)]
            assert [each.instrument for each in shown] == [SPY.symbol, ES.symbol] * 10
            request = order()
            await venue.submit(request)
            await first(venue.reports(), VenueFilled)
        assert asked == sorted(asked)

    async def test_steps_that_were_missed_are_not_made_up_for(self) -> None:
        clock = HandClock()
        exchange = Exchange(TERMS, START)
        asked: list[Instant] = []

        def prices(at: Instant) -> Sequence[Quote]:
            asked.append(at)
            return []

        async with connected(LocalVenue(PAPER, exchange, clock, prices, quotes_per_second=1000)):
            await _until(lambda: len(asked) == 1)
            clock.pass_seconds(60)
            await _until(lambda: len(asked) >= 2)
        assert asked[:2] == [START, Instant(START + MINUTE)] and len(asked) <= 3

    async def test_without_a_pace_the_market_stands_still_until_it_is_moved(self) -> None:
        exchange = Exchange(TERMS, START)
        clock = HandClock()
        async with connected(LocalVenue(PAPER, exchange, clock)) as venue:
            await venue.submit(order(limit="95"))
            first_, high, low, last = (SPY.ticks(Decimal(price)) for price in ("96", "97", "94", "95"))
            venue.take(Bar(SPY.symbol, Instant(START + MINUTE), START, first_, high, low, last))
            await first(venue.reports(), VenueFilled)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for happens inside the ticker
            await asyncio.sleep(0.001)


class TestRestart:
    async def test_a_paper_venue_is_opened_on_a_folder_and_goes_on_there(self, tmp_path: Path) -> None:
        clock = HandClock()

        def paper(folder: Path | None) -> LocalVenue:
            return LocalVenue.open(
                PAPER, TERMS, clock, folder, {SPY.symbol: Decimal(500)}, quotes_per_second=10
            )

        async with connected(paper(tmp_path)) as venue:
            assert SPY.price((await anext(venue.quotes())).bid) == Decimal(500)
            await venue.submit(order())
            held = await venue.positions(ALPHA)
        async with connected(paper(tmp_path)) as venue:
            assert await venue.positions(ALPHA) == held == {SPY.symbol: Decimal(10)}
        assert Statement.of(tmp_path / "paper-exchange.jsonl").accounts[ALPHA].positions == held
        async with connected(paper(None)) as venue:
            assert await venue.positions(ALPHA) == {}

    async def test_a_paper_account_goes_on_where_it_was(self, tmp_path: Path) -> None:
        path = tmp_path / "paper.jsonl"
        clock = HandClock()
        resting = order(limit="95")
        async with connected(LocalVenue(PAPER, Exchange(TERMS, START, path), clock)) as venue:
            venue.take(quote("99.99", "100.01"))
            await venue.submit(order())
            await venue.submit(resting)
            held, money = await venue.positions(ALPHA), await venue.balances(ALPHA)
            trades = await venue.executions(ALPHA)
        clock.pass_seconds(3600)
        async with connected(LocalVenue(PAPER, Exchange(TERMS, clock.now, path), clock)) as venue:
            assert await venue.positions(ALPHA) == held
            assert await venue.balances(ALPHA) == money
            assert await venue.executions(ALPHA) == trades
            assert await venue.open_orders(ALPHA) == [resting.id]
            venue.take(quote("94.98", "94.99", clock.now))
            filled = await first(venue.reports(), VenueFilled)
            assert filled.execution.id not in {e.id for _, e in trades}
        assert Statement.of(path).accounts[ALPHA].positions == {SPY.symbol: Decimal(20)}


class TestFailingDisk:
    async def test_what_failed_in_the_middle_is_unknown_and_what_comes_after_is_not_sent(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        links: list[tuple[Link, str]] = []
        async with connected(
            LocalVenue(PAPER, Exchange(TERMS, START, tmp_path / "ledger"), HandClock())
        ) as venue:
            venue.watch(lambda link, why: links.append((link, why)))
            monkeypatch.setattr(Record, "enter", fail)
            with pytest.raises(UnknownOutcomeError, match="No space"):
                await venue.submit(order())
            with pytest.raises(NotSentError, match="halted"):
                await venue.submit(order())
            await asyncio.sleep(0)
        assert [link for link, _ in links] == [Link.DOWN]
        assert "No space" in links[0][1]

    async def test_prices_that_cannot_be_noted_stop_and_the_listener_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Record, "note", fail)
        links: list[Link] = []
        exchange = Exchange(TERMS, START, tmp_path / "ledger")
        walks = Walks(TERMS.instruments, {}, 1, {})
        venue = LocalVenue(PAPER, exchange, HandClock(), walks, quotes_per_second=10)
        venue.watch(lambda link, why: links.append(link))
        async with connected(venue):
            await _until(lambda: links == [Link.UP, Link.DOWN])


class TestWalks:
    def test_they_begin_where_they_are_told_or_at_a_hundred(self) -> None:
        spy, es = Walks(TERMS.instruments, {ES.symbol: Decimal(4000)}, 1, {})(START)
        assert (SPY.price(spy.bid), ES.price(es.bid)) == (Decimal(100), Decimal(4000))

    def test_they_go_on_where_the_market_stands(self) -> None:
        [again] = Walks([SPY], {SPY.symbol: Decimal(7)}, 1, {SPY.symbol: quote("59.99", "60.01")})(START)
        assert SPY.price(again.bid) == Decimal(60)

    def test_a_leg_does_not_repeat_the_one_before(self) -> None:
        def steps(walks: Walks) -> list[int]:
            return [walks(Instant(START + number * SECOND))[0].bid for number in range(50)]

        terms = WalkTerms(volatility_bps=Decimal(100))
        one = Walks([SPY], {}, 1, {}, terms)
        same = Walks([SPY], {}, 1, {}, terms)
        later = Walks([SPY], {}, 1, {SPY.symbol: quote("100", "100")}, terms)
        assert steps(one) == steps(same) != steps(later)

    def test_a_clock_that_was_set_back_does_not_stop_them(self) -> None:
        walks = Walks([SPY], {}, 1, {SPY.symbol: quote("100", "100.01")})
        assert [quote.at for at in (0, START, 5) for quote in walks(Instant(at))] == [START] * 3

    def test_a_price_below_the_tick_is_refused(self) -> None:
        with pytest.raises(ValueError, match="SPY must start at a tick or more"):
            Walks([SPY], {SPY.symbol: Decimal(0)}, 1, {})


def test_nothing_is_due_at_an_exchange_without_delays() -> None:
    exchange = Exchange(TERMS, START)
    assert exchange.next_due == NEVER
    exchange.close()
