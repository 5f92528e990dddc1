"""Adding to a position: only to winners, never worse stopped, and every part covered by a stop of its own."""

from decimal import Decimal
from typing import Any

import pytest
from tests.builders import (
    ALPHA,
    ENGINE_HELD,
    NO_REPLACE,
    SPY,
    Desk,
    account,
    alarms,
    nano,
    number,
    released,
    signal,
    submitted,
)
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.capabilities import Capabilities
from kedge.domain.codes import Code
from kedge.domain.ids import OrderId
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Order, Role, Side
from kedge.domain.positions import Position
from kedge.domain.signals import Direction, SignalKind, WantedTarget
from kedge.kernel.cover import Cover, cover_of

BRACKET = Capabilities()
VENUES = [
    pytest.param(BRACKET, id="the venue holds stops"),
    pytest.param(ENGINE_HELD, id="the engine holds stops"),
]


def desk_of(capabilities: Capabilities = BRACKET, max_adds: int = 2, **others: Any) -> Desk:
    return Desk(account(capabilities=capabilities, max_adds=max_adds, **others))


def at(desk: Desk, price: str, wanted: Any) -> tuple[list[e.Event], list[OrderId]]:
    """A signal while the market is at a price."""
    before = set(desk.book.state.orders)
    bid = SPY.ticks(number(price))
    desk.quote(price, str(number(price) + SPY.tick))
    events = desk.give(i.SignalArrived(wanted, bid, Ticks(bid + 1), at=desk.now))
    return events, [id_ for id_ in desk.book.state.orders if id_ not in before]


def add(
    desk: Desk, price: str = "105", *, filled: str | None = "5", id_: str = "s-2", **wanted: Any
) -> list[OrderId]:
    """Five more at a price: the entry, its stop and its target."""
    wanted = {"quantity": 5, "stop": 103, "target": 115} | wanted
    _, orders = at(desk, price, signal(id_, at=desk.now, **wanted))
    assert orders, f"refused: {desk.events[-1]}"
    for order in orders:
        if desk.state(order) is OrderState.PENDING_NEW:
            desk.accept(order)
    if filled is not None:
        desk.fill(orders[0], filled, price)
    return orders


def refusal(desk: Desk, price: str = "105", **wanted: Any) -> e.SignalJudged:
    wanted = {"quantity": 5, "stop": 103} | wanted
    events, _ = at(desk, price, signal("s-9", at=desk.now, **wanted))
    judged = events[0]
    assert isinstance(judged, e.SignalJudged)
    return judged


def held(desk: Desk) -> Position:
    position = desk.position()
    assert position is not None
    return position


def cover(desk: Desk) -> Cover:
    return cover_of(desk.book.state, held(desk))


def stops(desk: Desk) -> dict[Decimal, Decimal]:
    """How much is stopped where, by orders that stand."""
    found: dict[Decimal, Decimal] = {}
    for order in desk.book.state.open_orders(ALPHA, SPY.symbol):
        if order.request.role is Role.STOP and order.stop_price is not None:
            found[order.stop_price] = found.get(order.stop_price, Decimal(0)) + order.leaves
    return found


def orders_of(desk: Desk) -> list[Order]:
    return list(desk.book.state.open_orders(ALPHA, SPY.symbol))


# -- whether it may be added --


def test_an_account_that_does_not_say_so_never_adds() -> None:
    desk = Desk()
    desk.enter(filled=10)
    assert refusal(desk).code == Code.POSITION_OPEN


@pytest.mark.parametrize(
    ("price", "code"),
    [("105", ""), ("100.01", ""), ("99.99", Code.ADDS_TO_LOSER), ("98", Code.ADDS_TO_LOSER)],
)
def test_only_a_winner_is_added_to(price: str, code: str) -> None:
    desk = desk_of()
    desk.enter(filled=10)
    stop = str(number(price) - 2)
    judged = refusal(desk, price, stop=stop)
    assert judged.code == code
    if code:
        figures = judged.checks[-1].figures
        assert (figures["mean"], figures["price"]) == (nano(100), nano(str(number(price) + SPY.tick)))
        assert int(figures["gained"]) <= 0


