"""What deeds come to in the ledger: each report is one fact, and an order ends once."""

from collections.abc import Sequence

import pytest
from tests.conformance.stage import SPY, START, nano, order

from kedge.domain.ids import OrderId
from kedge.domain.inputs import (
    Request,
    VenueAccepted,
    VenueCancelled,
    VenueExpired,
    VenueFilled,
    VenueRefused,
    VenueRejected,
    VenueReplaced,
    VenueReport,
    VenueShowed,
)
from kedge.domain.instants import NEVER
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Execution, Terms
from kedge.venues.simulated import ledger as book
from kedge.venues.simulated.facts import facts_of
from kedge.venues.simulated.memory import Cancelled, Deed, Passed, Replaced, Submitted

ASKED = order(id=OrderId("a"))
A = ASKED.id
TERMS = Terms(quantity=nano("3"))
SUBMIT = Submitted(request=ASKED, at=START)
PASSED = Passed(at=START)


def fill(number: int) -> Execution:
    return Execution(id=f"x{number}", quantity=nano("5"), price=nano("100"), at=START)


def filled(number: int) -> VenueFilled:
    return VenueFilled(order=A, execution=fill(number), at=START)


def executed(number: int) -> book.Executed:
    return book.Executed(
        order=A, account=ASKED.account, instrument=SPY.symbol, side=ASKED.side, execution=fill(number)
    )


ENDED = {state: book.OrderEnded(order=A, state=state, reason="why") for state in OrderState}
ACCEPTED = book.OrderAccepted(request=ASKED, venue_order_id="v", expires=NEVER)

CASES: list[tuple[str, Deed, list[VenueReport], OrderState, list[book.Fact]]] = [
    (
        "accepted",
        SUBMIT,
        [VenueAccepted(order=A, venue_order_id="v", at=START)],
        OrderState.ACCEPTED,
        [ACCEPTED],
    ),
    (
        "rejected",
        SUBMIT,
        [VenueRejected(order=A, reason="why", at=START)],
        OrderState.REJECTED,
        [book.OrderRejected(request=ASKED, reason="why")],
    ),
    ("a part", PASSED, [filled(1)], OrderState.PARTIALLY_FILLED, [executed(1)]),
    (
        "two parts that make a whole end it once",
        PASSED,
        [filled(1), filled(2)],
        OrderState.FILLED,
        [executed(1), executed(2), book.OrderEnded(order=A, state=OrderState.FILLED)],
    ),
    (
        "cancelled",
        Cancelled(order=A, at=START),
        [VenueCancelled(order=A, reason="why", at=START)],
        OrderState.CANCELLED,
        [book.CancelAsked(order=A), ENDED[OrderState.CANCELLED]],
    ),
    (
        "cancel refused",
        Cancelled(order=A, at=START),
        [VenueRefused(order=A, request=Request.CANCEL, reason="why", at=START)],
        OrderState.FILLED,
        [book.CancelAsked(order=A), book.RequestRefused(order=A, request=Request.CANCEL, reason="why")],
    ),
    (
        "replaced",
        Replaced(order=A, terms=TERMS, at=START),
        [VenueReplaced(order=A, terms=TERMS, at=START)],
        OrderState.ACCEPTED,
        [book.ReplaceAsked(order=A, terms=TERMS), book.OrderReplaced(order=A, terms=TERMS)],
    ),
    (
        "expired",
        PASSED,
        [VenueExpired(order=A, reason="why", at=START)],
        OrderState.EXPIRED,
        [ENDED[OrderState.EXPIRED]],
    ),
    (
        "what only answers a question is no fact",
        PASSED,
        [VenueShowed(order=A, venue_order_id="v", state=OrderState.ACCEPTED, at=START)],
        OrderState.ACCEPTED,
        [],
    ),
]


@pytest.mark.parametrize(
    ("name", "deed", "reports", "state", "facts"), CASES, ids=[case[0] for case in CASES]
)
def test_a_deed_comes_to_these_facts(
    name: str, deed: Deed, reports: Sequence[VenueReport], state: OrderState, facts: list[book.Fact]
) -> None:
    assert facts_of(deed, reports, {A: ASKED}.__getitem__, {A: state}.get) == facts
