"""A venue that does not answer, or does not find a stop: somebody is called, and the engine does what it can."""

from decimal import Decimal

import msgspec
from tests.builders import ENGINE_HELD, Desk, account, alarms, check_indexes, nano, released, submitted

from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.ids import OrderId
from kedge.domain.orders import OrderType
from kedge.domain.signals import WantedOrder

NOTHING_PROVES = msgspec.structs.replace(ENGINE_HELD, absence_endpoints=())


def resting_exit(desk: Desk) -> OrderId:
    (limit,) = desk.exit("lim", order=WantedOrder(OrderType.LIMIT, limit_price=nano(120)))
    desk.accept(limit)
    return limit


def test_an_exit_that_nobody_answers_for_does_not_switch_the_stop_off_in_silence() -> None:
    desk = Desk(account(capabilities=NOTHING_PROVES))
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.silent(exit_)
    assert alarms(desk.quote("90.00", "90.01")) == ["STOP_WAITS"]
    assert alarms(desk.quote("60.00", "60.01")) == [], "once"


def test_a_stop_that_has_gone_off_and_waits_is_not_moved_any_more() -> None:
    desk = Desk(account(capabilities=NOTHING_PROVES, follow=Follow(trail_percent=Decimal(1))))
    desk.enter(filled=10, target=None)
    (exit_,) = desk.exit()
    desk.silent(exit_)
    assert "STOP_WAITS" in alarms(desk.quote("90.00", "90.01"))
    check_indexes(desk.book)
    assert desk.quote("120.00", "120.01") == []


def test_a_cancel_that_nobody_answers_for_does_not_hold_the_stop_back_in_silence() -> None:
    desk = Desk(account(capabilities=NOTHING_PROVES))
    desk.enter(filled=10)
    limit = resting_exit(desk)
    desk.quote("94.00", "94.01")
    assert "STOP_WAITS" in alarms(desk.silent(limit, i.Request.CANCEL))


def without_the_stop(seconds: float) -> tuple[Desk, list[str]]:
    """A start after which the venue, asked time and again, does not find the stop; and what was told."""
    desk = Desk()
    _, stop, target = desk.enter(filled=10)
    desk.start("r3")
    desk.wait(seconds)
    told = []
    for _ in range(20):
        for endpoint in ("by_id", "listing"):
            told += alarms(desk.missing(stop, endpoint))
        desk.showed(target)
        desk.wait(30)
    return desk, told


def test_a_stop_that_the_venue_does_not_have_any_more_covers_nothing() -> None:
    desk, _ = without_the_stop(seconds=0)
    assert len(released(desk.quote("90.00", "90.01"))) == 1


def test_that_a_stop_has_vanished_is_told_also_when_the_answer_takes_its_time() -> None:
    _, told = without_the_stop(seconds=1.1)
    assert "ORDER_VANISHED" in told


def test_what_is_being_withdrawn_is_not_sent_once_more_beside_it() -> None:
    """Both could fill, and what was turned over once would be turned over again."""
    desk = Desk(account(capabilities=ENGINE_HELD))
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.accept(exit_)
    desk.cancelled(exit_)
    desk.fill(exit_, 10)  # late
    (way_out,) = submitted(desk.fill(exit_, 10))  # and over
    assert desk.held() == -10
    desk.accept(way_out.id)
    desk.wait(2)
    sent = [way_out, *submitted(desk.ask_cancel(way_out.id)), *submitted(desk.wait(2))]
    for request in sent:
        desk.fill(request.id, 10)
    assert desk.held() == 0
