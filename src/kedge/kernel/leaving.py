"""An entry is about to leave: the last look at what may have changed since it was decided.

The decision is durable by now, and that takes time; a queue before the venue takes more. Meanwhile the spread may have
opened, the quote may have become old, the kill switch may have been thrown. What speaks against the entry then ends it
here, where it is certain that nothing has left. Exits are not looked at: they leave.
"""

from msgspec.structs import replace

from kedge.domain.events import OrderAbandoned
from kedge.domain.inputs import EntryLeaving
from kedge.domain.lifecycle import SENDING_STATES, Report
from kedge.domain.numbers import Nano
from kedge.domain.orders import Order, Role
from kedge.gates import LEAVING_GATES, Approved, walk
from kedge.kernel.as_signal import as_signal
from kedge.kernel.on_signal import draft_of, price_of
from kedge.kernel.settle import end
from kedge.kernel.turn import Turn


def on_leaving(turn: Turn, leaving: EntryLeaving) -> None:
    """Nothing is recorded of an entry that may leave."""
    order = turn.order(leaving.order)
    if order is None or order.request.role is not Role.ENTRY or order.state not in SENDING_STATES:
        return
    request = order.request
    signal = replace(as_signal(request, order.created), expected_price=_promised(order))
    draft = draft_of(turn, signal, leaving.bid, leaving.ask, None)
    draft.account = turn.state.accounts[request.account]
    draft.instrument = turn.state.instruments[request.instrument]
    draft.side, draft.quantity = request.side, order.quantity
    draft.quoted_at, draft.leaving = leaving.quoted_at, order
    draft.jumped_from = price_of(draft.instrument, leaving.jumped_from)
    verdict = walk(LEAVING_GATES, draft)
    if not isinstance(verdict, Approved):
        last = verdict.checks[-1]
        turn.emit(OrderAbandoned(order=order.id, code=verdict.code, gate=last.gate, figures=last.figures))
        end(turn, order, Report.CANCELLED, f"abandoned before it left: {verdict.code}")


def _promised(order: Order) -> Nano | None:
    """What its price is held against: what the signal expected, else the price at which it was decided."""
    promised = None if order.intent is None else order.intent.promised
    return order.request.expected if promised is None else promised
