"""Never naked: what is open has a stop after every step, whatever becomes of the one that it should have."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.builders import ALPHA, ENGINE_HELD, SPY, Desk, account, alarms, names, nano
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.ids import OrderId
from kedge.domain.instants import SECOND
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Holder, Order, OrderType, Role, Side
from kedge.domain.signals import Direction, SignalKind
from kedge.kernel.book import Book
from kedge.kernel.cover import cover_of, stop_price_of

D = Decimal
S = OrderState


def stops(desk: Desk) -> list[Order]:
    """Those that may still go off, oldest first."""
    own = desk.book.state.open.get(ALPHA, {}).get(SPY.symbol, [])
    return [order for order in map(desk.order, own) if order.request.role is Role.STOP]


def held_stop(desk: Desk) -> Order:
    """The one that the engine holds."""
    (found,) = (order for order in stops(desk) if order.state is S.NEW)
    return found


def submitted(events: list[e.Event]) -> OrderId:
    (found,) = (event for event in events if isinstance(event, e.OrderSubmitted))
    return found.request.id


# -- a stop that the venue has not answered for --


def test_s42_a_stop_that_is_answered_for_in_time_is_all_there_is(desk: Desk) -> None:
    entry, stop, target = desk.enter(accept=False)
    desk.accept(entry)
    assert names(desk.fill(entry, 10)) == ["OrderFilled", "PositionOpened", "ExposureNoted"]
    desk.wait(1.9)
    assert names(desk.accept(stop)) == ["OrderAccepted", "ExposureEnded"]
    desk.accept(target)
    assert [order.id for order in stops(desk)] == [stop]
    assert names(desk.wait(3600)) == []


def test_s42_a_stop_that_is_never_answered_for_is_held_by_the_engine_after_two_seconds(desk: Desk) -> None:
    entry, stop, _ = desk.enter(accept=False)
    desk.accept(entry)
    desk.fill(entry, 10)
    assert [order.id for order in stops(desk)] == [stop]
    assert alarms(desk.wait(2)) == ["STOP_LOST"]
    assert (held_stop(desk).stop_price, held_stop(desk).leaves) == (D(95), D(10))
    assert alarms(desk.wait(2)) == [], "a person is called once"
    desk.wait(10)
    assert desk.state(stop) is S.IN_DOUBT
    assert names(desk.showed(stop)) == ["OrderAccepted", "OrderEnded", "ExposureEnded"]
    assert [order.id for order in stops(desk)] == [stop]


def test_s29_an_entry_that_fills_in_parts_grows_the_stop_that_the_engine_holds(desk: Desk) -> None:
    entry, stop, _ = desk.enter(accept=False)
    desk.accept(entry)
    desk.reject(stop)
    for part in (1, 2, 3, 4):
        desk.fill(entry, part)
        assert held_stop(desk).leaves == desk.held()


# -- a stop that is refused or lost --


def test_s40_a_stop_that_is_refused_since_the_price_is_through_it_closes_at_the_next_price(
    desk: Desk,
) -> None:
    entry, stop, target = desk.enter(accept=False)
    desk.accept(entry)
    desk.accept(target)
    desk.fill(entry, 10)
    desk.reject(stop, "would trigger immediately")
    events = desk.quote("94.00", "94.01")
    (released,) = (event for event in events if isinstance(event, e.OrderReleased))
    assert (released.request.type, released.request.quantity) == (OrderType.MARKET, nano(10))
    assert released.request.reduce_only
    assert desk.state(target) is S.PENDING_CANCEL
    desk.fill(released.request.id, 10, 94)
    desk.cancelled(target)
    assert (desk.held(), stops(desk)) == (ZERO, [])
    assert names(desk.wait(3600)) == []


def test_a_stop_that_is_lost_is_asked_for_again_and_the_engine_holds_one_until_it_is_there(
    desk: Desk,
) -> None:
    _, stop, target = desk.enter(filled=10)
    desk.cancelled(stop)
    desk.showed(target)
    assert held_stop(desk).leaves == 10
    again = submitted(desk.wait(2))
    request = desk.order(again).request
    assert (request.type, request.side, request.stop_price, request.quantity) == (
        OrderType.STOP,
        Side.SELL,
        nano(95),
        nano(10),
    )
    assert (request.holder, request.reduce_only) == (Holder.VENUE, True)
    assert held_stop(desk).leaves == 10
    assert names(desk.accept(again)) == ["OrderAccepted", "OrderEnded", "ExposureNoted"]
    assert [order.id for order in stops(desk)] == [again]
    assert names(desk.wait(59)) == []
    assert names(desk.wait(1)) == ["ExposureEnded"], "now that it has stood for a minute"
    assert names(desk.wait(3600)) == []


def test_s33_a_venue_that_ends_each_stop_that_it_takes_is_asked_three_times_and_the_engine_holds_one(
    desk: Desk,
) -> None:
    _, stop, target = desk.enter(filled=10)
    asked, called = [stop], []
    for _ in range(100):
        if desk.state(asked[-1]) is S.ACCEPTED:
            called += alarms(desk.cancelled(asked[-1]))
            desk.showed(target)
        assert held_stop(desk).leaves == 10, "at once, however often"
        for event in desk.wait(2):
            called += alarms([event])
            if isinstance(event, e.OrderSubmitted):
                asked.append(event.request.id)
                desk.accept(asked[-1])
    assert len(asked) == 4
    assert called == ["STOP_LOST", "NAKED_POSITION"]


def test_a_stop_that_is_lost_long_after_the_last_one_is_a_new_loss(desk: Desk) -> None:
    _, stop, target = desk.enter(filled=10)
    for _ in range(6):
        desk.cancelled(stop)
        desk.showed(target)
        events = desk.wait(2)
        assert alarms(events) == ["STOP_LOST"]
        stop = submitted(events)
        desk.accept(stop)
        desk.wait(61)


def test_s12_a_venue_that_takes_no_stop_is_asked_three_times_and_then_a_person_is_called(desk: Desk) -> None:
    """Not for ever, and never while an earlier try may still be there."""
    _, stop, _ = desk.enter(filled=10)
    desk.cancelled(stop)
    called = []
    asked = []
    for _ in range(40):
        events = desk.wait(2)
        called += alarms(events)
        for event in events:
            if isinstance(event, e.OrderSubmitted):
                asked.append(event.request.id)
                desk.reject(event.request.id, "no stops today")
    assert len(asked) == 3
    assert called == ["STOP_LOST", "NAKED_POSITION"]
    assert held_stop(desk).leaves == 10


def test_s39_it_is_not_asked_for_again_while_one_may_be_there(desk: Desk) -> None:
    _, stop, target = desk.enter(filled=10)
    desk.cancelled(stop)
    desk.showed(target)
    first = submitted(desk.wait(2))
    assert not any(isinstance(event, e.OrderSubmitted) for _ in range(30) for event in desk.wait(1))
    assert desk.state(first) is S.IN_DOUBT
    assert held_stop(desk).leaves == 10


@pytest.mark.parametrize(("direction", "moved"), [(Direction.LONG, 97), (Direction.SHORT, 103)])
def test_the_stop_that_takes_its_place_is_where_the_last_one_was(direction: Direction, moved: int) -> None:
    desk = Desk()
    levels: dict[str, Any] = (
        {"stop": 95, "target": 110} if direction is Direction.LONG else {"stop": 105, "target": 90}
    )
    _, stop, _ = desk.enter(filled=10, direction=direction, **levels)
    desk.ask_replace(stop, stop_price=moved)
    desk.replaced(stop, stop_price=moved)
    desk.cancelled(stop)
    assert (held_stop(desk).stop_price, held_stop(desk).request.side) == (
        D(moved),
        Side.SELL if direction is Direction.LONG else Side.BUY,
    )


def test_it_is_where_a_split_has_put_it() -> None:
    pair = Pair(SPY)
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95)
    pair.split(4)
    (stop,) = (order for order in pair.open() if order.request.role is Role.STOP)
    pair.hear(pair.exchange.cancel(stop.id, pair.desk.now))
    assert (held_stop(pair.desk).stop_price, held_stop(pair.desk).leaves) == (D("23.75"), D(40))
    pair.wait(2)
    pair.check()
    pair.quote("23.70", "23.71")
    assert pair.desk.held() == 0
    pair.check()


def test_a_stop_that_was_lost_before_a_split_is_held_in_new_shares() -> None:
    pair = Pair(SPY)
    pair.give(i.AccountDeclared(account(capabilities=ENGINE_HELD), at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop="95.02")
    pair.exchange.close_session(pair.desk.now)
    pair.quote("94.00", "94.01")
    (leaving,) = pair.open()
    pair.hear(pair.exchange.cancel(leaving.id, pair.desk.now))
    pair.split(4)
    assert (held_stop(pair.desk).stop_price, held_stop(pair.desk).leaves) == (D("23.76"), D(40))


@pytest.mark.parametrize(("direction", "price"), [(Direction.LONG, "98.00"), (Direction.SHORT, "102.00")])
def test_without_a_stop_to_go_by_it_is_so_far_from_the_mean_price_as_the_account_says(
    direction: Direction, price: str
) -> None:
    """The stop was refused before anything had filled, and has left the book's memory since."""
    desk = Desk()
    wanted: dict[str, Any] = (
        {"stop": 95, "target": 110} if direction is Direction.LONG else {"stop": 105, "target": 90}
    )
    entry, stop, _ = desk.enter(accept=False, direction=direction, **wanted)
    desk.accept(entry)
    desk.reject(stop)
    desk.fill(entry, 10)
    state = Book.restored(desk.book.snapshot()).state
    position = state.positions[ALPHA][SPY.symbol]
    assert stop_price_of(state, position) == wanted["stop"]
    for order in [order.id for order in state.orders.values() if order.request.role is Role.STOP]:
        del state.orders[order]
    assert stop_price_of(state, position) == wanted["stop"], "what the position was opened with"
    position.stop = None
    assert stop_price_of(state, position) == D(price)


