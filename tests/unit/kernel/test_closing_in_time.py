"""What has to be closed by a time is closed, whatever was in the way as the time came."""

from decimal import Decimal
from typing import Any

from tests.builders import ENGINE_HELD, Desk, account, alarms, names, nano, released, submitted

from kedge.domain.accounts import Follow
from kedge.domain.ids import OrderId
from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import Phase
from kedge.domain.orders import OrderType
from kedge.domain.protection import Plan, TargetPart
from kedge.domain.signals import WantedOrder

D, S = Decimal, OrderState
HALVES = Plan(parts=(TargetPart(D(1), D(50)), TargetPart(D(2), D(50))))
TIMED = Follow(time_exit=Span(30 * MINUTE))


def far_limit(desk: Desk) -> OrderId:
    (order,) = desk.exit("lim", order=WantedOrder(OrderType.LIMIT, limit_price=nano(120)))
    desk.accept(order)
    return order


def before_the_close(**terms: Any) -> Desk:
    desk = Desk(account(flatten_before_close=Span(5 * MINUTE), calendar="XNYS", **terms))
    desk.phase(Phase.OPEN, minutes=60, opens_in=1440, closes_in=60)
    return desk


def test_a_limit_exit_that_rests_does_not_keep_the_position_overnight() -> None:
    desk = before_the_close(order_timeout=Span(3600 * SECOND))
    desk.enter(filled=10, stop=98, target=130)
    desk.wait(55 * 60 - 1)
    limit = far_limit(desk)
    closed = []
    for _ in range(15):
        closed += submitted(desk.wait(20))
        if desk.state(limit) is S.PENDING_CANCEL:
            desk.cancelled(limit)
    assert desk.state(limit) is S.CANCELLED
    assert closed, f"{desk.held()} go into the night"


def test_a_part_target_that_comes_to_nothing_does_not_keep_the_position_overnight() -> None:
    desk = before_the_close(plan=HALVES, capabilities=ENGINE_HELD)
    desk.enter(filled=10, stop=98, target=None)
    desk.wait(55 * 60 - 1)
    (part,) = released(desk.quote("103.00", "103.01"))
    closed = submitted(desk.wait(2)) + submitted(desk.reject(part.id))
    for _ in range(20):
        closed += submitted(desk.wait(10))
    assert closed, f"{desk.held()} go into the night"


def test_a_close_that_is_rejected_once_is_tried_again() -> None:
    desk = before_the_close()
    desk.enter(filled=10, stop=98)
    (close,) = submitted(desk.wait(55 * 60 + 1))
    again = submitted(desk.reject(close.id, "rate limit"))
    for _ in range(2):
        again += submitted(desk.wait(5))
    assert [request.quantity for request in again] == [nano(10)]


def test_a_close_that_is_always_rejected_calls_somebody() -> None:
    desk = before_the_close()
    desk.enter(filled=10, stop=98)
    told, tries = [], 0
    desk.wait(55 * 60 - 4)
    for _ in range(240):
        events = desk.wait(1)
        told += alarms(events)
        for request in submitted(events):
            tries += 1
            told += alarms(desk.reject(request.id, "rate limit"))
    assert (told, tries) == (["NOT_CLOSED"], 20)


def test_the_parts_of_the_closing_order_are_not_taken_for_late_arrivals() -> None:
    desk = before_the_close()
    desk.enter(filled=10, stop=98)
    (close,) = submitted(desk.wait(55 * 60 + 1))
    desk.accept(close.id)
    assert names(desk.fill(close.id, 4)) == ["OrderFilled", "PositionReduced"]


def test_a_limit_exit_that_comes_to_nothing_does_not_end_the_exit_by_the_clock() -> None:
    desk = Desk(account(follow=TIMED))
    desk.enter(filled=10)
    desk.wait(30 * 60 - 20)
    limit = far_limit(desk)
    closed = []
    for _ in range(20):
        closed += submitted(desk.wait(30))
        if desk.state(limit) is S.PENDING_CANCEL:
            desk.cancelled(limit)
    assert closed, f"{desk.held()} are held for ever"


def test_what_is_closing_already_is_left_to_close() -> None:
    """Somebody's exit is on its way as the time is over: there is nothing to refuse, and nobody to call."""
    desk = Desk(account(follow=TIMED))
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.accept(exit_)
    judged = [name for _ in range(60) for name in names(desk.wait(60)) if name == "SignalJudged"]
    assert judged == []


def test_what_a_part_target_leaves_is_closed_by_the_clock() -> None:
    desk = Desk(account(plan=HALVES, capabilities=ENGINE_HELD, follow=TIMED))
    desk.enter(filled=10, stop=98, target=None)
    desk.wait(30 * 60 - 1)
    (part,) = released(desk.quote("103.00", "103.01"))
    closed = submitted(desk.wait(2))
    desk.accept(part.id)
    closed += submitted(desk.fill(part.id, 5, 103))
    for _ in range(30):
        closed += submitted(desk.wait(60))
    assert closed, f"{desk.held()} are held for ever"


def test_an_entry_does_not_go_on_filling_after_the_exit_by_the_clock() -> None:
    desk = Desk(account(follow=TIMED, order_timeout=Span(3600 * SECOND)))
    entry, *_ = desk.enter(limit=100)
    desk.fill(entry, 4)
    (close,) = submitted(desk.wait(30 * 60 + 1))
    assert close.quantity == nano(4)
    assert desk.state(entry) is S.PENDING_CANCEL


def test_a_stop_on_its_way_out_leaves_no_deadline_that_has_passed_and_stays() -> None:
    """Else the clock would be handed in again and again, for as long as the venue does not answer for the stop."""
    desk = Desk(account(capabilities=ENGINE_HELD, follow=Follow(time_exit=Span(MINUTE))))
    desk.enter(filled=10, target=None)
    assert desk.book.next_deadline() == desk.now - SECOND // 1000 + MINUTE
    (stop,) = released(desk.quote("95.00", "95.01"))
    for _ in range(20):
        desk.wait(5)
        assert not desk.book.is_due(desk.now), (
            f"{stop.id} is under way, and the clock stands at the time exit"
        )


def test_a_close_whose_time_was_over_long_ago_is_not_asked_for_in_a_burst() -> None:
    """The venue ends each at once, as one does that has nothing left to reduce; the process had been away."""
    desk = Desk(account(follow=TIMED))
    desk.enter(filled=10)
    (first,) = submitted(desk.wait(3600))
    assert submitted(desk.cancelled(first.id)) == []
    assert submitted(desk.wait(4.9)) == []
    (second,) = submitted(desk.wait(0.2))
    assert submitted(desk.reject(second.id)) == []
    assert len(submitted(desk.wait(5))) == 1
