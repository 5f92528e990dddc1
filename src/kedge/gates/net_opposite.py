"""Would the entry stand against somebody else's at the venue? There both would be netted into one position."""

from kedge.domain.codes import Code
from kedge.domain.numbers import ZERO, to_nano
from kedge.gates.gate import Draft, Figures, Refusal


def net_opposite(draft: Draft) -> Figures | Refusal:
    """The other accounts of the venue account, each at its worst, and what is held there without being anybody's."""
    if not draft.account.terms.capabilities.nets:
        return {"venue": "does not net"}
    sign = draft.side.sign
    if draft.unallocated * sign < ZERO:
        return Refusal(Code.NET_OPPOSITE, {"unallocated": to_nano(draft.unallocated)})
    for other in draft.neighbours:
        worst = other.lowest if sign > 0 else other.highest
        if worst * sign < ZERO:
            figures: Figures = {"account": other.account, "held": to_nano(other.held)}
            return Refusal(Code.NET_OPPOSITE, figures | {"at_worst": to_nano(worst)})
    together = sum((other.held for other in draft.neighbours), draft.unallocated)
    return {"venue_account": draft.account.terms.held_at, "held_by_others": to_nano(together)}
