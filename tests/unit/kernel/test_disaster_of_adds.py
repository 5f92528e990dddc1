"""Where stops rest at the venue, what was added to a position keeps its own in the engine: beside that one a wider one
rests at the venue, for when the engine is gone.
"""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.builders import ALPHA, RESTING, SPY, Desk, account, alarms, names

from kedge.domain import events as e
from kedge.domain.capabilities import Capabilities
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Order, Role
from kedge.kernel.cover import cover_of

D = Decimal
S = OrderState


@pytest.fixture(
    params=[RESTING, Capabilities(bracket=False, oco=False)],
    ids=["exits may turn it over", "exits only reduce"],
)
def desk(request: pytest.FixtureRequest, open_desk: Callable[..., Desk]) -> Desk:
    return open_desk(account(capabilities=request.param, max_adds=2))


def of(desk: Desk, role: Role) -> list[Order]:
    return [order for order in desk.book.state.open_orders(ALPHA, SPY.symbol) if order.request.role is role]


def accept_all(desk: Desk) -> None:
    for order in desk.book.state.open_orders(ALPHA, SPY.symbol):
        if order.state is S.PENDING_NEW:
            desk.accept(order.id)


def added_to(desk: Desk) -> Order:
    """Ten from 100 with the stop at 95 at rest, ten more with theirs at 99 in the engine; returns the disaster stop."""
    desk.enter(filled=10)
    accept_all(desk)
    assert of(desk, Role.DISASTER) == []
    desk.quote("104.00", "104.01")
    desk.enter("s-2", filled=10, stop=99, target=115)
    (wider,) = of(desk, Role.DISASTER)
    return wider


def test_it_is_for_what_was_added_and_beyond_every_stop(desk: Desk) -> None:
    wider = added_to(desk)
    assert wider.leaves == D(10)
    assert wider.stop_price is not None and wider.stop_price < D(95)
    position = desk.position()
    assert position is not None
    assert cover_of(desk.book.state, position).uncovered == ZERO  # and it counts for nothing
    accept_all(desk)
    desk.check()


def test_a_lost_stop_of_the_first_entry_is_missed_all_the_same(desk: Desk) -> None:
    added_to(desk)
    accept_all(desk)
    (stop,) = [order for order in of(desk, Role.STOP) if order.state is not S.NEW]
    desk.cancelled(stop.id, "by the venue")
    told = desk.wait(2)
    assert "STOP_LOST" in alarms(told)
    asked = [event.request for event in told if isinstance(event, e.OrderSubmitted)]
    assert [(one.role, one.quantity) for one in asked] == [(Role.STOP, 10 * 10**9)]


def test_it_goes_with_what_was_added(desk: Desk) -> None:
    wider = added_to(desk)
    accept_all(desk)
    desk.quote("98.99", "99.00")  # the stop of what was added
    assert wider.state is S.PENDING_CANCEL
    desk.cancelled(wider.id)
    accept_all(desk)
    (leaving,) = [order for order in of(desk, Role.STOP) if order.went_off]
    assert leaving.leaves == D(10)
    desk.fill(leaving.id, 10, 99)
    assert desk.held() == D(10)
    assert of(desk, Role.DISASTER) == []
    desk.check()


def test_it_follows_what_is_left_of_what_was_added(desk: Desk) -> None:
    wider = added_to(desk)
    accept_all(desk)
    exit_, *_ = desk.exit(quantity=4)
    if wider.pending is not None:
        desk.replaced(wider.id, quantity=6)
    desk.accept(exit_)
    desk.fill(exit_, 4, 104)
    assert desk.held() == D(16)
    asked_for = wider.leaves if wider.pending is None else D(wider.pending.quantity or 0) / 10**9
    assert asked_for == D(6)
    desk.check()


def test_off_leaves_it_out(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=RESTING, max_adds=2, disaster_stop=None))
    desk.enter(filled=10)
    accept_all(desk)
    desk.quote("104.00", "104.01")
    desk.enter("s-2", filled=10, stop=99, target=115)
    assert of(desk, Role.DISASTER) == []
    assert "DISASTER_STOP_REFUSED" not in names(desk.wait(60))
