"""Between the decision and the sending: what has changed by then is looked at, and an entry may end there, unsent."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.engine.stage import (
    ALPHA,
    Calls,
    FarVenue,
    HandClock,
    House,
    NotedJournal,
    exit_,
    house,
    terms,
)

from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.capabilities import Capabilities
from kedge.domain.events import Event, OrderAbandoned, OrderEnded
from kedge.domain.ids import Symbol
from kedge.domain.instants import MILLISECOND, SECOND, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.limits import Filters
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Role
from kedge.domain.quotes import Quote
from kedge.domain.signals import Outcome
from kedge.engine.engine import Engine

SPY = Symbol("SPY")
STRICT = Filters(
    max_spread_bps=Decimal(5), max_slippage_bps=Decimal(20), max_quote_age=Span(500 * MILLISECOND)
)


class SlowJournal(NotedJournal):
    """Something happens while it writes an order down."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(calls)
        self.meanwhile: Callable[[], None] | None = None

    def append(self, *args: Any) -> Any:
        head = super().append(*args)
        sent = [
            event for step in args[0] for event in step.events if type(event).__name__ == "OrderSubmitted"
        ]
        if sent and self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return head


def tell(engine: Engine, clock: HandClock, bid: int, ask: int) -> None:
    """A price, in cents."""
    engine.on_quote(Quote(SPY, clock(), Ticks(bid), Ticks(ask)))
    engine._intake.act()  # as the loop does on its next round


def ended(opened: House) -> list[Event]:
    return [
        event
        for step in opened.steps
        for event in step.events
        if isinstance(event, (OrderAbandoned, OrderEnded))
    ]


CHANGES: dict[str, tuple[Callable[[Engine, HandClock], None], str, str]] = {
    "the spread opens": (
        lambda engine, clock: tell(engine, clock, 9_900, 10_100),
        "SPREAD_TOO_WIDE",
        "filters",
    ),
    "the price runs away": (
        lambda engine, clock: tell(engine, clock, 10_030, 10_031),
        "SLIPPAGE_TOO_LARGE",
        "filters",
    ),
    "the quote becomes old": (lambda _, clock: clock.pass_seconds(0.6), "QUOTE_TOO_OLD", "filters"),
    "everything is halted": (
        lambda engine, _: engine.set_trading(TradingState.HALTED, "ann", "enough"),
        "TRADING_HALTED",
        "trading_state",
    ),
    "the account is halted": (
        lambda engine, _: engine.set_trading(TradingState.REDUCING, "ann", "enough", ALPHA),
        "REDUCING_ONLY",
        "trading_state",
    ),
    "a person cancels it": (
        lambda engine, _: engine.cancel(
            next(o.id for o in engine.book.state.orders.values() if o.request.role is Role.ENTRY),
            "ann",
            "changed my mind",
        ),
        "WITHDRAWN",
        "withdrawn",
    ),
    "its instrument is halted": (
        lambda engine, _: engine.set_halt(SPY, "news pending"),
        "INSTRUMENT_HALTED",
        "session",
    ),
}


def slow_house(clock: HandClock, account: AccountTerms | None = None) -> Any:
    calls: Calls = []
    account = account or replace(terms(), filters=STRICT)
    return house(journal=SlowJournal(calls), venue=FarVenue(calls), account=account, clock=clock)


@pytest.mark.parametrize("change", CHANGES)
async def test_an_entry_is_not_sent_when_its_ground_is_gone_by_then(change: str) -> None:
    happen, code, gate = CHANGES[change]
    clock = HandClock()
    async with slow_house(clock) as opened:
        tell(opened.engine, clock, 10_000, 10_001)
        opened.journal.meanwhile = lambda: happen(opened.engine, clock)
        order = await opened.enter(state=OrderState.CANCELLED)
        assert opened.venue.called("submit") == []
        abandoned, *rest = ended(opened)
        assert isinstance(abandoned, OrderAbandoned)
        assert (abandoned.order, abandoned.code, abandoned.gate) == (order.id, code, gate)
        assert abandoned.figures
        assert order.reason == f"abandoned before it left: {code}"
        assert order.filled == 0
        assert len(rest) == 2, "the entry has ended, and its stop with it"
        assert opened.engine.book.state.open == {ALPHA: {}}


async def test_an_entry_leaves_when_nothing_speaks_against_it() -> None:
    clock = HandClock()
    async with slow_house(clock) as opened:
        tell(opened.engine, clock, 10_000, 10_001)
        opened.journal.meanwhile = lambda: tell(opened.engine, clock, 10_001, 10_002)
        order = await opened.enter()
        assert opened.venue.called("submit") == [order.id]
        assert ended(opened) == []


async def test_an_exit_leaves_whatever_the_market_does() -> None:
    clock = HandClock()
    async with slow_house(clock) as opened:
        tell(opened.engine, clock, 10_000, 10_001)
        order = await opened.enter()
        opened.fill(order)
        await opened.until(lambda: order.state is OrderState.FILLED)

        def meanwhile() -> None:
            opened.engine.set_trading(TradingState.HALTED, "ann", "enough")
            tell(opened.engine, clock, 9_000, 11_000)

        opened.journal.meanwhile = meanwhile
        answer = await opened.engine.signal(exit_())
        await opened.until(lambda: opened.order(answer.order).state is OrderState.ACCEPTED)
        assert opened.venue.called("submit") == [order.id, answer.order]


async def test_the_same_again_is_no_stutter_after_it_was_not_sent() -> None:
    clock = HandClock()
    cautious = replace(terms(), filters=STRICT)
    cautious = replace(cautious, limits=replace(cautious.limits, repeat_window=SECOND))
    async with slow_house(clock, cautious) as opened:
        tell(opened.engine, clock, 10_000, 10_001)
        opened.journal.meanwhile = lambda: tell(opened.engine, clock, 9_900, 10_100)
        await opened.enter(state=OrderState.CANCELLED)
        tell(opened.engine, clock, 10_000, 10_001)
        answer = await opened.engine.signal(
            {"id": "s-2", "account": "alpha", "kind": "ENTRY", "instrument": "SPY", "direction": "LONG"}
            | {"quantity": "10", "expected_price": "100", "stop": {"price": "95"}}
        )
        assert answer.outcome is Outcome.ORDERED


async def test_what_has_waited_beyond_its_time_does_not_leave() -> None:
    """The kernel may have taken an absence at the venue as proof by then, and sent another for the same intent."""
    clock = HandClock()
    account = terms(Capabilities(request_lifetime=Span(2 * SECOND)))
    async with slow_house(clock, account) as opened:
        opened.journal.meanwhile = lambda: clock.pass_seconds(2)
        order = await opened.enter(state=OrderState.REJECTED)
        assert opened.venue.called("submit") == []
        assert order.reason == "not sent: it waited for too long"
