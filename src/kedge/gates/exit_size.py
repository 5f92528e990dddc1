"""How much an exit closes: all of the position, or the part that the signal names, never more than is open."""

from kedge.domain.codes import Code
from kedge.domain.numbers import ZERO, from_nano, to_nano
from kedge.gates.gate import Draft, Figures, Refusal


def exit_size(draft: Draft) -> Figures | Refusal:
    """An exit that asks for more than is open closes what is open: it must not turn the position over."""
    held = abs(draft.position.quantity) if draft.position is not None else ZERO
    wanted = held if draft.signal.quantity is None else from_nano(draft.signal.quantity)
    figures: Figures = {"open": to_nano(held), "wanted": to_nano(wanted)}
    if wanted <= 0:
        return Refusal(Code.SIZE_ROUNDS_TO_NOTHING, figures)
    draft.quantity = min(held, wanted)
    return figures
