"""An order that the engine itself holds has met its price."""

from decimal import Decimal

import msgspec

from kedge.domain.events import OrderReleased
from kedge.domain.inputs import TriggerReached
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO, to_nano
from kedge.domain.orders import Order, OrderType, TimeInForce
from kedge.kernel.requests import answer_by, cancel
from kedge.kernel.turn import Turn


def on_trigger(turn: Turn, reached: TriggerReached) -> None:
    """Close what is open at the market, once: the sibling is withdrawn and a still working entry is cancelled."""
    order = turn.order(reached.order)
    if order is None or order.state is not OrderState.NEW:
        return
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if position is None or (position.quantity > ZERO) == (request.side.sign > 0):
        return  # nothing is open that this order could close
    quantity = min(abs(position.quantity) - _leaving(turn, order), order.quantity)
    if quantity <= ZERO:
        return  # an exit for all of it is on its way
    for other in turn.state.open_orders(request.account, request.instrument):
        if other.id != order.id and _is_of_the_same_plan(order, other):
            cancel(turn, other, "engine", f"{request.role} reached")
    leaving = msgspec.structs.replace(
        request,
        type=OrderType.MARKET,
        quantity=to_nano(quantity),
        limit_price=None,
        stop_price=None,
        tif=TimeInForce.DAY,  # whatever does not fill at once stays on its way out
    )
    turn.emit(OrderReleased(request=leaving, answer_by=answer_by(turn)))


def _leaving(turn: Turn, order: Order) -> Decimal:
    """What other orders may already be taking off the position."""
    request = order.request
    others = turn.state.open_orders(request.account, request.instrument)
    return sum(
        (
            other.leaves
            for other in others
            if other.state is not OrderState.NEW and other.request.side is request.side
        ),
        ZERO,
    )


def _is_of_the_same_plan(order: Order, other: Order) -> bool:
    parent = order.request.parent
    return not is_final(other.state) and parent in (other.id, other.request.parent)
