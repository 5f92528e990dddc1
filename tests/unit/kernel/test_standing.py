"""How a position stands: its state, what is on its way, and who holds its ways out."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.builders import ALPHA, ENGINE_HELD, SPY, Desk, account, signal

from kedge.domain.ids import OrderId
from kedge.domain.orders import Holder
from kedge.domain.positions import PositionState
from kedge.domain.signals import Direction
from kedge.kernel.standing import CoveredBy, Standing, pending_entries, standing_of


def standing(desk: Desk) -> Standing:
    return standing_of(desk.held(), desk.book.state.open_orders(ALPHA, SPY.symbol))


def pending(desk: Desk) -> list[OrderId]:
    held = [(ALPHA, symbol) for symbol in desk.book.state.positions.get(ALPHA, {})]
    return [order.id for order in pending_entries(desk.book.state.orders.values(), held)]


def rests_at_the_venue(desk: Desk) -> None:
    desk.enter(filled=10)


def was_left_by_the_venue(desk: Desk) -> None:
    desk.cancelled(desk.enter(filled=10)[1])


def is_not_answered_for(desk: Desk) -> None:
    desk.accept(desk.enter(accept=False)[0])
    desk.fill(next(iter(desk.book.state.orders)), 10)


def was_taken_away(desk: Desk) -> None:
    desk.ask_cancel(desk.enter(filled=10)[1])


def is_leaving_whole(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    desk.ask_cancel(stop)
    desk.cancelled(stop)
    desk.exit()


def is_leaving_in_part(desk: Desk) -> None:
    desk.enter(filled=10)
    desk.exit(quantity=4)


CASES: list[tuple[Callable[[Desk], None], PositionState, str, CoveredBy, str]] = [
    (rests_at_the_venue, PositionState.OPEN, "0", CoveredBy.VENUE, "0"),
    (was_left_by_the_venue, PositionState.OPEN, "0", CoveredBy.ENGINE, "0"),
    (is_not_answered_for, PositionState.OPEN, "0", CoveredBy.NOBODY, "10"),
    (was_taken_away, PositionState.OPEN, "0", CoveredBy.NOBODY, "10"),
    (is_leaving_whole, PositionState.PENDING_EXIT, "10", CoveredBy.EXIT, "0"),
    (is_leaving_in_part, PositionState.PENDING_EXIT, "4", CoveredBy.VENUE, "0"),
]


@pytest.mark.parametrize(
    ("story", "state", "exiting", "covered_by", "uncovered"),
    CASES,
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_an_open_position_says_what_is_under_way_and_who_covers_it(
    story: Callable[[Desk], None], state: PositionState, exiting: str, covered_by: CoveredBy, uncovered: str
) -> None:
    desk = Desk()
    story(desk)
    now = standing(desk)
    assert (now.state, now.exiting) == (state, Decimal(exiting))
    assert (now.covered_by, now.uncovered) == (covered_by, Decimal(uncovered))


def test_what_the_engine_holds_is_told_as_its_own_and_is_leaving_once_it_went_off() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    desk.enter(filled=10)
    held = standing(desk)
    assert (held.covered_by, held.in_engine, held.at_venue) == (CoveredBy.ENGINE, Decimal(10), Decimal(0))
    assert [way.holder for way in held.stops + held.targets] == [Holder.ENGINE, Holder.ENGINE]
    desk.quote("94.99", "95.00")
    gone = standing(desk)
    assert (gone.state, gone.covered_by) == (PositionState.PENDING_EXIT, CoveredBy.EXIT)
    assert gone.exiting == 10


@pytest.mark.parametrize(
    ("direction", "stop", "target"), [(Direction.LONG, "95", "110"), (Direction.SHORT, "105", "90")]
)
def test_the_ways_out_are_on_the_side_that_closes(direction: Direction, stop: str, target: str) -> None:
    desk = Desk()
    desk.enter(direction=direction, filled=10, stop=stop, target=target)
    now = standing(desk)
    assert (now.stop, now.target) == (Decimal(stop), Decimal(target))


def test_an_entry_is_a_pending_position_until_something_of_it_is_open() -> None:
    desk = Desk()
    entry, *_ = desk.enter(limit=100)
    assert pending(desk) == [entry]
    desk.ask_cancel(entry)
    assert pending(desk) == [entry], "it may still fill"
    desk.fill(entry, 1)
    assert pending(desk) == []


def test_an_entry_that_ended_is_nothing() -> None:
    desk = Desk()
    entry, *_ = desk.enter(limit=100)
    desk.cancelled(entry)
    assert pending(desk) == []
    desk.send(signal("s-2", at=desk.now, stop=95))
    assert len(pending(desk)) == 1
