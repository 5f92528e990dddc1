"""An entry that its venue has rejected: tried again where that is safe, as another order, one at a time."""

from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from tests.builders import (
    ALPHA,
    ENGINE_HELD,
    SPY,
    Desk,
    account,
    alarms,
    names,
    nano,
    signal,
    submitted,
)

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.announcements import Split
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId
from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import Phase
from kedge.domain.numbers import from_nano
from kedge.domain.orders import OrderType, Role
from kedge.domain.refusals import COURSES, MEANING, Course, RejectKind, course_of
from kedge.domain.signals import Direction, SignalKind, WantedOrder, WantedTarget

D, S, K = Decimal, OrderState, RejectKind
HALVES = (WantedTarget(nano(105), nano(50)), WantedTarget(nano(110), nano(50)))


def rejected(desk: Desk, kind: RejectKind = K.BUSY, **hints: Any) -> tuple[OrderId, list[e.Event]]:
    """An entry of ten, rejected; and what followed."""
    entry, *_ = desk.enter(accept=False)
    return entry, desk.reject(entry, "no", kind, **hints)


def one(events: list[e.Event], kind: type[Any]) -> Any:
    (found,) = [event for event in events if isinstance(event, kind)]
    return found


def given_up(events: list[e.Event]) -> tuple[str, str]:
    event = one(events, e.OrderGivenUp)
    return event.why, event.code


# --- which, when, how often ---


def test_every_kind_of_no_has_a_course_and_a_meaning() -> None:
    assert set(COURSES) == set(MEANING) == set(RejectKind)
    assert course_of(K.UNKNOWN) is Course.GIVE_UP


def test_what_may_pass_is_tried_again_by_another_order_with_the_same_terms(desk: Desk) -> None:
    entry, events = rejected(desk)
    assert names(events) == ["OrderEnded", "OrderEnded", "OrderEnded", "RetryPlanned"]
    assert names(desk.wait(4.9)) == []
    events = desk.wait(0.1)
    assert names(events) == ["OrderSubmitted", "OrderRetried"]
    sent = one(events, e.OrderSubmitted)
    first = desk.order(entry).request
    assert sent.request.id != entry
    assert (sent.request.type, sent.request.quantity, sent.request.signal) == (
        first.type,
        first.quantity,
        first.signal,
    )
    assert [(leg.role, leg.stop_price, leg.limit_price) for leg in sent.legs] == [
        (Role.STOP, nano(95), None),
        (Role.TARGET, None, nano(110)),
    ]
    assert {leg.parent for leg in sent.legs} == {sent.request.id}
    assert len({sent.request.id, *(leg.id for leg in sent.legs)}) == 3
    assert (sent.intent.attempt, sent.intent.after) == (1, entry)
    assert one(events, e.OrderRetried) == e.OrderRetried(order=entry, by=sent.request.id)
    desk.accept(sent.request.id)
    for leg in sent.legs:
        desk.accept(leg.id)
    desk.fill(sent.request.id, 10)
    assert desk.held() == D(10)
    assert not alarms(desk.events)
    desk.check()


def test_three_times_after_five_ten_and_twenty_seconds_and_then_no_more(desk: Desk) -> None:
    _, events = rejected(desk)
    pauses = []
    for _ in range(3):
        planned = one(events, e.RetryPlanned)
        pauses.append((planned.due - desk.book.state.last_at) / SECOND)
        desk.wait(pauses[-1])
        (request,) = submitted(desk.events[-2:])
        events = desk.reject(request.id, "no", K.BUSY)
    assert pauses == [5, 10, 20]
    assert given_up(events) == ("it was tried again 3 times", "")
    assert submitted(desk.wait(600)) == []
    desk.check()


@pytest.mark.parametrize("kind", [kind for kind in K if course_of(kind) is Course.GIVE_UP])
def test_what_would_be_a_no_again_and_what_is_not_known_is_not_tried_again(
    desk: Desk, kind: RejectKind
) -> None:
    entry, events = rejected(desk, kind)
    if kind is K.UNKNOWN:
        assert names(events) == ["OrderEnded"] * 3  # its reason says all that is known
    else:
        assert one(events, e.OrderGivenUp).kind is kind
    assert submitted(desk.wait(600)) == []
    assert desk.state(entry) is S.REJECTED


def test_with_no_attempts_nothing_is_tried_again() -> None:
    desk = Desk(account(retry_attempts=0))
    _, events = rejected(desk)
    assert given_up(events) == ("retry_attempts is 0", "")
    assert submitted(desk.wait(600)) == []


