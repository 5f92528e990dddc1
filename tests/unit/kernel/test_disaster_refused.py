"""A disaster stop that the venue does not take, ends, or has not answered for; and over a restart."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.builders import (
    ALPHA,
    SPY,
    Desk,
    account,
    alarms,
    execution,
    names,
    released,
    submitted,
)
from tests.unit.kernel.disasters import FIXED, PLAIN, disasters, held_long, last, opened

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.ids import Symbol
from kedge.domain.instants import NEVER, SECOND
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.markets import Phase
from kedge.domain.orders import Role, TimeInForce
from kedge.kernel.book import Book

D = Decimal
S = OrderState


def test_three_times_in_vain_and_then_a_person_is_told_once(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    _, stop, _ = desk.enter(filled=10)
    for pause in (2, 4):
        assert submitted(desk.reject(last(desk).id, "too far away")) == []
        assert submitted(desk.wait(pause - 0.5)) == []
        assert [one.role for one in submitted(desk.wait(0.5))] == [Role.DISASTER]
    assert alarms(desk.reject(last(desk).id, "too far away")) == ["DISASTER_STOP_REFUSED"]
    told = next(event for event in desk.events if isinstance(event, e.Anomaly))
    assert "the engine holds the stop as before" in told.detail
    assert told.figures["reason"] == "too far away"
    assert (desk.held(), desk.state(stop)) == (D(10), S.NEW)
    before = len(desk.recorded)
    desk.wait(899)
    assert len(desk.recorded) == before
    assert names(desk.ask_replace(stop, stop_price=96)) == ["StopMoved", "OrderReplaced"]
    assert released(desk.quote("96.00", "96.01")) != []  # nothing is in the way of the engine's own


def refused_thrice(desk: Desk) -> None:
    """A position whose disaster stop the venue does not take, as a person knows."""
    desk.enter(filled=10)
    for pause in (2, 4, 0):
        desk.reject(last(desk).id, "too far away")
        desk.wait(pause)
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"]


def test_it_is_asked_for_again_rarely_and_nobody_is_told_again(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    refused_thrice(desk)
    for minutes in (15, 30, 60, 60, 60):
        assert submitted(desk.wait(minutes * 60 - 1)) == []
        (request,) = submitted(desk.wait(1))
        assert (request.role, last(desk).stop_price, last(desk).quantity) == (Role.DISASTER, D(90), D(10))
        assert submitted(desk.reject(request.id, "too far away")) == []
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"]


def test_what_happens_to_the_position_meanwhile_does_not_ask_for_it_sooner(
    open_desk: Callable[..., Desk],
) -> None:
    desk = opened(open_desk)
    refused_thrice(desk)
    (exit_,) = desk.exit(quantity=4)
    assert submitted(desk.fill(exit_, 4)) == []
    assert submitted(desk.wait(899)) == []
    (request,) = submitted(desk.wait(1))
    assert (request.role, last(desk).quantity) == (Role.DISASTER, D(6))


def test_once_it_is_taken_it_rests_and_the_next_refusals_are_news_again(
    open_desk: Callable[..., Desk],
) -> None:
    desk = opened(open_desk)
    refused_thrice(desk)
    desk.wait(900)
    desk.accept(last(desk).id)
    assert [order.state for order in disasters(desk)] == [S.ACCEPTED]
    assert submitted(desk.wait(7200)) == []
    (request,) = submitted(desk.cancelled(last(desk).id, "by the venue"))  # at once, as it had stood
    for pause in (2, 4, 0):
        desk.reject(last(desk).id, "too far away")
        desk.wait(pause)
    assert request.role is Role.DISASTER
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"] * 2


def test_one_that_is_taken_for_a_moment_only_is_no_news(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    refused_thrice(desk)
    for _ in range(3):
        desk.wait(3600)
        desk.accept(last(desk).id)
        desk.wait(1)
        desk.cancelled(last(desk).id, "by the venue")
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"]


def test_when_it_is_to_be_asked_for_again_holds_over_a_restart(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    refused_thrice(desk)
    due = desk.book.next_deadline()
    desk.book = Book.restored(desk.folded().snapshot())
    assert desk.book.next_deadline() == due == last(desk).updated + 900 * SECOND
    assert submitted(desk.start()) == []
    assert len(submitted(desk.wait(900))) == 1


def test_while_its_day_is_over_it_waits_for_the_next(open_desk: Callable[..., Desk]) -> None:
    days = (TimeInForce.DAY, TimeInForce.IOC)
    desk = opened(open_desk, replace(PLAIN, times_in_force=days), calendar="XNYS")
    desk.phase(Phase.OPEN, closes_in=60)
    refused_thrice(desk)
    desk.phase(Phase.CLOSED, opens_in=16 * 60)
    assert submitted(desk.wait(900)) == []
    assert not desk.book.is_due(desk.now)
    assert len(submitted(desk.phase(Phase.OPEN, closes_in=60))) == 1


def test_new_terms_of_the_account_try_it_afresh(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    desk.enter(filled=10)
    for pause in (2, 4, 0):
        desk.reject(last(desk).id, "too far away")
        desk.wait(pause)
    nearer = account(capabilities=PLAIN, disaster_stop=D("1.2"))
    (request,) = submitted(desk.give(i.AccountDeclared(nearer, at=desk.now)))
    assert (request.role, last(desk).stop_price) == (Role.DISASTER, D(94))


def test_one_that_the_venue_ends_is_asked_for_again_and_not_for_ever(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    held_long(desk)
    for _ in range(5):
        desk.wait(61)
        desk.cancelled(last(desk).id, "by the venue")  # it had stood
        desk.accept(last(desk).id)
    assert alarms(desk.events) == []
    for _ in range(3):
        desk.cancelled(last(desk).id, "by the venue")
        desk.wait(8)
        if not is_final(last(desk).state):
            desk.accept(last(desk).id)
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"]


def test_one_that_the_engine_withdraws_again_and_again_has_not_come_to_nothing(
    open_desk: Callable[..., Desk],
) -> None:
    desk = opened(open_desk, FIXED)
    entry, *_ = held_long(desk, 1)
    for _ in range(6):
        desk.fill(entry, 1)
        desk.cancelled(last(desk).id)
        desk.accept(last(desk).id)
    assert (last(desk).quantity, alarms(desk.events)) == (D(7), [])


def test_a_change_that_the_venue_refuses_is_made_by_another_order(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    entry, *_ = held_long(desk, 4)
    first = last(desk)
    desk.fill(entry, 6)
    desk.refused(first.id, i.Request.REPLACE, "no")
    desk.showed(first.id)
    desk.wait(1.5)
    assert first.state is S.PENDING_CANCEL
    desk.cancelled(first.id)
    assert (last(desk).state, last(desk).quantity) == (S.PENDING_NEW, D(10))


def test_stops_of_the_day_are_asked_for_again_with_the_next(open_desk: Callable[..., Desk]) -> None:
    days = (TimeInForce.DAY, TimeInForce.IOC)
    desk = opened(open_desk, replace(PLAIN, times_in_force=days), calendar="XNYS")
    desk.phase(Phase.OPEN, closes_in=60)
    held_long(desk)
    desk.wait(3600)
    desk.phase(Phase.CLOSED, opens_in=60)
    desk.give(i.VenueExpired(last(desk).id, "end of day", at=desk.now))
    assert disasters(desk) == []
    assert alarms(desk.events) == []
    (request,) = submitted(desk.phase(Phase.OPEN, closes_in=60))
    assert (request.role, request.tif) == (Role.DISASTER, TimeInForce.DAY)


def test_a_pause_that_ends_when_the_market_is_closed_is_over(open_desk: Callable[..., Desk]) -> None:
    """Its time has come and nothing is to be done: the clock must not be handed in for it without end."""
    days = (TimeInForce.DAY, TimeInForce.IOC)
    desk = opened(open_desk, replace(PLAIN, times_in_force=days), calendar="XNYS")
    desk.phase(Phase.OPEN, closes_in=60)
    desk.enter(filled=10)
    desk.reject(last(desk).id)
    desk.phase(Phase.CLOSED, opens_in=60)
    assert submitted(desk.wait(2)) == []
    assert not desk.book.is_due(desk.now)
    assert len(submitted(desk.phase(Phase.OPEN, closes_in=60))) == 1


def test_a_new_symbol_takes_it_along() -> None:
    desk = Desk(account(capabilities=PLAIN))
    held_long(desk)
    desk.give(i.InstrumentDeclared(replace(SPY, symbol=Symbol("SPX")), at=desk.now))
    desk.give(i.VenueRenamed("r-1", ALPHA, SPY.symbol, Symbol("SPX"), at=desk.now))
    assert desk.book.state.disaster(ALPHA, Symbol("SPX")) is not None
    assert desk.book.state.disaster(ALPHA, SPY.symbol) is None
    assert last(desk).request.instrument == "SPX"
    desk.check_record()


@pytest.mark.parametrize("answered", [True, False])
def test_a_restart_finds_it_and_places_none_beside_it(
    open_desk: Callable[..., Desk], *, answered: bool
) -> None:
    desk = opened(open_desk)
    desk.enter(filled=10)
    if answered:
        desk.accept(last(desk).id)
    first = last(desk).id
    desk.book = desk.folded()
    assert submitted(desk.start()) == []
    assert desk.order(first).asked == 1
    assert submitted(desk.showed(first)) == []
    assert [order.id for order in disasters(desk)] == [first]


def test_one_that_never_arrived_is_asked_for_again_once_that_is_proven_and_not_for_ever(
    open_desk: Callable[..., Desk],
) -> None:
    """However long the proof takes."""
    desk = opened(open_desk)
    desk.enter(filled=10)
    desk.book = desk.folded()
    desk.start()
    for number in range(3):
        first = last(desk).id
        desk.wait(90)
        for _ in range(2):
            desk.wait(6)
            for endpoint in PLAIN.absence_endpoints:
                desk.missing(first, endpoint)
        assert desk.state(first) is S.REJECTED
        desk.wait(4)
        assert [order.id for order in disasters(desk)] == ([last(desk).id] if number < 2 else [])
        assert (last(desk).id != first) is (number < 2)
    assert alarms(desk.events) == ["DISASTER_STOP_REFUSED"]


def test_a_pause_holds_over_a_restart(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    desk.enter(filled=10)
    desk.reject(last(desk).id)
    due = desk.book.next_deadline()
    desk.book = Book.restored(desk.folded().snapshot())
    assert desk.book.next_deadline() == due != NEVER


def test_what_filled_while_the_engine_was_away_closes_the_position(open_desk: Callable[..., Desk]) -> None:
    desk = opened(open_desk)
    _, stop, target = held_long(desk)
    desk.book = desk.folded()
    desk.start()
    desk.showed(last(desk).id, S.FILLED, execution("gap", 10, 88))
    assert (desk.held(), desk.state(stop), desk.state(target)) == (D(0), S.CANCELLED, S.CANCELLED)
