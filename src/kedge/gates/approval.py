"""Does a person have to say yes first? Only to what has passed every other gate, so that nobody approves in vain."""

from kedge.domain.codes import Code
from kedge.gates.gate import Draft, Figures, Hold


def approval(draft: Draft) -> Figures | Hold:
    """An account that does not execute by itself holds each entry until somebody approves it, for a while."""
    terms = draft.account.terms.routing
    if draft.approved_by:
        return {"approved_by": draft.approved_by}
    if terms.auto_execute:
        return {"auto_execute": "true"}
    return Hold(Code.APPROVAL_NEEDED, {"approve_within_s": terms.approve_within})
