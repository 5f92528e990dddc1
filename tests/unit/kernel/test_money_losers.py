"""Sequences in which a trader would have lost money: each was found by trying to break the kernel, and stays here."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.builders import ALPHA, ENGINE_HELD, Desk, account, alarms, execution, live_exits, names, nano

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.instants import NEVER
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import OrderType, Role, Terms
from kedge.domain.signals import WantedOrder

D = Decimal
S = OrderState


def guarded(desk: Desk) -> Decimal:
    """How much the engine holds a stop for."""
    state = desk.book.state
    own = [id_ for ids in state.open.get(ALPHA, {}).values() for id_ in ids]
    stops = (order for order in map(desk.order, own) if order.request.role is Role.STOP)
    return sum((order.leaves for order in stops if order.state is S.NEW), ZERO)


@pytest.fixture
def held(open_desk: Callable[..., Desk]) -> Desk:
    """An account whose stops and targets the engine holds."""
    return open_desk(account(capabilities=ENGINE_HELD))


# --- a position is left without its stop ---


def test_s29_a_stop_that_is_rejected_before_the_entry_fills_is_missed_when_it_does(desk: Desk) -> None:
    """The entry fills, the stop was never there: the engine holds one at once."""
    entry, stop, _ = desk.enter(accept=False)
    desk.accept(entry)
    desk.reject(stop)
    assert names(desk.fill(entry, 4)) == ["OrderFilled", "PositionOpened", "OrderHeld", "ExposureNoted"]
    desk.fill(entry, 6)
    assert guarded(desk) == D(10)
    assert alarms(desk.wait(2)) == ["STOP_LOST"]


def test_an_exit_of_a_half_filled_entry_cancels_the_other_half(desk: Desk) -> None:
    """The way out was taken: what the entry might still buy is not wanted, and would have no stop."""
    entry, stop, target = desk.enter(filled=4)
    (exit_,) = desk.exit()
    assert names(desk.fill(exit_, 4, 101)) == ["OrderFilled", "PositionClosed", "CancelSubmitted"]
    assert desk.state(entry) is S.PENDING_CANCEL
    desk.wait(5)
    assert [desk.state(stop), desk.state(target)] == [S.ACCEPTED] * 2
    # Had it filled all the same, its stop would still be there.
    desk.fill(entry, 2)
    assert [order.request.role for order in live_exits(desk)] == [Role.STOP, Role.TARGET]
    desk.fill(stop, 2, 95)
    assert names(desk.cancelled(entry)) == ["OrderEnded", "CancelPlanned", "CancelPlanned"]


def test_the_exits_of_a_half_filled_entry_go_once_it_can_no_longer_fill(held: Desk) -> None:
    entry, *_ = held.enter(filled=4)
    (exit_,) = held.exit()
    assert names(held.fill(exit_, 4)) == ["OrderFilled", "PositionClosed", "CancelSubmitted"]
    assert len(live_exits(held)) == 2
    assert names(held.cancelled(entry)) == ["OrderEnded"] * 3
    assert live_exits(held) == []


def test_an_entry_that_fills_on_after_its_stop_was_hit_gets_another(held: Desk) -> None:
    entry, stop, _ = held.enter()
    held.fill(entry, 4)
    held.quote("94.00", "94.01")
    held.fill(stop, 4, 94)
    assert names(held.fill(entry, 6)) == ["OrderFilled", "PositionOpened", "OrderHeld", "ExposureNoted"]
    assert guarded(held) == D(6)


@pytest.mark.parametrize("end", ["rejected", "cancelled", "absent"])
def test_a_target_that_the_engine_let_go_and_that_dies_is_followed_by_a_stop(held: Desk, end: str) -> None:
    """The stop was withdrawn when the target's price was met; then the market order failed."""
    _, stop, target = held.enter(filled=10)
    held.quote("110.00", "110.01")
    assert held.state(stop) is S.CANCELLED
    if end == "rejected":
        held.reject(target)
    elif end == "cancelled":
        held.cancelled(target)
    else:
        held.silent(target)
        held.wait(6)
        for way in ("by_id", "listing", "by_id", "listing"):
            held.wait(3)
            held.missing(target, way)
    assert guarded(held) == D(10)
    assert "OrderReleased" in names(held.quote("95.00", "95.01"))


