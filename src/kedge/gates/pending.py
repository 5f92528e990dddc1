"""Is something already open, on its way or unknown in this instrument? Then a second entry would double the risk.

Only a winner that has its stop may be added to, so often as the account says, never one that is being closed.
"""

from kedge.domain.codes import Code
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import UNIT, ZERO, money, to_nano
from kedge.domain.orders import Holder, Role
from kedge.domain.positions import Position
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.gates.reference import reference_price, worst_stop


def pending(draft: Draft) -> Figures | Refusal:
    """One entry at a time, and none while the venue still owes an answer."""
    for order in draft.open_orders:
        if order.state is OrderState.IN_DOUBT or order.asked:
            return Refusal(Code.ORDER_IN_DOUBT, {"order": order.id, "state": order.state})
    for order in draft.open_orders:
        if order.request.role is Role.ENTRY:
            return Refusal(Code.POSITION_PENDING, {"order": order.id, "state": order.state})
    if draft.position is not None:
        return _may_add(draft, draft.position)
    return {"open_orders": len(draft.open_orders) * UNIT}


def _may_add(draft: Draft, position: Position) -> Figures | Refusal:
    """The position's open result has to be a gain at the price at which the added part is expected to fill."""
    most = draft.account.terms.max_adds
    figures: Figures = {"position": position.id, "quantity": to_nano(position.quantity)}
    if not most or position.quantity * draft.side.sign < ZERO:
        return Refusal(Code.POSITION_OPEN, figures)
    figures |= {"adds": len(position.adds) * UNIT, "max_adds": most * UNIT}
    for order in draft.open_orders:
        released = order.request.holder is Holder.ENGINE and order.state is not OrderState.NEW
        if order.request.role is Role.EXIT or released or order.reached is not None:
            return Refusal(Code.ALREADY_EXITING, {"order": order.id, "state": order.state})
    if draft.signal.unprotected or position.waived:
        return Refusal(Code.UNPROTECTED_NOT_ALLOWED, figures)
    if worst_stop(draft) is None:
        return Refusal(Code.NO_STOP_TO_ADJUST, figures)
    if len(position.adds) >= most:
        return Refusal(Code.ADDS_EXHAUSTED, figures)
    price = reference_price(draft)
    if price is None:
        return Refusal(Code.NO_REFERENCE_PRICE, figures)
    size, multiplier = abs(position.quantity), draft.instrument.multiplier
    figures |= {"price": to_nano(price), "mean": to_nano(money(position.cost / (size * multiplier)))}
    gained = (draft.instrument.value(size, price) - position.cost) * draft.side.sign
    figures["gained"] = to_nano(gained)
    return figures if gained > ZERO else Refusal(Code.ADDS_TO_LOSER, figures)