# -- it holds over restarts --


def test_s59_what_the_engine_holds_is_held_by_the_next_process_too(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    desk.cancelled(stop)
    for book in (desk.folded(), Book.restored(desk.book.snapshot())):
        (step,) = book.on_quote(SPY.symbol, SPY.ticks(D(94)), SPY.ticks(D("94.01")), desk.now)
        assert "OrderReleased" in names(step.events)


def test_the_deadline_holds_over_a_restart(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    desk.accept(entry)
    desk.fill(entry, 10)
    desk.book = desk.folded()
    assert not desk.book.is_due(desk.now)
    since, desk.now = desk.now, desk.book.next_deadline()
    assert desk.now - since < 2 * SECOND + 1
    assert alarms(desk.give(i.ClockTicked(at=desk.now))) == ["STOP_LOST"]


# -- who wants no stop --


def test_an_entry_that_was_let_in_without_a_stop_gets_none(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(allow_unprotected=True))
    desk.enter(unprotected=True, stop=None, target=None, filled=10)
    assert stops(desk) == []
    assert names(desk.wait(60)) == []


def test_an_account_that_may_go_without_keeps_the_stop_that_was_asked_for(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk(account(allow_unprotected=True))
    _, stop, _ = desk.enter(filled=10)
    desk.cancelled(stop)
    assert held_stop(desk).leaves == 10


# -- a position that nobody wanted --


def test_s44_a_position_that_an_exit_has_opened_is_closed_at_the_market(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.accept(exit_)
    desk.fill(stop, 10, 95)
    events = desk.fill(exit_, 10, 95)
    assert alarms(events) == ["POSITION_TURNED"]
    way_out = desk.order(submitted(events)).request
    assert (way_out.side, way_out.type, way_out.quantity) == (Side.BUY, OrderType.MARKET, nano(10))
    desk.fill(way_out.id, 10, 95)
    assert desk.held() == ZERO
    assert not any(isinstance(event, e.OrderSubmitted) for event in desk.wait(3600))


def test_what_is_refused_to_be_closed_is_tried_again_with_pauses(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.fill(stop, 10, 95)
    way_out = submitted(desk.fill(exit_, 10, 95))
    for pause in (1, 2, 4, 8, 16, 30, 30):
        assert not any(isinstance(event, e.OrderSubmitted) for event in desk.reject(way_out))
        assert not any(isinstance(event, e.OrderSubmitted) for event in desk.wait(pause - 0.1))
        way_out = submitted(desk.wait(0.1))
    desk.fill(way_out, 10, 95)
    assert desk.held() == ZERO


# -- at an exchange --


@pytest.mark.parametrize("kind", [SignalKind.EXIT, None])
def test_s31_nothing_is_left_resting_once_all_is_closed(kind: SignalKind | None) -> None:
    """The stop was lost and placed anew; then the position is closed, by a signal or by that stop."""
    pair = Pair(SPY)
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95, target=110)
    (stop,) = (order for order in pair.open() if order.request.role is Role.STOP)
    pair.hear(pair.exchange.cancel(stop.id, pair.desk.now))
    pair.wait(2)
    assert {order.request.role for order in pair.open()} >= {Role.STOP}
    if kind is None:
        pair.quote("94.00", "94.01")
    else:
        pair.enter("out", kind=kind, direction=None)
    pair.wait(10)
    assert pair.desk.held() == 0
    assert all(is_final(order.state) for order in pair.desk.book.state.orders.values())
    pair.check()


def test_when_the_engine_s_stop_for_a_part_leaves_the_venue_s_for_the_rest_stays(desk: Desk) -> None:
    """It may go off at the same price, and without it the rest would have none until the next look."""
    _, stop, _ = desk.enter(filled=10)
    desk.replaced(stop, quantity=6)  # by the venue itself
    held = [order for order in stops(desk) if order.state is OrderState.NEW]
    assert [order.leaves for order in held] == [4]
    events = desk.quote("95.00", "95.01")
    assert [event.order for event in events if isinstance(event, e.CancelSubmitted)] != [stop]
    assert desk.state(stop) is OrderState.ACCEPTED
    position = desk.position()
    assert position is not None and cover_of(desk.book.state, position).uncovered == ZERO
