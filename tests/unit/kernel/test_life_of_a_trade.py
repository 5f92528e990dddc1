"""Entries and their exits at a venue that holds brackets, told as stories. Each ends with the laws of `Desk.check`."""

from decimal import Decimal

import pytest
from tests.builders import Desk, alarms, execution, live_exits, names, nano, signal

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.instants import MINUTE
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import OrderType, Role, Side, TimeInForce
from kedge.domain.signals import Direction

D = Decimal
S = OrderState


def test_an_entry_leaves_with_its_stop_and_its_target_in_one_request(desk: Desk) -> None:
    events, orders = desk.send(signal(stop=95, target=110))
    assert names(events) == ["SignalJudged", "OrderSubmitted"]
    judged, submitted = events
    assert isinstance(judged, e.SignalJudged)
    assert isinstance(submitted, e.OrderSubmitted)
    entry, (stop, target) = submitted.request, submitted.legs
    assert [judged.order, entry.id, stop.id, target.id] == [orders[0], *orders]
    assert (entry.side, entry.type, entry.quantity) == (Side.BUY, OrderType.MARKET, nano(10))
    assert (entry.role, entry.reduce_only, entry.signal) == (Role.ENTRY, False, "s-1")
    assert (stop.side, stop.type, stop.stop_price, stop.limit_price) == (
        Side.SELL,
        OrderType.STOP,
        nano(95),
        None,
    )
    assert (target.side, target.type, target.limit_price) == (Side.SELL, OrderType.LIMIT, nano(110))
    for leg in (stop, target):
        assert (leg.parent, leg.quantity, leg.reduce_only, leg.tif) == (
            entry.id,
            nano(10),
            True,
            TimeInForce.GTC,
        )
    assert [desk.state(order) for order in orders] == [S.PENDING_NEW] * 3


def test_a_short_entry_has_its_exits_on_the_other_side(desk: Desk) -> None:
    orders = desk.enter(direction=Direction.SHORT, stop=105, target=90)
    assert [desk.order(order).request.side for order in orders] == [Side.SELL, Side.BUY, Side.BUY]


def test_the_target_is_hit_and_the_venue_takes_the_stop_away(desk: Desk) -> None:
    entry, stop, target = desk.enter()
    assert names(desk.fill(entry, 10, "100.01", fee="0.50")) == ["OrderFilled", "PositionOpened"]
    assert names(desk.fill(target, 10, 110, fee="0.50")) == ["OrderFilled", "PositionClosed", "CancelPlanned"]
    assert names(desk.cancelled(stop)) == ["OrderEnded"]
    assert [desk.state(order) for order in (entry, stop, target)] == [S.FILLED, S.CANCELLED, S.FILLED]
    assert desk.cash() == D("100000") + D("99.90") - D(1)
    assert names(desk.wait(60)) == []


def test_the_stop_is_hit_and_the_engine_takes_the_target_away_after_the_grace(desk: Desk) -> None:
    entry, stop, target = desk.enter(filled=10)
    desk.fill(stop, 10, 95)
    assert names(desk.wait(0.5)) == []
    assert names(desk.wait(1)) == ["CancelSubmitted"]
    assert desk.state(target) is S.PENDING_CANCEL
    assert names(desk.cancelled(target)) == ["OrderEnded"]
    closed = next(event for event in desk.events if isinstance(event, e.PositionClosed))
    assert (closed.exit_reason, closed.pnl, closed.stop) == ("stop", nano(-50), nano(95))
    assert desk.state(entry) is S.FILLED


