"""Is something already open, on its way or unknown in this instrument? Then a second entry would double the risk."""

from kedge.domain.codes import Code
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import UNIT
from kedge.domain.orders import Role
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.gates.scale_in import may_add


def pending(draft: Draft) -> Figures | Refusal:
    """One entry at a time, and none while the venue still owes an answer."""
    for order in draft.open_orders:
        if order.state is OrderState.IN_DOUBT or order.asked:
            return Refusal(Code.ORDER_IN_DOUBT, {"order": order.id, "state": order.state})
    for order in draft.open_orders:
        if order.request.role is Role.ENTRY:
            return Refusal(Code.POSITION_PENDING, {"order": order.id, "state": order.state})
    if draft.position is not None:
        return may_add(draft, draft.position)
    return {"open_orders": len(draft.open_orders) * UNIT}