def test_an_order_that_the_venue_says_no_to_by_another_way_or_later_is_judged_alike(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    desk.silent(entry)
    assert desk.state(entry) is S.IN_DOUBT
    assert "RetryPlanned" in names(desk.reject(entry, "busy", K.BUSY))
    assert len(submitted(desk.wait(5))) == 1


def test_the_engine_holds_the_exits_of_the_new_order_where_the_venue_does_not() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    entry, stop, target = desk.enter(accept=False)
    desk.ask_replace(stop, stop_price=96)
    events = desk.reject(entry, "busy", K.BUSY)
    assert [desk.state(leg) for leg in (stop, target)] == [S.CANCELLED, S.CANCELLED]
    assert [leg.stop_price for leg in one(events, e.RetryPlanned).legs] == [nano(96), None]
    events = desk.wait(5)
    assert names(events) == ["OrderSubmitted", "OrderHeld", "OrderHeld", "OrderRetried"]
    assert [event.request.stop_price for event in events if isinstance(event, e.OrderHeld)] == [
        nano(96),
        None,
    ]
    desk.check()


# --- what speaks against it by then ---


class Against(NamedTuple):
    name: str
    what: Any
    code: str
    calendar: str = ""


def _halt(desk: Desk) -> None:
    desk.set_trading(TradingState.HALTED)


def _reduce(desk: Desk) -> None:
    desk.set_trading(TradingState.REDUCING, ALPHA)


def _close(desk: Desk) -> None:
    desk.phase(Phase.CLOSED)


def _forget_the_calendar(desk: Desk) -> None:
    desk.phase(Phase.OPEN, minutes=0.01)


def _halt_at_the_exchange(desk: Desk) -> None:
    desk.give(i.HaltSeen(SPY.symbol, "LULD", at=desk.now))


def _enter(desk: Desk) -> None:
    desk.enter("s-2", accept=False)


def _enter_and_fill(desk: Desk) -> None:
    desk.enter("s-2", filled=10)


def _leave_one_in_doubt(desk: Desk) -> None:
    desk.silent(desk.enter("s-2", accept=False)[0])


def _split(desk: Desk) -> None:
    desk.give(i.ActionTaken(Split(SPY.symbol, desk.now, 2, 1), at=desk.now))


AGAINST = [
    Against("trading is halted", _halt, "TRADING_HALTED"),
    Against("the account only reduces", _reduce, "REDUCING_ONLY"),
    Against("the market has closed", _close, "MARKET_CLOSED", "XNYS"),
    Against("its hours are not known", _forget_the_calendar, "MARKET_UNKNOWN", "XNYS"),
    Against("the instrument is halted", _halt_at_the_exchange, "INSTRUMENT_HALTED"),
    Against("another entry is pending", _enter, "POSITION_PENDING"),
    Against("a position is open", _enter_and_fill, "POSITION_OPEN"),
    Against("an order is in doubt", _leave_one_in_doubt, "ORDER_IN_DOUBT"),
    Against("the shares were split", _split, "INSTRUMENT_CHANGED"),
]


@pytest.mark.parametrize("case", AGAINST, ids=lambda case: case.name)
def test_what_speaks_against_it_by_then_ends_it(case: Against) -> None:
    desk = Desk(account(calendar=case.calendar))
    if case.calendar:
        desk.phase(Phase.OPEN)
    rejected(desk)
    case.what(desk)
    events = desk.wait(5)
    assert given_up(events)[1] == case.code
    assert submitted(events) == []
    assert submitted(desk.wait(60)) == []
    desk.check()


def test_it_is_not_tried_again_once_its_signal_is_too_old() -> None:
    desk = Desk(account(signal_ttl=Span(12 * SECOND)))
    _, events = rejected(desk)
    (request,) = submitted(desk.wait(5))
    events = desk.reject(request.id, "busy", K.BUSY)  # the next time would be after fifteen seconds
    assert given_up(events) == ("its signal is too old by then", "")


def test_a_deadline_that_was_slept_through_is_not_made_up_for(desk: Desk) -> None:
    rejected(desk)
    assert given_up(desk.wait(90)) == ("its signal is too old by now", "SIGNAL_EXPIRED")
    assert submitted(desk.events[-1:]) == []


def test_a_restart_forgets_no_retry_and_makes_none_twice(desk: Desk) -> None:
    rejected(desk)
    desk.book = desk.folded()
    desk.start()
    events = desk.wait(5)
    assert [request.signal for request in submitted(events)] == ["s-1"]
    desk.book = desk.folded()
    desk.start("r3")
    assert submitted(desk.wait(30)) == []
    assert desk.book.state.retries == {}


@pytest.mark.parametrize("kind", [SignalKind.EXIT, SignalKind.SELL])
def test_who_wants_out_meanwhile_does_not_get_in(desk: Desk, kind: SignalKind) -> None:
    rejected(desk)
    events, _ = desk.send(signal("x", kind, None, at=desk.now))
    assert given_up(events)[0] == "an exit was asked for meanwhile"
    assert submitted(desk.wait(30)) == []


def test_a_person_calls_it_off(desk: Desk) -> None:
    entry, _ = rejected(desk)
    assert given_up(desk.ask_cancel(entry))[0] == "ann: changed my mind"
    assert submitted(desk.wait(30)) == []


def test_an_order_whose_end_was_wanted_is_not_tried_again(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    desk.ask_cancel(entry)
    assert names(desk.reject(entry, "busy", K.BUSY)) == ["OrderEnded"] * 3
    assert submitted(desk.wait(30)) == []


def test_an_entry_whose_stop_was_taken_away_is_not_tried_again_without_one() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    entry, stop, _ = desk.enter(accept=False)
    desk.ask_cancel(stop)
    assert given_up(desk.reject(entry, "busy", K.BUSY)) == ("its stop is gone", "")
    assert submitted(desk.wait(30)) == []


def test_an_entry_that_was_let_in_without_a_stop_is_tried_again_without_one() -> None:
    desk = Desk(account(allow_unprotected=True))
    _, orders = desk.send(signal(unprotected=True))
    desk.reject(orders[0], "busy", K.BUSY)
    assert len(submitted(desk.wait(5))) == 1


def test_what_has_filled_in_part_is_not_tried_again(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=4)
    assert "RetryPlanned" not in names(desk.reject(entry, "busy", K.BUSY))
    assert submitted(desk.wait(30)) == []
    assert desk.held() == D(4)


def test_the_same_no_told_twice_is_one(desk: Desk) -> None:
    entry, _ = rejected(desk)
    assert names(desk.reject(entry, "busy", K.BUSY)) == []
    assert len(submitted(desk.wait(5))) == 1
    assert names(desk.reject(entry, "busy", K.BUSY)) == []
    assert submitted(desk.wait(30)) == []


# --- one live order ---


def test_a_rejected_order_that_lives_after_all_ends_what_was_planned_in_its_place(desk: Desk) -> None:
    entry, _ = rejected(desk)
    events = desk.accept(entry)
    assert given_up(events)[0] == "an earlier order of the same intent is heard of again"
    assert submitted(desk.wait(30)) == []


def test_a_rejected_order_that_lives_after_all_has_what_was_sent_in_its_place_withdrawn(desk: Desk) -> None:
    entry, _ = rejected(desk)
    (again,) = submitted(desk.wait(5))
    desk.accept(again.id)
    events = desk.fill(entry, 4)
    assert desk.state(again.id) is S.PENDING_CANCEL
    assert "UNEXPECTED_FILL" in alarms(events)
    assert "INTENT_DOUBLED" not in alarms(events)
    assert "INTENT_DOUBLED" in alarms(desk.fill(again.id, 2))
    assert "INTENT_DOUBLED" not in alarms(desk.fill(again.id, 2))


# --- another order for the same intent ---


def test_a_quantity_that_the_money_does_not_cover_is_cut_to_what_it_covers(desk: Desk) -> None:
    _, orders = desk.send(signal(stop=95, targets=HALVES))
    events = desk.reject(orders[0], "insufficient cash", K.FUNDS, fits=7)
    planned = one(events, e.RetryPlanned)
    assert planned.course is Course.ADJUST
    assert planned.changes == {"quantity": "10 to 7"}
    sent = one(desk.wait(0), e.OrderSubmitted)
    assert [from_nano(each.quantity) for each in (sent.request, *sent.legs)] == [7, 7, 3, 4]
    assert [leg.limit_price for leg in sent.legs] == [None, nano(105), nano(110)]


def test_without_a_word_of_what_fits_it_is_halved_each_time(desk: Desk) -> None:
    rejected(desk, K.FUNDS)
    sizes = []
    for _ in range(3):
        (request,) = submitted(desk.wait(0))
        sizes.append(from_nano(request.quantity))
        desk.reject(request.id, "no", K.FUNDS)
    assert sizes == [5, 2, 1]
    assert names(desk.events[-1:]) == ["OrderGivenUp"]


def test_a_quantity_of_nothing_is_given_up(desk: Desk) -> None:
    _, events = rejected(desk, K.FUNDS, fits=0)
    assert given_up(events)[0] == "nothing is left to ask for"


def test_what_fits_is_never_taken_for_more_than_was_asked_for(desk: Desk) -> None:
    _, events = rejected(desk, K.FUNDS, fits=50)
    assert from_nano(one(events, e.RetryPlanned).request.quantity) == 9


class Grid(NamedTuple):
    direction: str
    order: WantedOrder
    stop: str
    target: str
    moved: tuple[str, str, str]  # the entry's own price, the stop, the target


LIMIT, STOP = OrderType.LIMIT, OrderType.STOP
GRIDS = [
    Grid(
        "LONG", WantedOrder(LIMIT, limit_price=nano("99.93")), "95.01", "110.04", ("99.90", "95.05", "110.00")
    ),
    Grid(
        "LONG", WantedOrder(STOP, stop_price=nano("101.01")), "95.01", "110.04", ("101.05", "95.05", "110.00")
    ),
    Grid(
        "SHORT",
        WantedOrder(LIMIT, limit_price=nano("100.01")),
        "105.04",
        "90.01",
        ("100.05", "105.00", "90.05"),
    ),
    Grid(
        "SHORT", WantedOrder(STOP, stop_price=nano("98.99")), "105.04", "90.01", ("98.95", "105.00", "90.05")
    ),
]


@pytest.mark.parametrize("case", GRIDS, ids=lambda case: f"{case.direction} {case.order.type}")
def test_prices_are_put_on_the_venues_grid_where_they_cost_no_more(desk: Desk, case: Grid) -> None:
    wanted = signal(direction=Direction(case.direction), order=case.order, stop=case.stop, target=case.target)
    _, orders = desk.send(wanted)
    planned = one(desk.reject(orders[0], "tick", K.PRICE_GRID, tick="0.05"), e.RetryPlanned)
    prices = [
        each.limit_price if each.stop_price is None else each.stop_price
        for each in (planned.request, *planned.legs)
    ]
    assert prices == [nano(price) for price in case.moved]
    assert len(planned.changes) == 3


def test_prices_that_are_on_the_grid_as_far_as_is_known_are_not_moved(desk: Desk) -> None:
    _, events = rejected(desk, K.PRICE_GRID)
    assert given_up(events)[0] == "its prices are on the grid that is known here"


@pytest.mark.parametrize(
    ("direction", "stop", "target", "limit"), [("LONG", 95, 110, "100.51"), ("SHORT", 105, 90, "99.50")]
)
def test_a_limit_within_the_collar_takes_the_place_of_a_market_order(
    desk: Desk, direction: str, stop: int, target: int, limit: str
) -> None:
    _, orders = desk.send(signal(direction=Direction(direction), stop=stop, target=target))
    planned = one(desk.reject(orders[0], "no market orders", K.MARKET_ORDERS), e.RetryPlanned)
    assert (planned.request.type, planned.request.limit_price) == (LIMIT, nano(limit))
    assert list(planned.changes) == ["type"]
    assert len(submitted(desk.wait(0))) == 1


def test_a_limit_order_cannot_become_one(desk: Desk) -> None:
    _, orders = desk.send(signal(stop=95, limit=99))
    assert given_up(desk.reject(orders[0], "no", K.MARKET_ORDERS))[0] == "it was no market order"


# --- waiting ---


def test_what_waits_for_its_market_goes_when_that_opens() -> None:
    desk = Desk(account(calendar="XNYS", signal_ttl=Span(10 * MINUTE)))
    desk.phase(Phase.OPEN)
    rejected(desk, K.CLOSED)
    desk.phase(Phase.CLOSED, opens_in=1)
    assert names(desk.wait(5)) == ["RetryPlanned"]
    assert names(desk.wait(10)) == ["RetryPlanned"]
    desk.phase(Phase.OPEN)
    (request,) = submitted(desk.wait(20))
    assert desk.order(request.id).intent is not None
    intent = desk.order(request.id).intent
    assert intent is not None
    assert intent.attempt == 0  # waiting is no attempt
    desk.check()


def test_who_asks_too_often_is_not_asking_more_often_still() -> None:
    desk = Desk(account(signal_ttl=Span(10 * MINUTE)))
    _, events = rejected(desk, K.RATE)
    pauses = []
    for _ in range(6):
        pauses.append((one(events, e.RetryPlanned).due - desk.book.state.last_at) / SECOND)
        (request,) = submitted(desk.wait(pauses[-1]))
        events = desk.reject(request.id, "429", K.RATE)
    assert pauses == [5, 10, 20, 40, 60, 60]


def test_what_waits_lapses_with_its_signal() -> None:
    desk = Desk(account(calendar="XNYS"))
    desk.phase(Phase.OPEN)
    rejected(desk, K.HALTED)
    desk.give(i.HaltSeen(SPY.symbol, "LULD", at=desk.now))
    found = [names(desk.wait(seconds)) for seconds in (5, 10, 20, 40)]
    assert found == [["RetryPlanned"], ["RetryPlanned"], ["OrderGivenUp"], []]


# --- exits ---


def test_an_exit_that_is_rejected_is_tried_again_and_somebody_is_called(desk: Desk) -> None:
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    called, sent = [], []
    order, wait = exit_, 1.0
    for _ in range(4):
        called.append(alarms(desk.reject(order, "no")))
        assert submitted(desk.wait(wait - 0.1)) == []
        (request,) = submitted(desk.wait(0.2))
        sent.append((request.type, request.quantity, request.signal, request.reduce_only))
        order, wait = request.id, wait * 2
    assert sent == [(OrderType.MARKET, nano(10), "x-1", True)] * 4
    assert called == [[], ["EXIT_REJECTED"], [], []]
    desk.accept(order)
    desk.fill(order, 10, 101)
    assert desk.held() == 0
    desk.check()


def test_an_exit_is_not_tried_for_ever_and_the_stop_stays(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    (order,) = desk.exit()
    sent = 1
    while "OrderGivenUp" not in names(events := desk.reject(order, "no")):
        (request,) = submitted(desk.wait(31))
        order, sent = request.id, sent + 1
    assert sent == 21
    assert "EXIT_REJECTED" in alarms(events)
    assert desk.state(stop) is S.ACCEPTED


def test_an_exit_is_tried_again_in_any_trading_state_and_at_any_hour() -> None:
    desk = Desk(account(calendar="XNYS", signal_ttl=Span(SECOND)))
    desk.phase(Phase.OPEN)
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.set_trading(TradingState.HALTED)
    desk.phase(Phase.CLOSED)
    desk.reject(exit_, "no", K.CLOSED)
    assert len(submitted(desk.wait(30))) == 1


def test_an_exit_closes_no_position_but_its_own(desk: Desk) -> None:
    _, stop, target = desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.reject(exit_)
    desk.fill(stop, 10, 95)
    desk.cancelled(target)
    desk.enter("s-2", filled=10)
    assert given_up(desk.wait(1))[0] == "what it was to close is closed"
    assert desk.held() == D(10)


def test_an_exit_closes_no_more_than_is_open_and_not_leaving(desk: Desk) -> None:
    _, _, target = desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.reject(exit_)
    desk.fill(target, 4, 110)
    (request,) = submitted(desk.wait(1))
    assert request.quantity == nano(6)
    desk.reject(request.id)
    desk.exit("x-2")
    assert given_up(desk.wait(2))[0] == "another exit is closing it"


def test_an_exit_that_the_venue_never_had_is_tried_again(desk: Desk) -> None:
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.silent(exit_)
    for seconds in (10, 10):
        desk.wait(seconds)
        for endpoint in Capabilities().absence_endpoints:
            desk.missing(exit_, endpoint)
    assert desk.state(exit_) is S.REJECTED
    assert len(submitted(desk.wait(1))) == 1


def test_a_limit_exit_that_is_rejected_is_left_to_who_asked_for_it(desk: Desk) -> None:
    desk.enter(filled=10)
    (exit_,) = desk.exit(order=WantedOrder(LIMIT, limit_price=nano(120)))
    assert "RetryPlanned" not in names(desk.reject(exit_))
    assert submitted(desk.wait(60)) == []


def test_what_was_to_be_added_is_given_up_for_what_it_is() -> None:
    desk = Desk(account(max_adds=1))
    desk.enter(filled=10)
    desk.quote("105.00", "105.01")
    bid, ask = desk.book.quote(SPY.symbol)
    before = set(desk.book.state.orders)
    desk.give(
        i.SignalArrived(signal("s-2", at=desk.now, quantity=5, stop=103, target=115), bid, ask, at=desk.now)
    )
    added = next(id_ for id_ in desk.book.state.orders if id_ not in before)
    desk.reject(added, "busy", K.BUSY)
    events = desk.wait(5)
    assert given_up(events) == ("what was to be added to a position is not tried again", "POSITION_OPEN")
