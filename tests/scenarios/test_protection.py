"""C: stops that were missing, orphaned, doubled or of the wrong size, told as it went wrong for others."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.builders import ALPHA, Desk, alarms
from tests.scenarios.stage import (
    both,
    calm,
    leave,
    long,
    made,
    of_role,
    resting,
    settled,
    short,
    sized,
    the_stop,
    there,
    trading,
)
from tests.unit.kernel.pair import Pair

from kedge.domain.capabilities import Way
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import OrderType, Role
from kedge.domain.signals import Direction, SignalKind

S = OrderState
D = Decimal


def end_at_exchange(pair: Pair, *roles: Role) -> None:
    """The exchange ends the exits of these roles by itself."""
    for role in roles:
        for order in of_role(pair, role):
            pair.hear(pair.exchange.cancel(order.id, pair.desk.now))


def test_s30_a_stop_that_is_asked_for_after_the_position_was_closed_does_not_stay() -> None:
    pair = long()
    end_at_exchange(pair, Role.STOP)
    pair.deaf = True
    leave(pair)  # closes all of it, unheard
    assert both(pair) == (10, 0)
    calm(pair)
    pair.deaf = False
    calm(pair)
    settled(pair, 0)
    pair.quote("90.00", "90.01")
    settled(pair, 0)


@pytest.mark.parametrize("held", [*Way])
def test_s31_a_stop_that_outlives_its_position_opens_none_the_other_way(held: Way) -> None:
    pair = long(held=held)
    leave(pair)
    pair.quote("90.00", "90.01")
    calm(pair)
    settled(pair, 0)


def test_s33_a_stop_that_rests_is_left_alone() -> None:
    pair = long()
    before = made(pair)
    stop = the_stop(pair).id
    for tick in range(1000):
        pair.quote(f"{100 + tick % 7}.00", f"{100 + tick % 7}.01")
        pair.wait(1)
    assert (made(pair), the_stop(pair).id) == (before, stop)
    settled(pair, 10)


def test_s33_a_stop_that_the_venue_takes_and_ends_each_time_is_not_placed_without_an_end() -> None:
    pair = long()
    before = made(pair)
    for _ in range(14 * 60):
        end_at_exchange(pair, Role.STOP)
        pair.wait(1)
    assert made(pair) <= before + 30


def test_s34_a_close_while_the_stop_is_placed_anew_sells_once() -> None:
    pair = long()
    end_at_exchange(pair, Role.STOP)
    pair.mute = True  # the new stop is on its way ...
    pair.wait(2)
    sent, pair.lost, pair.mute = pair.lost, [], False
    leave(pair)  # ... while the position is closed
    pair.lost = sent
    pair.quote("94.00", "94.01")
    pair.arrive()
    calm(pair)
    assert sum(done.quantity for _, done in pair.trades()) == 20 * 10**9
    settled(pair, 0)


@pytest.mark.parametrize("held", [*Way])
def test_s35_the_stop_holds_while_a_limit_exit_rests_and_the_price_falls_through(held: Way) -> None:
    pair = long(held=held)
    pair.enter("out", kind=SignalKind.EXIT, direction=None, limit=108)
    pair.quote("80.00", "80.01")
    calm(pair)
    settled(pair, 0)


def test_s36_what_a_partly_filled_stop_has_sold_is_not_sold_by_the_next_one() -> None:
    pair = trading(respect_size=True)
    sized(pair, "100.00", "100.01", 50)
    pair.enter(quantity=10, stop=95)
    sized(pair, "94.99", "95.00", 4)
    assert pair.desk.held() == 6
    end_at_exchange(pair, Role.STOP)
    pair.wait(3)
    settled(pair, 6)
    sized(pair, "94.00", "94.01", 50)
    calm(pair)
    settled(pair, 0)


def test_s36_what_a_partly_filled_limit_exit_has_sold_is_not_sold_by_the_stop() -> None:
    pair = trading(respect_size=True)
    sized(pair, "100.00", "100.01", 50)
    pair.enter(quantity=10, stop=95)
    pair.enter("out", kind=SignalKind.EXIT, direction=None, limit=101)
    sized(pair, "101.00", "101.01", 3)
    assert pair.desk.held() == 7
    sized(pair, "94.00", "94.01", 50)
    calm(pair)
    settled(pair, 0)


@pytest.mark.parametrize("held", [*Way])
def test_s37_a_stop_that_the_price_has_leapt_over_closes_at_the_market(held: Way) -> None:
    pair = long(held=held)
    pair.quote("60.00", "60.01")
    calm(pair)
    settled(pair, 0)


@pytest.mark.parametrize("held", [Way.NATIVE, Way.RESTING])
@pytest.mark.parametrize("replace", [True, False])
def test_s37_a_stop_that_must_have_a_limit_does_not_stay_behind_when_the_price_leaps_over_it(
    held: Way, replace: bool
) -> None:
    pair = trading(held=held, replace=replace, limited=True, respect_size=True)
    sized(pair, "100.00", "100.01", 50)
    pair.enter(quantity=10, stop=95)
    stop = the_stop(pair)
    assert (stop.request.type, stop.limit_price) == (OrderType.STOP_LIMIT, D("94.05"))
    sized(pair, "94.50", "94.51", 3)
    sized(pair, "80.00", "80.01", 50)
    assert pair.desk.held() == 7
    calm(pair)
    settled(pair, 0)
    assert alarms(pair.desk.events).count("STOP_UNFILLED") == 1


def test_s39_a_venue_that_answers_nothing_for_a_while_has_one_stop_in_the_end() -> None:
    pair = long()
    end_at_exchange(pair, Role.STOP)
    pair.deaf = True
    for _ in range(300):
        pair.wait(1)
    assert len(pair.exchange.open_orders(ALPHA)) <= 2, "the target, and one stop"
    pair.deaf = False
    calm(pair)
    settled(pair, 10)


def test_s40_a_stop_that_the_price_is_through_before_it_arrives_closes_the_position() -> None:
    pair = long()
    end_at_exchange(pair, Role.STOP)
    pair.quote("94.00", "94.01")
    calm(pair)
    settled(pair, 0)


@pytest.mark.parametrize("enter", [long, short])
def test_s41_a_stop_rests_as_a_stop_and_does_not_trade_at_once(enter: Callable[[], Pair]) -> None:
    pair = enter()
    stop = the_stop(pair)
    assert (stop.request.type, stop.limit_price) == (OrderType.STOP, None)
    pair.quote("99.00", "99.01")
    pair.quote("101.00", "101.01")
    calm(pair)
    settled(pair, int(pair.desk.held()))
    assert len(pair.trades()) == 1
    assert resting(pair, stop.id)


def test_s43_exits_that_the_venue_ends_after_a_change_are_replaced_where_they_were_moved_to() -> None:
    pair = long()
    pair.act(pair.desk.ask_replace(the_stop(pair).id, stop_price=97))
    end_at_exchange(pair, Role.STOP, Role.TARGET)
    pair.wait(3)
    assert the_stop(pair).stop_price == D(97)
    settled(pair, 10)
    assert "STOP_LOST" in alarms(pair.desk.events)


def test_s44_a_stop_that_comes_through_before_its_entry_opens_nothing() -> None:
    pair = trading()
    pair.enter(limit=99, quantity=10, stop=95, target=110)
    pair.quote("94.00", "99.50")  # through the stop, and nobody sells at the limit
    assert there(pair) == 0
    pair.quote("94.00", "94.01")
    calm(pair)
    settled(pair, 0)


@pytest.mark.parametrize("direction", [Direction.LONG, Direction.SHORT])
def test_s45_a_stop_grows_with_its_position_on_either_side(direction: Direction) -> None:
    pair = trading(respect_size=True)
    sized(pair, "100.00", "100.01", 2)
    stop = 95 if direction is Direction.LONG else 105
    pair.enter(direction=direction, quantity=10, stop=stop)
    for held, size in ((5, 3), (9, 4), (10, 50)):
        sized(pair, "100.00", "100.01", size)
        settled(pair, held if direction is Direction.LONG else -held)
        assert the_stop(pair).stop_price == stop
    price = ("94.00", "94.01") if direction is Direction.LONG else ("105.99", "106.00")
    sized(pair, *price, 50)
    calm(pair)
    settled(pair, 0)


def test_s47_a_close_that_filled_unheard_is_not_tried_again() -> None:
    pair = long()
    pair.deaf = True
    leave(pair)
    for _ in range(20):
        pair.wait(15)
        pair.quote("100.00", "100.01")
    assert len(pair.trades()) == 2
    pair.deaf = False
    calm(pair)
    settled(pair, 0)
    assert alarms(pair.desk.events) == []


def test_s48_closes_of_several_hands_never_add_up_to_more_than_is_open() -> None:
    pair = long()
    for hand in ("one", "two", "three"):
        leave(pair, hand, quantity=4)
    calm(pair)
    assert all(order.state is not S.REJECTED for order in pair.desk.book.state.orders.values())
    settled(pair, 0)


def test_s49_of_two_exits_that_the_engine_holds_none_is_left_when_it_comes_back() -> None:
    pair = long(held=Way.ENGINE)
    assert pair.exchange.open_orders(ALPHA) == [], "nothing can go off while nobody watches"
    pair.restart()
    pair.quote("110.00", "110.01")
    pair.quote("94.00", "94.01")
    calm(pair)
    assert len(pair.trades()) == 2
    settled(pair, 0)


def test_s55_what_is_left_below_the_lot_can_be_sold() -> None:
    desk = Desk()
    entry, *_ = desk.enter()
    desk.fill(entry, "0.4")
    desk.cancelled(entry)
    (exit_,) = desk.exit()
    assert desk.order(exit_).quantity == D("0.4")
    desk.fill(exit_, "0.4")
    assert desk.held() == 0
    desk.check()
