"""The wider stop that rests at the venue of a position whose exits the engine holds."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tests.builders import (
    ALPHA,
    RESTING,
    SPY,
    Desk,
    account,
    alarms,
    names,
    nano,
    released,
    signal,
    submitted,
)
from tests.unit.kernel.disasters import EVERY, FIXED, PLAIN, REDUCING, disasters, held_long, last, opened

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities, Way
from kedge.domain.instants import NEVER
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Holder, OrderType, Role, TimeInForce
from kedge.domain.signals import Direction, WantedTarget
from kedge.kernel.standing import CoveredBy, standing_of

D = Decimal
S = OrderState


# -- what there is --


@EVERY
def test_what_fills_has_one_at_the_venue_and_the_engine_holds_the_stop(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    desk = opened(open_desk, able)
    entry, stop, target = desk.enter()
    assert desk.order(entry).state is S.ACCEPTED
    assert [desk.state(stop), desk.state(target)] == [S.NEW, S.NEW]
    assert disasters(desk) == []
    (request,) = submitted(desk.fill(entry, 10))
    assert (request.role, request.type, request.tif) == (Role.DISASTER, OrderType.STOP, TimeInForce.GTC)
    assert (last(desk).quantity, last(desk).stop_price) == (D(10), D(90))
    assert (request.parent, request.reduce_only, request.holder) == (entry, True, Holder.VENUE)


@pytest.mark.parametrize(
    ("direction", "stop", "filled_at", "factor", "price"),
    [
        (Direction.LONG, 95, 100, "2", "90.00"),
        (Direction.LONG, 95, 100, "1.5", "92.50"),
        (Direction.SHORT, 105, 100, "2", "110.00"),
        (Direction.LONG, 95, "100.01", "1.5", "92.49"),  # between two ticks: the further one
        (Direction.SHORT, 105, "99.99", "1.5", "107.51"),
        (Direction.LONG, 95, 94, "2", "94.00"),  # filled beyond its stop: beyond that all the same
        (Direction.LONG, 95, 100, "50", "0.01"),  # further than the market can go
    ],
)
def test_where_it_lies(
    open_desk: Callable[..., Desk],
    direction: Direction,
    stop: int,
    filled_at: str,
    factor: str,
    price: str,
) -> None:
    desk = opened(open_desk, disaster_stop=D(factor))
    entry, *_ = desk.enter(direction=direction, stop=stop, target=None)
    desk.fill(entry, 10, filled_at)
    assert last(desk).stop_price == D(price)


@pytest.mark.parametrize(
    ("able", "terms", "way"),
    [
        (RESTING, {}, Way.RESTING),
        (Capabilities(), {}, Way.NATIVE),
        (PLAIN, {"disaster_stop": None}, Way.ENGINE),
        (replace(PLAIN, order_types=(OrderType.MARKET, OrderType.LIMIT)), {}, Way.ENGINE),
    ],
    ids=["the venue holds the stop", "with the entry", "off", "no stops there"],
)
def test_none_where_none_is_wanted_or_can_be(
    open_desk: Callable[..., Desk], able: Capabilities, terms: dict[str, Any], way: Way
) -> None:
    assert able.way is way
    desk = opened(open_desk, able, **terms)
    desk.enter(filled=10)
    assert not any(order.request.role is Role.DISASTER for order in desk.book.state.orders.values())


def test_none_where_there_is_no_room_beyond_the_stop(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    entry, *_ = desk.enter(stop="0.01", target=None)
    assert submitted(desk.fill(entry, 10)) == []


def test_a_venue_that_takes_stops_only_with_a_limit_gets_one_with_a_limit(
    open_desk: Callable[..., Desk],
) -> None:
    limited = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT)
    desk = opened(open_desk, replace(PLAIN, order_types=limited))
    entry, *_ = held_long(desk, 4)
    assert (last(desk).request.type, last(desk).limit_price) == (OrderType.STOP_LIMIT, D("89.10"))
    desk.fill(entry, 6, "102.00")  # the mean is 101.20: it goes to 88.80, and its limit with it
    desk.replaced(last(desk).id, quantity=10, stop_price="88.80", limit_price="87.91")
    assert (last(desk).stop_price, last(desk).limit_price) == (D("88.80"), D("87.91"))


def test_it_is_no_cover_and_is_told_apart(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    _, stop, _ = held_long(desk)
    standing = standing_of(desk.held(), desk.book.state.open_orders(ALPHA, SPY.symbol))
    assert (standing.covered_by, standing.at_venue, standing.in_engine) == (CoveredBy.ENGINE, D(0), D(10))
    assert standing.stop == D(95)
    assert standing.disaster is not None
    assert (standing.disaster.price, standing.disaster.quantity) == (D(90), D(10))
    desk.ask_cancel(stop)  # the last stop: what rests further away is none
    assert "NAKED_POSITION" in alarms(desk.events)


# -- it follows what is open --


@EVERY
def test_more_that_fills_is_in_it(open_desk: Callable[..., Desk], able: Capabilities) -> None:
    desk = opened(open_desk, able)
    entry, *_ = held_long(desk, 4)
    first = last(desk)
    desk.fill(entry, 6)
    if able.replace:
        desk.replaced(first.id, quantity=10)
        assert (first.state, first.quantity) == (S.ACCEPTED, D(10))
    else:
        assert first.state is S.PENDING_CANCEL
        desk.cancelled(first.id)
        assert (last(desk).state, last(desk).quantity) == (S.PENDING_NEW, D(10))
    assert len(disasters(desk)) == 1


def test_what_fills_before_it_is_answered_for_is_asked_for_then(open_desk: Callable[..., Desk]) -> None:
    """One request at a time."""
    desk = opened(open_desk)
    entry, *_ = desk.enter(filled=4)
    assert names(desk.fill(entry, 6)) == ["OrderFilled", "PositionGrown"]
    assert names(desk.accept(last(desk).id)) == ["OrderAccepted", "ReplaceSubmitted"]


def test_a_scale_in_moves_it_and_its_own_stop_does_not(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk, max_adds=2)
    held_long(desk, target=None)
    desk.quote("110.00", "110.01")
    _, added = desk.send(signal("s-2", at=desk.now, stop=96, quantity=10), quoted=False)
    assert added == []  # without a price of this moment nothing is added
    bid = SPY.ticks(D(110))
    desk.give(i.SignalArrived(signal("s-3", at=desk.now, stop=104, quantity=10), bid, bid, at=desk.now))
    entry = next(o.id for o in desk.book.state.orders.values() if o.request.signal == "s-3")
    desk.accept(entry)
    desk.fill(entry, 10, 110)
    desk.replaced(last(desk).id, quantity=20, stop_price=85)  # the mean is 105, and the farthest stop 95
    assert (last(desk).state, last(desk).leaves) == (S.ACCEPTED, D(20))


def test_a_stop_that_trails_leaves_it_where_it_is_and_one_that_goes_further_moves_it(
    open_desk: Callable[..., Desk],
) -> None:
    desk = opened(open_desk)
    _, stop, _ = held_long(desk)
    assert names(desk.ask_replace(stop, stop_price=98)) == ["StopMoved", "OrderReplaced"]
    assert names(desk.ask_replace(stop, stop_price=92)) == ["StopMoved", "OrderReplaced", "ReplaceSubmitted"]
    desk.replaced(last(desk).id, stop_price=84)
    assert (last(desk).state, last(desk).stop_price) == (S.ACCEPTED, D(84))


def test_a_trade_that_is_annulled_makes_it_smaller() -> None:
    desk = Desk(account(capabilities=PLAIN))
    entry, *_ = desk.enter()
    desk.fill(entry, 4)
    desk.accept(last(desk).id)
    desk.fill(entry, 6, id_="x")
    desk.replaced(last(desk).id, quantity=10)
    desk.give(i.VenueBusted(entry, "x", "erroneous", at=desk.now))
    desk.replaced(last(desk).id, quantity=4)
    assert (last(desk).state, last(desk).leaves, desk.held()) == (S.ACCEPTED, D(4), D(4))
    desk.check_record()


# -- it gives way --


@pytest.mark.parametrize("able", [PLAIN, FIXED], ids=["plain", "fixed"])
@pytest.mark.parametrize(("bid", "ask", "role"), [(95, "95.01", Role.STOP), (110, "110.01", Role.TARGET)])
def test_the_engine_s_exit_waits_until_it_is_gone(
    open_desk: Callable[..., Desk], able: Capabilities, bid: int, ask: str, role: Role
) -> None:
    desk = opened(open_desk, able)
    held_long(desk)
    disaster = last(desk).id
    events = desk.quote(str(bid), ask)
    assert "CancelSubmitted" in names(events)
    assert released(events) == []
    (leaving,) = released(desk.cancelled(disaster))
    assert (leaving.role, leaving.type) == (role, OrderType.MARKET)
    assert disasters(desk) == []
    desk.fill(leaving.id, 10, bid)
    assert desk.book.state.open_orders(ALPHA, SPY.symbol) == []
    assert desk.book.state.disasters[ALPHA] == {}


def test_where_the_venue_sees_to_it_both_go_at_once(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk, REDUCING)
    held_long(desk)
    events = names(desk.quote("95.00", "95.01"))
    assert [name for name in events if name in ("OrderReleased", "CancelSubmitted")] == [
        "OrderReleased",
        "CancelSubmitted",
    ]
    assert disasters(desk)[0].state is S.PENDING_CANCEL


@EVERY
def test_an_exit_for_a_part_leaves_it_for_the_rest(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    desk = opened(open_desk, able)
    held_long(desk)
    first = last(desk)
    (exit_,) = desk.exit(quantity=4)
    if able.replace:
        desk.replaced(first.id, quantity=6)
    else:
        desk.cancelled(first.id)
        desk.accept(last(desk).id)
    assert desk.state(exit_) is S.PENDING_NEW
    desk.fill(exit_, 4)
    assert (last(desk).state, last(desk).leaves, desk.held()) == (S.ACCEPTED, D(6), D(6))


def test_a_target_for_a_part_makes_it_smaller_and_takes_no_more(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    parts = (WantedTarget(nano(110), nano(40)), WantedTarget(nano(120), nano(60)))
    orders = desk.enter(targets=parts, filled=10)
    desk.accept(last(desk).id)
    assert names(desk.quote("110.00", "110.01")) == ["ReplaceSubmitted", "OrderTriggered"]
    (leaving,) = released(desk.replaced(last(desk).id, quantity=6))
    assert (leaving.id, leaving.quantity) == (orders[2], nano(4))
    desk.fill(leaving.id, 4, 110)
    assert (last(desk).state, last(desk).leaves) == (S.ACCEPTED, D(6))


def test_an_exit_with_a_limit_has_its_place_as_long_as_it_rests(open_desk: Callable[..., Desk]) -> None:
    """Both could turn the position over; the engine's own stop covers it meanwhile."""
    desk = opened(open_desk)
    held_long(desk)
    (exit_,) = desk.exit(limit=105)
    desk.cancelled(last(desk).id)
    desk.accept(exit_)
    desk.wait(600)
    assert disasters(desk) == []
    desk.cancelled(exit_, "by the venue")
    assert len(disasters(desk)) == 1


