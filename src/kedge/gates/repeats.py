"""Is this the entry that has just been sent? A program that stutters must not be followed."""

from kedge.domain.codes import Code
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import to_nano
from kedge.gates.gate import Draft, Figures, Refusal


def repeats(draft: Draft) -> Figures | Refusal:
    """The same side, quantity, prices and strategy in the same instrument, within the account's repeat_window."""
    window = draft.account.terms.limits.repeat_window
    figures: Figures = {"repeat_window_s": window}
    last = draft.last_entry
    if (
        last is None
        or last.abandoned
        or last.state is OrderState.REJECTED
        or draft.at - last.created >= window
    ):
        return figures  # what the venue would not have, or what never left, has not been entered
    request, wanted = last.request, draft.signal.order
    same = (
        request.side is draft.side
        and request.quantity == to_nano(draft.quantity)
        and (request.type, request.limit_price, request.stop_price)
        == (wanted.type, wanted.limit_price, wanted.stop_price)
        and request.strategy == draft.signal.strategy
    )
    if not same:
        return figures
    return Refusal(Code.REPEATED_ENTRY, figures | {"order": last.id, "age_s": draft.at - last.created})
