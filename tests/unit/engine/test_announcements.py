"""What markets announce, at a running engine with its paper exchange: halts, splits, new symbols, and expiry."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from tests.builders import ES, SPY
from tests.unit.engine.stage import PATIENCE_SECONDS, HandClock
from tests.unit.engine.test_wiring import PAPER, account, until

import kedge
from kedge.domain.announcements import Announcement, Halt, Split, SymbolChange
from kedge.domain.events import PositionClosed
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import MINUTE, Instant, Span, show_instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Order, Role
from kedge.domain.quotes import Quote
from kedge.domain.signals import Outcome
from kedge.domain.steps import Step
from kedge.engine.clock import system_clock
from kedge.engine.engine import Engine
from kedge.engine.listed import ledger_of
from kedge.engine.wiring import open_engine
from kedge.lab.feed_server import FeedServer
from kedge.market.quality import Fault
from kedge.settings.values import Bars, PaperVenue, Settings, SocketFeed
from kedge.sim.settings import SimSettings
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.statement import Statement
from kedge.venues.simulated.terms import ExchangeTerms

ALPHA = AccountId("alpha")
META = msgspec.structs.replace(SPY, symbol=Symbol("META"))
TRADED = (SPY.symbol, META.symbol)


def settings(folder: Path, url: str | None, **others: Any) -> Settings:
    one = Settings(
        data_dir=folder / "data",
        venues=MappingProxyType({PAPER: PaperVenue(PAPER, 7, SimSettings())}),
        accounts=(account(),),
        instruments=(SPY, META),
        feeds=() if url is None else (SocketFeed(TRADED, url),),
        record_market_data=False,
        bars=Bars((Span(MINUTE),), 0),
    )
    return msgspec.structs.replace(one, **others)


class Market:
    """A feed server, and the engine that listens to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = FeedServer(TRADED)
        self.url = ""
        self.engine: Engine
        self.steps: list[Step] = []

    @asynccontextmanager
    async def running(self, **others: Any) -> AsyncIterator[Engine]:
        if not self.url:
            self.url = await self.server.start()
        async with open_engine(settings(self.folder, self.url, **others)) as engine:
            self.engine = engine
            engine.subscribe(self.steps.append)
            await self.server.subscribers()
            yield engine

    async def price(self, bid: str, symbol: Symbol = SPY.symbol) -> None:
        """Tell a quote, and wait until the engine has it (or has refused it)."""
        ticks = SPY.ticks(Decimal(bid))
        quote = Quote(symbol, system_clock(), ticks, Ticks(ticks + 1))
        await self.server.tell(quote)
        await soon(lambda: self.engine.book.quote(symbol) == (quote.bid, quote.ask))

    async def enter(self, **wanted: Any) -> None:
        answer = await self.engine.signal(kedge.Entry("SPY", "LONG", account="alpha", **wanted))
        assert answer.outcome is Outcome.ORDERED, answer
        await until(
            self.engine,
            lambda: self.held() == 10 and all(o.state is OrderState.ACCEPTED for o in self.open()),
        )

    async def announce(self, announcement: Announcement) -> None:
        await self.server.tell(announcement)

    def held(self, symbol: Symbol = SPY.symbol) -> Decimal:
        position = self.engine.book.state.position(ALPHA, symbol)
        return Decimal(0) if position is None else position.quantity

    def open(self, symbol: Symbol = SPY.symbol) -> list[Order]:
        return self.engine.book.state.open_orders(ALPHA, symbol)

    def exit_of(self, role: Role, symbol: Symbol = SPY.symbol) -> Order:
        (found,) = (order for order in self.open(symbol) if order.request.role is role)
        return found

    def closed(self) -> list[PositionClosed]:
        events = (event for step in self.steps for event in step.events)
        return [event for event in events if isinstance(event, PositionClosed)]


async def soon(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 (a quote that moves nothing tells nobody)
            await asyncio.sleep(0.002)


@pytest.fixture
async def market(tmp_path: Path) -> AsyncIterator[Market]:
    market = Market(tmp_path)
    yield market
    await market.server.close()


def exchange_holds(folder: Path) -> dict[Symbol, Decimal]:
    return Statement.of(ledger_of(folder / "data", PAPER)).accounts[ALPHA].positions


# -- halts --


async def test_a_halt_that_a_feed_announces_holds_entries_until_it_is_lifted(market: Market) -> None:
    async with market.running() as engine:
        await market.price("100.00")
        await market.announce(Halt(SPY.symbol, system_clock(), "news pending"))
        await soon(lambda: SPY.symbol in engine.book.state.halted)
        answer = await engine.signal(kedge.Entry("SPY", "LONG", account="alpha", stop="95"))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "INSTRUMENT_HALTED")
        await market.announce(Halt(SPY.symbol, system_clock()))
        await soon(lambda: not engine.book.state.halted)
        await market.enter(stop="95")


