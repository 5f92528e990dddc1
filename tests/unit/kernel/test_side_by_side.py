"""Several stops for one position: the one nearer to the market stays, and none is let go for one that is worse."""

from decimal import Decimal

import pytest
from tests.builders import ALPHA, SPY, Desk, account, alarms, nano, released, submitted

from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.capabilities import Capabilities
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Order, Role, Terms

TRAILS = Follow(trail_percent=Decimal(1))


def stops(desk: Desk) -> list[Order]:
    return [
        order for order in desk.book.state.open_orders(ALPHA, SPY.symbol) if order.request.role is Role.STOP
    ]


def test_a_stop_that_has_trailed_is_not_put_away_for_one_that_has_not() -> None:
    desk = Desk(account(follow=TRAILS))
    _, stop, target = desk.enter(filled=10, stop=98, target=130)
    desk.cancelled(stop)
    desk.showed(target)
    (again,) = submitted(desk.wait(2))
    desk.quote("105.00", "105.01")
    best = max(order.stop_price or Decimal(0) for order in stops(desk))
    assert best == Decimal("103.95")
    desk.accept(again.id)
    assert len(released(desk.quote("103.90", "103.91"))) == 1


def test_a_venue_that_changes_no_order_gets_one_second_stop_and_not_one_after_the_other() -> None:
    """The second is where the engine's own has got; the first stays behind until it is withdrawn."""
    desk = Desk(account(follow=TRAILS, capabilities=Capabilities(replace=False)))
    _, stop, target = desk.enter(filled=10, stop=98, target=130)
    desk.cancelled(stop)
    desk.showed(target)
    (first,) = submitted(desk.wait(2))
    desk.quote("105.00", "105.01")
    (second,) = submitted(desk.accept(first.id))
    assert second.stop_price == nano("103.95")
    assert submitted(desk.accept(second.id)) == []
    assert [(order.id, order.state) for order in stops(desk)] == [
        (first.id, OrderState.PENDING_CANCEL),
        (second.id, OrderState.ACCEPTED),
    ]


def test_of_two_stops_the_one_nearer_to_the_market_stays() -> None:
    """One that was rejected turns out to live when its successor has trailed far from it."""
    desk = Desk(account(follow=TRAILS))
    entry, stop, target = desk.enter(accept=False, stop=98, target=130)
    desk.accept(entry)
    desk.accept(target)
    desk.fill(entry, 10)
    desk.reject(stop)
    (again,) = submitted(desk.wait(2))
    desk.accept(again.id)
    desk.quote("110.00", "110.01")
    desk.replaced(again.id, stop_price="108.9")
    desk.accept(stop)
    assert desk.state(again.id) is OrderState.ACCEPTED


def test_a_price_that_the_venue_has_refused_is_not_where_the_last_stop_was() -> None:
    desk = Desk(account(follow=TRAILS, capabilities=Capabilities(replace=False)))
    _, stop, _ = desk.enter(filled=10, stop=98, target=130)
    (second,) = submitted(desk.quote("103.00", "103.01"))
    desk.quote("101.00", "101.01")
    desk.cancelled(stop)
    desk.reject(second.id, "would trigger immediately")
    (placed,) = submitted([event for _ in range(5) for event in desk.wait(1)])
    assert placed.stop_price == nano(98)


def test_a_stop_follows_also_where_the_first_one_was_refused_before_the_entry_filled() -> None:
    desk = Desk(account(follow=TRAILS))
    entry, stop, target = desk.enter(accept=False, stop=98, target=130)
    desk.accept(entry)
    desk.accept(target)
    desk.reject(stop)
    desk.fill(entry, 10)
    desk.quote("115.00", "115.01")
    assert [order.stop_price for order in stops(desk)] == [Decimal("113.85")]


def test_a_stop_that_could_not_be_taken_away_is_still_wanted() -> None:
    desk = Desk()
    _, stop, target = desk.enter(filled=10)
    desk.ask_cancel(stop)
    desk.refused(stop, i.Request.CANCEL)
    desk.showed(stop)
    desk.wait(3600)
    desk.cancelled(stop)
    desk.showed(target)
    assert [order.stop_price for order in stops(desk)] == [Decimal(95)]


