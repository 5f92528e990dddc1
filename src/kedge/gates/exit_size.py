"""How much an exit closes: all of the position, or the part that the signal names, never more than is open."""

from kedge.domain.codes import Code
from kedge.domain.numbers import ZERO, from_nano, to_nano
from kedge.domain.positions import mean_price
from kedge.gates.gate import Draft, Figures, Refusal


def exit_size(draft: Draft) -> Figures | Refusal:
    """An exit that asks for more than is open closes what is open: it must not turn the position over.

    One that would leave less than its venue takes in an order closes all of it.
    """
    position, instrument = draft.position, draft.instrument
    held = ZERO if position is None else instrument.tradable(abs(position.quantity))
    wanted = held if draft.signal.quantity is None else from_nano(draft.signal.quantity)
    figures: Figures = {"open": to_nano(held), "wanted": to_nano(wanted)}
    if wanted <= 0:
        return Refusal(Code.SIZE_ROUNDS_TO_NOTHING, figures)
    draft.quantity = min(held, wanted)
    left = held - draft.quantity
    if position is not None and left > ZERO:
        mean = mean_price(position.cost, abs(position.quantity) * instrument.multiplier)
        if instrument.is_too_small(left, mean):
            draft.quantity = held
            figures["too_small_to_leave"] = to_nano(left)
    return figures
