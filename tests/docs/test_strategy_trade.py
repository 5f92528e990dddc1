"""The trade on the page of real days: an engine on paper is handed its bars, and records the figures of the page."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.docs.strategy_page import PAGE, Day, days, summary_of_the_trade
from tests.unit.engine.stage import ALPHA, FAR, HandClock

from kedge.domain.accounts import AccountTerms
from kedge.domain.codes import Code
from kedge.domain.events import OrderSubmitted, PositionClosed, PositionOpened
from kedge.domain.ids import BookId
from kedge.domain.instants import SECOND, Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.limits import Counted, Limits, SizeMethod, Sizing
from kedge.domain.numbers import ZERO, from_nano
from kedge.domain.orders import Role
from kedge.domain.protection import LevelStop, Plan, StopMethod, TargetMethod, TargetPlan
from kedge.domain.setups import SetupAnswered, SetupFound
from kedge.domain.signals import Direction
from kedge.domain.strategies import StrategyTerms
from kedge.engine.engine import Engine
from kedge.engine.strategies.host import Hosted
from kedge.journal.memory import MemoryJournal
from kedge.settings.values import Bars
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.local import LocalVenue
from kedge.venues.simulated.terms import ExchangeTerms

CASH = Decimal(50_000)
MONDAY, *_, DAY = days()
BY_MARGIN = Limits(exposure=Counted.MARGIN, max_position_pct=Decimal(40))
TO_BE_ANSWERED = (OrderState.NEW, OrderState.PENDING_NEW, OrderState.PENDING_CANCEL)


class Floor:
    """An engine on paper; the bars are handed in one by one, each at its end."""

    def __init__(self, day: Day, limits: Limits) -> None:
        self.day = day
        self.clock = HandClock(Instant(day.bars()[0].bar.start - SECOND))
        self.journal = MemoryJournal(BookId("main"), "journal1")
        self.exchange = Exchange(ExchangeTerms((day.instrument,), {ALPHA: CASH}), self.clock())
        account = AccountTerms(ALPHA, FAR, CASH, day.instrument.currency, limits=limits)
        self.engine = Engine(
            self.journal,
            [LocalVenue(FAR, self.exchange, self.clock)],
            accounts=[account],
            instruments=[day.instrument],
            strategies=[Hosted(terms_of(day), day.strategy())],
            bars=Bars((day.length,)),
            clock=self.clock,
            draw_bits=lambda bits: self.journal.head.seq + 1,
        )

    async def play(self) -> None:
        await self.engine.start()
        await self.settled(lambda: bool(self.engine.book.state.accounts))
        for built in self.day.bars():
            self.clock.now = built.bar.at
            self.engine.feed(msgspec.json.encode(built.bar) + b"\n")
            await self.settled(self.is_quiet)
        await self.engine.stop()

    def is_quiet(self) -> bool:
        """All orders are answered, and the book holds what the exchange holds."""
        state = self.engine.book.state
        position = state.position(ALPHA, self.day.instrument.symbol)
        held = ZERO if position is None else position.quantity
        there = self.exchange.positions(ALPHA).get(self.day.instrument.symbol, ZERO)
        return held == there and all(each.state not in TO_BE_ANSWERED for each in state.orders.values())

    async def settled(self, condition: Callable[[], bool]) -> None:
        for _ in range(1_000):
            await asyncio.sleep(0)
            await self.engine.recorded()
            if condition():
                return
        pytest.fail("it did not come about")

    def events(self, kind: type) -> list[Any]:
        return [event for step in self.journal.steps() for event in step.events if isinstance(event, kind)]


def terms_of(day: Day) -> StrategyTerms:
    """With the stop beyond the range, the target 2 R away, and a risk of 1 %."""
    plan = Plan(
        level_stop=LevelStop(StopMethod.OPPOSITE_RANGE),
        target=TargetPlan(TargetMethod.RISK_REWARD, Decimal(2)),
    )
    size = Sizing(SizeMethod.RISK, Decimal(1))
    return StrategyTerms(
        "orb", ALPHA, day.instrument.symbol, day.rule, bar=day.length, plan=plan, sizing=size
    )


async def test_the_trade_is_the_one_that_an_engine_makes() -> None:
    floor = Floor(DAY, BY_MARGIN)
    await floor.play()
    (sent,) = floor.events(OrderSubmitted)
    (closed,) = floor.events(PositionClosed)
    legs = {leg.role: leg for leg in sent.legs}
    recorded = {
        "setup": sent.request.expected,
        "stop": legs[Role.STOP].stop_price,
        "quantity": sent.request.quantity,
        "target": legs[Role.TARGET].limit_price,
        "entry": closed.entry_price,
        "risk": closed.risk,
        "exit": closed.exit_price,
        "profit": closed.pnl,
    }
    figures = {step: Decimal(figure) for step, (_, figure) in summary_of_the_trade().items()}
    assert {step: from_nano(figure) for step, figure in recorded.items()} == {
        step: figures[step] for step in recorded
    }
    assert from_nano(closed.pnl) / from_nano(closed.risk) == figures["in R"]
    assert (closed.direction, closed.exit_reason, closed.fees) == (Direction.SHORT, "target", 0)
    assert closed.quantity == sent.request.quantity


async def test_by_default_limits_the_setup_is_found_and_refused() -> None:
    floor = Floor(DAY, Limits())
    await floor.play()
    (found,) = floor.events(SetupFound)
    (answered,) = floor.events(SetupAnswered)
    assert (answered.signal, answered.code) == (found.signal.id, Code.SIZE_ROUNDS_TO_NOTHING)
    assert floor.events(OrderSubmitted) == []


async def test_a_bar_that_stops_a_trade_out_and_breaks_the_other_side_is_gone_with() -> None:
    """What came of the bar at the venue is known before the strategy is asked at its close."""
    floor = Floor(MONDAY, Limits())
    await floor.play()
    (closed,) = floor.events(PositionClosed)
    _, short = floor.events(PositionOpened)
    sold_at = from_nano(short.cost) / -from_nano(short.quantity)
    assert (closed.direction, closed.exit_reason) == (Direction.LONG, "stop")
    assert f"buys at {from_nano(closed.entry_price):.2f}, the open of 14:05" in PAGE
    assert closed.stop == closed.exit_price
    assert f"with its stop at {from_nano(closed.stop):.2f}," in PAGE
    assert f"sells at {sold_at:.2f}, the open of 14:35" in PAGE