def test_who_took_the_stop_away_does_not_get_it_back_when_a_trade_is_annulled() -> None:
    desk = Desk()
    entry, stop, target = desk.enter()
    desk.fill(entry, 4, id_="f1")
    desk.fill(entry, 6, id_="f2")
    desk.ask_cancel(stop)
    desk.cancelled(stop)
    desk.showed(target)
    desk.give(i.VenueBusted(entry, "f1", "erroneous", at=desk.now))
    assert stops(desk) == []


def test_what_the_venue_shows_of_a_stop_counts_also_while_it_is_being_moved() -> None:
    """It shows one share where there were ten: nine have no stop of the plan."""
    desk = Desk(account(follow=TRAILS))
    _, stop, _ = desk.enter(filled=10, stop=98, target=130)
    desk.quote("103.00", "103.01")
    desk.silent(stop, i.Request.REPLACE)
    desk.showed(stop, terms=Terms(quantity=nano(1), stop_price=nano("101.97")))
    assert [(order.state, order.leaves) for order in stops(desk)] == [
        (OrderState.ACCEPTED, Decimal(1)),
        (OrderState.NEW, Decimal(9)),
    ]


@pytest.mark.parametrize("is_open", [True, False])
def test_who_loses_a_target_is_told(is_open: bool) -> None:
    desk = Desk()
    entry, stop, target = desk.enter(accept=False)
    desk.accept(entry)
    desk.accept(stop)
    if is_open:
        desk.fill(entry, 10)
    assert alarms(desk.reject(target, "rate limit")) == ["TARGET_LOST"]
    assert desk.state(stop) is OrderState.ACCEPTED


def test_a_target_of_what_is_closed_is_not_missed() -> None:
    desk = Desk()
    entry, stop, target = desk.enter(accept=False)
    desk.accept(entry)
    desk.accept(stop)
    desk.fill(entry, 10)
    desk.fill(stop, 10, 95)
    assert alarms(desk.reject(target, "rate limit")) == []


def test_an_exit_that_is_rejected_leaves_the_stop_that_the_engine_held() -> None:
    desk = Desk()
    _, stop, target = desk.enter(filled=10)
    desk.cancelled(stop)
    desk.showed(target)
    for _ in range(40):
        for request in submitted(desk.wait(1)):
            desk.reject(request.id)  # the venue takes no stop
    for number in range(6):
        (exit_,) = desk.exit(f"x-{number}")
        desk.reject(exit_, "rate limit")
        assert len(stops(desk)) == 1
    assert len(released(desk.quote("80.00", "80.01"))) == 1


def test_a_turned_position_is_closed_also_where_entries_may_go_without_a_stop() -> None:
    desk = Desk(account(allow_unprotected=True))
    _, stop, _ = desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.accept(exit_)
    desk.fill(stop, 10, 95)
    events = desk.fill(exit_, 10, 95)
    assert alarms(events) == ["POSITION_TURNED"]
    (way_out,) = submitted(events)
    assert (way_out.quantity, desk.held()) == (nano(10), Decimal(-10))


def test_a_venue_that_cannot_replace_is_asked_once_for_a_stop_where_the_engines_has_got_to() -> None:
    desk = Desk(account(follow=TRAILS, capabilities=Capabilities(replace=False)))
    _, stop, target = desk.enter(filled=10, stop=98, target=130)
    desk.cancelled(stop)
    desk.showed(target)
    (again,) = submitted(desk.wait(2))
    desk.quote("105.00", "105.01")
    (nearer,) = submitted(desk.accept(again.id))
    assert nearer.stop_price == nano("103.95")
    assert submitted(desk.accept(nearer.id)) == []
    assert desk.state(again.id) is OrderState.PENDING_CANCEL
    desk.cancelled(again.id)
    assert [(order.id, order.leaves) for order in stops(desk)] == [(nearer.id, Decimal(10))]