def test_s33_s39_s46_a_stop_that_the_engine_let_go_and_that_is_rejected_is_held_again_with_pauses(
    held: Desk,
) -> None:
    """Not 175 times in 14 minutes, but not given up either."""
    _, stop, _ = held.enter(filled=10)
    held.quote("95.00", "95.01")
    held.reject(stop)
    for pause in (1, 2, 4, 8, 16, 30, 30):
        again = held.quote("94.00", "94.01")[0]
        assert isinstance(again, e.OrderReleased)
        held.reject(again.request.id)
        assert guarded(held) == ZERO
        held.wait(pause - 0.1)
        assert guarded(held) == ZERO
        held.wait(0.1)
        assert guarded(held) == D(10)


def test_a_person_who_cancels_a_held_stop_is_told_what_that_means(held: Desk) -> None:
    _, stop, _ = held.enter(filled=10)
    assert names(held.ask_cancel(stop)) == ["OrderEnded", "ProtectionWaived", "NAKED_POSITION"]
    assert names(held.wait(60)) == []  # and it stays as the person wanted it
    assert held.quote("90.00", "90.01") == []


def test_what_a_stop_that_closes_a_part_only_leaves_is_guarded(desk: Desk) -> None:
    """The venue has cut the stop down to five: the other five are held by the engine, before and after it fills."""
    _, stop, target = desk.enter(filled=10)
    desk.replaced(stop, quantity=5)
    assert guarded(desk) == D(5)
    desk.ask_cancel(target)
    desk.cancelled(target)
    desk.fill(stop, 5, 95)
    assert guarded(desk) == desk.held() == D(5)