@pytest.mark.parametrize(
    ("direction", "stop", "price", "limit", "code"),
    [
        (Direction.LONG, 95, "105", 99, Code.ADDS_TO_LOSER),  # it would be bought below what the first cost
        (Direction.LONG, 95, "105", 104, ""),
        (Direction.SHORT, 105, "95", 101, Code.ADDS_TO_LOSER),
        (Direction.SHORT, 105, "95", 96, ""),
    ],
)
def test_the_gain_is_counted_at_the_price_of_what_is_added(
    direction: Direction, stop: int, price: str, limit: int, code: str
) -> None:
    desk = desk_of()
    desk.enter(direction=direction, stop=stop, target=None, filled=10)
    far = 98 if direction is Direction.LONG else 102
    assert refusal(desk, price, direction=direction, limit=limit, stop=far).code == code


def test_without_a_price_it_is_not_known_whether_it_wins() -> None:
    desk = desk_of()
    desk.enter(filled=10)
    assert (
        desk.judge(signal("s-2", at=desk.now, quantity=5, stop=95), quoted=False).code
        == Code.NO_REFERENCE_PRICE
    )


def test_the_other_direction_adds_nothing() -> None:
    desk = desk_of()
    desk.enter(filled=10)
    assert refusal(desk, direction=Direction.SHORT, stop=110).code == Code.POSITION_OPEN


def test_it_is_added_so_often_and_not_more() -> None:
    desk = desk_of(max_adds=1)
    desk.enter(filled=10)
    add(desk)
    assert refusal(desk, "110", stop=108).code == Code.ADDS_EXHAUSTED


def test_an_add_that_never_filled_does_not_count() -> None:
    desk = desk_of(max_adds=1)
    desk.enter(filled=10)
    entry, *_ = add(desk, filled=None, limit=104)
    desk.cancelled(entry)
    add(desk, id_="s-3")
    assert held(desk).quantity == 15


def test_all_of_it_together_stays_within_the_size_of_a_position() -> None:
    desk = desk_of(max_position_size=Decimal(14))
    desk.enter(filled=10)
    judged = refusal(desk)
    assert judged.code == Code.SIZE_TOO_LARGE
    assert judged.checks[-1].figures["used"] == nano(10)
    add(desk, quantity=4, filled="4")


def test_a_person_cannot_make_an_add_larger_than_the_position_may_be() -> None:
    desk = desk_of(max_position_size=Decimal(20))
    desk.enter(filled=10)
    entry, *_ = add(desk, filled=None, limit=104)
    (refused,) = desk.ask_replace(entry, quantity=11)
    assert isinstance(refused, e.RequestRefused)
    assert refused.reason.startswith(
        "The quantity is above the account's max_position_size. SIZE_TOO_LARGE: "
    )
    assert refused.reason.endswith("max_position_size 20, used 10, needed 11")
    assert isinstance(desk.ask_replace(entry, quantity=10)[0], e.ReplaceSubmitted)


def test_one_at_a_time() -> None:
    desk = desk_of()
    desk.enter(filled=10)
    add(desk, filled=None)
    assert refusal(desk).code == Code.POSITION_PENDING


def test_nothing_is_added_to_what_is_being_closed() -> None:
    desk = desk_of()
    desk.enter(filled=10)
    desk.exit(quantity=5)
    assert refusal(desk).code == Code.ALREADY_EXITING


@pytest.mark.parametrize("wanted", [{"unprotected": True, "stop": None}])
def test_nothing_is_added_without_a_stop(wanted: dict[str, Any]) -> None:
    desk = desk_of(allow_unprotected=True)
    desk.enter(filled=10)
    assert refusal(desk, **wanted).code == Code.UNPROTECTED_NOT_ALLOWED


def test_nothing_is_added_to_what_has_no_stop() -> None:
    desk = desk_of(allow_unprotected=True)
    desk.enter(stop=None, target=None, unprotected=True, filled=10)
    assert refusal(desk).code == Code.NO_STOP_TO_ADJUST


# -- its stop --


def test_a_stop_that_is_farther_away_than_the_positions_is_refused() -> None:
    desk = desk_of()
    desk.enter(filled=10)
    judged = refusal(desk, stop="94.99")
    assert judged.code == Code.STOP_BEYOND_RISK
    assert judged.checks[-1].figures["position_stop"] == nano(95)


def test_a_planned_stop_is_brought_up_to_the_positions() -> None:
    desk = desk_of(stop_percent=Decimal(20))
    desk.enter(filled=10)
    _, stop, *_ = add(desk, stop=None, target=None)
    assert desk.order(stop).stop_price == 95


