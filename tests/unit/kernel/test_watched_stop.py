"""When a stop with a limit that has met its price is looked at: in time, not too early, and not for ever."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.builders import ALPHA, SPY, Desk, account, alarms, execution, names, nano, signal

from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.instants import NEVER, SECOND, Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Holder, Order, OrderType, Role, Terms

D = Decimal
S = OrderState
TYPES = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT)
BRACKET = Capabilities(order_types=TYPES)
RESTING = Capabilities(order_types=TYPES, bracket=False, oco=False, reduce_only=False)
BOTH = pytest.mark.parametrize("able", [BRACKET, RESTING], ids=["bracket", "resting"])


def stops(desk: Desk, holder: Holder) -> list[Order]:
    orders = desk.book.state.open_orders(ALPHA, SPY.symbol)
    return [each for each in orders if each.request.role is Role.STOP and each.request.holder is holder]


def there(desk: Desk) -> Order:
    """The stop that the venue has."""
    (found,) = stops(desk, Holder.VENUE)
    return found


def looked_at(desk: Desk) -> Instant:
    """When what is missing is looked at next."""
    exposure = desk.book.state.exposure(ALPHA, SPY.symbol)
    return NEVER if exposure is None else exposure.look_at


def long(open_desk: Callable[..., Desk], able: Capabilities) -> Desk:
    """Long ten, with a stop at 95 that rests at the venue and has a limit."""
    desk = open_desk(account(capabilities=able))
    desk.enter(filled=10)
    if there(desk).state is S.PENDING_NEW:
        desk.accept(there(desk).id)
    return desk


def test_none_that_has_met_its_price_is_nothing_to_watch(open_desk: Callable[..., Desk]) -> None:
    """What is missing then has its stop in the engine at once."""
    desk = long(open_desk, BRACKET)
    assert "OrderHeld" in names(desk.cancelled(there(desk).id, "who knows"))
    assert [order.leaves for order in stops(desk, Holder.ENGINE)] == [10]


@BOTH
def test_the_first_thing_that_goes_wrong_has_its_time_and_nothing_else_is_done(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    """A second stop at the venue would have met its price, too."""
    desk = long(open_desk, able)
    before = [order.id for order in desk.book.state.open_orders(ALPHA, SPY.symbol)]
    assert names(desk.quote("95.00", "95.01")) == ["OrderTriggered", "CancelPlanned", "ExposureNoted"]
    assert [order.id for order in desk.book.state.open_orders(ALPHA, SPY.symbol)] == before
    assert looked_at(desk) == desk.now + 2 * SECOND


@BOTH
def test_what_happens_in_that_time_does_not_put_it_off(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    desk = long(open_desk, able)
    desk.quote("95.00", "95.01")
    due = looked_at(desk)
    desk.wait(1)
    assert "ExposureNoted" not in names(desk.fill(there(desk).id, 3, "94.50"))
    assert looked_at(desk) == due


@pytest.mark.parametrize("left", [50, 10, 3])
def test_a_later_look_for_something_else_comes_forward(open_desk: Callable[..., Desk], left: int) -> None:
    """A venue had refused a stop and has taken the next: that is forgotten in a minute."""
    desk = long(open_desk, BRACKET)
    desk.cancelled(there(desk).id, "who knows")
    desk.wait(2)
    desk.accept(there(desk).id)
    desk.wait(60 - left)
    assert looked_at(desk) > desk.now + 2 * SECOND
    desk.quote("90.00", "90.01")
    assert looked_at(desk) == desk.now + 2 * SECOND


def one_of_two_is_lost(open_desk: Callable[..., Desk]) -> tuple[Desk, Order]:
    """Long ten with a stop at 95, and ten more with one at 96; the first is lost, so that the engine holds one for it.

    A moment later the price is through both: the second is watched, and what the engine held leaves.
    """
    desk = open_desk(account(capabilities=BRACKET, max_adds=1))
    desk.enter(filled=10, target=None)
    first = there(desk)
    desk.quote("104.00", "104.01")
    bid, ask = desk.book.quote(SPY.symbol)
    desk.give(i.SignalArrived(signal("s-2", at=desk.now, stop=96), bid, ask, at=desk.now))
    for order in desk.book.state.open_orders(ALPHA, SPY.symbol):
        if order.state is S.PENDING_NEW:
            desk.accept(order.id)
    (added,) = (
        each
        for each in desk.book.state.orders.values()
        if each.request.signal == "s-2" and each.request.role is Role.ENTRY
    )
    desk.fill(added.id, 10, 104)
    desk.cancelled(first.id, "who knows")
    desk.wait(0.3)
    desk.quote("94.00", "94.01")
    (out,) = stops(desk, Holder.ENGINE)
    assert (there(desk).reached, out.state, out.request.type) == (nano(94), S.PENDING_NEW, OrderType.MARKET)
    return desk, out


def test_when_an_earlier_look_comes_due_it_still_has_its_own_time(open_desk: Callable[..., Desk]) -> None:
    """Nobody is told then of a stop that the engine holds: it holds none, and needs none yet."""
    desk, out = one_of_two_is_lost(open_desk)
    stop = there(desk)
    desk.fill(out.id, 10, 94)
    left = (looked_at(desk) - desk.now) / SECOND
    assert 1 < left < 2
    desk.wait(left)
    assert alarms(desk.events) == []
    assert looked_at(desk) > desk.now + SECOND
    assert (desk.state(stop.id), stops(desk, Holder.ENGINE)) == (S.ACCEPTED, [])
    desk.wait(0.4)
    assert alarms(desk.events) == ["STOP_UNFILLED"]
    assert [order.leaves for order in stops(desk, Holder.ENGINE)] == [10]


def test_what_nobody_holds_a_stop_for_does_not_wait_for_the_one_that_is_watched(
    open_desk: Callable[..., Desk],
) -> None:
    desk, out = one_of_two_is_lost(open_desk)
    desk.wait(0.1)
    desk.reject(out.id, "busy")
    assert stops(desk, Holder.ENGINE) == [], "not at once"
    left = (looked_at(desk) - desk.now) / SECOND
    assert 0 < left < 1
    desk.wait(left)
    assert desk.state(there(desk).id) is S.ACCEPTED, "it has its time"
    assert [(order.state, order.leaves) for order in stops(desk, Holder.ENGINE)] == [(S.NEW, D(10))]


def test_what_a_venue_has_cut_off_it_is_held_by_the_engine_at_once(open_desk: Callable[..., Desk]) -> None:
    """One answer shows that four have filled, and that it is for no more than six."""
    desk = long(open_desk, BRACKET)
    stop = there(desk)
    cut = Terms(quantity=nano(6), stop_price=nano(95))
    desk.showed(stop.id, S.PARTIALLY_FILLED, execution("x-9", 4, "94.50"), terms=cut)
    assert desk.held() == 6
    assert there(desk).leaves == 2
    assert [order.leaves for order in stops(desk, Holder.ENGINE)] == [4]
    assert looked_at(desk) <= desk.now + 2 * SECOND
