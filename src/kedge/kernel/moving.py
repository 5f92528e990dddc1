"""Moving a stop without a moment in which what is open has none; how depends on what the venue can do.

the engine holds it          ──► its price is changed
the venue can replace        ──► a replace: the old price holds until the venue has confirmed the new one
it keeps exits from turning  ──► a second stop beside the first, which goes once the second is there
a position over
neither                      ──► the engine holds one at the new price, the old one is withdrawn, a new one is asked for
"""

from msgspec.structs import replace as changed

from kedge.domain.capabilities import Capabilities, Way
from kedge.domain.events import OrderHeld, OrderSubmitted
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import Nano, to_nano
from kedge.domain.orders import Holder, Order, Role, Terms
from kedge.kernel.requests import answer_by, asked_again_at, cancel, replace
from kedge.kernel.turn import Turn


def can_be_moved(order: Order, able: Capabilities) -> bool:
    """Whether it can be moved now: not while the venue has not answered for it."""
    by_itself = able.replace or able.reduce_only or able.way is Way.RESTING
    return order.state is OrderState.NEW or (order.state in WORKING_STATES and by_itself)


def move_stop(turn: Turn, order: Order, price: Nano, who: str, why: str) -> None:
    """Move it, if that is possible now."""
    able = turn.state.able(order.request.account)
    if not can_be_moved(order, able):
        return
    if who == "engine" and turn.at < _may_move_at(turn, order):
        return  # the venue would not have it a moment ago; a later price will move it
    if order.state is OrderState.NEW or able.replace:
        replace(turn, order, Terms(stop_price=price), who, why)
    elif not able.reduce_only:
        _move_by_way_of_the_engine(turn, order, price, who, why)
    elif not _one_is_coming(turn, order):
        request = changed(
            order.request,
            id=turn.state.order_id(),
            quantity=to_nano(order.leaves),
            stop_price=price,
            signal=None,
        )
        turn.emit(OrderSubmitted(request=request, answer_by=answer_by(turn)))


def _move_by_way_of_the_engine(turn: Turn, order: Order, price: Nano, who: str, why: str) -> None:
    """Two stops must not rest there at once: from here on the engine holds one, and the guard asks for another."""
    held = _held_beside(turn, order)
    if held is None:
        request = changed(
            order.request,
            id=turn.state.order_id(),
            quantity=to_nano(order.leaves),
            stop_price=price,
            signal=None,
            holder=Holder.ENGINE,
        )
        turn.emit(OrderHeld(request=request))
    else:
        replace(turn, held, Terms(quantity=to_nano(held.quantity + order.leaves), stop_price=price), who, why)
    cancel(turn, order, who, why)


def _held_beside(turn: Turn, order: Order) -> Order | None:
    for other in turn.state.open_orders(order.request.account, order.request.instrument):
        own = other.request.role is Role.STOP and other.request.parent == order.request.parent
        if own and other.state is OrderState.NEW and other.reached is None:
            return other
    return None


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
