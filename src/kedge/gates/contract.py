"""Does the contract last long enough to be entered?"""

from kedge.domain.codes import Code
from kedge.gates.gate import Draft, Figures, Refusal


def contract(draft: Draft) -> Figures | Refusal:
    """One that is left for the next already takes no entries; what is held in it can always be closed."""
    instrument = draft.instrument
    # By the calendar at the latest; earlier when the next one is the front one by then (a roll by volume).
    own, left_at = instrument.entries_until or instrument.expires, draft.market.left_at
    if own is None and left_at is None:
        return {"contract": "does not expire"}
    left = min(each for each in (own, left_at) if each is not None) - draft.at
    figures: Figures = {"contract": instrument.symbol, "entries_until_s": left}
    return Refusal(Code.CONTRACT_EXPIRING, figures) if left <= 0 else figures
