"""Does the contract last long enough to be entered?"""

from kedge.domain.codes import Code
from kedge.gates.gate import Draft, Figures, Refusal


def contract(draft: Draft) -> Figures | Refusal:
    """One that is left for the next already takes no entries; what is held in it can always be closed."""
    instrument = draft.instrument
    until = instrument.entries_until or instrument.expires
    if until is None:
        return {"contract": "does not expire"}
    left = until - draft.at
    figures: Figures = {"contract": instrument.symbol, "entries_until_s": left}
    return Refusal(Code.CONTRACT_EXPIRING, figures) if left <= 0 else figures
