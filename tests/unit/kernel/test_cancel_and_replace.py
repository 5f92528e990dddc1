"""Cancels and replaces: asked for, confirmed, refused, unanswered, and overtaken by fills."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs
from tests.builders import ENGINE_HELD, SPY, Desk, account, execution, names, nano, signal

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.instants import NEVER
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Terms
from kedge.domain.signals import SignalKind

D = Decimal
S = OrderState
CANCEL, REPLACE = i.Request.CANCEL, i.Request.REPLACE


# --- cancels ---


def test_a_cancel_that_is_refused_as_too_late_is_shown_filled(desk: Desk) -> None:
    entry, *_ = desk.enter()
    desk.ask_cancel(entry)
    assert names(desk.refused(entry, CANCEL)) == ["CancelRefused", "OrderQueried", "CancelPlanned"]
    assert names(desk.showed(entry, S.FILLED, execution("x", 10, 100))) == ["OrderFilled", "PositionOpened"]
    assert (desk.state(entry), desk.held()) == (S.FILLED, D(10))


def test_a_refused_cancel_never_counts_as_a_cancel(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=4)
    desk.ask_cancel(entry)
    desk.refused(entry, CANCEL, "already pending")
    assert desk.state(entry) is S.PARTIALLY_FILLED
    assert names(desk.showed(entry, S.PARTIALLY_FILLED)) == ["OrderConfirmed"]


def test_everything_fills_while_the_cancel_is_on_its_way(desk: Desk) -> None:
    entry, *_ = desk.enter()
    desk.ask_cancel(entry)
    assert names(desk.fill(entry, 4)) == ["OrderFilled", "PositionOpened"]
    assert desk.state(entry) is S.PENDING_CANCEL
    desk.fill(entry, 6)
    assert desk.state(entry) is S.FILLED
    assert names(desk.refused(entry, CANCEL)) == []
    assert names(desk.wait(100)) == []


def test_an_unanswered_cancel_is_asked_about_and_sent_again_when_the_order_is_still_live(desk: Desk) -> None:
    entry, *_ = desk.enter()
    desk.ask_cancel(entry)
    assert names(desk.wait(11)) == ["OrderDoubted", "OrderQueried"]
    assert desk.state(entry) is S.PENDING_CANCEL
    assert names(desk.showed(entry)) == ["CancelSubmitted"]


def test_a_cancel_of_an_unanswered_order_leaves_with_the_answer(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    assert names(desk.ask_cancel(entry)) == ["CancelPlanned"]
    assert names(desk.accept(entry)) == ["OrderAccepted", "CancelSubmitted"]


def test_a_cancel_of_an_unanswered_order_leaves_with_its_first_fill(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    desk.ask_cancel(entry)
    assert names(desk.fill(entry, 4)) == [
        "OrderFilled",
        "PositionOpened",
        "CancelSubmitted",
        "ExposureNoted",  # the stop has not been answered for either
    ]


def test_a_cancel_of_what_is_done_or_unknown_is_refused_in_words(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=10)
    for order, reason in ((entry, "the order is FILLED"), ("ghost", "the order is unknown")):
        (refused,) = desk.ask_cancel(order)  # type: ignore[arg-type]
        assert isinstance(refused, e.RequestRefused)
        assert refused.reason == f"nothing to cancel: {reason}"


def test_an_answer_to_a_cancel_that_was_never_sent_is_a_contradiction(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    assert names(desk.refused(entry, CANCEL)) == ["CONTRADICTION"]
    assert names(desk.refused(entry, REPLACE)) == ["CONTRADICTION"]


def test_a_stop_that_the_venue_cancels_under_an_open_position_is_announced(desk: Desk) -> None:
    _, stop, target = desk.enter(filled=10)
    # It may be that the target has filled and the venue took the stop away: the target is asked, the engine holds one.
    assert names(desk.cancelled(stop)) == ["OrderEnded", "OrderQueried", "OrderHeld", "ExposureNoted"]
    assert names(desk.showed(target)) == ["OrderConfirmed"]
    assert names(desk.wait(2)) == ["STOP_LOST", "OrderSubmitted", "ExposureNoted"]


# --- replaces ---


def test_new_terms_hold_once_they_are_confirmed(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    assert names(desk.ask_replace(entry, limit_price=99, quantity=8)) == ["ReplaceSubmitted"]
    assert desk.order(entry).limit_price == D(100)
    assert names(desk.replaced(entry, limit_price=99, quantity=8)) == ["OrderReplaced"]
    order = desk.order(entry)
    assert (order.state, order.limit_price, order.quantity, order.pending) == (S.ACCEPTED, D(99), D(8), None)


def test_old_terms_hold_when_the_replace_is_refused(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    desk.ask_replace(entry, limit_price=99)
    assert names(desk.refused(entry, REPLACE)) == ["ReplaceRefused", "OrderQueried"]
    assert (desk.state(entry), desk.order(entry).limit_price) == (S.ACCEPTED, D(100))


def test_s18_a_replace_that_is_refused_because_the_order_has_filled_is_how_the_fill_is_heard_of(
    desk: Desk,
) -> None:
    """The report of the fill was lost: without the question nobody would ever tell of it."""
    entry, *_ = desk.enter(limit=100)
    desk.ask_replace(entry, limit_price=99)
    desk.refused(entry, REPLACE, "already filled")
    desk.showed(entry, S.FILLED, execution("x", 10, 100))
    assert (desk.state(entry), desk.held()) == (S.FILLED, D(10))


def test_an_unanswered_replace_was_done(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    desk.ask_replace(entry, limit_price=99)
    assert names(desk.wait(11)) == ["OrderDoubted", "OrderQueried"]
    assert names(desk.showed(entry, terms=Terms(nano(10), nano(99)))) == ["OrderReplaced"]
    assert (desk.state(entry), desk.order(entry).limit_price) == (S.ACCEPTED, D(99))


def test_an_unanswered_replace_was_not_done_and_can_no_longer_be(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    desk.ask_replace(entry, limit_price=99)
    desk.silent(entry, REPLACE)
    assert names(desk.showed(entry, terms=Terms(nano(10), nano(100)))) == []  # it may still be on its way
    desk.wait(6)
    assert names(desk.showed(entry, terms=Terms(nano(10), nano(100)))) == ["ReplaceRefused"]
    assert (desk.state(entry), desk.order(entry).limit_price) == (S.ACCEPTED, D(100))


def test_an_answer_that_does_not_name_the_price_decides_nothing_about_it(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    desk.ask_replace(entry, limit_price=99)
    desk.wait(11)
    assert names(desk.showed(entry)) == []
    assert desk.state(entry) is S.PENDING_REPLACE
    assert desk.order(entry).deadline != NEVER


def test_what_fills_while_a_replace_is_under_way_counts(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    desk.ask_replace(entry, limit_price=99)
    desk.fill(entry, 4)
    assert desk.state(entry) is S.PENDING_REPLACE
    desk.fill(entry, 6)
    assert desk.state(entry) is S.FILLED
    assert names(desk.replaced(entry, limit_price=99)) == ["UNASKED_REPLACE", "OrderQueried"]


def test_a_cancel_overtakes_a_replace(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    desk.ask_replace(entry, limit_price=99)
    assert names(desk.ask_cancel(entry)) == ["CancelSubmitted"]
    assert names(desk.replaced(entry, limit_price=99)) == ["OrderReplaced"]
    assert desk.state(entry) is S.PENDING_CANCEL
    desk.cancelled(entry)
    assert desk.state(entry) is S.CANCELLED


def test_a_venue_that_changes_an_order_by_itself_is_announced_and_followed(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    assert names(desk.replaced(entry, quantity=5)) == ["UNASKED_REPLACE", "OrderReplaced"]
    assert desk.order(entry).quantity == D(5)


def test_a_venue_may_cut_the_exits_of_a_half_filled_entry(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=4)
    assert names(desk.replaced(stop, quantity=4)) == ["OrderReplaced"]


def test_an_order_that_is_cut_down_to_what_has_filled_is_done(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=4)
    assert names(desk.replaced(entry, quantity=4)) == ["UNASKED_REPLACE", "OrderReplaced", "OrderQueried"]
    assert names(desk.showed(entry, S.FILLED, terms=Terms(nano(4)))) == ["OrderEnded"]
    assert desk.state(entry) is S.FILLED


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({}, "nothing to change was named"),
        ({"quantity": 4}, "quantity 4 has to be above what has filled (4) and a multiple of the lot 1"),
        ({"quantity": "8.5"}, "quantity 8.5 has to be above what has filled (4) and a multiple of the lot 1"),
        ({"limit_price": "99.005"}, "limit_price 99.005 has to be above 0 and on the tick 0.01"),
        ({"limit_price": 0}, "limit_price 0 has to be above 0 and on the tick 0.01"),
        ({"stop_price": 95}, "the order has no stop_price"),
    ],
)
def test_a_replace_that_cannot_be_meant_is_refused_in_words(
    desk: Desk, terms: dict[str, Any], reason: str
) -> None:
    entry, *_ = desk.enter(limit=100, filled=4)
    (refused,) = desk.ask_replace(entry, **terms)
    assert isinstance(refused, e.RequestRefused)
    assert refused.reason == reason


def test_a_replace_is_refused_while_another_request_is_unanswered(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    desk.ask_replace(entry, limit_price=99)
    (refused,) = desk.ask_replace(entry, limit_price=98)
    assert isinstance(refused, e.RequestRefused)
    assert refused.reason == "an order that is PENDING_REPLACE cannot be changed"


def test_where_the_venue_cannot_replace_nobody_asks_it_to(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=Capabilities(replace=False)))
    _, stop, _ = desk.enter(filled=10)
    assert names(desk.ask_replace(stop, stop_price=96)) == ["RequestRefused"]


def test_what_the_engine_holds_can_be_changed_whatever_the_venue_can_do(
    open_desk: Callable[..., Desk],
) -> None:
    held = structs.replace(ENGINE_HELD, replace=False)
    desk = open_desk(account(capabilities=held))
    _, stop, _ = desk.enter(filled=10)
    assert names(desk.ask_replace(stop, stop_price=97)) == ["StopMoved", "OrderReplaced"]


def test_where_the_venue_cannot_replace_a_second_stop_is_there_before_the_first_one_goes(
    open_desk: Callable[..., Desk],
) -> None:
    """The venue keeps exits from turning a position over, so for a moment there may be two."""
    desk = open_desk(account(capabilities=Capabilities(replace=False)))
    _, first, _ = desk.enter(filled=10)
    events, (second,) = desk.send(signal("a", SignalKind.STOP_ADJUSTMENT, None, stop=97, at=desk.now))
    assert names(events) == ["SignalJudged", "StopMoved", "OrderSubmitted"]
    assert (desk.order(second).stop_price, desk.order(second).leaves) == (D(97), D(10))
    assert desk.state(first) is S.ACCEPTED
    judged = desk.judge(signal("b", SignalKind.STOP_ADJUSTMENT, None, stop=98, at=desk.now))
    assert judged.code == "STOP_NOT_ADJUSTABLE", "the second has not been answered for"
    assert names(desk.accept(second)) == ["OrderAccepted", "CancelSubmitted"]
    assert desk.state(first) is S.PENDING_CANCEL
    desk.cancelled(first)
    desk.fill(second, 10, 97)
    assert desk.held() == 0


def test_a_second_stop_that_is_refused_leaves_the_first_one(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=Capabilities(replace=False)))
    _, first, _ = desk.enter(filled=10)
    _, (second,) = desk.send(signal("a", SignalKind.STOP_ADJUSTMENT, None, stop=97, at=desk.now))
    desk.reject(second)
    desk.showed(first)
    asked = {"OrderQueried"}
    assert set(names(desk.wait(60))) <= asked
    assert desk.state(first) is S.ACCEPTED


# --- a stop that is moved ---


def test_a_stop_is_moved_and_the_old_one_holds_until_the_new_one_is_confirmed(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    events, orders = desk.send(signal("a", SignalKind.STOP_ADJUSTMENT, None, stop=97, at=desk.now))
    assert names(events) == ["SignalJudged", "StopMoved", "ReplaceSubmitted"]
    assert orders == []
    assert desk.order(stop).stop_price == D(95)
    desk.replaced(stop, stop_price=97)
    assert desk.order(stop).stop_price == D(97)


def test_a_stop_that_the_engine_holds_is_moved_at_once(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=ENGINE_HELD))
    _, stop, _ = desk.enter(filled=10)
    events, _ = desk.send(signal("a", SignalKind.STOP_ADJUSTMENT, None, stop=97, at=desk.now))
    assert names(events) == ["SignalJudged", "StopMoved", "OrderReplaced"]
    assert desk.order(stop).stop_price == D(97)
    assert names(desk.quote("97.00", "97.01")) == ["CancelSubmitted", "OrderEnded", "OrderReleased"][1:]


def test_the_echo_of_a_replace_changes_nothing_and_alarms_nobody(desk: Desk) -> None:
    """A venue tells of one replace twice: by its answer and by its stream."""
    _, stop, _ = desk.enter(filled=10)
    desk.ask_replace(stop, stop_price=96)
    assert names(desk.replaced(stop, stop_price=96)) == ["OrderReplaced"]
    assert desk.replaced(stop, stop_price=96) == []
    assert desk.order(stop).stop_price == D(96)


@pytest.mark.parametrize(
    ("bid", "ask"),
    [
        pytest.param("94.01", "94.00", id="crossed"),
        pytest.param("0", "94.00", id="no bid"),
        pytest.param("-1", "94.00", id="a bid below nothing"),
    ],
)
def test_a_price_that_is_none_releases_no_stop(open_desk: Callable[..., Desk], bid: str, ask: str) -> None:
    desk = open_desk(account(capabilities=ENGINE_HELD))
    _, stop, _ = desk.enter(filled=10)
    desk.quote("99.99", "100.00")
    assert desk.quote(bid, ask) == []
    assert desk.state(stop) is S.NEW
    assert desk.book.quote(SPY.symbol) == (9_999, 10_000)
    assert "OrderReleased" in names(desk.quote("94.00", "94.01"))


def test_a_cut_of_the_venue_s_own_does_not_answer_what_was_asked_for(desk: Desk) -> None:
    """A target has filled in part, so the venue cuts the stop, while the stop is on its way to another price."""
    _, stop, target = desk.enter(filled=10)
    desk.ask_replace(stop, stop_price=97)
    desk.fill(target, 4, 110)
    assert names(desk.replaced(stop, quantity=6)) == ["OrderReplaced"]
    assert (desk.state(stop), desk.order(stop).leaves, desk.order(stop).stop_price) == (
        S.PENDING_REPLACE,
        D(6),
        D(95),
    )
    assert names(desk.replaced(stop, stop_price=97)) == ["OrderReplaced"]
    assert (desk.state(stop), desk.order(stop).leaves, desk.order(stop).stop_price) == (
        S.ACCEPTED,
        D(6),
        D(97),
    )
