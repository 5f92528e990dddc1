"""What the market looks like when a signal comes: out of bars known by hand, and at a running engine."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest
from tests.builders import ES, NOON, SPY, nano, signal
from tests.builders import account as terms
from tests.unit.engine.stage import FarVenue, HandClock

from kedge.domain.ids import BookId, Symbol
from kedge.domain.inputs import SignalArrived
from kedge.domain.instants import MINUTE, Instant, Span
from kedge.domain.numbers import Ticks
from kedge.domain.protection import Horizon, Levels, LevelStop, Plan, StopMethod, TargetMethod, TargetPlan
from kedge.domain.quotes import Bar, Quote
from kedge.domain.signals import Outcome
from kedge.domain.steps import Step
from kedge.engine.engine import Engine
from kedge.engine.levels import levels_of
from kedge.journal.memory import MemoryJournal

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


def levels(seen: Sequence[Bar], minutes: int = 25, opened: Instant | None = NOON) -> Levels:
    return levels_of(seen, SPY, HORIZON, opened, at(minutes))


def test_levels_by_hand() -> None:
    found = levels(SEEN)
    # True ranges from the second bar on: 26, 18, 25, 17; their mean of three is 23, then (23 * 2 + 17) / 3 = 21.
    assert found == Levels(
        atr=nano("0.21"),
        swing_high=nano("10.30"),
        swing_low=nano("9.90"),
        range_high=nano("10.30"),
        range_low=nano("10.00"),
    )


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