def test_a_person_may_not_make_a_stop_smaller_than_what_it_protects(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    (refused,) = desk.ask_replace(stop, quantity=5)
    assert isinstance(refused, e.RequestRefused)
    assert refused.reason == "the stop has to cover what is open: 10, not 5"
    assert names(desk.ask_replace(stop, quantity=12)) == ["ReplaceSubmitted"]


def test_what_a_stop_has_filled_does_not_count_as_what_it_covers(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    desk.fill(stop, 4, 95)
    (refused,) = desk.ask_replace(stop, quantity=9)
    assert isinstance(refused, e.RequestRefused)
    assert refused.reason == "the stop has to cover what is open: 10, not 9"


def test_what_a_partial_exit_leaves_that_dies_after_the_stop_closed_the_rest_is_guarded(held: Desk) -> None:
    _, stop, _ = held.enter(filled=10)
    (exit_,) = held.exit(quantity=4)
    held.accept(exit_)
    held.quote("95.00", "95.01")
    held.fill(stop, 6, 95)
    held.cancelled(exit_)
    assert guarded(held) == held.held() == D(4)


def test_a_stop_is_found_missing_though_the_question_was_overtaken_by_another_answer(desk: Desk) -> None:
    """The stop's end makes the engine ask about the target; a late answer to a replace must not end the search."""
    _, stop, target = desk.enter(filled=10)
    desk.ask_replace(target, limit_price=111)
    desk.cancelled(stop)
    assert guarded(desk) == D(10)
    desk.replaced(target, limit_price=111)
    assert alarms(desk.wait(2)) == ["STOP_LOST"]


def test_a_stop_is_found_missing_though_the_question_was_answered_by_a_fill(desk: Desk) -> None:
    """Everything was in doubt; the stop ended, and the target, which was asked, answered by trading a part."""
    entry, stop, target = desk.enter(accept=False)
    desk.wait(11)
    desk.fill(entry, 10)
    desk.give(i.VenueExpired(stop, at=desk.now))
    assert names(desk.fill(target, 3, 110)) == ["OrderFilled", "PositionReduced"]
    assert guarded(desk) >= desk.held() == D(7)
    assert alarms(desk.wait(2)) == ["STOP_LOST"]


def test_a_position_without_a_stop_is_no_alarm_where_the_account_wants_it(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk(account(allow_unprotected=True))
    entry, *_ = desk.enter(unprotected=True, stop=None, target=None)
    assert alarms(desk.fill(entry, 10)) == []


# --- an order is doubled ---


def test_a_submit_without_an_answer_is_doubted_although_its_sibling_has_ended(desk: Desk) -> None:
    """It was asked about like an order that lives, "not found" proved nothing then, and it was asked about for ever."""
    _, stop, target = desk.enter(accept=False)
    desk.fill(desk.order(stop).request.parent or stop, 10)
    desk.reject(target)
    assert desk.order(stop).asked == 0
    desk.wait(11)
    assert desk.state(stop) is S.IN_DOUBT


def test_s34_an_exit_by_signal_and_the_engine_s_own_do_not_both_leave(held: Desk) -> None:
    """Two market orders of ten against ten that are open turned the position over."""
    _, stop, _ = held.enter(filled=10)
    held.quote("94.00", "94.01")
    assert held.exit() == []
    held.fill(stop, 10, 94)
    assert held.held() == ZERO


def test_one_nonce_twice_does_not_make_two_orders_of_one_id(desk: Desk) -> None:
    first = desk.enter(filled=10)
    desk.start("r1")
    (exit_,) = desk.exit()
    assert exit_ not in first


# --- an order is lost, or never resolved ---


def test_an_order_believed_absent_and_shown_live_is_taken_up_again(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    desk.reject(entry)
    assert names(desk.showed(entry)) == ["OrderRevived", "ORDER_REVIVED", "OrderAccepted", "OrderQueried"]


def test_an_acceptance_that_a_rejection_overtook_does_not_leave_a_stop_that_is_none(desk: Desk) -> None:
    """Accepted and rejected arrive in the wrong order: the stop would have looked alive for ever."""
    _, stop, _ = desk.enter(accept=False)
    desk.reject(stop)
    desk.accept(stop)
    assert desk.order(stop).deadline != NEVER
    assert names(desk.showed(stop, S.REJECTED)) == ["OrderEnded"]


@pytest.mark.parametrize("state", [S.CANCELLED, S.EXPIRED, S.REJECTED, S.FILLED, S.ACCEPTED])
def test_a_dead_order_is_shown_with_fills_in_whatever_state(desk: Desk, state: OrderState) -> None:
    """A KeyError once: the order had come back to life without being listed as open."""
    entry, *_ = desk.enter(accept=False)
    desk.reject(entry)
    desk.showed(entry, state, execution("late", 4, 100))
    assert desk.held() == D(4)


def test_filled_at_the_venue_and_no_word_of_how_is_asked_about_until_it_is_known(desk: Desk) -> None:
    entry, *_ = desk.enter()
    assert names(desk.showed(entry, S.FILLED)) == ["FILLS_MISSING", "OrderQueried"]
    assert names(desk.showed(entry, S.FILLED)) == [
        "FILLS_MISSING"
    ]  # and not at once again: no storm of questions
    assert names(desk.wait(2)) == ["OrderQueried"]
    desk.showed(entry, S.FILLED, execution("x", 10, 100))
    assert desk.state(entry) is S.FILLED


def test_terms_shown_by_the_venue_that_are_neither_the_old_nor_the_new_ones_are_taken_over(
    desk: Desk,
) -> None:
    entry, *_ = desk.enter(limit=100)
    desk.ask_replace(entry, limit_price=99)
    desk.wait(11)
    shown = Terms(nano(10), nano(98))
    assert names(desk.showed(entry, terms=shown)) == ["ReplaceRefused", "OrderReplaced"]
    assert desk.order(entry).limit_price == D(98)


def test_what_the_record_holds_is_not_changed_by_what_comes_later(desk: Desk) -> None:
    """A recalled order was shared by the state and the recorded event: the journal would have counted a fill twice."""
    entry, *_ = desk.enter()
    desk.ask_cancel(entry)
    desk.cancelled(entry)
    other = Desk()
    recalled = i.OrderRecalled(desk.order(entry), at=other.now)
    (restored,) = other.give(recalled)
    assert isinstance(restored, e.OrderRestored)
    other.fill(entry, 4)
    assert restored.order.filled == recalled.order.filled == ZERO
    other.check()


# --- what is still open: see the report; each of these is a wish, not yet a promise ---


def test_a_snapshot_holds_every_quantity_that_an_account_may_trade() -> None:
    desk = Desk(account(quantity=2 * 10**10, max_position_size=D(10**12)))
    desk.enter()
    desk.book.snapshot()


def test_s32_a_stop_whose_withdrawal_is_refused_is_withdrawn_again_or_announced() -> None:
    desk = Desk()
    _, stop, target = desk.enter(filled=10)
    desk.fill(target, 10, 110)
    desk.wait(2)
    desk.refused(stop, i.Request.CANCEL)
    desk.showed(stop)
    events = desk.wait(3600)
    assert events or alarms(desk.events)


def test_a_stop_is_not_withdrawn_under_a_position_that_a_late_fill_has_opened() -> None:
    desk = Desk()
    entry, stop, _ = desk.enter()
    desk.ask_cancel(entry)
    desk.cancelled(entry)
    desk.fill(entry, 10, 100)
    desk.wait(2)
    assert desk.state(stop) is S.ACCEPTED


def test_s07_an_order_that_the_venue_has_forgotten_can_be_ended_by_somebody() -> None:
    """It was there, so that it is not found proves nothing: a person decides."""
    desk = Desk()
    entry, *legs = desk.enter()
    desk.start()
    told = []
    for _ in range(20):
        for way in ("by_id", "listing"):
            told += alarms(desk.missing(entry, way))
        desk.wait(40)
    assert told == ["ORDER_VANISHED"]
    assert desk.state(entry) is S.PENDING_CANCEL, "it has timed out; nobody answers to that either"
    events = desk.ask_cancel(entry)
    assert names(events) == ["OrderEnded", "CancelPlanned", "CancelPlanned"]
    assert desk.order(entry).reason == "ann ended it: the venue does not know it any more"
    desk.wait(2)
    assert [desk.state(leg) for leg in legs] == [S.PENDING_CANCEL] * 2


def test_an_order_that_is_found_again_is_not_ended_but_cancelled() -> None:
    desk = Desk()
    entry, *_ = desk.enter()
    desk.start()
    for way in ("by_id", "listing"):
        desk.missing(entry, way)
        desk.wait(40)
        desk.missing(entry, way)
    desk.showed(entry)
    assert names(desk.ask_cancel(entry)) == ["CancelSubmitted"]


def test_s35_a_stop_that_the_engine_holds_goes_off_although_a_limit_exit_rests(held: Desk) -> None:
    """A limit exit rests, and the price falls through. Both at once could turn the position over, so the exit
    is withdrawn first; what it has filled meanwhile is not closed twice.
    """
    _, stop, _ = held.enter(filled=10)
    (exit_,) = held.exit(order=WantedOrder(OrderType.LIMIT, limit_price=nano(108)))
    held.accept(exit_)
    assert names(held.quote("80.00", "80.01")) == ["OrderEnded", "CancelSubmitted", "OrderTriggered"]
    assert names(held.quote("79.00", "79.01")) == []
    held.fill(exit_, 3, 108)
    released = held.cancelled(exit_)
    assert names(released) == ["OrderEnded", "OrderReleased"]
    assert (held.state(stop), held.order(stop).quantity) == (S.PENDING_NEW, D(7))


def test_s55_a_position_off_the_lot_can_be_left() -> None:
    desk = Desk()
    entry, *_ = desk.enter()
    desk.fill(entry, "7.5")
    assert desk.exit()


def test_a_replace_cannot_make_an_entry_larger_than_the_account_may() -> None:
    desk = Desk()
    entry, *_ = desk.enter(limit=100)
    assert names(desk.ask_replace(entry, quantity=10**6)) == ["RequestRefused"]


def test_useless_evidence_is_not_hoarded() -> None:
    desk = Desk()
    entry, *_ = desk.enter(accept=False)
    desk.silent(entry)
    for _ in range(500):
        desk.missing(entry, control=False)
    assert len(desk.order(entry).absences) < 100


def test_a_person_may_not_make_an_exit_larger_than_what_it_closes(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=ENGINE_HELD))
    desk.enter(filled=10)
    (exit_,) = desk.exit(quantity=4, order=WantedOrder(OrderType.LIMIT, limit_price=nano(120)))
    desk.accept(exit_)
    desk.fill(exit_, 1, 120)
    (refused,) = desk.ask_replace(exit_, quantity=11)
    assert isinstance(refused, e.RequestRefused)
    assert refused.reason == "the exit would close more than is open: 10 is the most, not 11"
    assert names(desk.ask_replace(exit_, quantity=10)) == ["ReplaceSubmitted"]


def test_where_the_venue_keeps_exits_from_turning_a_position_over_one_may_be_larger(desk: Desk) -> None:
    desk.enter(filled=10)
    (exit_,) = desk.exit(quantity=4, order=WantedOrder(OrderType.LIMIT, limit_price=nano(120)))
    desk.accept(exit_)
    assert names(desk.ask_replace(exit_, quantity=12)) == ["ReplaceSubmitted"]
