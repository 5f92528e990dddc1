"""A stop that rests at the venue as an order of its own, where there is no bracket: it follows what is open, gives way
to an exit, and is moved; at no moment is what is open without a stop, or may the venue close more than that.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.builders import (
    ALPHA,
    ENGINE_HELD,
    NO_REPLACE,
    RESTING,
    SPY,
    Desk,
    account,
    alarms,
    names,
    nano,
    signal,
)

from kedge.domain import events as e
from kedge.domain.accounts import Follow
from kedge.domain.capabilities import Capabilities, Way
from kedge.domain.ids import OrderId
from kedge.domain.inputs import Request
from kedge.domain.instants import MINUTE, Span
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Holder, Order, OrderType, Role, TimeInForce
from kedge.domain.signals import SignalKind, WantedTarget
from kedge.kernel.cover import cover_of

D = Decimal
S = OrderState
WITH_REDUCE_ONLY = Capabilities(bracket=False, oco=False)


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk(account(capabilities=RESTING))


@pytest.fixture
def fixed(open_desk: Callable[..., Desk]) -> Desk:
    """A venue that cannot change an order."""
    return open_desk(account(capabilities=NO_REPLACE))


def living(desk: Desk, role: Role) -> list[Order]:
    return [order for order in desk.book.state.open_orders(ALPHA, SPY.symbol) if order.request.role is role]


def there(desk: Desk) -> list[Order]:
    """The stops that the venue has or is asked for."""
    return [order for order in living(desk, Role.STOP) if order.state is not S.NEW]


def held(desk: Desk) -> list[Order]:
    """The stops that the engine holds."""
    return [order for order in living(desk, Role.STOP) if order.state is S.NEW]


def covered(desk: Desk) -> bool:
    """Whether a stop is armed here or rests there for all that is open."""
    position = desk.position()
    return position is None or cover_of(desk.book.state, position).uncovered == ZERO


def rested(desk: Desk, filled: int = 10) -> Order:
    """Long, with the stop at 95 at rest and a target at 110; returns the stop."""
    desk.enter(filled=filled)
    (stop,) = there(desk)
    desk.accept(stop.id)
    return stop


def submitted(events: list[e.Event]) -> list[OrderId]:
    sent = [event for event in events if isinstance(event, e.OrderSubmitted | e.OrderReleased)]
    return [event.request.id for event in sent]


# -- which way --


@pytest.mark.parametrize(
    ("able", "way"),
    [
        (Capabilities(), Way.NATIVE),
        (Capabilities(oco=False, replace=False), Way.NATIVE),
        (Capabilities(bracket=False), Way.RESTING),
        (Capabilities(reduce_only=False), Way.RESTING),
        (Capabilities(bracket=False, reduce_only=False), Way.RESTING),
        (Capabilities(bracket=False, order_types=(OrderType.MARKET, OrderType.STOP_LIMIT)), Way.RESTING),
        (Capabilities(reduce_only=False, order_types=(OrderType.MARKET, OrderType.LIMIT)), Way.ENGINE),
    ],
)
def test_the_way_follows_from_what_the_venue_can_do(able: Capabilities, way: Way) -> None:
    assert able.way is way


@pytest.mark.parametrize(
    ("able", "legs", "waiting", "asked"),
    [
        (Capabilities(), 2, 0, 0),
        (RESTING, 0, 2, 1),
        (NO_REPLACE, 0, 2, 1),
        (WITH_REDUCE_ONLY, 0, 2, 1),
        (ENGINE_HELD, 0, 2, 0),
    ],
)
def test_what_leaves_with_the_entry_what_waits_here_and_what_is_asked_for_once_it_fills(
    open_desk: Callable[..., Desk], able: Capabilities, legs: int, waiting: int, asked: int
) -> None:
    desk = open_desk(account(capabilities=able))
    events, (entry, *_) = desk.send(signal(stop=95, target=110))
    (sent,) = (event for event in events if isinstance(event, e.OrderSubmitted))
    assert (len(sent.legs), names(events).count("OrderHeld")) == (legs, waiting)
    desk.accept(entry)
    assert len(submitted(desk.fill(entry, 10))) == asked
    assert covered(desk) or able.bracket


# -- it is asked for, and grows --


def test_the_engine_s_own_covers_until_the_venue_s_rests(desk: Desk) -> None:
    desk.enter(filled=10)
    (stop,) = there(desk)
    request = stop.request
    assert (request.type, stop.stop_price, stop.leaves) == (OrderType.STOP, D(95), D(10))
    assert (request.holder, request.tif) == (Holder.VENUE, TimeInForce.GTC)
    assert [order.leaves for order in held(desk)] == [D(10)]
    desk.accept(stop.id)
    assert (held(desk), covered(desk)) == ([], True)
    assert [order.limit_price for order in living(desk, Role.TARGET)] == [D(110)]
    assert names(desk.wait(3600)) == []


def test_s54_each_further_fill_makes_it_larger_and_is_covered_meanwhile(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=4)
    (stop,) = there(desk)
    desk.accept(stop.id)
    events = desk.fill(entry, 6)
    assert "ReplaceSubmitted" in names(events)
    assert [order.leaves for order in held(desk)] == [D(6)], "at once, for what is new"
    desk.replaced(stop.id, quantity=10)
    assert (held(desk), there(desk)[0].leaves, covered(desk)) == ([], D(10), True)
    assert alarms(desk.events) == []


def test_where_it_cannot_be_made_larger_a_second_one_rests_beside_it(fixed: Desk) -> None:
    entry, *_ = fixed.enter(filled=4)
    (first,) = there(fixed)
    fixed.accept(first.id)
    (second,) = submitted(fixed.fill(entry, 6))
    assert fixed.order(second).leaves == 6
    fixed.accept(second)
    assert [order.leaves for order in there(fixed)] == [D(4), D(6)]
    assert (held(fixed), alarms(fixed.events)) == ([], [])


def test_s51_fills_that_come_while_it_is_asked_for_are_asked_for_together_after_that(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=1)
    (stop,) = there(desk)
    for part in (2, 3, 4):
        assert submitted(desk.fill(entry, part)) == []
        assert covered(desk)
    events = desk.accept(stop.id)
    (asked,) = (event for event in events if isinstance(event, e.ReplaceSubmitted))
    assert asked.terms.quantity == 10 * 10**9
    assert alarms(desk.events) == []


def test_s40_one_that_is_refused_since_the_price_is_through_it_leaves_by_the_engine_s_own(desk: Desk) -> None:
    desk.enter(filled=10)
    (stop,) = there(desk)
    desk.reject(stop.id, "would trigger immediately")
    (leaving,) = submitted(desk.quote("94.00", "94.01"))
    assert (desk.order(leaving).request.type, desk.order(leaving).leaves) == (OrderType.MARKET, D(10))


def test_one_that_is_refused_is_asked_for_three_times_and_a_person_is_called(desk: Desk) -> None:
    desk.enter(filled=10)
    called, asked = [], 0
    for _ in range(120):
        for stop in there(desk):
            called += alarms(desk.reject(stop.id))
            asked += 1
        assert [order.leaves for order in held(desk)] == [D(10)]
        called += alarms(desk.wait(1))
    assert (asked, called) == (3, ["STOP_LOST", "NAKED_POSITION"])


def test_one_that_is_lost_is_told_and_asked_for_again(desk: Desk) -> None:
    stop = rested(desk)
    desk.cancelled(stop.id, "who knows")
    assert covered(desk)
    events = desk.wait(2)
    assert alarms(events) == ["STOP_LOST"]
    (again,) = submitted(events)
    desk.accept(again)
    assert held(desk) == []


def test_a_restart_while_it_is_asked_for_asks_nothing_twice(desk: Desk) -> None:
    desk.enter(filled=10)
    (stop,) = there(desk)
    desk.book = desk.folded()
    desk.start()
    desk.wait(60)
    assert [order.id for order in there(desk)] == [stop.id]
    assert covered(desk)
    desk.showed(stop.id)
    assert (held(desk), [order.id for order in there(desk)]) == ([], [stop.id])


# -- an exit needs its place --


def test_an_exit_leaves_once_the_stop_is_gone_and_the_engine_holds_one_meanwhile(desk: Desk) -> None:
    stop = rested(desk)
    (exit_,) = (order.id for order in map(desk.order, desk.exit()) if order.request.role is Role.EXIT)
    assert (desk.state(stop.id), desk.state(exit_)) == (S.PENDING_CANCEL, S.NEW)
    assert [order.leaves for order in held(desk)] == [D(10)]
    assert submitted(desk.cancelled(stop.id)) == [exit_]
    assert desk.order(exit_).request.type is OrderType.MARKET
    desk.fill(exit_, 10)
    assert (desk.held(), desk.book.state.open.get(ALPHA, {})) == (ZERO, {})
    assert alarms(desk.events) == []


def test_s34_a_stop_that_fills_instead_of_going_leaves_no_exit_to_sell_the_same_again(desk: Desk) -> None:
    stop = rested(desk)
    desk.exit()
    events = desk.fill(stop.id, 10, 95)
    assert submitted(events) == []
    assert (desk.held(), desk.book.state.open.get(ALPHA, {})) == (ZERO, {})


def test_s36_what_the_stop_has_sold_is_taken_off_the_exit(desk: Desk) -> None:
    stop = rested(desk)
    desk.exit()
    desk.fill(stop.id, 4, 95)
    (exit_,) = submitted(desk.cancelled(stop.id))
    assert desk.order(exit_).leaves == 6


def test_an_exit_of_a_part_makes_the_stop_smaller(desk: Desk) -> None:
    stop = rested(desk)
    desk.exit(quantity=4)
    asked = next(event for event in desk.events if isinstance(event, e.ReplaceSubmitted))
    assert asked.terms.quantity == 6 * 10**9
    assert [order.leaves for order in held(desk)] == [D(4)], "what the venue's may not be for any more"
    (exit_,) = submitted(desk.replaced(stop.id, quantity=6))
    desk.fill(exit_, 4)
    assert (there(desk)[0].leaves, held(desk), desk.held()) == (D(6), [], D(6))


def test_where_it_cannot_be_made_smaller_it_goes_and_comes_back_for_the_rest(fixed: Desk) -> None:
    stop = rested(fixed)
    fixed.exit(quantity=4)
    assert fixed.state(stop.id) is S.PENDING_CANCEL
    first, second = submitted(fixed.cancelled(stop.id))
    assert (fixed.order(first).request.role, fixed.order(second).request.role) == (Role.EXIT, Role.STOP)
    assert (fixed.order(first).leaves, fixed.order(second).leaves) == (D(4), D(6))
    fixed.accept(second)
    fixed.fill(first, 4)
    assert (held(fixed), [order.leaves for order in there(fixed)]) == ([], [D(6)])
    assert alarms(fixed.events) == []


def test_an_exit_with_a_limit_rests_in_the_stop_s_place_which_comes_back_when_it_goes(desk: Desk) -> None:
    stop = rested(desk)
    desk.exit(limit=108)
    (exit_,) = submitted(desk.cancelled(stop.id))
    assert (desk.order(exit_).request.type, desk.order(exit_).limit_price) == (OrderType.LIMIT, D(108))
    desk.accept(exit_)
    assert ([order.leaves for order in held(desk)], there(desk)) == ([D(10)], [])
    assert alarms(desk.wait(59)) == [], "this is how it is meant to be"
    assert desk.state(exit_) is S.ACCEPTED
    desk.wait(2)
    assert desk.state(exit_) is S.PENDING_CANCEL, "it has had its time"
    (again,) = submitted(desk.cancelled(exit_))
    assert desk.order(again).request.role is Role.STOP


def test_s35_the_engine_s_own_goes_off_while_a_limit_exit_rests_once_that_is_withdrawn(desk: Desk) -> None:
    stop = rested(desk)
    desk.exit(limit=108)
    (exit_,) = submitted(desk.cancelled(stop.id))
    desk.accept(exit_)
    assert submitted(desk.quote("90.00", "90.01")) == []
    (leaving,) = submitted(desk.cancelled(exit_))
    assert (desk.order(leaving).request.type, desk.order(leaving).leaves) == (OrderType.MARKET, D(10))


def test_a_limit_exit_whose_time_is_over_before_there_was_room_never_leaves(desk: Desk) -> None:
    rested(desk)
    (exit_,) = (
        order.id for order in map(desk.order, desk.exit(limit=108)) if order.request.role is Role.EXIT
    )
    desk.wait(61)
    assert desk.state(exit_) is S.CANCELLED


def test_an_exit_that_waits_and_is_withdrawn_brings_the_stop_back(desk: Desk) -> None:
    stop = rested(desk)
    (exit_,) = (order.id for order in map(desk.order, desk.exit()) if order.request.role is Role.EXIT)
    desk.ask_cancel(exit_)
    (again,) = submitted(desk.cancelled(stop.id))
    assert (desk.order(again).request.role, desk.order(again).leaves) == (Role.STOP, D(10))


def test_an_exit_that_waits_for_a_venue_that_does_not_answer_is_told(desk: Desk) -> None:
    stop = rested(desk)
    desk.exit()
    told = alarms(desk.silent(stop.id, Request.CANCEL)) + alarms(desk.wait(10))
    assert covered(desk)
    desk.refused(stop.id, Request.CANCEL)
    told += alarms(desk.wait(2)) + alarms(desk.refused(stop.id, Request.CANCEL))
    assert "EXIT_WAITS" in told


def test_an_exit_that_waits_is_the_only_one(desk: Desk) -> None:
    rested(desk)
    desk.exit()
    assert desk.judge(signal("again", SignalKind.EXIT, None, at=desk.now)).code == "ALREADY_EXITING"
    assert submitted(desk.quote("90.00", "90.01")) == [], "nor does the engine's own stop leave beside it"


def test_an_exit_that_is_rejected_brings_the_stop_back(desk: Desk) -> None:
    stop = rested(desk)
    desk.exit()
    (exit_,) = submitted(desk.cancelled(stop.id))
    events = desk.reject(exit_)
    assert covered(desk)
    (again,) = submitted(events)
    assert (desk.order(again).request.role, desk.order(again).leaves) == (Role.STOP, D(10))


# -- a target is met --


def test_a_target_that_is_met_leaves_once_the_stop_is_gone(desk: Desk) -> None:
    stop = rested(desk)
    (target,) = living(desk, Role.TARGET)
    assert submitted(desk.quote("110.00", "110.01")) == []
    assert desk.state(stop.id) is S.PENDING_CANCEL
    assert covered(desk)
    assert submitted(desk.cancelled(stop.id)) == [target.id]
    desk.fill(target.id, 10, 110)
    assert (desk.held(), desk.book.state.open.get(ALPHA, {})) == (ZERO, {})


def test_both_filled_is_not_possible_the_stop_was_first(desk: Desk) -> None:
    stop = rested(desk)
    desk.quote("110.00", "110.01")
    assert submitted(desk.fill(stop.id, 10, 95)) == []
    assert (desk.held(), desk.book.state.open.get(ALPHA, {})) == (ZERO, {})


def test_a_target_for_a_part_makes_the_stop_smaller_and_leaves_the_rest_as_it_is(desk: Desk) -> None:
    half = WantedTarget(nano(105), nano(50))
    desk.enter(target=None, targets=(half, WantedTarget(nano(110), nano(50))), filled=10)
    (stop,) = there(desk)
    desk.accept(stop.id)
    desk.quote("105.00", "105.01")
    (leaving,) = submitted(desk.replaced(stop.id, quantity=5))
    desk.fill(leaving, 5, 105)
    assert (there(desk)[0].leaves, held(desk), len(living(desk, Role.TARGET))) == (D(5), [], 1)


# -- it is moved --


def moved(desk: Desk, to: int) -> list[e.Event]:
    events, _ = desk.send(signal(f"m-{to}", SignalKind.STOP_ADJUSTMENT, None, stop=to, at=desk.now))
    return events


def test_it_is_moved_by_a_replace(desk: Desk) -> None:
    stop = rested(desk)
    assert names(moved(desk, 97)) == ["SignalJudged", "StopMoved", "ReplaceSubmitted"]
    desk.replaced(stop.id, stop_price=97)
    assert there(desk)[0].stop_price == D(97)


def test_where_there_is_neither_the_engine_holds_one_while_the_old_one_goes_and_a_new_one_comes(
    fixed: Desk,
) -> None:
    old = rested(fixed)
    assert names(moved(fixed, 97)) == ["SignalJudged", "StopMoved", "OrderHeld", "CancelSubmitted"]
    assert [order.stop_price for order in held(fixed)] == [D(97)]
    (new,) = submitted(fixed.cancelled(old.id))
    assert (fixed.order(new).stop_price, fixed.order(new).leaves) == (D(97), D(10))
    fixed.accept(new)
    assert (held(fixed), [order.id for order in there(fixed)]) == ([], [new])
    assert alarms(fixed.wait(60)) == []


def test_a_move_that_meets_its_price_on_the_way_sells_once(fixed: Desk) -> None:
    old = rested(fixed)
    moved(fixed, 97)
    assert submitted(fixed.quote("96.00", "96.01")) == []
    (leaving,) = submitted(fixed.cancelled(old.id))
    fixed.fill(leaving, 10, 96)
    assert (fixed.held(), fixed.book.state.open.get(ALPHA, {})) == (ZERO, {})


def test_two_that_hold_a_part_each_are_moved_together(fixed: Desk) -> None:
    entry, *_ = fixed.enter(filled=4)
    (first,) = there(fixed)
    fixed.accept(first.id)
    (second,) = submitted(fixed.fill(entry, 6))
    fixed.accept(second)
    moved(fixed, 97)
    assert [(order.stop_price, order.leaves) for order in held(fixed)] == [(D(97), D(10))]
    fixed.cancelled(first.id)
    fixed.cancelled(second)
    assert covered(fixed)
    (new,) = there(fixed)
    assert len(submitted(fixed.accept(new.id))) == 1
    assert [(order.stop_price, order.leaves) for order in there(fixed)] == [(D(97), D(4)), (D(97), D(6))]


def test_moves_that_follow_the_market_are_each_asked_for_at_once(open_desk: Callable[..., Desk]) -> None:
    follow = Follow(trail_percent=D(2), after_r=D(0))
    desk = open_desk(account(capabilities=NO_REPLACE, follow=follow))
    rested(desk)
    for price in (102, 104, 106, 108):
        desk.quote(f"{price}.00", f"{price}.01")
        (old,) = there(desk)
        assert old.state is S.PENDING_CANCEL
        assert covered(desk)
        (new,) = submitted(desk.cancelled(old.id))
        desk.accept(new)
        assert held(desk) == []
    assert there(desk)[0].stop_price == D("105.84")
    assert alarms(desk.events) == []


@pytest.mark.parametrize("able", [RESTING, NO_REPLACE])
def test_one_that_was_moved_is_where_it_was_moved_to_whatever_takes_its_place(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    """All at one instant: of what changed together the newest counts."""
    desk = open_desk(account(capabilities=able))
    stop = rested(desk)
    desk.give = frozen(desk)  # type: ignore[method-assign]
    moved(desk, 97)
    if able.replace:
        desk.replaced(stop.id, stop_price=97)
    else:
        (new,) = submitted(desk.cancelled(stop.id))
        desk.accept(new)
        stop = desk.order(new)
    desk.exit(quantity=4)
    assert [order.stop_price for order in held(desk)] == [D(97)]
    (exit_, *_) = submitted(desk.replaced(stop.id, quantity=6) if able.replace else desk.cancelled(stop.id))
    desk.fill(exit_, 4)
    assert {order.stop_price for order in living(desk, Role.STOP)} == {D(97)}


def frozen(desk: Desk) -> Callable[..., list[e.Event]]:
    """Whatever comes from here on comes at this instant."""
    now, give = desk.now, desk.give

    def at_once(input_: Any) -> list[e.Event]:
        events = give(input_)
        desk.now = now
        return events

    return at_once


# -- less is open, or all is closed --


def test_nothing_is_left_at_the_venue_when_it_is_flat(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=4)
    (stop,) = there(desk)
    desk.accept(stop.id)
    desk.fill(stop.id, 4, 95)
    assert desk.state(entry) is S.PENDING_CANCEL
    assert [order for order in desk.book.state.orders.values() if order.request.role is Role.STOP][
        -1
    ].state is S.FILLED
    desk.cancelled(entry)
    assert all(is_final(order.state) for order in desk.book.state.orders.values())


def test_a_person_may_not_make_it_larger_than_what_is_open(desk: Desk) -> None:
    stop = rested(desk)
    assert names(desk.ask_replace(stop.id, quantity=12)) == ["RequestRefused"]
    assert names(desk.ask_replace(stop.id, stop_price=96)) == ["StopMoved", "ReplaceSubmitted"]


def test_who_takes_it_away_gets_none_in_its_place(desk: Desk) -> None:
    stop = rested(desk)
    assert alarms(desk.ask_cancel(stop.id)) == ["NAKED_POSITION"]
    assert submitted(desk.cancelled(stop.id)) == []
    assert names(desk.wait(60)) == []


def test_a_time_exit_uses_the_same_way(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=RESTING, follow=Follow(time_exit=Span(MINUTE))))
    stop = rested(desk)
    desk.wait(60)
    assert desk.state(stop.id) is S.PENDING_CANCEL
    assert desk.book.next_deadline() > desk.now, "what waits is not asked for again and again"
    (exit_,) = submitted(desk.cancelled(stop.id))
    assert desk.order(exit_).request.role is Role.EXIT


# -- a position that was added to --


def test_what_is_added_keeps_its_own_stop_in_the_engine(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=RESTING, max_adds=1, disaster_stop=None))
    stop = rested(desk)
    _, (entry, own, _) = desk.send(signal("s-2", stop=99, target=110, quantity=5, at=desk.now))
    assert desk.position() is not None
    desk.accept(entry)
    assert desk.state(own) is S.NEW
    events = desk.fill(entry, 5, 101)
    assert (submitted(events), covered(desk)) == ([], True)
    assert [(order.stop_price, order.leaves) for order in held(desk)] == [(D(99), D(5))]
    assert [(order.stop_price, order.leaves) for order in there(desk)] == [(D(95), D(10))]
    assert submitted(desk.quote("99.00", "99.01")) == [own], "there is room for it beside the first one's"
    desk.fill(own, 5, 99)
    assert (desk.held(), there(desk)[0].id, held(desk)) == (D(10), stop.id, [])
    assert alarms(desk.events) == []


# -- where the venue enforces reduce-only, exits may overlap --


def test_an_exit_leaves_at_once_beside_the_stop_where_the_venue_keeps_them_from_turning_it_over(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk(account(capabilities=WITH_REDUCE_ONLY))
    stop = rested(desk)
    (exit_,) = desk.exit()
    assert (desk.state(exit_), desk.state(stop.id)) == (S.PENDING_NEW, S.ACCEPTED)
    desk.fill(exit_, 10)
    desk.wait(2)
    assert desk.state(stop.id) is S.PENDING_CANCEL
