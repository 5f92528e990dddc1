"""Moving a stop without a moment in which what is open has none; how depends on what the venue can do.

the engine holds it          ──► its price is changed
the venue can replace        ──► a replace: the old price holds until the venue has confirmed the new one
it keeps exits from turning  ──► a second stop beside the first, which goes once the second is there
a position over
"""

from msgspec.structs import replace as changed

from kedge.domain.events import OrderSubmitted
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import Nano, to_nano
from kedge.domain.orders import Order, Role, Terms
from kedge.kernel.requests import answer_by, asked_again_at, replace
from kedge.kernel.turn import Turn


def can_be_moved(order: Order, *, replaces: bool, reduce_only: bool) -> bool:
    """Whether it can be moved now: not while the venue has not answered for it."""
    return order.state is OrderState.NEW or (order.state in WORKING_STATES and (replaces or reduce_only))


def move_stop(turn: Turn, order: Order, price: Nano, who: str, why: str) -> None:
    """Move it, if that is possible now."""
    able = turn.state.able(order.request.account)
    if not can_be_moved(order, replaces=able.replace, reduce_only=able.reduce_only):
        return
    if who == "engine" and turn.at < _may_move_at(turn, order):
        return  # the venue would not have it a moment ago; a later price will move it
    if order.state is OrderState.NEW or able.replace:
        replace(turn, order, Terms(stop_price=price), who, why)
    elif not _one_is_coming(turn, order):
        request = changed(
            order.request,
            id=turn.state.order_id(),
            quantity=to_nano(order.leaves),
            stop_price=price,
            signal=None,
        )
        turn.emit(OrderSubmitted(request=request, answer_by=answer_by(turn)))


def _may_move_at(turn: Turn, order: Order) -> Instant:
    """Not at every price, when the venue refuses to move it or rejects the stops that were to take its place."""
    parent = order.request.parent
    rejected = [
        other.updated
        for other in turn.state.orders.values()
        if other.request.parent == parent
        and other.request.role is Role.STOP
        and other.state is OrderState.REJECTED
        and other.created >= order.created
    ]
    tries, last = len(rejected), max(rejected, default=Instant(0))
    return max(asked_again_at(order.refusals, order.refused_at), asked_again_at(tries, last))


def _one_is_coming(turn: Turn, order: Order) -> bool:
    others = turn.state.open_orders(order.request.account, order.request.instrument)
    waiting = (OrderState.PENDING_NEW, OrderState.IN_DOUBT)
    return any(other.request.role is Role.STOP and other.state in waiting for other in others)
