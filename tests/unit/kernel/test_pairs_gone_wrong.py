"""A pair of exits of which a venue rejects one, loses one, ends one or takes a trade back."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.builders import ALPHA, SPY, Desk, account, alarms, names, nano, submitted
from tests.unit.kernel.paired import HALVES, PAIRED, asked, living, rested, uncovered

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.ids import OrderId
from kedge.domain.inputs import Request
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Execution, Holder, Role
from kedge.domain.refusals import RejectKind
from kedge.kernel.cover import cover_of
from kedge.kernel.room import room

D = Decimal
S = OrderState


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk(account(capabilities=PAIRED))


def test_a_pair_that_the_venue_rejects_is_followed_by_a_stop_alone(desk: Desk) -> None:
    stop, target = asked(desk)
    desk.reject(stop.id)
    assert target.state is S.REJECTED  # they are taken together or not at all
    (held,) = living(desk, Role.TARGET, here=True)
    assert (held.limit_price, held.leaves, held.request.holder) == (D(110), D(10), Holder.ENGINE)
    desk.wait(2)
    (alone,) = living(desk, Role.STOP)
    assert (alone.pair, living(desk, Role.TARGET)) == (None, [])
    desk.accept(alone.id)
    assert "TARGET_LOST" not in alarms(desk.events)
    assert uncovered(desk) == ZERO
    assert not desk.reject(target.id)
    desk.check()


def test_a_target_that_is_rejected_alone_comes_back_and_its_stop_stays(desk: Desk) -> None:
    stop, target = asked(desk)
    desk.accept(stop.id)
    desk.reject(target.id)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(10)]
    assert [order.id for order in living(desk, Role.STOP)] == [stop.id]
    assert "TARGET_LOST" not in alarms(desk.events)


def test_a_pair_that_could_not_leave_is_over_at_once(desk: Desk) -> None:
    stop, target = asked(desk)
    desk.give(i.VenueRejected(stop.id, "not sent: no line", RejectKind.NOT_SENT, at=desk.now))
    assert (stop.state, target.state) == (S.REJECTED, S.REJECTED)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(10)]


def test_without_its_stop_a_target_is_withdrawn_and_comes_back(desk: Desk) -> None:
    stop, target = rested(desk)
    desk.cancelled(stop.id, "by the venue")
    assert target.state is S.PENDING_CANCEL
    assert uncovered(desk) == ZERO  # by the engine
    assert living(desk, Role.TARGET, here=True) == []  # the one there may still fill
    desk.cancelled(target.id)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(10)]
    told = desk.wait(2)
    assert "STOP_LOST" in alarms(told)
    assert [order.leaves for order in living(desk, Role.TARGET)] == [D(10)]  # with another stop
    desk.check()


def test_a_venue_that_ends_what_it_has_just_taken_is_not_asked_for_ever(desk: Desk) -> None:
    for _ in range(30):
        for order in living(desk, Role.STOP) + living(desk, Role.TARGET):
            if order.state is S.PENDING_NEW:
                desk.accept(order.id)
            if not is_final(order.state):
                desk.cancelled(order.id, "nothing left to reduce")
        if desk.position() is None:
            desk.enter(filled=10)
        desk.wait(1)
    pairs = [
        event
        for event in desk.events
        if isinstance(event, e.OrderSubmitted) and event.request.role is Role.STOP
    ]
    assert 2 <= len(pairs) <= 4
    assert "NAKED_POSITION" in alarms(desk.events)
    assert uncovered(desk) == ZERO


def test_of_a_target_that_fills_in_part_the_stop_counts_for_the_rest_before_the_venue_says_so(
    desk: Desk,
) -> None:
    stop, target = rested(desk)
    desk.fill(target.id, 4, 110)
    position = desk.position()
    assert position is not None and stop.leaves == D(10)
    assert cover_of(desk.book.state, position).stopped == room_taken(desk) == D(6)
    desk.replaced(stop.id, quantity=6)
    assert cover_of(desk.book.state, position).stopped == room_taken(desk) == D(6)
    assert "UNASKED_REPLACE" not in alarms(desk.events)


def room_taken(desk: Desk) -> Decimal:
    return abs(desk.held()) - room(desk.book.state, ALPHA, SPY.symbol)


def test_what_the_venue_took_from_the_stop_does_not_come_back_with_a_trade_that_is_annulled() -> None:
    desk = Desk(account(capabilities=PAIRED))
    _, target = rested(desk)
    desk.fill(target.id, 4, 110)
    (execution,) = target.executions
    desk.give(i.VenueBusted(target.id, execution, "erroneous", at=desk.now))
    assert desk.held() == D(10)
    position = desk.position()
    assert position is not None
    assert cover_of(desk.book.state, position).stopped == D(6)
    assert [order.leaves for order in living(desk, Role.STOP, here=True)] == [D(4)]
    assert uncovered(desk) == ZERO
    desk.check_record()


def test_when_the_word_that_the_other_is_gone_is_lost_the_engine_takes_it_away(desk: Desk) -> None:
    desk.enter(filled=10, target=None, targets=HALVES)
    for _ in range(2):
        for order in living(desk, Role.STOP) + living(desk, Role.TARGET):
            if order.state is S.PENDING_NEW:
                desk.accept(order.id)
    (stop, _), (target, _) = living(desk, Role.STOP), living(desk, Role.TARGET)
    desk.fill(target.id, 5, 110)
    assert not [
        event for event in desk.events if isinstance(event, e.CancelSubmitted)
    ]  # the venue has a moment
    events = desk.wait(1)
    assert [event.order for event in events if isinstance(event, e.CancelSubmitted)] == [stop.id]


def test_two_of_a_pair_that_both_fill_turn_the_position_over_and_that_is_closed(desk: Desk) -> None:
    """Not by the venue's own word; but a race is a race."""
    stop, target = rested(desk)
    desk.fill(target.id, 10, 110)
    events = desk.fill(stop.id, 10, 95)
    assert desk.held() == D(-10)
    assert "POSITION_TURNED" in alarms(events)
    assert [request.role for request in submitted(events + desk.wait(2))] == [Role.EXIT]


