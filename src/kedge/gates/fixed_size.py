"""How much: the signal's quantity, or the account's fixed one, on the lot and under the cap."""

from kedge.domain.codes import Code
from kedge.domain.numbers import ZERO, down_to, from_nano, to_nano
from kedge.gates.gate import Draft, Figures, Refusal


def fixed_size(draft: Draft) -> Figures | Refusal:
    """A quantity that a person or program names is taken as it is; the account's own is rounded down to the lot."""
    terms, lot = draft.account.terms, draft.instrument.lot
    if draft.signal.pct is not None:  # a part of nothing must not become the account's own size
        return Refusal(Code.SIZE_MISSING, {"pct": draft.signal.pct, "signal": "none"})
    if draft.signal.quantity is not None:
        quantity, source = from_nano(draft.signal.quantity), "signal"
    elif terms.quantity is not None:
        quantity, source = down_to(terms.quantity, lot), "account"
    else:
        return Refusal(Code.SIZE_MISSING, {"signal": "none", "account": "none"})
    figures: Figures = {
        "quantity": to_nano(quantity),
        "source": source,
        "lot": to_nano(lot),
        "max_position_size": to_nano(terms.max_position_size),
    }
    if quantity <= 0:
        return Refusal(Code.SIZE_ROUNDS_TO_NOTHING, figures)
    held = ZERO if draft.position is None else abs(draft.position.quantity)
    if held:
        figures["held"] = to_nano(held)
    if held + quantity > terms.max_position_size:
        return Refusal(Code.SIZE_TOO_LARGE, figures)
    draft.quantity = quantity
    return figures