def test_none_is_asked_for_while_the_stop_waits_for_something_else(open_desk: Callable[..., Desk]) -> None:
    """It would only be in the way again."""
    desk = opened(open_desk)
    held_long(desk)
    (exit_,) = desk.exit(quantity=3, limit=105)
    desk.replaced(last(desk).id, quantity=7)
    desk.accept(exit_)
    desk.quote("95.00", "95.01")
    assert desk.state(exit_) is S.PENDING_CANCEL
    assert names(desk.cancelled(last(desk).id)) == ["OrderEnded"]
    (leaving,) = released(desk.cancelled(exit_))
    assert (leaving.role, leaving.quantity) == (Role.STOP, nano(10))


def test_where_exits_only_reduce_both_rest_at_once(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk, REDUCING)
    held_long(desk)
    (exit_,) = desk.exit(limit=105)
    desk.accept(exit_)
    assert (last(desk).state, last(desk).leaves) == (S.ACCEPTED, D(10))


def test_less_that_is_open_while_it_is_made_larger_takes_it_away(open_desk: Callable[..., Desk]) -> None:
    """What is under way could come to more than there is: nothing waits for the answer."""
    desk = Desk(account(capabilities=PLAIN))
    entry, *_ = desk.enter()
    desk.fill(entry, 4)
    desk.accept(last(desk).id)
    desk.fill(entry, 6, id_="x")
    assert last(desk).state is S.PENDING_REPLACE
    desk.give(i.VenueBusted(entry, "x", "erroneous", at=desk.now))
    assert last(desk).state is S.PENDING_CANCEL
    desk.check_record()


