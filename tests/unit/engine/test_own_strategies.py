"""A user's own strategies at a running engine: what becomes of one that fails, and what one may close."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.unit.engine.stage import ALPHA
from tests.unit.engine.strategy_day import SPY, Run, host, walk, whole

from kedge.domain.inputs import VenueFilled
from kedge.domain.numbers import Nano
from kedge.domain.orders import Execution, Order, Role, Side
from kedge.domain.setups import StrategyFailed
from kedge.domain.signals import Direction
from kedge.engine.strategies.host import Hosted
from kedge.strategies.idea import Enter, Idea, Leave
from kedge.strategies.seen import Own, Seen
from kedge.strategies.strategy import Strategy


class Counted(msgspec.Struct):
    """How many bars there have been."""

    bars: int = 0


class Third(Strategy):
    """Goes in at each third bar, and fails where it is told to."""

    State = Counted
    state: Counted
    fails_at: Iterable[int] = ()

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        self.state.bars += 1
        if self.state.bars in self.fails_at:
            self.state.bars += 100  # half done
            raise RuntimeError("it cannot go on")
        if self.state.bars % 3 == 0 and own.position is None:
            yield Enter(Direction.LONG, "the third bar", stop=seen.close - 1, targets=(seen.close + 2,))


def _half() -> Any:
    return 1.5


def _odd(anything: Any) -> Any:
    """What no type check would let a user's code say; nobody has to run one."""
    return anything


def exit_now() -> Any:
    raise SystemExit(3)


def failing(*bars: int) -> Any:
    def make() -> Hosted:
        third = Third()
        third.fails_at = bars
        return host(third)

    return make


async def test_what_a_strategy_had_half_done_when_it_failed_is_undone_and_it_goes_on() -> None:
    run = await whole(walk(17), failing(2))
    (failed,) = {each.error for each in run.events(StrategyFailed)}
    assert failed.startswith("RuntimeError: it cannot go on (test_own_strategies.py, line ")
    assert run.engine.book.state.strategies["own"].state == '{"bars":1}', (
        "it fails at its second bar for ever"
    )


async def test_after_three_failures_in_a_row_it_is_paused_until_a_person_lets_it_go_on() -> None:
    run = Run(walk(17), failing(2))
    await run.begin()
    await run.play(0, 60)
    assert [each.in_a_row for each in run.events(StrategyFailed)] == [1, 2, 3]
    pace = run.engine.book.state.paces["own"]
    assert pace.paused.startswith("it has failed 3 times in a row, the last time with: RuntimeError")
    await run.engine.operator.set_strategy("own", "kim", "looked at it", paused=False)
    await run.play(60, 65)
    assert [each.in_a_row for each in run.events(StrategyFailed)][3:] == [1]
    await run.engine.stop()


@pytest.mark.parametrize(
    ("idea", "error"),
    [
        (
            lambda seen: Enter(Direction.LONG, "no number", stop=Decimal("NaN")),
            "IdeaError: stop has to be a number",
        ),
        (
            lambda seen: Enter(Direction.LONG, "below", targets=(Decimal(-1),)),
            "IdeaError: target has to be a number",
        ),
        (lambda seen: Enter(Direction.LONG, "a float", stop=_half()), "IdeaError: stop has to be a Decimal"),
        (lambda seen: Enter(_odd("UP"), "no side"), "IdeaError: direction has to be LONG or SHORT, not 'UP'"),
        (lambda seen: Enter(_odd(7), "no side"), "IdeaError: direction has to be LONG or SHORT, not 7"),
        (lambda seen: Enter(Direction.LONG, _odd(5)), "IdeaError: reason: "),
        (lambda seen: Enter(Direction.LONG, "x" * 257), "IdeaError: reason: must be at most 256"),
        (lambda seen: Enter(Direction.LONG, "\x1b[2J"), "IdeaError: reason: must be at most 256"),
        (lambda seen: Enter(Direction.LONG, "a key", metadata=_odd({2: "b"})), "IdeaError: metadata"),
        (lambda seen: Enter(Direction.LONG, "no JSON", metadata=_odd({"a": {1j}})), "IdeaError: metadata"),
        (
            lambda seen: Enter(Direction.LONG, "a float", figures=_odd({"a": 0.5})),
            "IdeaError: a has to be a Dec",
        ),
        (lambda seen: Enter(Direction.LONG, "strong", strength=Decimal(101)), "IdeaError: strength: 101"),
        (lambda seen: exit_now(), "SystemExit: 3"),
        (lambda seen: "buy", "TypeError: on_bar has to give Enter and Leave, not 'buy'"),
    ],
)
async def test_an_idea_that_no_order_can_be_made_of_is_a_failure_of_the_strategy(
    idea: Any, error: str
) -> None:
    class Odd(Strategy):
        def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
            yield idea(seen)

    run = await whole(walk(17), lambda: host(Odd()))
    told = run.events(StrategyFailed)[0].error
    assert told.startswith(error)
    assert "as_signals" not in told, "that file is none of the user's"
    assert run.found == []


