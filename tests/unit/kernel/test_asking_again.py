"""What a venue refuses is asked again with pauses: a venue that is asked without end locks the account out."""

from collections.abc import Sequence
from decimal import Decimal

from tests.builders import ENGINE_HELD, Desk, account, nano, submitted

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import OrderType
from kedge.domain.signals import WantedOrder

TRAILS = Follow(trail_percent=Decimal(1))
NO_REPLACE = Capabilities(replace=False)
IN_AN_HOUR = 150
"""One request every thirty seconds, and the first few faster."""


def refuse_all(desk: Desk, order: OrderId, events: Sequence[e.Event]) -> int:
    """How often the venue is asked to cancel an order when every refusal arrives at once."""
    asked = 0
    while asked < 50 and any(isinstance(event, e.CancelSubmitted) for event in events):
        asked += 1
        events = desk.refused(order, i.Request.CANCEL, "rate limit")
    return asked


def test_a_stop_that_is_not_needed_any_more_is_not_cancelled_without_end() -> None:
    desk = Desk(account(follow=TRAILS, capabilities=NO_REPLACE))
    _, stop, _ = desk.enter(filled=10, stop=98, target=130)
    (second,) = submitted(desk.quote("103.00", "103.01"))
    assert refuse_all(desk, stop, desk.accept(second.id)) == 1
    desk.showed(stop)  # asked about, since it was refused
    desk.wait(1)
    assert desk.state(stop) is OrderState.PENDING_CANCEL


def is_withdrawn(desk: Desk, order: OrderId) -> bool:
    """Whether it is asked for again, after a refusal and an answer that shows the order as it is."""
    desk.refused(order, i.Request.CANCEL, "rate limit")
    desk.showed(order)
    return any(isinstance(event, e.CancelSubmitted) for _ in range(90) for event in desk.wait(1))


def test_an_exit_that_is_left_over_is_withdrawn_although_the_cancel_was_refused_once() -> None:
    """It would close a later position at a price that was meant for another."""
    desk = Desk()
    _, stop, target = desk.enter(filled=10)
    (limit,) = desk.exit("lim", order=WantedOrder(OrderType.LIMIT, limit_price=nano(120)))
    desk.accept(limit)
    desk.fill(stop, 10, 95)
    desk.cancelled(target)
    desk.wait(1.1)
    assert is_withdrawn(desk, limit)


def test_an_entry_whose_time_is_over_is_withdrawn_although_the_cancel_was_refused_once() -> None:
    desk = Desk()
    entry, *_ = desk.enter(limit=99)
    desk.wait(61)
    assert is_withdrawn(desk, entry)


def test_what_is_in_the_way_of_a_stop_is_not_cancelled_without_end() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    desk.enter(filled=10, stop=95)
    (limit,) = desk.exit("lim", order=WantedOrder(OrderType.LIMIT, limit_price=nano(120)))
    desk.accept(limit)
    assert refuse_all(desk, limit, desk.quote("94.00", "94.01")) == 1
    desk.wait(1)
    assert desk.state(limit) is OrderState.PENDING_CANCEL


def test_a_venue_that_refuses_to_move_a_stop_is_not_asked_at_every_price() -> None:
    desk = Desk(account(follow=TRAILS))
    _, stop, _ = desk.enter(filled=10, stop=98, target=130)
    asked = 0
    for _ in range(3600):
        asked += sum(isinstance(event, e.ReplaceSubmitted) for event in desk.quote("103.00", "103.01"))
        if desk.state(stop) is OrderState.PENDING_REPLACE:
            desk.refused(stop, i.Request.REPLACE)
            desk.showed(stop)
        desk.wait(1)
    assert 3 < asked < IN_AN_HOUR


def test_a_venue_that_takes_no_second_stop_is_not_asked_at_every_price() -> None:
    desk = Desk(account(follow=TRAILS, capabilities=NO_REPLACE))
    desk.enter(filled=10, stop=98, target=130)
    asked = 0
    for _ in range(3600):
        for request in submitted(desk.quote("103.00", "103.01")):
            asked += 1
            desk.reject(request.id)
        desk.wait(1)
    assert 3 < asked < IN_AN_HOUR