def test_it_gives_way_before_an_exit_does_when_a_trade_is_annulled() -> None:
    desk = Desk(account(capabilities=PLAIN))
    entry, *_ = desk.enter()
    desk.fill(entry, 4)
    desk.fill(entry, 6, id_="x")
    desk.accept(last(desk).id)
    desk.replaced(last(desk).id, quantity=10)
    (exit_,) = desk.exit(quantity=4, limit=105)
    desk.replaced(last(desk).id, quantity=6)
    desk.accept(exit_)
    desk.give(i.VenueBusted(entry, "x", "erroneous", at=desk.now))
    assert (desk.state(exit_), last(desk).state) == (S.ACCEPTED, S.PENDING_CANCEL)
    desk.check_record()


def test_what_an_exit_seems_to_have_opened_has_none(open_desk: Callable[..., Desk]) -> None:
    """The entry's fill may still be on its way: until that is known nothing is sent."""
    desk = opened(open_desk, REDUCING)
    held_long(desk, 4)
    (exit_,) = desk.exit(quantity=4)
    desk.cancelled(last(desk).id)
    events = desk.fill(exit_, 6)
    assert desk.held() == D(-2)
    assert submitted(events) == []
    assert disasters(desk) == []


def test_an_exit_that_comes_to_nothing_brings_it_back(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    held_long(desk)
    (exit_,) = desk.exit()
    desk.cancelled(last(desk).id)
    assert desk.state(exit_) is S.PENDING_NEW
    (request,) = submitted(desk.reject(exit_))
    assert (request.role, last(desk).quantity) == (Role.DISASTER, D(10))


@EVERY
def test_once_the_position_is_closed_it_goes_at_once(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    """By a hand at the venue, say: nobody has asked for room."""
    desk = opened(open_desk, able)
    held_long(desk)
    (exit_,) = desk.exit()
    desk.fill(exit_, 10)
    assert last(desk).state is S.PENDING_CANCEL
    desk.cancelled(last(desk).id)
    assert disasters(desk) == []
    assert desk.book.next_deadline() == NEVER


def test_one_that_nobody_has_answered_for_goes_once_it_is(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk, REDUCING)
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.fill(exit_, 10)
    assert last(desk).state is S.PENDING_NEW
    assert "CancelSubmitted" in names(desk.accept(last(desk).id))


def test_the_entry_s_rest_that_ends_does_not_hide_one_that_is_in_doubt(
    open_desk: Callable[..., Desk],
) -> None:
    desk = opened(open_desk, REDUCING)
    entry, *_ = desk.enter(filled=4)
    desk.silent(last(desk).id)
    (exit_,) = desk.exit()
    desk.fill(exit_, 4)
    desk.cancelled(entry)
    assert last(desk).state is S.IN_DOUBT
    assert "CancelSubmitted" in names(desk.showed(last(desk).id))


# -- it fills --


@EVERY
def test_its_fill_closes_the_position_and_nothing_is_sold_twice(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    desk = opened(open_desk, able)
    _, stop, target = held_long(desk)
    events = desk.fill(last(desk).id, 10, 89)
    closed = next(event for event in events if isinstance(event, e.PositionClosed))
    assert closed.exit_reason == "disaster_stop"
    assert [desk.state(stop), desk.state(target)] == [S.CANCELLED, S.CANCELLED]
    assert released(desk.quote("80.00", "80.01")) == []
    assert desk.book.state.disasters[ALPHA] == {}


def test_it_fills_while_the_engine_s_exit_waits_for_its_place(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    _, stop, _ = held_long(desk)
    desk.quote("89.00", "89.01")
    desk.fill(last(desk).id, 10, 89)
    assert desk.state(stop) is S.CANCELLED
    assert desk.held() == 0
    assert released(desk.quote("80.00", "80.01")) == []


def test_a_part_of_it_that_fills_leaves_the_stop_for_the_rest(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    _, stop, _ = held_long(desk)
    assert names(desk.fill(last(desk).id, 4, 89)) == ["OrderFilled", "PositionReduced"]
    desk.quote("89.00", "89.01")
    (leaving,) = released(desk.cancelled(last(desk).id))
    assert (leaving.id, desk.order(stop).quantity) == (stop, D(6))


# -- people --


def test_one_that_a_person_has_cancelled_stays_away(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    _, stop, _ = held_long(desk)
    desk.ask_cancel(last(desk).id)
    desk.cancelled(last(desk).id)
    desk.wait(60)
    assert disasters(desk) == []
    assert (desk.state(stop), alarms(desk.events)) == (S.NEW, [])
    (exit_,) = desk.exit()
    desk.fill(exit_, 10)
    desk.enter("s-2", filled=10)  # the next position is another one
    assert len(disasters(desk)) == 1


def test_one_that_the_venue_has_lost_is_asked_for_again_once_a_person_has_ended_it(
    open_desk: Callable[..., Desk],
) -> None:
    """Nobody has taken it away: it is not there."""
    desk = opened(open_desk)
    held_long(desk)
    first = last(desk).id
    desk.start()
    for _ in range(2):
        desk.wait(6)
        for endpoint in PLAIN.absence_endpoints:
            desk.missing(first, endpoint)
    assert alarms(desk.events) == ["ORDER_VANISHED"]
    assert [order.id for order in disasters(desk)] == [first]
    desk.ask_cancel(first)
    desk.wait(2)
    assert [order.id for order in disasters(desk)] == [last(desk).id] != [first]


def test_nobody_changes_it_but_the_engine(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    held_long(desk)
    (refused,) = desk.ask_replace(last(desk).id, stop_price=91)
    assert isinstance(refused, e.RequestRefused)
    assert "protection.disaster_stop" in refused.reason


def test_held_by_the_venue_again_it_goes_and_the_stop_rests_there(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    held_long(desk)
    desk.give(i.AccountDeclared(account(capabilities=RESTING), at=desk.now))
    assert last(desk).state is S.PENDING_CANCEL
    (request,) = submitted(desk.cancelled(last(desk).id))
    assert (request.role, request.stop_price) == (Role.STOP, 95 * 10**9)
