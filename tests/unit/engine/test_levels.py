"""What the market looks like when a signal comes: out of bars known by hand, and at a running engine."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest
from tests.builders import ES, NOON, SPY, nano, signal
from tests.builders import account as terms
from tests.unit.engine.stage import FarVenue, HandClock, house
from tests.unit.engine.stage import terms as stage_terms

from kedge.domain.accounts import Follow
from kedge.domain.builders import Entry, StopAdjustment
from kedge.domain.ids import BookId, Symbol
from kedge.domain.inputs import OpenReached, SignalArrived
from kedge.domain.instants import MINUTE, Instant, Span, parse_instant
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Role
from kedge.domain.protection import Horizon, Levels, LevelStop, Plan, StopMethod, TargetMethod, TargetPlan
from kedge.domain.quotes import Bar, Quote
from kedge.domain.signals import Outcome, SignalKind
from kedge.domain.steps import Step
from kedge.engine.engine import Engine
from kedge.engine.levels import SWINGS_TOLD, levels_of
from kedge.journal.memory import MemoryJournal
from kedge.market.bars import BuiltBar

HORIZON = Horizon(Span(5 * MINUTE), atr_bars=3, swing_bars=1)
D = Decimal


def bars(*prices: tuple[int, int, int], since: Instant = NOON, skip: int = -1) -> list[Bar]:
    """Bars of five minutes by their high, low and close; one of them may lack."""
    made = []
    for number, (high, low, close) in enumerate(prices):
        if number == skip:
            continue
        start = Instant(since + number * 5 * MINUTE)
        made.append(
            Bar(
                SPY.symbol,
                Instant(start + 5 * MINUTE),
                start,
                Ticks(close),
                Ticks(high),
                Ticks(low),
                Ticks(close),
            )
        )
    return made


SEEN = bars((1010, 1000, 1005), (1030, 1004, 1020), (1020, 1002, 1010), (1015, 990, 1000), (1012, 995, 1008))


def at(minutes: int) -> Instant:
    return Instant(NOON + minutes * MINUTE)


def levels(seen: Sequence[Bar], minutes: int = 25, opened: Instant | None = NOON, missing: int = 0) -> Levels:
    """`missing`: how much of the first bar's time was not heard."""
    built = [BuiltBar(bar, 1, Span(0 if number else missing)) for number, bar in enumerate(seen)]
    return levels_of(built, SPY, HORIZON, opened, at(minutes))


def test_levels_by_hand() -> None:
    found = levels(SEEN)
    # True ranges from the second bar on: 26, 18, 25, 17; their mean of three is 23, then (23 * 2 + 17) / 3 = 21.
    assert found == Levels(
        atr=nano("0.21"),
        swing_high=nano("10.30"),
        swing_low=nano("9.90"),
        range_high=nano("10.30"),
        range_low=nano("10.00"),
        highs=(nano("10.30"),),
        lows=(nano("9.90"),),
    )


def test_a_range_of_which_the_beginning_was_not_heard_is_none() -> None:
    """A run that began two minutes after the open has a bar from the open on, and half of its prices."""
    assert levels(SEEN).range_high is not None
    assert levels(SEEN, missing=2 * MINUTE).range_high is None
    assert levels(SEEN, missing=2 * MINUTE).swing_high == levels(SEEN).swing_high


def test_the_last_swings_are_told_newest_first_and_not_all_that_there_ever_were() -> None:
    seen = bars(*((1000 + 50 * (n % 2) + n, 900, 950) for n in range(60)))
    found = levels(seen, 300)
    assert len(found.highs) == SWINGS_TOLD
    assert found.highs[0] == found.swing_high == nano("11.07")
    assert list(found.highs) == sorted(found.highs, reverse=True)


def test_what_is_not_known_is_left_out() -> None:
    assert levels(SEEN[:1], 5) == Levels()
    assert levels([], 25) == Levels()


@pytest.mark.parametrize(
    ("seen", "minutes", "opened"),
    [
        pytest.param(SEEN, 14, NOON, id="its minutes are not over"),
        pytest.param(SEEN, 25, None, id="no session"),
        pytest.param(
            bars((1010, 1000, 1005), (1030, 1004, 1020), (1020, 1002, 1010), skip=1), 25, NOON, id="a hole"
        ),
        pytest.param(SEEN[1:], 25, NOON, id="the first bar came too late"),
        pytest.param(SEEN, 25, at(2), id="bars that lie across its edges"),
    ],
)
def test_a_range_that_may_be_wrong_is_none(seen: list[Bar], minutes: int, opened: Instant | None) -> None:
    found = levels(seen, minutes, opened)
    assert (found.range_high, found.range_low) == (None, None)


class Past:
    """A source that knows these bars."""

    async def history(self, symbol: Symbol, length: Span, count: int, before: Instant) -> list[Bar]:
        return list(SEEN)


