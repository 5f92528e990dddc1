"""At the close of a bar the engine hands in what the market looks like, for positions whose account asks for it."""

import asyncio
from decimal import Decimal

import msgspec
import pytest
from tests.builders import SPY, nano
from tests.unit.engine.paper import HELD, Paper
from tests.unit.engine.stage import PATIENCE_SECONDS, HandClock, House, house, terms

from kedge.domain.accounts import AccountTerms, Follow
from kedge.domain.adaptive import Adapt, MovedBy, Tighten, Widen
from kedge.domain.builders import Entry
from kedge.domain.capabilities import Capabilities
from kedge.domain.events import StopMoved
from kedge.domain.inputs import LevelsSeen
from kedge.domain.instants import MINUTE, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Role
from kedge.domain.protection import Horizon, Plan
from kedge.domain.quotes import Print, Quote

D = Decimal
ONE_ATR_BAR = Plan(horizon=Horizon(Span(5 * MINUTE), atr_bars=1))
WIDENS = Adapt(Widen(D(2), give_back=True))
TRAILS = Follow(trail_percent=D(1), after_r=D(1))


def asking(adapt: Adapt) -> AccountTerms:
    return msgspec.structs.replace(terms(), adapt=adapt, follow=TRAILS, plan=ONE_ATR_BAR)


def quote(opened: House, clock: HandClock, price: int, seconds: float = 0) -> None:
    clock.pass_seconds(seconds)
    opened.engine.on_quote(Quote(SPY.symbol, clock(), Ticks(price), Ticks(price + 1)))


def stop_of(opened: House) -> Decimal | None:
    stops = [
        order
        for order in opened.engine.book.state.orders.values()
        if order.request.role is Role.STOP and order.state is OrderState.ACCEPTED
    ]
    return stops[-1].stop_price if stops else None


async def heard(paper: Paper, bid: int) -> None:
    """The price moves, and the engine has it."""
    await paper.move(bid, bid + 1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while paper.engine.book.quote(SPY.symbol)[0] != bid:  # noqa: ASYNC110 (what changes nothing gives no sign)
            await asyncio.sleep(0)


async def trade(opened: House, clock: HandClock) -> None:
    """Ten at 100 with a stop at 98; then the market goes to 105 and the stop trails it."""
    quote(opened, clock, 9_999)
    quote(opened, clock, 9_999, 5 * 60)
    order = await opened.enter(stop={"price": "98"})
    opened.fill(order)
    await opened.until(lambda: order.state is OrderState.FILLED)
    for price in (10_100, 10_300, 10_500):
        quote(opened, clock, price, 60)
        await opened.until(lambda: not any(o.pending for o in opened.engine.book.state.orders.values()))
    await opened.until(lambda: stop_of(opened) == D("103.95"))


async def test_a_bar_that_a_quote_ends_is_acted_on_with_that_quote() -> None:
    clock = HandClock()
    async with house(account=asking(WIDENS), clock=clock) as opened:
        await trade(opened, clock)
        quote(opened, clock, 10_450, 5 * 60)
        assert opened.leg(Role.STOP).pending is not None, "in the same moment, before anything else comes"
        await opened.until(lambda: stop_of(opened) == D(98))
        seen = [step.cause for step in opened.steps if isinstance(step.cause, LevelsSeen)]
        moved = [event for step in opened.steps for event in step.events if isinstance(event, StopMoved)]
    assert moved[-1].by is MovedBy.WIDEN
    assert seen[-1].bid == 10_450
    assert seen[-1].levels.atr is not None
    # The bar went from 99.99 to 105.00: a range of about five, and twice that is more than what entry allows.
    assert moved[-1].price == nano(98)


async def test_a_price_that_is_better_than_the_bar_s_close_is_not_relied_on() -> None:
    """Where trades come and quotes have stopped, the last quote is of a market that is gone."""
    clock = HandClock()
    async with house(account=asking(WIDENS), clock=clock) as opened:
        await trade(opened, clock)
        traded = Print(SPY.symbol, clock(), Ticks(10_450), nano(100))
        assert opened.engine.feed(msgspec.json.encode(traded)) == 1
        clock.pass_seconds(5 * 60)
        opened.engine._writer.wake()
        await opened.until(lambda: any(isinstance(step.cause, LevelsSeen) for step in opened.steps))
    (seen,) = [step.cause for step in opened.steps if isinstance(step.cause, LevelsSeen)]
    assert opened.engine.book.quote(SPY.symbol)[0] == 10_500
    assert seen.bid == 10_450


async def test_a_bar_that_only_the_clock_ends_is_acted_on_too() -> None:
    clock = HandClock()
    async with house(account=asking(WIDENS), clock=clock) as opened:
        await trade(opened, clock)
        clock.pass_seconds(5 * 60)
        opened.engine._writer.wake()
        await opened.until(lambda: stop_of(opened) == D("98"))


@pytest.mark.parametrize(
    "adapt", [Adapt(), Adapt(tighten=Tighten(D(80), D(10)))], ids=["no wish", "no target"]
)
async def test_where_nothing_is_to_be_done_nothing_is_recorded(adapt: Adapt) -> None:
    clock = HandClock()
    async with house(account=asking(adapt), clock=clock) as opened:
        await trade(opened, clock)
        quote(opened, clock, 10_450, 5 * 60)
        await opened.engine.recorded()
        assert not any(isinstance(step.cause, LevelsSeen) for step in opened.steps)
        assert stop_of(opened) == D("103.95")


@pytest.mark.parametrize("capabilities", [Capabilities(), HELD], ids=["at the venue", "in the engine"])
async def test_a_stop_that_came_closer_near_the_target_is_filled_there_on_paper(
    capabilities: Capabilities,
) -> None:
    """From the signal to flat, at an exchange that fills by its own book."""
    tightens = Adapt(tighten=Tighten(D(60), D(20)))
    account = msgspec.structs.replace(terms(capabilities), adapt=tightens, follow=Follow(), plan=ONE_ATR_BAR)
    paper = Paper(capabilities, account=account)
    await paper.start()
    await heard(paper, 9_999)
    asked = Entry("SPY", "LONG", account="alpha", quantity=10, stop="98", target="104")
    answer = await paper.engine.signal(asked)
    assert answer.order is not None, answer
    await paper.until_held(10)
    for price in (10_100, 10_200, 10_300):
        await heard(paper, price)
    paper.clock.pass_seconds(5 * 60)
    await heard(paper, 10_290)
    state = paper.engine.book.state
    (stop,) = (order for order in state.orders.values() if order.request.role is Role.STOP)
    await paper.until(lambda: stop.stop_price == D("102.10"))  # a fifth of the way of 4.00 below 102.90
    await heard(paper, 10_209)
    await paper.until_held(0)
    (held,) = state.accounts.values()
    assert (held.trades, held.wins) == (1, 1)
    await paper.engine.stop()
