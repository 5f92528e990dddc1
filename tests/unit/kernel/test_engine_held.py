"""Stops and targets that the engine itself holds, because the venue takes no brackets."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.builders import ENGINE_HELD, SPY, Desk, account, live_exits, names, nano, signal

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Holder, OrderType, Role, TimeInForce
from kedge.domain.signals import Direction
from kedge.kernel.book import Book

D = Decimal
S = OrderState


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk(account(capabilities=ENGINE_HELD))


def test_only_the_entry_leaves_and_its_exits_wait_here(desk: Desk) -> None:
    events, (_, stop, target) = desk.send(signal(stop=95, target=110))
    assert names(events) == ["SignalJudged", "OrderSubmitted", "OrderHeld", "OrderHeld"]
    assert isinstance(events[1], e.OrderSubmitted)
    assert events[1].legs == ()
    assert [desk.state(stop), desk.state(target)] == [S.NEW] * 2
    assert desk.order(stop).request.holder is Holder.ENGINE


@pytest.mark.parametrize(
    ("direction", "bid", "ask", "role"),
    [
        (Direction.LONG, "95.00", "95.01", Role.STOP),
        (Direction.LONG, "90.00", "90.01", Role.STOP),  # a gap
        (Direction.LONG, "110.00", "110.01", Role.TARGET),
        (Direction.LONG, "120.00", "120.01", Role.TARGET),
        (Direction.SHORT, "104.99", "105.00", Role.STOP),
        (Direction.SHORT, "119.99", "120.00", Role.STOP),
        (Direction.SHORT, "89.99", "90.00", Role.TARGET),
        (Direction.SHORT, "79.99", "80.00", Role.TARGET),
    ],
)
def test_a_quote_that_crosses_sends_one_exit_and_withdraws_the_sibling(
    desk: Desk, direction: Direction, bid: str, ask: str, role: Role
) -> None:
    far: dict[str, Any] = (
        {"stop": 95, "target": 110} if direction is Direction.LONG else {"stop": 105, "target": 90}
    )
    desk.enter(direction=direction, filled=10, **far)
    events = desk.quote(bid, ask)
    assert names(events) == ["OrderEnded", "OrderReleased"]
    released = events[1]
    assert isinstance(released, e.OrderReleased)
    request = released.request
    assert (request.role, request.type, request.tif) == (role, OrderType.MARKET, TimeInForce.DAY)
    assert (request.quantity, request.reduce_only) == (nano(10), True)
    assert (request.stop_price, request.limit_price) == (None, None)
    assert names(desk.quote(bid, ask)) == []
    assert names(desk.fill(request.id, 10, bid)) == ["OrderFilled", "PositionClosed"]
    assert live_exits(desk) == []


@pytest.mark.parametrize(("bid", "ask"), [("95.01", "95.02"), ("109.99", "110.00"), ("94.00", "94.00")])
def test_a_quote_that_does_not_cross_or_comes_before_the_fill_does_nothing(
    desk: Desk, bid: str, ask: str
) -> None:
    desk.enter(filled=None if bid == "94.00" else 10)
    assert names(desk.quote(bid, ask)) == []


def test_armed_only_once_filled_and_then_by_the_next_quote(desk: Desk) -> None:
    entry, stop, _ = desk.enter()
    assert names(desk.quote("94.00", "94.01")) == []
    desk.fill(entry, 10)
    assert "OrderReleased" in names(desk.quote("94.00", "94.01"))
    assert desk.state(stop) is S.PENDING_NEW


def test_a_half_filled_entry_is_cancelled_and_only_what_is_open_is_closed(desk: Desk) -> None:
    entry, stop, _ = desk.enter()
    desk.fill(entry, 4)
    assert names(desk.quote("94.00", "94.01")) == ["CancelSubmitted", "OrderEnded", "OrderReleased"]
    assert desk.order(stop).quantity == D(4)
    assert desk.state(entry) is S.PENDING_CANCEL


def test_no_second_exit_while_one_for_all_of_it_is_on_its_way(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    desk.exit()
    assert names(desk.quote("94.00", "94.01")) == []
    assert desk.state(stop) is S.NEW


def test_what_a_partial_exit_leaves_is_all_that_the_stop_closes(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    desk.exit(quantity=4)
    assert "OrderReleased" in names(desk.quote("94.00", "94.01"))
    assert desk.order(stop).quantity == D(6)


def test_no_exit_by_signal_while_the_stop_s_own_is_on_its_way(desk: Desk) -> None:
    """Two market orders of ten against ten that are open would turn the position over."""
    _, stop, _ = desk.enter(filled=10)
    desk.quote("94.00", "94.01")
    assert desk.exit() == []
    judged = desk.events[-1]
    assert isinstance(judged, e.SignalJudged)
    assert judged.code == "ALREADY_EXITING"
    assert judged.checks[-1].figures == {"order": stop, "state": "PENDING_NEW"}


def test_once_an_exit_has_closed_the_position_the_held_ones_go_at_once(desk: Desk) -> None:
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    assert names(desk.fill(exit_, 10)) == ["OrderFilled", "PositionClosed", "OrderEnded", "OrderEnded"]
    assert names(desk.quote("94.00", "94.01")) == []


def test_an_entry_that_is_cancelled_unfilled_takes_its_held_exits_along(desk: Desk) -> None:
    entry, *_ = desk.enter()
    desk.ask_cancel(entry)
    assert names(desk.cancelled(entry)) == ["OrderEnded"] * 3


def test_s61_held_exits_are_armed_again_after_a_restart(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    desk.book = desk.folded()
    desk.start()
    assert "OrderReleased" in names(desk.quote("95.00", "95.01"))
    assert desk.state(stop) is S.PENDING_NEW


def test_held_exits_are_armed_again_from_a_snapshot(desk: Desk) -> None:
    desk.enter(filled=10)
    restored = Book.restored(desk.book.snapshot())
    (step,) = restored.on_quote(SPY.symbol, SPY.ticks(D("95.00")), SPY.ticks(D("95.01")), desk.now)
    assert "OrderReleased" in names(step.events)


def test_a_quantity_that_a_person_has_set_is_what_the_stop_closes(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=5)
    assert names(desk.ask_replace(stop, quantity=5)) == ["OrderReplaced"]
    desk.quote("94.00", "94.01")
    assert desk.order(stop).quantity == D(5)


def test_an_instrument_whose_tick_changes_keeps_its_stops(desk: Desk) -> None:
    """The stop at 95.03 lies between two ticks of 0.05: it goes off at 95.05, early rather than late."""
    _, stop, _ = desk.enter(filled=10, stop="95.03")
    coarse = Instrument(SPY.symbol, D("0.05"))
    desk.give(i.InstrumentDeclared(coarse, at=desk.now))
    assert names(desk.quote("95.10", "95.15", coarse)) == []
    Book.restored(desk.book.snapshot())
    assert "OrderReleased" in names(desk.quote("95.05", "95.10", coarse))
    assert desk.state(stop) is S.PENDING_NEW


def test_a_price_off_the_tick_that_a_venue_invents_for_a_held_stop_breaks_nothing(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    assert names(desk.replaced(stop, stop_price="95.005")) == ["UNASKED_REPLACE", "OrderReplaced"]
    assert "OrderReleased" in names(desk.quote("95.01", "95.02"))


def test_an_order_that_never_left_and_is_at_the_venue_all_the_same_is_announced(desk: Desk) -> None:
    _, stop, target = desk.enter(filled=10)
    assert names(desk.showed(stop)) == ["ORDER_REVIVED", "OrderAccepted"]
    assert names(desk.accept(target)) == ["ORDER_REVIVED", "OrderAccepted"]
    assert names(desk.quote("94.00", "94.01")) == []  # the venue has it: the engine does not send it again


def test_ten_thousand_quotes_that_cross_nothing_record_nothing(desk: Desk) -> None:
    desk.enter(filled=10)
    before = len(desk.recorded)
    for _ in range(10_000):
        assert desk.book.on_quote(SPY.symbol, SPY.ticks(D(100)), SPY.ticks(D("100.01")), desk.now) == []
    assert len(desk.recorded) == before


def test_of_two_that_one_quote_crosses_the_nearer_is_told_first(desk: Desk) -> None:
    """Held by two entries after one another: both stops go, each for what is left."""
    first = desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.fill(exit_, 10)
    second = desk.enter("s-2", stop=96, target=105)
    desk.fill(second[0], 10)
    released = [event for event in desk.quote("90.00", "90.01") if isinstance(event, e.OrderReleased)]
    assert [event.request.id for event in released] == [second[1]]
    assert desk.state(first[1]) is S.CANCELLED


def test_a_stop_that_is_made_larger_for_what_was_added_is_so_once(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=ENGINE_HELD, max_adds=1))
    _, stop, _ = desk.enter(filled=10)
    desk.quote("105.00", "105.01")
    bid, ask = desk.book.quote(SPY.symbol)
    wanted = signal("s-2", at=desk.now, quantity=5, stop=103)
    before = set(desk.book.state.orders)
    desk.give(i.SignalArrived(wanted, bid, ask, at=desk.now))
    entry, own = (id_ for id_ in desk.book.state.orders if id_ not in before)
    desk.accept(entry)
    desk.fill(entry, 2, 105)
    desk.ask_cancel(own)
    assert desk.order(stop).quantity == D(12)
    desk.fill(entry, 3, 105)
    desk.quote("104.00", "104.01")
    desk.wait(5)
    assert desk.order(stop).quantity == D(15)