@pytest.mark.parametrize("capabilities", VENUES)
def test_what_is_added_has_a_stop_of_its_own_and_all_is_covered(capabilities: Capabilities) -> None:
    desk = desk_of(capabilities)
    desk.enter(filled=10)
    add(desk)
    assert stops(desk) == {Decimal(95): Decimal(10), Decimal(103): Decimal(5)}
    assert (cover(desk).open, cover(desk).missing) == (Decimal(15), Decimal(0))
    assert alarms(desk.events) == []
    desk.check()


@pytest.mark.parametrize("capabilities", VENUES)
def test_what_has_not_filled_yet_covers_nothing(capabilities: Capabilities) -> None:
    desk = desk_of(capabilities)
    desk.enter(filled=10)
    entry, *_ = add(desk, filled=None, limit=104)
    assert cover(desk).stopped == 10
    desk.fill(entry, 2, 104)
    assert (cover(desk).open, cover(desk).stopped) == (Decimal(12), Decimal(12))


def test_a_stop_that_is_lost_is_missed_although_one_waits_for_its_entry() -> None:
    desk = desk_of()
    _, stop, _ = desk.enter(filled=10)
    add(desk, filled=None, limit=104)
    desk.cancelled(stop)
    assert cover(desk).guarded == 10
    assert stops(desk)[Decimal(95)] == 10


@pytest.mark.parametrize(("lost", "price", "quantity"), [(0, 95, 10), (1, 103, 5)])
def test_each_stop_that_is_lost_comes_back_where_it_was(lost: int, price: int, quantity: int) -> None:
    desk = desk_of()
    legs = [desk.enter(filled=10)[1]]
    legs.append(add(desk)[1])
    desk.cancelled(legs[lost])
    assert stops(desk) == {Decimal(95): Decimal(10), Decimal(103): Decimal(5)}
    (again,) = submitted(desk.wait(2))
    assert (again.stop_price, again.quantity) == (nano(price), nano(quantity))
    desk.accept(again.id)
    desk.wait(60)
    assert stops(desk) == {Decimal(95): Decimal(10), Decimal(103): Decimal(5)}
    assert cover(desk).missing == 0
    desk.check()


# -- what happens at the prices --


def test_the_engines_stop_of_an_add_closes_that_part_and_leaves_the_rest_its_own() -> None:
    desk = desk_of(ENGINE_HELD)
    desk.enter(filled=10)
    add(desk)
    (went,) = released(desk.quote("102.99", "103.00"))
    assert went.quantity == nano(5)
    desk.accept(went.id)
    desk.fill(went.id, 5, "102.99")
    assert held(desk).quantity == 10
    assert stops(desk) == {Decimal(95): Decimal(10)}
    assert cover(desk).missing == 0
    (last,) = released(desk.quote("94.99", "95.00"))
    assert last.quantity == nano(10)
    desk.fill(last.id, 10, "94.99")
    assert desk.held() == 0
    assert alarms(desk.events) == []
    desk.check()


def test_the_engines_stop_of_an_add_that_has_not_filled_closes_nothing() -> None:
    desk = desk_of(ENGINE_HELD)
    desk.enter(filled=10)
    entry, *_ = add(desk, filled=None, limit=104)
    assert released(desk.quote("102.99", "103.00")) == []
    desk.fill(entry, 5, 103)
    (went,) = released(desk.quote("102.50", "102.51"))
    assert went.quantity == nano(5)
    desk.check()