@pytest.mark.parametrize(
    ("plan", "stop", "target"),
    [
        (Plan(level_stop=LevelStop(StopMethod.STRUCTURE, beyond_ticks=2), horizon=HORIZON), "9.88", None),
        (Plan(level_stop=LevelStop(StopMethod.ATR, D(2)), horizon=HORIZON), "9.68", None),
        (
            Plan(
                level_stop=LevelStop(StopMethod.STRUCTURE, beyond_ticks=0),
                horizon=HORIZON,
                target=TargetPlan(TargetMethod.RESISTANCE, D(1)),
            ),
            "9.90",
            "10.30",
        ),
    ],
)
async def test_a_running_engine_places_them_and_records_what_it_saw(
    plan: Plan, stop: str, target: str | None
) -> None:
    clock, venue = HandClock(at(25)), FarVenue([])
    engine = Engine(
        MemoryJournal(BookId("main"), "journal1"),
        [venue],
        accounts=[msgspec.structs.replace(terms(), venue=venue.name, plan=plan)],
        instruments=[SPY, ES],
        clock=clock,
    )
    recorded: list[SignalArrived] = []

    def keep(step: Step) -> None:
        if isinstance(step.cause, SignalArrived):
            recorded.append(step.cause)

    engine.subscribe(keep)
    await engine.start()
    await engine.charts.load(Past(), SPY.symbol, clock())
    engine.on_quote(Quote(SPY.symbol, clock(), Ticks(1009), Ticks(1010)))
    answer = await engine.signal(signal("s-1", at=clock(), quantity=10))
    assert answer.outcome is Outcome.ORDERED
    orders = list(engine.book.state.orders.values())
    assert [order.stop_price for order in orders if order.stop_price] == [D(stop)]
    assert [order.limit_price for order in orders if order.limit_price] == (
        [] if target is None else [D(target)]
    )
    (arrived,) = recorded
    assert arrived.levels is not None
    assert arrived.levels.atr == nano("0.21")
    await engine.stop()


async def test_a_signal_that_waits_is_judged_by_the_levels_of_the_open_and_one_that_exits_by_none() -> None:
    evening, morning = parse_instant("2026-03-02T22:00:00Z"), parse_instant("2026-03-03T14:30:01Z")
    clock, venue = HandClock(evening), FarVenue([])
    plan = Plan(level_stop=LevelStop(StopMethod.STRUCTURE, beyond_ticks=2), horizon=HORIZON)
    engine = Engine(
        MemoryJournal(BookId("main"), "journal1"),
        [venue],
        accounts=[msgspec.structs.replace(terms(), venue=venue.name, plan=plan)],
        instruments=[msgspec.structs.replace(SPY, calendar="XNYS")],
        clock=clock,
    )
    causes: list[object] = []
    engine.subscribe(lambda step: causes.append(step.cause))
    await engine.start()
    answer = await engine.signal(signal("s-1", at=evening, quantity=10))
    assert answer.outcome is Outcome.QUEUED
    await engine.charts.load(Past(), SPY.symbol, evening)
    clock.now = morning
    await engine.signal(signal("s-2", SignalKind.EXIT, None, at=morning))
    engine.on_quote(Quote(SPY.symbol, morning, Ticks(1009), Ticks(1010)))
    await engine.recorded()
    stops = [order.stop_price for order in engine.book.state.orders.values() if order.stop_price]
    assert stops == [D("9.88")]
    await engine.stop()
    arrived = {cause.signal.id: cause.levels for cause in causes if isinstance(cause, SignalArrived)}
    assert arrived == {"s-1": Levels(), "s-2": None}
    [opened] = [cause for cause in causes if isinstance(cause, OpenReached)]
    assert [told.swing_low for told in opened.levels.values()] == [nano("9.90")]


async def test_levels_are_looked_up_for_a_stop_that_is_to_be_moved_by_a_method() -> None:
    asking = msgspec.structs.replace(stage_terms(), plan=Plan(horizon=HORIZON), follow=Follow())
    async with house(clock=HandClock(at(25)), account=asking) as opened:
        order = await opened.enter()
        opened.fill(order)
        await opened.until(lambda: bool(opened.engine.book.state.positions.get(order.request.account)))
        await opened.engine.charts.load(Past(), SPY.symbol, at(25))
        opened.engine.on_quote(Quote(SPY.symbol, at(25), Ticks(10_010), Ticks(10_011)))
        moved = StopAdjustment("SPY", "atr:2", account="alpha")
        answer = await opened.engine.signal(moved)
        assert (answer.outcome, answer.code) == (Outcome.ADJUSTED, "")
        stop = opened.leg(Role.STOP)
        await opened.until(lambda: stop.stop_price == D("99.68"))  # two ranges of 0.21 below the bid


async def test_levels_are_looked_up_for_a_method_of_the_signal_s_own() -> None:
    clock, venue = HandClock(at(25)), FarVenue([])
    engine = Engine(
        MemoryJournal(BookId("main"), "journal1"),
        [venue],
        accounts=[msgspec.structs.replace(terms(), venue=venue.name, plan=Plan(horizon=HORIZON))],
        instruments=[SPY],
        clock=clock,
    )
    causes: list[object] = []
    engine.subscribe(lambda step: causes.append(step.cause))
    await engine.start()
    await engine.charts.load(Past(), SPY.symbol, clock())
    engine.on_quote(Quote(SPY.symbol, clock(), Ticks(1009), Ticks(1010)))
    own = Entry("SPY", "LONG", account="alpha", quantity=10, stop={"method": "atr", "value": 2})
    assert (await engine.signal(own)).outcome is Outcome.ORDERED
    stops = [order.stop_price for order in engine.book.state.orders.values() if order.stop_price]
    assert stops == [D("9.68")]
    await engine.stop()
    [arrived] = [cause for cause in causes if isinstance(cause, SignalArrived)]
    assert arrived.levels is not None
    assert arrived.levels.atr == nano("0.21")