# -- splits --


async def test_a_split_reaches_exchange_stop_and_chart_before_any_price_of_after_it(market: Market) -> None:
    async with market.running() as engine:
        await market.price("100.00")
        await market.enter(stop="95", target="110")
        await market.announce(Split(SPY.symbol, system_clock(), 4))
        await market.server.tell(Quote(SPY.symbol, system_clock(), Ticks(10_000), Ticks(10_001)))
        await market.price("50.00", META.symbol)  # told after it, so both have been heard
        assert engine.book.quote(SPY.symbol) == (None, None)  # late, of before the split: it is a jump
        await market.price("25.00")
        assert market.held() == 40
        stop, target = market.exit_of(Role.STOP), market.exit_of(Role.TARGET)
        assert (stop.quantity, stop.stop_price) == (Decimal(40), Decimal("23.75"))
        assert (target.quantity, target.limit_price) == (Decimal(40), Decimal("27.5"))
        await market.price("23.70")
        await until(engine, lambda: market.held() == 0)
    assert exchange_holds(market.folder) == {}
    (closed,) = market.closed()
    assert (closed.exit_reason, closed.pnl) == ("stop", -52_100_000_000)


async def test_bars_of_before_the_split_are_counted_in_its_prices(market: Market) -> None:
    async with market.running() as engine:
        await market.price("100.00")
        engine.charts.pass_time(Instant(system_clock() + 2 * MINUTE))
        (before,) = engine.charts.bars(SPY.symbol)
        split = Split(SPY.symbol, system_clock(), 4)
        await market.announce(split)
        await market.announce(Split(META.symbol, system_clock(), 2))
        await market.announce(split)
        await market.price("25.00")
        (after,) = engine.charts.bars(SPY.symbol)
        assert (before.close, after.close) == (10_000, 2_500)


async def test_a_split_that_is_announced_again_is_done_once(market: Market) -> None:
    async with market.running():
        await market.price("100.00")
        await market.enter(stop="95")
        split = Split(SPY.symbol, system_clock(), 4)
        await market.announce(split)
        await market.announce(Split(META.symbol, system_clock(), 2))
        await market.announce(split)
        await market.price("25.00")
        assert market.held() == 40
    async with market.running():
        await market.announce(split)
        await market.price("25.10")
        assert market.held() == 40


async def test_a_split_holds_from_its_time_on(market: Market) -> None:
    async with market.running() as engine:
        await market.price("100.00")
        await market.enter(stop="95")
        tomorrow = Instant(system_clock() + 24 * 60 * MINUTE)
        await market.announce(Split(SPY.symbol, tomorrow, 4))
        await market.price("99.00")
        assert market.held() == 10
        await market.announce(Split(SPY.symbol, system_clock(), 2))  # an earlier one that is told later
        await until(engine, lambda: market.held() == 20)


async def test_nothing_is_entered_at_a_price_of_before_the_split(market: Market) -> None:
    async with market.running() as engine:
        await market.price("100.00")
        await market.announce(Split(SPY.symbol, system_clock(), 4))
        await soon(lambda: engine.book.quote(SPY.symbol) == (None, None))
        answer = await engine.signal(kedge.Entry("SPY", "LONG", account="alpha"))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "NO_REFERENCE_PRICE")
        await market.price("25.00")
        await market.enter(stop="20")


async def test_a_split_waits_for_a_request_under_way_and_prices_wait_with_it(market: Market) -> None:
    async with market.running() as engine:
        await market.price("100.00")
        await market.enter(stop="95")
        stop = market.exit_of(Role.STOP)
        state, stop.state = stop.state, OrderState.PENDING_REPLACE
        await market.announce(Split(SPY.symbol, system_clock(), 4))
        await market.server.tell(Quote(SPY.symbol, system_clock(), Ticks(9_990), Ticks(9_991)))
        await market.price("50.00", META.symbol)  # told after it, so both have been heard
        assert market.held() == 10
        assert engine.book.quote(SPY.symbol) == (10_000, 10_001)
        stop.state = state
        await market.price("25.01")
        assert (market.held(), stop.stop_price) == (Decimal(40), Decimal("23.75"))


