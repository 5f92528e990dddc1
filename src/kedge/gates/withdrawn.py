"""Has somebody taken the entry back before it left, or is its time over?"""

from kedge.domain.codes import Code
from kedge.gates.gate import Draft, Figures, Refusal


def withdrawn(draft: Draft) -> Figures | Refusal:
    """Of an entry that is about to leave: a cancel of it would have to wait for an answer that it need not ask for."""
    order = draft.leaving
    if order is None or draft.at < order.cancel_at:
        return {"cancelled": "no"}
    return Refusal(Code.WITHDRAWN, {"why": order.reason or "order timeout"})