def test_a_fall_through_both_stops_closes_all_once() -> None:
    desk = desk_of(ENGINE_HELD)
    desk.enter(filled=10)
    add(desk)
    gone = released(desk.quote("90.00", "90.01"))
    assert sum(each.quantity for each in gone) == nano(15)
    for each in gone:
        desk.accept(each.id)
        desk.fill(each.id, each.quantity // 10**9, 90)
    assert desk.held() == 0
    desk.check()


def test_an_add_that_ends_half_filled_is_stopped_for_its_half() -> None:
    desk = desk_of(ENGINE_HELD)
    desk.enter(filled=10)
    entry, *_ = add(desk, filled="2", limit=105)
    desk.cancelled(entry)
    assert stops(desk) == {Decimal(95): Decimal(10), Decimal(103): Decimal(2)}
    (went,) = released(desk.quote("102.99", "103.00"))
    assert went.quantity == nano(2)


@pytest.mark.parametrize("fall", [("102.50", 10), ("94.00", 0)])
def test_a_venue_closes_each_part_at_its_own_stop(fall: tuple[str, int]) -> None:
    pair = Pair()
    terms = account(allow_unprotected=True, max_adds=2)
    pair.give(i.AccountDeclared(terms, at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95)
    pair.quote("105.00", "105.01")
    pair.enter("s-2", quantity=5, stop=103)
    assert pair.desk.held() == 15
    price, left = fall
    pair.quote("102.50", "102.51")
    pair.quote(price, str(number(price) + SPY.tick))
    assert pair.desk.held() == left
    if left:
        assert cover(pair.desk).missing == 0
        assert stops(pair.desk) == {Decimal(95): Decimal(10)}
    assert alarms(pair.desk.events) == []
    pair.check()


def test_what_is_left_of_a_pending_add_goes_with_the_position() -> None:
    desk = desk_of()
    _, stop, _ = desk.enter(filled=10)
    entry, its_stop, _ = add(desk, filled=None, limit=104)
    desk.fill(stop, 10, 95)
    assert desk.state(entry) is OrderState.PENDING_CANCEL
    desk.cancelled(entry)
    desk.wait(2)
    assert desk.state(its_stop) is OrderState.PENDING_CANCEL
    assert {order.state for order in orders_of(desk)} == {OrderState.PENDING_CANCEL}
    desk.check()


def test_an_add_that_fills_after_the_position_closed_is_a_position_with_its_stop() -> None:
    desk = desk_of()
    _, stop, _ = desk.enter(filled=10)
    entry, _its_stop, _ = add(desk, filled=None, limit=104)
    desk.fill(stop, 10, 95)
    desk.fill(entry, 5, 104)
    assert held(desk).quantity == 5
    assert held(desk).entries == [entry]
    assert (held(desk).stop, cover(desk).missing) == (Decimal(103), Decimal(0))


# -- the plan goes on for all of it --


def test_targets_of_both_entries_close_their_own_part() -> None:
    desk = desk_of(ENGINE_HELD)
    halves = (WantedTarget(nano(110), nano(50)), WantedTarget(nano(120), nano(50)))
    desk.enter(filled=10, target=None, targets=halves)
    add(desk, target=115)
    (first,) = released(desk.quote("110.00", "110.01"))
    assert first.quantity == nano(5)
    desk.fill(first.id, 5, 110)
    (second,) = released(desk.quote("115.00", "115.01"))
    assert second.quantity == nano(5)
    desk.fill(second.id, 5, 115)
    (third,) = released(desk.quote("120.00", "120.01"))
    desk.fill(third.id, third.quantity // 10**9, 120)
    assert desk.held() == 0
    desk.check()


@pytest.mark.parametrize("capabilities", VENUES)
def test_all_stops_trail(capabilities: Capabilities) -> None:
    desk = desk_of(capabilities, follow=Follow(trail_percent=Decimal(1)))
    desk.enter(filled=10, target=130)
    add(desk, stop=104, target=130)
    for price in ("105.50", "120.00"):
        desk.quote(price, str(number(price) + SPY.tick))
        for order in orders_of(desk):
            if order.pending is not None:
                desk.give(i.VenueReplaced(order.id, order.pending, at=desk.now))
    assert stops(desk) == {number("118.8"): Decimal(15)}


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("104", {Decimal(104): Decimal(15)}),
        ("99", {Decimal(99): Decimal(10), Decimal(103): Decimal(5)}),  # the nearer one is not moved away
    ],
)
def test_an_adjustment_moves_every_stop_that_is_farther_away(
    to: str, expected: dict[Decimal, Decimal]
) -> None:
    desk = desk_of(ENGINE_HELD)
    desk.enter(filled=10)
    add(desk)
    at(desk, "105", signal("a-1", SignalKind.STOP_ADJUSTMENT, None, at=desk.now, stop=to))
    assert stops(desk) == expected


def test_a_part_that_was_closed_leaves_what_is_left_covered() -> None:
    desk = desk_of(ENGINE_HELD)
    desk.enter(filled=10)
    add(desk)
    (out,) = desk.exit(quantity=12)
    desk.accept(out)
    desk.fill(out, 12, 105)
    assert cover(desk).missing == 0
    (went,) = released(desk.quote("102.99", "103.00"))
    assert went.quantity == nano(3)
    desk.check()


# -- its figures --


def test_what_is_at_risk_is_the_sum_of_the_entries_up_to_their_own_stops() -> None:
    desk = desk_of()
    entry, *_ = desk.enter()
    desk.fill(entry, 4, 100)
    desk.fill(entry, 6, "100.10")
    assert held(desk).risk == 4 * 5 + 6 * number("5.10")
    add(desk)
    assert held(desk).risk == number("50.60") + 5 * 2
    assert (held(desk).entries[0], len(held(desk).adds)) == (entry, 1)
    (out,) = desk.exit()
    events = desk.fill(out, 15, 106)
    closed = next(event for event in events if isinstance(event, e.PositionClosed))
    assert (closed.risk, closed.adds) == (nano("60.6"), 1)
    desk.check()


def test_a_fill_that_is_annulled_takes_its_risk_along() -> None:
    pair = Pair()
    pair.give(i.AccountDeclared(account(allow_unprotected=True, max_adds=2), at=pair.desk.now))
    pair.quote("100.00", "100.00")
    pair.enter(quantity=10, stop=95)
    pair.quote("105.00", "105.00")
    pair.enter("s-2", quantity=5, stop=103)
    added = [place for place in pair.trades() if place[0] == held(pair.desk).adds[0]]
    assert held(pair.desk).risk == 60
    pair.bust(added[0][0], added[0][1].id)
    assert (held(pair.desk).quantity, held(pair.desk).risk) == (Decimal(10), Decimal(50))
    assert held(pair.desk).adds == []
    pair.check()


def test_a_bust_of_the_first_entry_leaves_the_added_part_with_its_stop() -> None:
    pair = Pair()
    pair.give(i.AccountDeclared(account(allow_unprotected=True, max_adds=2), at=pair.desk.now))
    pair.quote("100.00", "100.00")
    pair.enter(quantity=10, stop=95)
    first = pair.trades()[0]
    pair.quote("105.00", "105.00")
    pair.enter("s-2", quantity=5, stop=103)
    pair.bust(first[0], first[1].id)
    pair.wait(60)
    assert held(pair.desk).quantity == 5
    assert cover(pair.desk).missing == 0
    pair.check()


def test_an_add_is_sent_like_any_entry_with_its_own_exits() -> None:
    desk = desk_of()
    desk.enter(filled=10)
    events, _ = at(desk, "105", signal("s-2", at=desk.now, quantity=5, stop=103, target=115))
    sent = next(event for event in events if isinstance(event, e.OrderSubmitted))
    assert (sent.request.side, sent.request.role, sent.request.reduce_only) == (Side.BUY, Role.ENTRY, False)
    assert [(leg.role, leg.quantity, leg.parent) for leg in sent.legs] == [
        (Role.STOP, nano(5), sent.request.id),
        (Role.TARGET, nano(5), sent.request.id),
    ]


def test_a_stop_asked_for_beside_the_engine_s_own_does_not_chase_it_for_ever() -> None:
    """Where no stop can be changed, each that is asked for behind the engine's own would be withdrawn at once."""
    pair = Pair()
    follow = Follow(trail_percent=Decimal(2), after_r=Decimal("0.5"))
    terms = account(capabilities=NO_REPLACE, max_adds=2, follow=follow)
    pair.give(i.AccountDeclared(terms, at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.enter(quantity=4, stop=98, target=104)
    pair.quote("101.00", "101.01")
    pair.enter("s-2", quantity=4, stop=99)
    added = held(pair.desk).adds[0]
    pair.quote("103.00", "103.01")
    (own,) = [order for order in pair.desk.book.state.orders.values() if _is_own_stop(order, added)]
    pair.give(i.CancelAsked(own.id, "ann", "not there", at=pair.desk.now))
    stops = [one.stop_price for one in submitted(pair.desk.events) if one.role is Role.STOP]
    assert stops == [nano("98"), nano("100.94"), nano("100.94")]
    assert cover(pair.desk).stopped == 8
    pair.check()


def _is_own_stop(order: Order, entry: OrderId) -> bool:
    return order.request.role is Role.STOP and order.request.parent == entry


def test_what_a_target_of_the_added_part_has_closed_its_stop_covers_no_more() -> None:
    """The venue makes that stop smaller by itself, and says so later: it does not cover what another entry brought."""
    desk = desk_of()
    first = desk.enter(filled=10, target=None)
    _, _, target = add(desk)
    assert cover(desk).stopped == 15
    desk.cancelled(first[1])
    assert [cover(desk).stopped, cover(desk).guarded] == [5, 10]
    desk.fill(target, 3, 115)
    assert [cover(desk).open, cover(desk).stopped, cover(desk).guarded] == [12, 2, 10]
