"""An entry that has filled in part when its time is over: the rest goes, and what there is stays covered."""

from decimal import Decimal

import pytest
from tests.builders import ALPHA, ENGINE_HELD, Desk, account, alarms, live_exits, names, submitted

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Role
from kedge.kernel.cover import cover_of

D, S = Decimal, OrderState
WAYS = pytest.mark.parametrize(
    "capabilities", [Capabilities(), ENGINE_HELD], ids=["stops at the venue", "stops in the engine"]
)


def covered(desk: Desk) -> Decimal:
    """How much of what is open has a stop, as the plan wants it."""
    position = desk.position()
    assert position is not None
    cover = cover_of(desk.book.state, position)
    return min(cover.stopped, cover.open)


def timed_out(capabilities: Capabilities, filled: int) -> tuple[Desk, OrderId]:
    """An entry for ten of which so many have filled when its minute is over: the cancel has left."""
    desk = Desk(account(capabilities=capabilities))
    entry, *_ = desk.enter(filled=filled, limit=100)
    assert names(desk.wait(59)) == []
    assert "CancelSubmitted" in names(desk.wait(1))
    assert desk.state(entry) is S.PENDING_CANCEL
    return desk, entry


@WAYS
def test_the_rest_is_withdrawn_after_a_minute_and_what_has_filled_keeps_its_stop(
    capabilities: Capabilities,
) -> None:
    desk, entry = timed_out(capabilities, 4)
    desk.give(i.VenueCancelled(entry, "cancelled", filled=4 * 10**9, at=desk.now))  # type: ignore[arg-type]
    assert (desk.state(entry), desk.held()) == (S.CANCELLED, D(4))
    desk.wait(3600)
    assert covered(desk) == D(4)
    assert alarms(desk.events) == []
    desk.check()


@WAYS
def test_a_fill_beside_the_cancel_counts_and_is_covered(capabilities: Capabilities) -> None:
    desk, entry = timed_out(capabilities, 4)
    desk.fill(entry, 3)
    assert (desk.state(entry), desk.held(), covered(desk)) == (S.PENDING_CANCEL, D(7), D(7))
    desk.cancelled(entry)
    assert (desk.held(), covered(desk)) == (D(7), D(7))
    assert alarms(desk.events) == []
    desk.check()


@WAYS
def test_a_cancel_that_comes_too_late_leaves_all_of_it(capabilities: Capabilities) -> None:
    desk, entry = timed_out(capabilities, 4)
    desk.refused(entry, i.Request.CANCEL)
    desk.fill(entry, 6)
    assert (desk.state(entry), desk.held(), covered(desk)) == (S.FILLED, D(10), D(10))
    assert alarms(desk.events) == []
    desk.check()


@WAYS
@pytest.mark.parametrize("late", [3, 6])
def test_a_fill_that_comes_after_the_cancel_was_confirmed_counts_and_gets_a_stop(
    capabilities: Capabilities, late: int
) -> None:
    desk, entry = timed_out(capabilities, 4)
    desk.cancelled(entry)
    assert "UNEXPECTED_FILL" in alarms(desk.fill(entry, late))
    assert desk.held() == D(4 + late)
    for _ in range(5):
        for request in submitted(desk.wait(2)):
            desk.accept(request.id)
    held = [order for order in live_exits(desk) if order.request.role is Role.STOP]
    assert sum(order.leaves for order in held) >= D(4 + late)
    desk.check()


@WAYS
def test_a_fill_after_the_confirmed_cancel_of_what_had_not_filled_at_all_gets_a_stop(
    capabilities: Capabilities,
) -> None:
    desk = Desk(account(capabilities=capabilities))
    entry, *legs = desk.enter(limit=100)
    desk.wait(60)
    desk.cancelled(entry)
    for leg in legs:
        desk.cancelled(leg)
    desk.fill(entry, 5)
    assert desk.held() == D(5)
    assert [order.leaves for order in live_exits(desk) if order.request.role is Role.STOP] == [D(5)]
    desk.check()


@WAYS
def test_the_end_waits_for_fills_that_are_still_to_be_heard_of(capabilities: Capabilities) -> None:
    desk, entry = timed_out(capabilities, 4)
    events = desk.give(i.VenueCancelled(entry, "cancelled", filled=7 * 10**9, at=desk.now))  # type: ignore[arg-type]
    assert "OrderQueried" in names(events)
    assert desk.state(entry) is S.PENDING_CANCEL
    desk.fill(entry, 3)
    desk.cancelled(entry)
    assert (desk.state(entry), desk.held(), covered(desk)) == (S.CANCELLED, D(7), D(7))
    desk.check()


@WAYS
@pytest.mark.parametrize("filled", [4, 10])
def test_fills_that_come_before_the_acknowledgement_are_covered_and_time_out_alike(
    capabilities: Capabilities, filled: int
) -> None:
    desk = Desk(account(capabilities=capabilities))
    entry, *legs = desk.enter(accept=False, limit=100)
    desk.fill(entry, filled)
    for leg in legs:
        if desk.state(leg) is S.PENDING_NEW:
            desk.accept(leg)
    desk.accept(entry)
    assert (desk.held(), covered(desk)) == (D(filled), D(filled))
    asked = [event for event in desk.wait(60) if isinstance(event, e.CancelSubmitted)]
    assert [event.order for event in asked] == ([entry] if filled < 10 else [])
    assert desk.book.state.exposure(ALPHA, Symbol("SPY")) is None
    desk.check()


def test_a_deadline_that_passes_while_the_engine_is_away_is_kept() -> None:
    desk = Desk()
    entry, *_ = desk.enter(filled=4, limit=100)
    desk.book = desk.folded()
    desk.start()
    desk.showed(entry, S.PARTIALLY_FILLED)
    assert "CancelSubmitted" in names(desk.wait(60))