def test_a_submit_without_an_answer_leaves_both_in_doubt_and_what_is_open_covered(desk: Desk) -> None:
    stop, target = asked(desk)
    desk.silent(stop.id, Request.SUBMIT)
    desk.wait(11)
    assert (stop.state, target.state) == (S.IN_DOUBT, S.IN_DOUBT)
    assert uncovered(desk) == ZERO
    assert len(living(desk, Role.STOP)) == 1  # none is asked for before it is known what became of this one
    for order in (stop, target):
        for _ in range(2):
            desk.wait(2)
            for endpoint in ("by_id", "listing"):
                desk.missing(order.id, endpoint)
    assert (stop.state, target.state) == (S.REJECTED, S.REJECTED)
    desk.wait(30)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(10)]
    assert uncovered(desk) == ZERO
    desk.check()


def test_what_is_left_of_both_is_less_by_what_both_have_filled(desk: Desk) -> None:
    stop, target = rested(desk)
    desk.fill(stop.id, 4, 95)
    desk.cancelled(target.id)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(6)]


def test_what_was_added_to_gets_none_either_when_one_is_lost(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=PAIRED, max_adds=2))
    stop, target = rested(desk)
    desk.quote("104.00", "104.01")
    desk.enter("s-2", filled=10, stop=99, target=115)
    desk.cancelled(stop.id, "by the venue")
    desk.cancelled(target.id)
    desk.wait(3)
    assert living(desk, Role.STOP) and living(desk, Role.TARGET) == []
    assert uncovered(desk) == ZERO


def test_an_entry_that_brought_less_takes_both_away() -> None:
    desk = Desk(account(capabilities=PAIRED))
    stop, target = rested(desk)
    entry = desk.order(OrderId(str(stop.request.parent)))
    (execution,) = entry.executions
    less = Execution(execution, nano(6), nano(100))
    desk.give(i.VenueCorrected(entry.id, execution, less, 1, at=desk.now))
    assert desk.held() == D(6)
    assert (stop.state, target.state) == (S.PENDING_CANCEL, S.PENDING_CANCEL)
    assert uncovered(desk) == ZERO


def test_a_stop_that_the_venue_has_cut_is_not_made_larger_for_an_annulled_trade() -> None:
    desk = Desk(account(capabilities=PAIRED))
    stop, target = rested(desk)
    desk.fill(target.id, 4, 110)
    desk.replaced(stop.id, quantity=6)
    (execution,) = target.executions
    events = desk.give(i.VenueBusted(target.id, execution, "erroneous", at=desk.now))
    assert "ReplaceSubmitted" not in names(events)
    assert stop.leaves == D(6)
    assert uncovered(desk) == ZERO


def test_pairs_that_the_venue_ends_in_turn_are_not_asked_for_ever(desk: Desk) -> None:
    """That it takes the one is no leave to ask at once for what the other has lost."""
    desk.enter(filled=10, target=None, targets=HALVES)
    for _ in range(40):
        for order in living(desk, Role.STOP) + living(desk, Role.TARGET):
            if order.state is S.PENDING_NEW:
                desk.accept(order.id)
        stop = living(desk, Role.STOP)[0] if living(desk, Role.STOP) else None
        if stop is not None and stop.state is S.ACCEPTED:
            desk.cancelled(stop.id, "nothing left to reduce")
            desk.cancelled(OrderId(str(stop.pair)), "nothing left to reduce")
    stops = [one for one in submitted(desk.events) if one.role is Role.STOP]
    assert len(stops) <= 4
    assert uncovered(desk) == ZERO
    assert "STOP_LOST" in alarms(desk.wait(2))


def test_a_stop_that_goes_with_its_filled_target_is_no_loss(desk: Desk) -> None:
    desk.enter(filled=10, target=None, targets=HALVES)
    (stop,), (near,) = living(desk, Role.STOP), living(desk, Role.TARGET)
    desk.accept(stop.id)
    desk.accept(near.id)
    desk.fill(near.id, 5, 110)  # the second pair is on its way still
    desk.cancelled(stop.id, "oco")
    known = desk.book.state.exposure(ALPHA, SPY.symbol)
    assert known is not None and known.armed == 0
    for order in living(desk, Role.STOP) + living(desk, Role.TARGET):
        desk.accept(order.id)
    assert desk.book.state.exposure(ALPHA, SPY.symbol) is None
    assert alarms(desk.events) == []


def test_one_that_the_venue_would_not_end_and_then_ends_by_itself_is_a_loss(desk: Desk) -> None:
    desk.enter(filled=10, target=None, targets=HALVES)
    (stop,), (near,) = living(desk, Role.STOP), living(desk, Role.TARGET)
    desk.accept(stop.id)
    desk.accept(near.id)  # the second pair is on its way, and the engine holds a stop until it rests
    exit_, *_ = desk.exit()
    assert stop.state is S.PENDING_CANCEL
    desk.refused(stop.id, Request.CANCEL)
    desk.ask_cancel(exit_)
    known = desk.book.state.exposure(ALPHA, SPY.symbol)
    assert known is not None and known.armed == 0
    desk.cancelled(stop.id, "by the venue")
    known = desk.book.state.exposure(ALPHA, SPY.symbol)
    assert known is not None and known.armed == 1
    assert uncovered(desk) == ZERO
