"""Would the venue take so little, and could what is bought be sold again?"""

from kedge.domain.codes import Code
from kedge.domain.numbers import to_nano
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.gates.reference import reference_price


def minimum_size(draft: Draft) -> Figures | Refusal:
    """Less than the least that the venue takes would be rejected there, or never get out again."""
    instrument, quantity, price = draft.instrument, draft.quantity, reference_price(draft)
    figures: Figures = {}
    if instrument.min_quantity is not None:
        figures |= {"quantity": to_nano(quantity), "min_quantity": to_nano(instrument.min_quantity)}
        if quantity < instrument.min_quantity:
            return Refusal(Code.QUANTITY_TOO_SMALL, figures)
    if instrument.min_value is not None:
        figures["min_value"] = to_nano(instrument.min_value)
        if price is None:
            figures["value"] = "not known: there is no price"
        else:
            value = instrument.value(quantity, price)
            figures["value"] = to_nano(value)
            if value < instrument.min_value:
                return Refusal(Code.VALUE_TOO_SMALL, figures)
    return figures or {"least": "none"}
