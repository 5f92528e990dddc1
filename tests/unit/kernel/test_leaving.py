"""The last look at an entry, by the kernel: what it sees, and what it leaves alone."""

from decimal import Decimal

import pytest
from tests.builders import SPY, Desk, account, names, nano, number

from kedge.domain import inputs as i
from kedge.domain.events import OrderAbandoned
from kedge.domain.ids import OrderId
from kedge.domain.lifecycle import OrderState
from kedge.domain.limits import Filters

HALF_PERCENT = account(filters=Filters(max_slippage_bps=Decimal(50)))


def leave(desk: Desk, order: OrderId, bid: str, ask: str) -> list[str]:
    """It is about to be sent at these prices."""
    ticks = [SPY.ticks(number(price)) for price in (bid, ask)]
    return names(desk.give(i.EntryLeaving(order, ticks[0], ticks[1], desk.now, at=desk.now)))


@pytest.mark.parametrize(
    ("promised", "ask", "leaves"),
    [
        (None, "100.51", True),  # decided at an ask of 100.01
        (None, "100.52", False),
        ("99.90", "100.39", True),
        ("99.90", "100.40", False),
    ],
)
def test_slippage_is_counted_from_what_the_signal_expected_else_from_the_decision(
    promised: str | None, ask: str, leaves: bool
) -> None:
    desk = Desk(HALF_PERCENT)
    entry = desk.enter(accept=False, expected_price=None if promised is None else nano(promised))[0]
    told = leave(desk, entry, "100.00", ask)
    if leaves:
        assert told == []
        return
    assert told == ["OrderAbandoned", "OrderEnded", "OrderEnded", "OrderEnded"]
    abandoned = next(event for event in desk.events if isinstance(event, OrderAbandoned))
    assert abandoned.code == "SLIPPAGE_TOO_LARGE"
    assert abandoned.figures["expected"] == nano(promised or "100.01")
    desk.check()


@pytest.mark.parametrize("answer", ["accepted", "filled", "rejected"])
def test_what_the_venue_has_answered_for_is_left_alone(answer: str) -> None:
    desk = Desk(HALF_PERCENT)
    entry = desk.enter(accept=False)[0]
    match answer:
        case "accepted":
            desk.accept(entry)
        case "filled":
            desk.fill(entry, 10)
        case _:
            desk.reject(entry)
    before = desk.state(entry)
    assert leave(desk, entry, "200.00", "200.01") == []
    assert desk.state(entry) is before


def test_an_exit_and_what_nobody_knows_are_left_alone() -> None:
    desk = Desk(HALF_PERCENT)
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    assert leave(desk, exit_, "1.00", "200.01") == []
    assert leave(desk, OrderId("ghost"), "1.00", "200.01") == []


def test_an_order_in_doubt_that_waits_still_may_be_abandoned() -> None:
    """Nobody has heard of it because it has not left."""
    desk = Desk(HALF_PERCENT)
    entry = desk.enter(accept=False)[0]
    desk.silent(entry)
    assert desk.state(entry) is OrderState.IN_DOUBT
    assert leave(desk, entry, "200.00", "200.01")[0] == "OrderAbandoned"
    assert desk.state(entry) is OrderState.CANCELLED
