"""An exit's fill that is heard before its entry's: nothing is sent against a position that is none."""

from decimal import Decimal

import pytest
from tests.builders import ENGINE_HELD, Desk, account, alarms, execution, names, nano, released, submitted

from kedge.domain import events as e
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import OrderType, Side

D, S = Decimal, OrderState
UNGUARDED = Capabilities(reduce_only=False, bracket=False, oco=False, replace=False)


def asked(events: list[e.Event]) -> list[OrderId]:
    return [event.order for event in events if isinstance(event, e.OrderQueried)]


def test_the_entry_is_asked_about_before_anything_is_sent(desk: Desk) -> None:
    entry, stop, target = desk.enter()
    events = desk.fill(target, 10, 110)
    assert alarms(events) == ["POSITION_TURNED"]
    assert asked(events) == [entry]
    assert submitted(events) == []
    desk.showed(entry, S.FILLED, execution("late", 10, 100))
    assert desk.held() == ZERO
    assert desk.cash() == D(100_000) + 10 * (110 - 100)
    desk.cancelled(stop)
    assert submitted(desk.wait(3600)) == []
    desk.check()


def test_the_entrys_fill_comes_by_itself(desk: Desk) -> None:
    entry, _, target = desk.enter()
    desk.fill(target, 4, 110)
    desk.fill(entry, 10, 100)
    assert desk.held() == D(6)
    assert submitted(desk.wait(3600)) == []
    desk.check()


def test_a_part_of_the_entry_that_was_not_heard_of_is_asked_about(desk: Desk) -> None:
    entry, _, target = desk.enter(filled=4)
    events = desk.fill(target, 10, 110)
    assert desk.held() == D(-6)
    assert entry in asked(events)
    assert submitted(events) == []
    desk.showed(entry, S.FILLED, execution("fill-1", 4, 100), execution("late", 6, 100))
    assert desk.held() == ZERO
    assert submitted(desk.wait(3600)) == []
    desk.check()


def test_an_entry_that_was_not_even_acknowledged_is_asked_about(desk: Desk) -> None:
    entry, _, target = desk.enter(accept=False)
    events = desk.fill(target, 10, 110)
    assert desk.state(entry) is S.IN_DOUBT
    assert asked(events) == [entry]
    assert submitted(events) == []
    desk.showed(entry, S.FILLED, execution("late", 10, 100))
    assert desk.held() == ZERO


def test_an_answer_that_is_too_early_proves_nothing(desk: Desk) -> None:
    entry, _, target = desk.enter()
    desk.fill(target, 10, 110)
    assert submitted(desk.showed(entry)) == []  # the fill need not be visible yet
    events = desk.wait(1)
    assert asked(events) == [entry]
    assert (
        submitted(desk.showed(entry, asked=Instant(desk.now - 10**9))) == []
    )  # an answer to the first question
    assert submitted(desk.showed(entry)) != []


def test_what_is_proven_to_be_open_is_closed_at_the_market(desk: Desk) -> None:
    entry, _, target = desk.enter()
    desk.fill(target, 10, 110)
    desk.wait(1)
    (way_out,) = submitted(desk.showed(entry))
    assert (way_out.side, way_out.type, way_out.quantity) == (Side.BUY, OrderType.MARKET, nano(10))
    desk.fill(way_out.id, 10, 110)
    assert desk.held() == ZERO


@pytest.mark.parametrize("end", ["cancelled", "rejected"])
def test_an_entry_that_is_over_has_filled_no_more(desk: Desk, end: str) -> None:
    entry, _, target = desk.enter()
    desk.fill(target, 10, 110)
    events = desk.cancelled(entry) if end == "cancelled" else desk.reject(entry)
    assert [request.quantity for request in submitted(events)] == [nano(10)]


def test_where_the_venue_keeps_exits_from_opening_anything_it_is_closed_without_an_answer(desk: Desk) -> None:
    _, _, target = desk.enter()
    desk.fill(target, 10, 110)
    sent = []
    for _ in range(9):
        sent += submitted(desk.wait(1))
    assert sent == []
    (way_out,) = submitted(desk.wait(1))
    assert way_out.reduce_only


def test_elsewhere_nothing_is_sent_without_an_answer_and_somebody_is_called_once() -> None:
    desk = Desk(account(capabilities=UNGUARDED))
    entry, *_ = desk.enter(filled=4)
    (exit_,) = desk.exit()
    assert desk.order(exit_).quantity == D(4)
    desk.fill(exit_, 6, 101)  # the venue trades more than was asked for
    assert desk.held() == D(-2)
    events = [event for _ in range(120) for event in desk.wait(1)]
    assert submitted(events) == []
    assert alarms(events).count("TURN_UNPROVEN") == 1
    assert len(asked(events)) >= 4
    desk.cancelled(entry)
    assert [request.quantity for request in submitted(desk.events[-5:])] == [nano(2)]
    desk.check()


def test_what_the_engine_let_go_is_looked_at_alike() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    entry, *_ = desk.enter(filled=4)
    (target,) = released(desk.quote("110.00", "110.01"))
    events = desk.fill(target.id, 6, 110)
    assert desk.held() == D(-2)
    assert submitted(events) == []
    desk.showed(entry, S.PARTIALLY_FILLED, execution("fill-1", 4, 100), execution("late", 2, 100))
    assert desk.held() == ZERO
    assert submitted(desk.wait(60)) == []


def test_a_restart_goes_on_asking(desk: Desk) -> None:
    entry, _, target = desk.enter()
    desk.fill(target, 10, 110)
    desk.book = desk.folded()
    assert entry in asked(desk.start())
    assert submitted(desk.wait(5)) == []
    desk.showed(entry, S.FILLED, execution("late", 10, 100))
    assert desk.held() == ZERO
    assert "OrderSubmitted" not in names(desk.wait(60))
