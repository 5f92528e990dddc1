"""Would the entry stand against somebody else's at the venue? There both would be netted into one position."""

from kedge.domain.codes import Code
from kedge.domain.numbers import ZERO, to_nano
from kedge.gates.gate import Draft, Figures, Refusal


def net_opposite(draft: Draft) -> Figures | Refusal:
    """The other accounts of the venue account, each at its worst, and what is held there without being anybody's."""
    if not draft.account.terms.capabilities.nets:
        return {"venue": "does not net"}
    sign, together = draft.side.sign, draft.unallocated
    if together * sign < ZERO:
        return Refusal(Code.NET_OPPOSITE, {"unallocated": to_nano(together)})
    for other in draft.neighbours:
        together += other.held
        worst = other.lowest if sign > 0 else other.highest
        if worst * sign < ZERO:
            figures: Figures = {"account": other.account, "held": to_nano(other.held)}
            return Refusal(Code.NET_OPPOSITE, figures | {"at_worst": to_nano(worst)})
    return {"venue_account": draft.account.terms.held_at, "held_by_others": to_nano(together)}