async def test_what_a_company_did_while_no_engine_ran_is_done_at_the_start(
    market: Market, tmp_path: Path
) -> None:
    async with market.running():
        await market.price("100.00")
        await market.enter(stop="95")
    actions = tmp_path / "actions.csv"
    at = show_instant(system_clock())
    actions.write_text(f"ts_utc,symbol,kind,ratio\n{at},SPY,split,4:1\n2014-06-09T13:30:00Z,SPY,split,7:1\n")
    async with market.running(actions=actions) as engine:
        await until(engine, lambda: market.held() == 40)
        assert market.exit_of(Role.STOP).stop_price == Decimal("23.75")
    assert exchange_holds(market.folder) == {SPY.symbol: 40}


async def test_a_split_that_is_announced_too_late_changes_nothing_and_is_told_of(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    async with market.running():
        await market.price("100.00")
        await market.enter(stop="95")
        then = system_clock()
        await market.price("100.01")
        await market.announce(Split(SPY.symbol, then, 4))
        await soon(lambda: "was announced too late" in caplog.text)
        assert "what alpha has is as it was" in caplog.text
        await market.price("100.02")  # judged by the prices before
        assert market.held() == 10
    assert exchange_holds(market.folder) == {SPY.symbol: 10}


async def test_a_split_of_which_the_engine_did_not_hear_is_found_at_the_start(market: Market) -> None:
    async with market.running():
        await market.price("100.00")
        await market.enter(stop="95", target="110")
    terms = ExchangeTerms((SPY, META), {ALPHA: Decimal(100_000)}, seed=7, name=PAPER)
    died = Exchange(terms, system_clock(), ledger_of(market.folder / "data", PAPER))
    assert died.announce(Split(SPY.symbol, system_clock(), 4), system_clock())
    died.close()  # and nobody had been told
    async with market.running() as engine:
        await until(engine, lambda: market.held() == 40)
        await soon(lambda: not any(order.asked for order in market.open()))
        assert market.exit_of(Role.STOP).quantity == 40
        assert not any(type(event).__name__ == "Anomaly" for step in market.steps for event in step.events)


@pytest.mark.parametrize("done", [False, True], ids=["split at the start", "split unheard as well"])
async def test_what_filled_unheard_before_a_split_is_told_before_it(
    market: Market, tmp_path: Path, *, done: bool
) -> None:
    fifteen = (msgspec.structs.replace(account(), quantity=Decimal(15)),)
    async with market.running(accounts=fifteen) as engine:
        await market.price("100.00")
        at_90 = {"type": "limit", "limit_price": "90"}
        await engine.signal(kedge.Entry("SPY", "LONG", account="alpha", stop="85", order=at_90))
        await until(engine, lambda: [o.state for o in market.open()] == [OrderState.ACCEPTED] * 2)
    terms = ExchangeTerms((SPY, META), {ALPHA: Decimal(100_000)}, seed=7, name=PAPER)
    died = Exchange(terms, system_clock(), ledger_of(market.folder / "data", PAPER))
    assert died.take(Quote(SPY.symbol, system_clock(), Ticks(8_900), Ticks(8_901)))
    at = system_clock()
    if done:
        assert died.announce(Split(SPY.symbol, at, 1, 10), system_clock())
    died.close()  # and nobody had been told
    actions = tmp_path / "actions.csv"
    actions.write_text(f"ts_utc,symbol,kind,ratio\n{show_instant(at)},SPY,split,1:10\n")
    async with market.running(actions=actions, accounts=fifteen) as engine:
        await until(engine, lambda: market.held() == 1)
        assert market.exit_of(Role.STOP).stop_price == 850
        cash = engine.book.state.accounts[ALPHA].cash
        assert not any(type(event).__name__ == "Anomaly" for step in market.steps for event in step.events)
    statement = Statement.of(ledger_of(market.folder / "data", PAPER)).accounts[ALPHA]
    assert (statement.positions, statement.cash) == ({SPY.symbol: Decimal(1)}, cash)


# -- trades that are taken back --


async def test_a_trade_that_was_taken_back_while_no_engine_ran_is_found_at_the_start(market: Market) -> None:
    """Its order is over, so nobody would ask about it."""
    async with market.running() as engine:
        await market.price("100.00")
        await market.enter(stop="95", target="110")
        await market.price("94.90")
        await until(engine, lambda: market.held() == 0 and not market.open())
        (closed,) = market.closed()
    assert closed.order is not None
    terms = ExchangeTerms((SPY, META), {ALPHA: Decimal(100_000)}, seed=7, name=PAPER)
    died = Exchange(terms, system_clock(), ledger_of(market.folder / "data", PAPER))
    trade = died.executions(ALPHA)[-1][1].id
    assert died.bust(closed.order, trade, system_clock(), "erroneous")
    died.close()  # and nobody had been told
    for _ in range(2):  # the second start hears of it again, and it counts once
        async with market.running() as engine:
            await soon(lambda: market.held() == 10)
            await engine.signal(
                kedge.Exit("META", account="alpha")
            )  # whatever was asked before is answered by now
    kinds = [type(event).__name__ for step in market.steps for event in step.events]
    assert kinds.count("FillBusted") == 1
    assert exchange_holds(market.folder) == {SPY.symbol: 10}


# -- the first price after a restart --


async def test_the_first_price_is_held_against_the_last_one_before_the_restart(market: Market) -> None:
    async with market.running():
        await market.price("100.00")
        await market.enter(stop="95")
    async with market.running() as engine:
        await market.server.tell(
            Quote(SPY.symbol, system_clock(), Ticks(1_000), Ticks(1_001))
        )  # a fat finger
        await market.price("50.00", META.symbol)
        assert engine.book.quote(SPY.symbol) == (None, None)
        assert engine.data_quality[SPY.symbol].refused[Fault.JUMP] == 1
        await market.price("100.10")
        assert market.held() == 10


# -- new symbols --


async def test_what_is_held_goes_by_its_new_symbol(market: Market) -> None:
    async with market.running() as engine:
        await market.price("100.00")
        await market.enter(stop="95")
        await market.announce(SymbolChange(SPY.symbol, system_clock(), META.symbol))
        await soon(lambda: market.held(META.symbol) == 10)
        assert market.exit_of(Role.STOP, META.symbol).stop_price == 95
        await market.price("94.00", META.symbol)
        await until(engine, lambda: market.held(META.symbol) == 0)
    assert exchange_holds(market.folder) == {}


async def test_a_symbol_that_the_settings_do_not_list_halts_the_old_one_and_says_why(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    async with market.running() as engine:
        await market.price("100.00")
        await market.enter(stop="95")
        await market.announce(SymbolChange(SPY.symbol, system_clock(), Symbol("GONE")))
        await soon(lambda: SPY.symbol in engine.book.state.halted)
        why = "it goes by GONE now, which the settings do not list on the same terms"
        assert engine.book.state.halted[SPY.symbol] == why
        assert f"SPY: {why}" in caplog.text
        assert market.held() == 10


# -- contracts that end --


FUTURE = msgspec.structs.replace(ES, symbol=Symbol("ESZ26"), margin=None)


async def test_a_contract_that_ended_while_no_engine_ran_is_settled_at_the_start(tmp_path: Path) -> None:
    clock = HandClock()
    contract = msgspec.structs.replace(FUTURE, expires=Instant(clock() + 60 * MINUTE))
    one = settings(tmp_path, None, instruments=(SPY, contract), feeds=())
    async with open_engine(one, clock) as engine:
        await held_contract(engine, contract.symbol, clock)
    clock.pass_seconds(2 * 3600)
    closed: list[PositionClosed] = []
    nothing_of_it = msgspec.structs.replace(one, instruments=(SPY,))  # it has ended: nobody has to list it
    async with open_engine(nothing_of_it, clock) as engine:
        engine.subscribe(lambda step: closed.extend(e for e in step.events if isinstance(e, PositionClosed)))
        await until(engine, lambda: not engine.book.state.positions.get(ALPHA))
        assert not engine.book.state.open_orders(ALPHA, contract.symbol)
    (one_trade,) = closed
    assert (one_trade.exit_reason, one_trade.order, one_trade.gained) == (
        "settlement",
        None,
        -12_500_000_000 * 10,
    )
    assert exchange_holds(tmp_path) == {}


async def test_a_contract_that_ends_while_the_engine_runs_is_settled_by_the_clock(tmp_path: Path) -> None:
    contract = msgspec.structs.replace(FUTURE, expires=Instant(system_clock() + 10**9))
    one = settings(tmp_path, None, instruments=(contract,), feeds=())
    async with open_engine(one) as engine:
        await held_contract(engine, contract.symbol, system_clock)
        await until(engine, lambda: not engine.book.state.positions.get(ALPHA))
        answer = await engine.signal(kedge.Entry("ESZ26", "LONG", account="alpha", stop="5900"))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "CONTRACT_EXPIRING")


async def held_contract(engine: Engine, symbol: Symbol, clock: Callable[[], Instant]) -> None:
    engine.on_quote(Quote(symbol, clock(), Ticks(20_000), Ticks(20_001)))
    answer = await engine.signal(kedge.Entry(symbol, "LONG", account="alpha", stop="4990"))
    assert answer.outcome is Outcome.ORDERED, answer
    await until(engine, lambda: bool(engine.book.state.positions.get(ALPHA)))