def test_s19_a_fill_that_comes_before_the_acknowledgement_counts_and_proves_acceptance(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    assert names(desk.fill(entry, 4)) == ["OrderFilled", "PositionOpened", "ExposureNoted"]
    assert desk.state(entry) is S.PARTIALLY_FILLED
    assert desk.held() == D(4)


def test_an_acknowledgement_that_comes_after_the_fill_leads_nowhere_back(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    desk.fill(entry, 4)
    assert names(desk.accept(entry)) == ["OrderNamed"]
    assert desk.state(entry) is S.PARTIALLY_FILLED
    desk.fill(entry, 6)
    assert names(desk.accept(entry)) == []
    assert desk.state(entry) is S.FILLED


def test_s23_a_fill_counts_once_however_often_it_is_told(desk: Desk) -> None:
    entry, *_ = desk.enter()
    desk.fill(entry, 4, id_="x")
    assert names(desk.fill(entry, 4, id_="x")) == []
    desk.wait(3600 * 24 * 365)
    assert names(desk.fill(entry, 4, id_="x")) == []
    assert "OrderFilled" not in names(desk.showed(entry, S.PARTIALLY_FILLED, execution("x", 4, 100)))
    assert desk.held() == D(4)


def test_a_fill_counts_once_though_its_order_is_done(desk: Desk) -> None:
    entry, stop, _ = desk.enter()
    desk.fill(entry, 10, id_="x")
    assert names(desk.fill(entry, 10, id_="x")) == []
    assert names(desk.showed(entry, S.FILLED, execution("x", 10, 100))) == []
    desk.fill(stop, 10, id_="y")
    assert names(desk.fill(stop, 10, id_="y")) == []


def test_partial_fills_count_in_whatever_order_they_come(desk: Desk) -> None:
    entry, *_ = desk.enter()
    for quantity in (1, 7, 2):  # the venue's own order was 7, 2, 1
        desk.fill(entry, quantity)
    assert (desk.state(entry), desk.held()) == (S.FILLED, D(10))


@pytest.mark.parametrize(("quantity", "state"), [(3, S.CANCELLED), (10, S.FILLED)])
def test_a_fill_after_the_confirmed_cancel_counts_and_raises_an_alarm(
    desk: Desk, quantity: int, state: OrderState
) -> None:
    entry, *_ = desk.enter()
    desk.ask_cancel(entry)
    desk.cancelled(entry)
    events = desk.fill(entry, quantity)
    assert names(events)[:2] == ["OrderFilled", "UNEXPECTED_FILL"]
    assert isinstance(events[0], e.OrderFilled)
    assert events[0].late
    assert (desk.state(entry), desk.held()) == (state, D(quantity))


def test_more_than_was_asked_for_is_filled_and_counted_and_announced(desk: Desk) -> None:
    entry, *_ = desk.enter()
    events = desk.fill(entry, 12)
    assert names(events) == ["OrderFilled", "OVERFILL", "PositionOpened", "OrderHeld", "ExposureNoted"]
    assert isinstance(events[3], e.OrderHeld)
    assert events[3].request.quantity == nano(2), "the stop at the venue is for ten"
    assert (desk.state(entry), desk.held()) == (S.FILLED, D(12))
    assert alarms(desk.fill(entry, 1)) == ["UNEXPECTED_FILL", "OVERFILL"]
    assert desk.held() == D(13)


@pytest.mark.parametrize("quantity", [0, -5])
def test_a_fill_of_nothing_is_not_counted(desk: Desk, quantity: int) -> None:
    entry, *_ = desk.enter()
    assert names(desk.fill(entry, quantity)) == ["EMPTY_FILL"]
    assert desk.held() == ZERO


def test_an_entry_that_the_venue_rejects_takes_its_exits_along(desk: Desk) -> None:
    entry, stop, target = desk.enter(accept=False)
    assert names(desk.reject(entry, "no margin")) == ["OrderEnded"] * 3
    assert [desk.state(order) for order in (entry, stop, target)] == [S.REJECTED] * 3
    assert desk.order(stop).reason == "entry ended: no margin"
    assert names(desk.wait(60)) == []


def test_an_order_may_be_rejected_after_it_was_accepted(desk: Desk) -> None:
    entry, stop, target = desk.enter()
    assert names(desk.reject(entry)) == ["OrderEnded", "CancelPlanned", "CancelPlanned"]
    assert names(desk.wait(2)) == ["CancelSubmitted", "CancelSubmitted"]
    desk.cancelled(stop)
    desk.cancelled(target)
    assert live_exits(desk) == []


def test_a_rejection_after_a_partial_fill_ends_the_rest_with_an_alarm(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=4)
    assert names(desk.reject(entry)) == ["CONTRADICTION", "OrderEnded"]
    assert (desk.state(entry), desk.held()) == (S.CANCELLED, D(4))


def test_the_time_out_cancels_the_entry_and_never_a_stop_or_a_target(desk: Desk) -> None:
    entry, stop, target = desk.enter(limit=100)
    desk.fill(entry, 4)
    events = desk.wait(MINUTE / 10**9)
    assert names(events) == ["CancelSubmitted"]
    assert isinstance(events[0], e.CancelSubmitted)
    assert (events[0].order, events[0].why) == (entry, "order timeout")
    desk.cancelled(entry)
    assert names(desk.wait(3600 * 24)) == []
    assert [desk.state(stop), desk.state(target)] == [S.ACCEPTED] * 2


def test_the_time_out_of_an_unanswered_entry_waits_for_the_answer(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    desk.wait(61)
    assert desk.state(entry) is S.IN_DOUBT
    assert names(desk.accept(entry)) == ["OrderAccepted", "CancelSubmitted"]


def test_the_venue_ends_an_entry_by_itself(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=4)
    assert names(desk.give(i.VenueExpired(entry, "end of day", at=desk.now))) == ["OrderEnded"]
    assert (desk.state(entry), desk.order(entry).reason) == (S.EXPIRED, "end of day")


def test_an_end_that_speaks_of_more_than_we_heard_waits_for_the_fills(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=4)
    report = i.VenueCancelled(entry, "", at=desk.now, filled=nano(7))
    assert names(desk.give(report)) == ["OrderQueried"]
    assert desk.state(entry) is S.PARTIALLY_FILLED
    shown = (execution("fill-1", 4, 100), execution("lost", 3, 100))
    assert names(desk.showed(entry, S.CANCELLED, *shown)) == ["OrderFilled", "PositionGrown", "OrderEnded"]
    assert (desk.state(entry), desk.held()) == (S.CANCELLED, D(7))


def test_an_exit_closes_all_and_the_bracket_goes_after_it(desk: Desk) -> None:
    _, stop, target = desk.enter(filled=10)
    (exit_,) = desk.exit()
    request = desk.order(exit_).request
    assert (request.side, request.quantity, request.role, request.reduce_only) == (
        Side.SELL,
        nano(10),
        Role.EXIT,
        True,
    )
    desk.accept(exit_)
    assert names(desk.fill(exit_, 10, 101)) == [
        "OrderFilled",
        "PositionClosed",
        "CancelPlanned",
        "CancelPlanned",
    ]
    assert names(desk.wait(1)) == ["CancelSubmitted"] * 2
    assert [desk.state(stop), desk.state(target)] == [S.PENDING_CANCEL] * 2


def test_a_part_can_be_closed_and_the_rest_keeps_its_stop(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    (exit_,) = desk.exit(quantity=3)
    desk.fill(exit_, 3, 101)
    assert (desk.held(), desk.state(stop)) == (D(7), S.ACCEPTED)


def test_an_exit_is_never_larger_than_what_is_open(desk: Desk) -> None:
    desk.enter(filled=4)
    (exit_,) = desk.exit(quantity=100)
    assert desk.order(exit_).quantity == D(4)


def test_s44_what_trades_the_wrong_way_round_is_announced(desk: Desk) -> None:
    """The stop fills before the entry did: a short nobody wanted."""
    entry, stop, _ = desk.enter()
    assert alarms(desk.fill(stop, 10, 95)) == ["POSITION_TURNED"]
    assert desk.held() == D(-10)
    desk.fill(entry, 10, 100)
    assert desk.held() == ZERO


def test_an_order_that_nobody_knows_is_announced_and_changes_nothing(desk: Desk) -> None:
    for report in (
        i.VenueAccepted("ghost", "v", at=desk.now),  # type: ignore[arg-type]
        i.VenueFilled("ghost", execution("x", 1, 1), at=desk.now),  # type: ignore[arg-type]
        i.VenueSilent("ghost", i.Request.CANCEL, at=desk.now),  # type: ignore[arg-type]
        i.VenueMissing("ghost", "by_id", control=True, at=desk.now),  # type: ignore[arg-type]
    ):
        assert names(desk.give(report)) == ["UNKNOWN_ORDER"]
    assert desk.held() == ZERO


def test_s65_a_stranger_s_order_is_announced_never_adopted(desk: Desk) -> None:
    seen = i.StrangerSeen("alpha", "SPY", Side.BUY, nano(5), "v-9", at=desk.now)  # type: ignore[arg-type]
    assert names(desk.give(seen)) == ["FOREIGN_ORDER"]
    assert desk.held() == ZERO


def test_time_that_runs_backward_stands_still(desk: Desk) -> None:
    entry, *_ = desk.enter()
    desk.wait(5)
    desk.fill(entry, 1)  # the last thing recorded
    before = desk.book.state.last_at
    report = i.VenueFilled(entry, execution("back", 1, 100), at=before - 3600 * 10**9)  # type: ignore[arg-type]
    desk.give(report)
    assert desk.book.state.last_at == before
    assert desk.order(entry).updated == before
    assert desk.held() == D(2)
