"""Would one account of an owner be long where another one is short? That is forbidden as hedging, and earns nothing."""

from kedge.domain.codes import Code
from kedge.domain.numbers import ZERO, to_nano
from kedge.gates.gate import Draft, Figures, Refusal, listed


def owner_opposite(draft: Draft) -> Figures | Refusal:
    """All that is held and under way on the other side, in the owner's other accounts; wherever they are."""
    together = draft.together
    if together is None:
        return {"owner": "none with limits"}
    other_side = draft.side.opposite
    figures: Figures = {"owner": together.terms.name}
    if together.terms.allow_opposite:
        return figures | {"allow_opposite": "true"}
    against = together.here.of(other_side) - draft.stake.of(other_side)
    figures["against"] = to_nano(against)
    if against <= ZERO:
        return figures
    others = together.others_than(draft.account.terms.id)
    holding = [each for each in others if together.stake_of(each).of(other_side) > ZERO]
    return Refusal(Code.OWNER_OPPOSITE, figures | {"accounts": listed(holding)})
