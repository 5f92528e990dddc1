"""A wall clock that is set while the engine runs: time goes on, and a person is told."""

import pytest
from tests.unit.engine.stage import NOON, entry, exit_, house

from kedge.domain.accounts import TradingState
from kedge.domain.instants import SECOND, Instant
from kedge.engine.clock import SteadyClock


class Hands:
    """A wall clock that somebody sets, and one that nobody does."""

    def __init__(self) -> None:
        self.wall, self.steady = NOON, 5_000

    def clock(self) -> SteadyClock:
        return SteadyClock(lambda: Instant(self.wall), lambda: self.steady)

    def go(self, seconds: float, *, set_by: float = 0.0) -> None:
        self.steady += int(seconds * SECOND)
        self.wall = Instant(self.wall + int((seconds + set_by) * SECOND))


# what happens to the clock, what it says afterwards, what a person is told of
STEPS: list[tuple[str, list[tuple[float, float]], float, float | None]] = [
    ("nobody sets it", [(1, 0), (3600, 0)], 3601, None),
    ("a small correction ahead is taken", [(1, 0.4)], 1.4, None),
    ("a small one back makes it wait", [(0.1, -0.4)], 0, None),
    ("and is caught up with", [(0.1, -0.4), (2, 0)], 1.7, None),
    ("many small ones add up to no jump", [(1, 0.9), (1, 0.9), (1, 0.9)], 5.7, None),
    ("set ahead: it goes along", [(1, 3600)], 3601, 3600),
    ("set back: time goes on", [(1, -3600)], 1, -3600),
    ("and on", [(1, -3600), (10, 0)], 11, -3600),
    ("set back and right again", [(1, -3600), (10, 3600)], 11, None),
]


@pytest.mark.parametrize(("steps", "says", "told"), [case[1:] for case in STEPS], ids=[c[0] for c in STEPS])
def test_time_goes_on(steps: list[tuple[float, float]], says: float, told: float | None) -> None:
    hands = Hands()
    clock = hands.clock()
    start, last = clock(), clock()
    for seconds, set_by in steps:
        hands.go(seconds, set_by=set_by)
        assert clock() >= last, "never back"
        last = clock()
    assert (last - start) / SECOND == pytest.approx(says)
    jump = clock.take_jump()
    assert (None if jump is None else jump / SECOND) == told
    assert clock.take_jump() is None, "it is told of once"


async def test_a_clock_that_was_set_halts_new_risk_and_nothing_else() -> None:
    hands = Hands()
    async with house(clock=hands.clock()) as opened:
        order = await opened.enter()
        opened.fill(order)
        await opened.until(lambda: "PositionOpened" in opened.events())
        hands.go(1, set_by=-3600)
        await opened.engine.signal(exit_("x-0") | {"instrument": "NONE"})
        await opened.until(lambda: opened.engine.book.state.trading is TradingState.HALTED)
        changed = next(row for row in opened.journal.rows() if row.kind == "TradingStateChanged")
        assert b'"who":"engine"' in changed.payload
        assert b"the clock was set back by 3600.0 s" in changed.payload
        assert (await opened.engine.signal(entry("s-2"))).code == "TRADING_HALTED"
        answer = await opened.engine.signal(exit_("x-1"))
        await opened.until(lambda: answer.order in opened.venue.called("submit"))


async def test_an_order_that_waits_for_its_time_out_is_given_up_in_time_all_the_same() -> None:
    hands = Hands()
    async with house(clock=hands.clock()) as opened:
        order = await opened.enter()
        hands.go(61, set_by=-3600)
        await opened.until(lambda: order.id in opened.venue.called("cancel"))
