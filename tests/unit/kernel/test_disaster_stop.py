"""The wider stop that rests at the venue of a position whose exits the engine holds."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tests.builders import (
    ALPHA,
    NO_REPLACE,
    RESTING,
    SPY,
    Desk,
    account,
    alarms,
    execution,
    names,
    nano,
    released,
    signal,
    submitted,
)

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities, Way
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instants import NEVER, SECOND
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.markets import Phase
from kedge.domain.orders import Holder, Order, OrderType, Role, TimeInForce
from kedge.domain.signals import Direction, WantedTarget
from kedge.kernel.book import Book
from kedge.kernel.standing import CoveredBy, standing_of

D = Decimal
S = OrderState
# The venue could hold all exits, and keeps them from turning a position over; or keeps nothing from anything.
REDUCING = Capabilities(hold=Holder.ENGINE)
PLAIN = replace(RESTING, hold=Holder.ENGINE)
FIXED = replace(NO_REPLACE, hold=Holder.ENGINE)
EVERY = pytest.mark.parametrize("able", [REDUCING, PLAIN, FIXED], ids=["reducing", "plain", "fixed"])


def opened(open_desk: Callable[..., Desk], able: Capabilities = PLAIN, **terms: Any) -> Desk:
    return open_desk(account(capabilities=able, **terms))


def disasters(desk: Desk) -> list[Order]:
    """The disaster stops that may still trade."""
    orders = desk.book.state.open_orders(ALPHA, SPY.symbol)
    return [order for order in orders if order.request.role is Role.DISASTER]


def last(desk: Desk) -> Order:
    """The disaster stop that was sent last."""
    return [order for order in desk.book.state.orders.values() if order.request.role is Role.DISASTER][-1]


def held_long(desk: Desk, filled: int = 10, **wanted: Any) -> list[OrderId]:
    """A long position of ten at 100, stopped at 95 by the engine, with a disaster stop that the venue has."""
    orders = desk.enter(filled=filled, **wanted)
    desk.accept(last(desk).id)
    return orders


# --- what there is ---


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


# --- it follows what is open ---


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


# --- it gives way ---


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


# --- it fills ---


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


# --- what the venue does not do ---


def test_three_times_in_vain_and_then_a_person_is_told_once(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    _, stop, _ = desk.enter(filled=10)
    for pause in (2, 4):
        assert submitted(desk.reject(last(desk).id, "too far away")) == []
        assert submitted(desk.wait(pause - 0.5)) == []
        assert [one.role for one in submitted(desk.wait(0.5))] == [Role.DISASTER]
    assert alarms(desk.reject(last(desk).id, "too far away")) == ["DISASTER_STOP_REFUSED"]
    told = next(event for event in desk.events if isinstance(event, e.Anomaly))
    assert "the engine holds the stop as before" in told.detail
    assert told.figures["reason"] == "too far away"
    assert (desk.held(), desk.state(stop)) == (D(10), S.NEW)
    before = len(desk.recorded)
    desk.wait(899)
    assert len(desk.recorded) == before
    assert names(desk.ask_replace(stop, stop_price=96)) == ["StopMoved", "OrderReplaced"]
    assert released(desk.quote("96.00", "96.01")) != []  # nothing is in the way of the engine's own


def refused_thrice(desk: Desk) -> None:
    """A position whose disaster stop the venue does not take, as a person knows."""
    desk.enter(filled=10)
    for pause in (2, 4, 0):
        desk.reject(last(desk).id, "too far away")
        desk.wait(pause)
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"]


def test_it_is_asked_for_again_rarely_and_nobody_is_told_again(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    refused_thrice(desk)
    for minutes in (15, 30, 60, 60, 60):
        assert submitted(desk.wait(minutes * 60 - 1)) == []
        (request,) = submitted(desk.wait(1))
        assert (request.role, last(desk).stop_price, last(desk).quantity) == (Role.DISASTER, D(90), D(10))
        assert submitted(desk.reject(request.id, "too far away")) == []
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"]


def test_what_happens_to_the_position_meanwhile_does_not_ask_for_it_sooner(
    open_desk: Callable[..., Desk],
) -> None:
    desk = opened(open_desk)
    refused_thrice(desk)
    (exit_,) = desk.exit(quantity=4)
    assert submitted(desk.fill(exit_, 4)) == []
    assert submitted(desk.wait(899)) == []
    (request,) = submitted(desk.wait(1))
    assert (request.role, last(desk).quantity) == (Role.DISASTER, D(6))


def test_once_it_is_taken_it_rests_and_the_next_refusals_are_news_again(
    open_desk: Callable[..., Desk],
) -> None:
    desk = opened(open_desk)
    refused_thrice(desk)
    desk.wait(900)
    desk.accept(last(desk).id)
    assert [order.state for order in disasters(desk)] == [S.ACCEPTED]
    assert submitted(desk.wait(7200)) == []
    (request,) = submitted(desk.cancelled(last(desk).id, "by the venue"))  # at once, as it had stood
    for pause in (2, 4, 0):
        desk.reject(last(desk).id, "too far away")
        desk.wait(pause)
    assert request.role is Role.DISASTER
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"] * 2


def test_one_that_is_taken_for_a_moment_only_is_no_news(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    refused_thrice(desk)
    for _ in range(3):
        desk.wait(3600)
        desk.accept(last(desk).id)
        desk.wait(1)
        desk.cancelled(last(desk).id, "by the venue")
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"]


def test_when_it_is_to_be_asked_for_again_holds_over_a_restart(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    refused_thrice(desk)
    due = desk.book.next_deadline()
    desk.book = Book.restored(desk.folded().snapshot())
    assert desk.book.next_deadline() == due == last(desk).updated + 900 * SECOND
    assert submitted(desk.start()) == []
    assert len(submitted(desk.wait(900))) == 1


def test_while_its_day_is_over_it_waits_for_the_next(open_desk: Callable[..., Desk]) -> None:
    days = (TimeInForce.DAY, TimeInForce.IOC)
    desk = opened(open_desk, replace(PLAIN, times_in_force=days), calendar="XNYS")
    desk.phase(Phase.OPEN, closes_in=60)
    refused_thrice(desk)
    desk.phase(Phase.CLOSED, opens_in=16 * 60)
    assert submitted(desk.wait(900)) == []
    assert not desk.book.is_due(desk.now)
    assert len(submitted(desk.phase(Phase.OPEN, closes_in=60))) == 1


def test_new_terms_of_the_account_try_it_afresh(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    desk.enter(filled=10)
    for pause in (2, 4, 0):
        desk.reject(last(desk).id, "too far away")
        desk.wait(pause)
    nearer = account(capabilities=PLAIN, disaster_stop=D("1.2"))
    (request,) = submitted(desk.give(i.AccountDeclared(nearer, at=desk.now)))
    assert (request.role, last(desk).stop_price) == (Role.DISASTER, D(94))


def test_one_that_the_venue_ends_is_asked_for_again_and_not_for_ever(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    held_long(desk)
    for _ in range(5):
        desk.wait(61)
        desk.cancelled(last(desk).id, "by the venue")  # it had stood
        desk.accept(last(desk).id)
    assert alarms(desk.events) == []
    for _ in range(3):
        desk.cancelled(last(desk).id, "by the venue")
        desk.wait(8)
        if not is_final(last(desk).state):
            desk.accept(last(desk).id)
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"]


def test_one_that_the_engine_withdraws_again_and_again_has_not_come_to_nothing(
    open_desk: Callable[..., Desk],
) -> None:
    desk = opened(open_desk, FIXED)
    entry, *_ = held_long(desk, 1)
    for _ in range(6):
        desk.fill(entry, 1)
        desk.cancelled(last(desk).id)
        desk.accept(last(desk).id)
    assert (last(desk).quantity, alarms(desk.events)) == (D(7), [])


def test_a_change_that_the_venue_refuses_is_made_by_another_order(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    entry, *_ = held_long(desk, 4)
    first = last(desk)
    desk.fill(entry, 6)
    desk.refused(first.id, i.Request.REPLACE, "no")
    desk.showed(first.id)
    desk.wait(1.5)
    assert first.state is S.PENDING_CANCEL
    desk.cancelled(first.id)
    assert (last(desk).state, last(desk).quantity) == (S.PENDING_NEW, D(10))


def test_stops_of_the_day_are_asked_for_again_with_the_next(open_desk: Callable[..., Desk]) -> None:
    days = (TimeInForce.DAY, TimeInForce.IOC)
    desk = opened(open_desk, replace(PLAIN, times_in_force=days), calendar="XNYS")
    desk.phase(Phase.OPEN, closes_in=60)
    held_long(desk)
    desk.wait(3600)
    desk.phase(Phase.CLOSED, opens_in=60)
    desk.give(i.VenueExpired(last(desk).id, "end of day", at=desk.now))
    assert disasters(desk) == []
    assert alarms(desk.events) == []
    (request,) = submitted(desk.phase(Phase.OPEN, closes_in=60))
    assert (request.role, request.tif) == (Role.DISASTER, TimeInForce.DAY)


def test_a_pause_that_ends_when_the_market_is_closed_is_over(open_desk: Callable[..., Desk]) -> None:
    """Its time has come and nothing is to be done: the clock must not be handed in for it without end."""
    days = (TimeInForce.DAY, TimeInForce.IOC)
    desk = opened(open_desk, replace(PLAIN, times_in_force=days), calendar="XNYS")
    desk.phase(Phase.OPEN, closes_in=60)
    desk.enter(filled=10)
    desk.reject(last(desk).id)
    desk.phase(Phase.CLOSED, opens_in=60)
    assert submitted(desk.wait(2)) == []
    assert not desk.book.is_due(desk.now)
    assert len(submitted(desk.phase(Phase.OPEN, closes_in=60))) == 1


def test_a_new_symbol_takes_it_along() -> None:
    desk = Desk(account(capabilities=PLAIN))
    held_long(desk)
    desk.give(i.InstrumentDeclared(replace(SPY, symbol=Symbol("SPX")), at=desk.now))
    desk.give(i.VenueRenamed("r-1", ALPHA, SPY.symbol, Symbol("SPX"), at=desk.now))
    assert desk.book.state.disaster(ALPHA, Symbol("SPX")) is not None
    assert desk.book.state.disaster(ALPHA, SPY.symbol) is None
    assert last(desk).request.instrument == "SPX"
    desk.check_record()


# --- people ---


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


# --- over a restart ---


@pytest.mark.parametrize("answered", [True, False])
def test_a_restart_finds_it_and_places_none_beside_it(
    open_desk: Callable[..., Desk], *, answered: bool
) -> None:
    desk = opened(open_desk)
    desk.enter(filled=10)
    if answered:
        desk.accept(last(desk).id)
    first = last(desk).id
    desk.book = desk.folded()
    assert submitted(desk.start()) == []
    assert desk.order(first).asked == 1
    assert submitted(desk.showed(first)) == []
    assert [order.id for order in disasters(desk)] == [first]


def test_one_that_never_arrived_is_asked_for_again_once_that_is_proven_and_not_for_ever(
    open_desk: Callable[..., Desk],
) -> None:
    """However long the proof takes."""
    desk = opened(open_desk)
    desk.enter(filled=10)
    desk.book = desk.folded()
    desk.start()
    for number in range(3):
        first = last(desk).id
        desk.wait(90)
        for _ in range(2):
            desk.wait(6)
            for endpoint in PLAIN.absence_endpoints:
                desk.missing(first, endpoint)
        assert desk.state(first) is S.REJECTED
        desk.wait(4)
        assert [order.id for order in disasters(desk)] == ([last(desk).id] if number < 2 else [])
        assert (last(desk).id != first) is (number < 2)
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"]


def test_a_pause_holds_over_a_restart(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    desk.enter(filled=10)
    desk.reject(last(desk).id)
    due = desk.book.next_deadline()
    desk.book = Book.restored(desk.folded().snapshot())
    assert desk.book.next_deadline() == due != NEVER


def test_what_filled_while_the_engine_was_away_closes_the_position(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    _, stop, target = held_long(desk)
    desk.book = desk.folded()
    desk.start()
    desk.showed(last(desk).id, S.FILLED, execution("gap", 10, 88))
    assert (desk.held(), desk.state(stop), desk.state(target)) == (D(0), S.CANCELLED, S.CANCELLED)
