"""A stop with a limit may meet its price and not fill: from then on it is watched, and what is open leaves in time."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.builders import ALPHA, SPY, Desk, account, alarms, names, nano, signal
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities, Way
from kedge.domain.inputs import Request
from kedge.domain.instants import SECOND
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Holder, Order, OrderType, Role, Terms
from kedge.domain.signals import Direction, SignalKind
from kedge.kernel.cover import cover_of
from kedge.kernel.standing import CoveredBy, standing_of
from kedge.sim.abilities import Abilities

D = Decimal
S = OrderState
TYPES = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT)
BRACKET = Capabilities(order_types=TYPES)
RESTING = Capabilities(order_types=TYPES, bracket=False, oco=False, reduce_only=False)
FIXED = Capabilities(order_types=TYPES, bracket=False, oco=False, reduce_only=False, replace=False)
TWO_STOPS = Capabilities(order_types=TYPES, replace=False)
EVERY_WAY = pytest.mark.parametrize("able", [BRACKET, RESTING, FIXED, TWO_STOPS])


def living(desk: Desk, role: Role) -> list[Order]:
    return [order for order in desk.book.state.open_orders(ALPHA, SPY.symbol) if order.request.role is role]


def there(desk: Desk) -> Order:
    """The stop that the venue has."""
    (found,) = (order for order in living(desk, Role.STOP) if order.request.holder is Holder.VENUE)
    return found


def long(open_desk: Callable[..., Desk], able: Capabilities, **terms: Any) -> Desk:
    """Long ten, with a stop at 95 that rests at the venue."""
    desk = open_desk(account(capabilities=able, **terms))
    desk.enter(filled=10)
    if there(desk).state is S.PENDING_NEW:
        desk.accept(there(desk).id)
    return desk


def leaving(desk: Desk) -> list[Order]:
    """What goes at the market."""
    orders = desk.book.state.open_orders(ALPHA, SPY.symbol)
    return [order for order in orders if order.request.type is OrderType.MARKET and order.state is not S.NEW]


def uncovered(desk: Desk) -> Decimal:
    position = desk.position()
    assert position is not None
    return cover_of(desk.book.state, position).missing


# -- it has a limit --


def test_a_venue_that_takes_stops_only_with_a_limit_still_holds_them() -> None:
    assert (BRACKET.way, RESTING.way, RESTING.stop_type) == (Way.NATIVE, Way.RESTING, OrderType.STOP_LIMIT)
    assert Capabilities().stop_type is OrderType.STOP


@EVERY_WAY
@pytest.mark.parametrize(("percent", "limit"), [(1, "94.05"), (D("0.333"), "94.68"), (99, "0.95")])
def test_a_protective_stop_has_a_limit_so_far_beyond_its_price_and_on_the_tick(
    open_desk: Callable[..., Desk], able: Capabilities, percent: Decimal, limit: str
) -> None:
    desk = long(open_desk, able, stop_limit_percent=D(percent))
    stop = there(desk)
    assert (stop.request.type, stop.stop_price, stop.limit_price) == (OrderType.STOP_LIMIT, D(95), D(limit))
    assert (uncovered(desk), names(desk.wait(60))) == (ZERO, [])


def test_that_of_a_short_position_lies_above(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=BRACKET))
    desk.enter(direction=Direction.SHORT, stop=105, target=90, filled=10)
    assert there(desk).limit_price == D("106.05")
    desk.quote("104.99", "105.00")
    desk.wait(2)
    assert [order.leaves for order in leaving(desk)] == [D(10)]


def test_a_plain_stop_has_none(open_desk: Callable[..., Desk]) -> None:
    desk = long(open_desk, Capabilities())
    assert (there(desk).request.type, there(desk).limit_price) == (OrderType.STOP, None)
    assert names(desk.quote("90.00", "90.01")) == [], "it goes by itself"


def test_where_the_stop_is_moved_its_limit_goes_along(open_desk: Callable[..., Desk]) -> None:
    desk = long(open_desk, BRACKET)
    desk.ask_replace(there(desk).id, stop_price=96)
    desk.replaced(there(desk).id, stop_price=96, limit_price="95.04")
    desk.send(signal("m-1", SignalKind.STOP_ADJUSTMENT, None, stop=97, at=desk.now))
    asked = [event.terms for event in desk.events if isinstance(event, e.ReplaceSubmitted)]
    assert asked == [
        Terms(stop_price=nano(96), limit_price=nano("95.04")),
        Terms(stop_price=nano(97), limit_price=nano("96.03")),
    ]


@pytest.mark.parametrize("able", [FIXED, TWO_STOPS])
def test_so_it_does_where_another_takes_its_place(open_desk: Callable[..., Desk], able: Capabilities) -> None:
    desk = long(open_desk, able)
    first = there(desk)
    desk.send(signal("m-1", SignalKind.STOP_ADJUSTMENT, None, stop=96, at=desk.now))
    if desk.state(first.id) is S.PENDING_CANCEL:
        desk.cancelled(first.id)
    second = living(desk, Role.STOP)[-1]
    assert (second.request.type, second.stop_price, second.limit_price) == (
        OrderType.STOP_LIMIT,
        D(96),
        D("95.04"),
    )


# -- its price is met --


@EVERY_WAY
def test_one_whose_price_is_met_covers_nothing_and_has_two_seconds(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    desk = long(open_desk, able)
    stop = there(desk)
    assert "OrderTriggered" in names(desk.quote("95.00", "95.01"))
    assert (uncovered(desk), leaving(desk), desk.state(stop.id)) == (D(10), [], S.ACCEPTED)
    assert names(desk.quote("90.00", "90.01")) == [], "once"
    assert names(desk.wait(1)) == []
    events = desk.wait(1)
    assert desk.state(stop.id) is S.PENDING_CANCEL
    assert "STOP_UNFILLED" in alarms(events)


@EVERY_WAY
def test_what_it_has_not_filled_by_then_leaves_at_the_market_and_never_twice(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    desk = long(open_desk, able)
    stop = there(desk)
    desk.quote("90.00", "90.01")
    desk.fill(stop.id, 3, "94.50")
    desk.wait(2)
    if not able.reduce_only:
        assert leaving(desk) == [], "both could fill"
        desk.fill(stop.id, 1, "94.50")
        desk.cancelled(stop.id)
    (exit_,) = leaving(desk)
    assert (exit_.leaves, exit_.request.reduce_only) == (D(7) if able.reduce_only else D(6), True)
    if able.reduce_only:
        desk.cancelled(stop.id)
    desk.fill(exit_.id, int(exit_.leaves), 90)
    assert (desk.held(), living(desk, Role.STOP)) == (ZERO, [])
    assert alarms(desk.events) == ["STOP_UNFILLED"]


@EVERY_WAY
def test_one_that_fills_in_time_is_all_there_is(open_desk: Callable[..., Desk], able: Capabilities) -> None:
    desk = long(open_desk, able)
    desk.quote("94.90", "94.91")
    desk.wait(1)
    desk.fill(there(desk).id, 10, "94.90")
    desk.wait(60)
    assert (desk.held(), leaving(desk), alarms(desk.events)) == (ZERO, [], [])


@EVERY_WAY
def test_s35_one_that_fills_instead_of_going_leaves_nothing_to_be_sold_again(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    desk = long(open_desk, able)
    stop = there(desk)
    desk.quote("94.00", "94.01")
    desk.wait(2)
    desk.fill(stop.id, 10, "94.05")
    assert desk.held() == ZERO
    assert [order.state for order in leaving(desk) if not able.reduce_only] == []


@EVERY_WAY
def test_a_part_that_fills_says_as_much_as_a_price(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    desk = long(open_desk, able)
    stop = there(desk)
    desk.fill(stop.id, 4, "94.90")
    assert uncovered(desk) == D(6)
    desk.wait(2)
    assert desk.state(stop.id) is S.PENDING_CANCEL


@EVERY_WAY
def test_it_leaves_without_another_price_and_after_a_restart(
    open_desk: Callable[..., Desk], able: Capabilities
) -> None:
    desk = long(open_desk, able)
    stop = there(desk)
    desk.quote("90.00", "90.01")
    desk.book = desk.folded()
    desk.wait(2)
    if not able.reduce_only:
        desk.cancelled(stop.id)
    assert [order.leaves for order in leaving(desk)] == [D(10)]


def test_a_restart_finds_the_price_that_was_met_while_nobody_watched(open_desk: Callable[..., Desk]) -> None:
    desk = long(open_desk, BRACKET)
    desk.book = desk.folded()
    desk.start()
    desk.showed(there(desk).id)
    assert "OrderTriggered" in names(desk.quote("90.00", "90.01"))


@EVERY_WAY
def test_a_venue_that_will_not_withdraw_it(open_desk: Callable[..., Desk], able: Capabilities) -> None:
    desk = long(open_desk, able)
    stop = there(desk)
    desk.quote("90.00", "90.01")
    desk.wait(2)
    desk.refused(stop.id, Request.CANCEL)
    desk.showed(stop.id)
    assert uncovered(desk) == ZERO, "it leaves, or does as soon as it can"
    for _ in range(8):
        desk.wait(1)
    if not able.reduce_only:
        assert desk.state(stop.id) is S.PENDING_CANCEL, "it is asked again"
        desk.cancelled(stop.id)
    assert [order.leaves for order in leaving(desk)] == [D(10)]


def test_what_leaves_and_is_rejected_leaves_again_after_a_pause(open_desk: Callable[..., Desk]) -> None:
    desk = long(open_desk, BRACKET)
    desk.quote("90.00", "90.01")
    desk.wait(2)
    (first,) = leaving(desk)
    desk.reject(first.id, "too many requests")
    assert leaving(desk) == [], "not at once"
    desk.wait(1)
    assert [order.leaves for order in leaving(desk)] == [D(10)]
    assert alarms(desk.events).count("STOP_UNFILLED") == 1


def test_the_leg_of_an_entry_that_has_not_filled_meets_nothing(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=BRACKET))
    entry, stop, _ = desk.enter(limit=99)
    assert names(desk.quote("94.00", "99.50")) == []
    desk.fill(entry, 10)
    assert desk.state(stop) is S.ACCEPTED
    assert "OrderTriggered" in names(desk.quote("94.00", "94.01"))


def test_it_is_looked_at_in_time_although_an_earlier_one_was_lost_a_moment_ago(
    open_desk: Callable[..., Desk],
) -> None:
    desk = long(open_desk, BRACKET)
    desk.cancelled(there(desk).id, "who knows")
    desk.wait(2)
    desk.accept(there(desk).id)
    desk.quote("90.00", "90.01")
    exposure = desk.book.state.exposure(ALPHA, SPY.symbol)
    assert exposure is not None
    assert exposure.look_at == desk.now + 2 * SECOND
    desk.wait(2)
    assert [order.leaves for order in leaving(desk)] == [D(10)]


def test_one_that_has_met_its_price_is_not_moved(open_desk: Callable[..., Desk]) -> None:
    desk = long(open_desk, BRACKET)
    desk.quote("95.00", "95.01")
    (refused,) = (
        event
        for event in desk.ask_replace(there(desk).id, stop_price=94)
        if isinstance(event, e.RequestRefused)
    )
    assert "met its price" in refused.reason


def test_it_is_shown_as_no_cover(open_desk: Callable[..., Desk]) -> None:
    desk = long(open_desk, BRACKET)
    orders = desk.book.state.open_orders(ALPHA, SPY.symbol)
    assert standing_of(D(10), orders).covered_by is CoveredBy.VENUE
    desk.quote("95.00", "95.01")
    assert standing_of(D(10), orders).covered_by is CoveredBy.NOBODY


# -- a venue that gives it a limit by itself --


@pytest.mark.parametrize("how", ["replaced", "shown"])
def test_one_to_which_the_venue_gives_a_limit_is_watched_as_well(
    open_desk: Callable[..., Desk], how: str
) -> None:
    desk = long(open_desk, Capabilities())
    stop = there(desk)
    if how == "replaced":
        desk.replaced(stop.id, stop_price=95, limit_price=94)
    else:
        desk.showed(stop.id, terms=Terms(nano(10), nano(94), nano(95)))
    assert there(desk).limit_price == D(94)
    desk.quote("90.00", "90.01")
    desk.wait(2)
    assert [order.leaves for order in leaving(desk)] == [D(10)]


# -- at an exchange --


@pytest.mark.parametrize(
    "lacks",
    [
        Abilities(stop_orders=False),
        Abilities(stop_orders=False, replace=False),
        Abilities(stop_orders=False, bracket=False, oco=False),
        Abilities(stop_orders=False, bracket=False, oco=False, reduce_only=False),
        Abilities(stop_orders=False, bracket=False, oco=False, reduce_only=False, replace=False),
    ],
)
@pytest.mark.parametrize(
    ("prices", "position"),
    [
        ([("94.90", "94.91")], 0),
        ([("80.00", "80.01")], 0),
        ([("80.00", "80.01"), ("96.00", "96.01")], 0),
        ([("96.00", "96.01")], 10),
    ],
)
def test_s37_a_stop_with_a_limit_that_the_price_leaps_over_closes_all_the_same(
    lacks: Abilities, prices: list[tuple[str, str]], position: int
) -> None:
    pair = Pair(SPY, abilities=lacks)
    pair.give(i.AccountDeclared(account(capabilities=lacks.capabilities), at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95, target=110)
    for bid, ask in prices:
        pair.quote(bid, ask)
        pair.wait(1)
    for _ in range(5):
        pair.wait(2)
    assert pair.desk.held() == pair.exchange.positions(ALPHA).get(SPY.symbol, ZERO) == position
    assert "POSITION_TURNED" not in alarms(pair.desk.events)
    pair.check()