async def test_a_side_in_plain_text_is_that_side() -> None:
    class Plain(Strategy):
        def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
            yield Enter(_odd("LONG"), "the third bar", stop=seen.close - 1)

    run = Run(walk(17), lambda: host(Plain()))
    await run.begin()
    await run.play(0, 6)
    (entry,) = entries(run)
    assert (entry.request.side, entry.request.strategy) == (Side.BUY, "own")
    await run.engine.stop()


async def test_a_state_that_could_not_be_read_again_is_a_failure_and_not_forgotten() -> None:
    class Weighed(msgspec.Struct):
        weight: float = 1.0

    class Spoilt(Strategy):
        State = Weighed

        def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
            self.state.weight *= 2 if self.state.weight < 4 else float("nan")
            return ()

    run = await whole(walk(17), lambda: host(Spoilt()))
    assert run.events(StrategyFailed)[0].error.startswith("ValidationError: Expected `float`, got `null`")
    assert run.engine.book.state.strategies["own"].state == '{"weight":4.0}'


async def test_its_setups_become_orders_with_their_stop_and_it_knows_its_position() -> None:
    run = Run(walk(17), lambda: host(Third()))
    await run.begin()
    await run.play(0, 16)
    (order,) = entries(run)
    close = run.day[14].close
    assert order.request.strategy == "own"
    assert order.request.expected == run.day[14].close * 10_000_000 + 10_000_000  # the ask at the close
    stop = next(each for each in run.engine.book.state.orders.values() if each.request.role is Role.STOP)
    assert stop.stop_price == SPY.price(close) - 1
    done = Execution("x-1", order.request.quantity, Nano(close * 10_000_000))
    run.venue.stream.put(VenueFilled(order.id, done, at=run.clock()))
    await run.play(16, 61)
    assert len(run.found) == 1, "nothing more while it holds something"
    await run.engine.stop()


class Out(Strategy):
    """Wants out at every bar."""

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        yield Leave("out")


async def holding(run: Run) -> None:
    """Ten are held that `Third` has bought, after sixteen minutes."""
    await run.begin()
    await run.play(0, 16)
    (entry,) = entries(run)
    done = Execution("x-1", entry.request.quantity, Nano(run.day[14].close * 10_000_000))
    run.venue.stream.put(VenueFilled(entry.id, done, at=run.clock()))
    await run.settled(lambda: run.engine.book.state.position(ALPHA, SPY.symbol) is not None)


def entries(run: Run) -> list[Order]:
    return [each for each in run.engine.book.state.orders.values() if each.request.role is Role.ENTRY]


def ways_out(run: Run) -> list[str | None]:
    state = run.engine.book.state
    return [each.request.strategy for each in state.orders.values() if each.request.role is Role.EXIT]


async def test_what_a_strategy_holds_it_can_leave_and_what_another_one_has_opened_it_cannot() -> None:
    run = Run(walk(17), lambda: [host(Third()), host(Out(), "out")])
    await holding(run)
    await run.play(16, 31)
    assert ways_out(run) == []
    assert [id_ for id_ in run.found if id_.startswith("out")] == []  # it does not even know of it
    await run.engine.stop()


async def test_an_exit_of_bars_before_the_rule_was_changed_closes_nothing_and_one_of_now_does() -> None:
    run = Run(walk(17), lambda: host(Third()))
    await holding(run)
    run.make = lambda: host(Out(), rule="own.py:Out")
    await run.restart(1)
    assert ways_out(run) == []
    await run.play(16, 21)
    assert ways_out(run) == ["own"]
    await run.engine.stop()
