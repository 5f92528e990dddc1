"""How much an exit closes: all of the position, or the part that the signal names, never more than is open."""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.numbers import ZERO, down_to, from_nano, to_nano
from kedge.domain.positions import mean_price
from kedge.gates.gate import Draft, Figures, Refusal

_HUNDRED = Decimal(100)


def exit_size(draft: Draft) -> Figures | Refusal:
    """An exit that asks for more than is open closes what is open: it must not turn the position over.

    A percentage is of what is open, and rounded down to the lot: it never closes more than it says. What would
    leave less than the venue takes in an order closes all of it.
    """
    position, instrument = draft.position, draft.instrument
    held = ZERO if position is None else instrument.tradable(abs(position.quantity))
    figures: Figures = {"open": to_nano(held)}
    if draft.signal.pct is not None:
        pct, lot = from_nano(draft.signal.pct), draft.instrument.lot
        wanted = held if pct >= _HUNDRED else down_to(held * pct / _HUNDRED, lot)
        figures |= {"pct": draft.signal.pct, "lot": to_nano(lot)}
    else:
        wanted = held if draft.signal.quantity is None else from_nano(draft.signal.quantity)
    figures["wanted"] = to_nano(wanted)
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
