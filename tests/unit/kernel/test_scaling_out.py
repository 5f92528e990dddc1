"""Taking a part of a position off: how much that is, what is left, and that what is left keeps its stop."""

from decimal import Decimal

import pytest
from tests.builders import (
    ALPHA,
    ENGINE_HELD,
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

from kedge.domain.codes import Code
from kedge.domain.events import SignalJudged
from kedge.domain.ids import Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.orders import Role, Side
from kedge.domain.signals import Direction, Outcome, SignalKind
from kedge.kernel.cover import cover_of

COIN = Instrument(Symbol("COIN"), Decimal("0.01"), lot=Decimal("0.25"))


def left(desk: Desk, **wanted: object) -> SignalJudged:
    return desk.judge(signal("x-1", SignalKind.EXIT, None, at=desk.now, **wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("held", "pct", "closes"),
    [
        ("10", "50", "5"),
        ("10", "33", "3"),  # 3.3, down to the lot
        ("10", "99.9", "9"),
        ("3", "50", "1"),
        ("10", "100", "10"),
        ("1", "100", "1"),
    ],
)
def test_a_percentage_is_of_what_is_open_and_rounded_down_to_the_lot(
    held: str, pct: str, closes: str
) -> None:
    desk = Desk()
    desk.enter(quantity=held, filled=held)
    (order,) = desk.exit(pct=nano(pct))
    assert desk.order(order).quantity == number(closes)
    desk.check()


def test_lots_below_one_are_lots_too() -> None:
    desk = Desk(instruments=(SPY, COIN))
    desk.enter(instrument="COIN", quantity="1.25", filled="1.25")
    (order,) = desk.exit(instrument="COIN", pct=nano(50))
    assert desk.order(order).quantity == number("0.5")


@pytest.mark.parametrize(("held", "pct"), [("1", "99.9"), ("10", "9.99"), ("3", "33.3")])
def test_a_percentage_of_which_no_lot_is_left_is_refused(held: str, pct: str) -> None:
    desk = Desk()
    desk.enter(quantity=held, filled=held)
    judged = left(desk, pct=nano(pct))
    assert (judged.outcome, judged.code) == (Outcome.REFUSED, Code.SIZE_ROUNDS_TO_NOTHING)
    assert judged.checks[-1].figures == {
        "open": nano(held),
        "pct": nano(pct),
        "lot": nano(1),
        "wanted": 0,
    }


def test_an_odd_rest_can_be_closed_whole_but_not_in_parts_of_a_lot() -> None:
    desk = Desk(account(allow_unprotected=True))
    desk.enter(quantity=1, filled="0.5")
    assert left(desk, pct=nano(50)).code == Code.SIZE_ROUNDS_TO_NOTHING
    (order,) = desk.exit("x-2", pct=nano(100))
    assert desk.order(order).quantity == number("0.5")


def test_an_entry_by_a_percentage_is_none() -> None:
    desk = Desk()
    assert desk.judge(signal(stop=95, pct=nano(50))).code == Code.SIZE_MISSING


def test_what_is_left_is_stopped_for_exactly_that_where_the_venue_holds_the_stop() -> None:
    pair = Pair()
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95)
    pair.enter("x-1", kind=SignalKind.EXIT, direction=None, pct=nano(40))
    position = pair.desk.position()
    assert position is not None
    assert position.quantity == 6
    cover = cover_of(pair.desk.book.state, position)
    assert cover.stopped >= cover.open
    pair.quote("94.00", "94.01")
    assert pair.desk.held() == 0
    assert alarms(pair.desk.events) == []
    pair.check()


def test_what_is_left_is_stopped_for_exactly_that_where_the_engine_holds_the_stop() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    desk.enter(filled=10)
    (out,) = desk.exit(pct=nano(40))
    desk.accept(out)
    desk.fill(out, 4)
    (went,) = released(desk.quote("94.99", "95.00"))
    assert (went.role, went.quantity) == (Role.STOP, nano(6))
    desk.check()


def test_a_stop_that_is_reached_while_a_part_is_leaving_closes_the_rest_only() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    desk.enter(filled=10)
    desk.exit(pct=nano(40))
    (went,) = released(desk.quote("94.99", "95.00"))
    assert went.quantity == nano(6)


def short(desk: Desk) -> None:
    desk.enter(direction=Direction.SHORT, stop=105, target=90, filled=10)


def test_a_buy_without_a_direction_closes_what_was_sold_short() -> None:
    desk = Desk()
    short(desk)
    events, _ = desk.send(signal("b-1", SignalKind.BUY, None, at=desk.now))
    (request,) = submitted(events)
    assert (request.side, request.quantity, request.role) == (Side.BUY, nano(10), Role.EXIT)
    assert request.reduce_only
    desk.check()


def test_a_buy_that_wants_to_be_long_does_not_close_a_short() -> None:
    desk = Desk()
    short(desk)
    assert desk.judge(signal("b-1", SignalKind.BUY, Direction.LONG, at=desk.now)).code == Code.POSITION_OPEN


def test_a_buy_opens_where_nothing_is_open() -> None:
    desk = Desk()
    events, _ = desk.send(signal("b-1", SignalKind.BUY, None, at=desk.now, stop=95))
    assert submitted(events)[0].role is Role.ENTRY


def test_a_buy_that_closes_is_not_held_up_by_a_halt_of_new_risk() -> None:
    desk = Desk()
    short(desk)
    account_ = desk.book.state.accounts[ALPHA]
    desk.set_trading(type(account_.state).HALTED)
    assert desk.judge(signal("b-1", SignalKind.BUY, None, at=desk.now)).outcome is Outcome.ORDERED


def test_a_sell_closes_a_long_position_in_part() -> None:
    desk = Desk()
    desk.enter(filled=10)
    events, _ = desk.send(signal("s-9", SignalKind.SELL, None, at=desk.now, pct=nano(50)))
    assert submitted(events)[0].quantity == nano(5)
