"""A stop with a limit that gives way to a target when its price is met: what waits for which, and until when."""

from collections.abc import Callable

from tests.builders import ALPHA, SPY, Desk, account, alarms, nano, signal

from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.instants import SECOND
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Holder, Order, OrderType, Role, Terms
from kedge.domain.signals import Direction, WantedTarget

RESTING = Capabilities(
    order_types=(OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT),
    bracket=False,
    oco=False,
    reduce_only=False,
)
HALVES = (WantedTarget(nano(102), nano(50)), WantedTarget(nano(104), nano(50)))


def stop_there(desk: Desk) -> Order:
    (stop,) = (
        order
        for order in desk.book.state.open_orders(ALPHA, SPY.symbol)
        if order.request.role is Role.STOP and order.request.holder is Holder.VENUE
    )
    return stop


def giving_way(open_desk: Callable[..., Desk]) -> Desk:
    """Long ten; the first target is met, so that the venue is asked to make its stop smaller, and the price falls."""
    desk = open_desk(account(capabilities=RESTING))
    wanted = signal("s-1", direction=Direction.LONG, at=desk.now, stop=95, targets=HALVES)
    (entry, *_) = desk.send(wanted)[1]
    desk.accept(entry)
    desk.fill(entry, 10)
    desk.accept(stop_there(desk).id)
    desk.quote("102.00", "102.01")
    desk.quote("94.00", "94.01")
    return desk


def gone_at_the_market(desk: Desk) -> Order:
    """The stop is smaller by now, and what its limit keeps from leaving in time has left at the market."""
    stop = stop_there(desk)
    desk.replaced(stop.id, quantity=5)
    (out,) = (
        order
        for order in desk.book.state.open_orders(ALPHA, SPY.symbol)
        if order.request.type is OrderType.MARKET and order.state is OrderState.PENDING_NEW
    )
    desk.accept(out.id)
    return out


def test_what_is_only_watched_is_looked_at_again_and_the_deadline_does_not_stay_due(
    open_desk: Callable[..., Desk],
) -> None:
    desk = giving_way(open_desk)
    out = gone_at_the_market(desk)
    desk.fill(out.id, 2, 94)
    desk.wait(1.2)
    exposure = desk.book.state.exposure(ALPHA, SPY.symbol)
    assert exposure is not None
    assert desk.now < exposure.look_at <= desk.now + 2 * SECOND
    assert not desk.book.is_due(desk.now)


def test_a_person_is_told_of_the_limit_and_not_that_the_engine_holds_a_stop_which_it_does_not(
    open_desk: Callable[..., Desk],
) -> None:
    desk = giving_way(open_desk)
    out = gone_at_the_market(desk)
    desk.fill(out.id, 2, 94)
    desk.wait(1.2)
    assert alarms(desk.events) == ["STOP_UNFILLED"]


def test_once_its_time_is_over_the_rest_leaves_as_well(open_desk: Callable[..., Desk]) -> None:
    desk = giving_way(open_desk)
    out, stop = gone_at_the_market(desk), stop_there(desk)
    desk.fill(out.id, 2, 94)
    desk.wait(1.2)
    desk.wait(1)
    assert desk.state(stop.id) is OrderState.PENDING_CANCEL
    desk.give(i.VenueCancelled(stop.id, at=desk.now, filled=nano(0)))
    desk.fill(out.id, 3, 94)
    left = [
        order
        for order in desk.book.state.open_orders(ALPHA, SPY.symbol)
        if order.request.type is OrderType.MARKET
    ]
    for order in left:
        desk.fill(order.id, int(order.leaves), 94)
    assert desk.held() == ZERO
    assert Terms(quantity=nano(5)) in [order.wanted[-1] for order in [desk.order(stop.id)]]
