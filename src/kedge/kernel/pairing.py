"""How a target comes to rest beside the stop that is asked for, and what becomes of the one when the other is gone.

    a stop is asked for, and the entry is done ──► the nearest target that the engine holds goes along, for as much
    the target has ended without a fill         ──► the engine holds it again; the stop stays
    the stop has ended without a fill           ──► the target is withdrawn, and comes back to the engine
    one of them has filled                      ──► the venue takes the other away; after a grace the engine does
    the venue rejects a pair                    ──► the position's stops are asked for alone from then on

A target protects nothing: no stop ever waits or gives way for one.
"""

from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace as changed

from kedge.domain.events import OrderEnded, OrderHeld, OrderReplaced
from kedge.domain.instants import NEVER
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO, to_nano
from kedge.domain.orders import Holder, Order, OrderRequest, OrderType, Role, Terms
from kedge.domain.positions import Position
from kedge.kernel.pairs import left_in_pair, open_partner_of
from kedge.kernel.requests import cancel_later, withdraw
from kedge.kernel.stand_in import way_out
from kedge.kernel.turn import Turn
from kedge.kernel.upward import open_targets

PAIRS_MAX = 8  # of one position
BESIDE_ITS_STOP = "it rests at the venue, beside its stop"


class Beside(NamedTuple):
    """How much of a target that the engine holds goes along with a stop."""

    target: Order
    quantity: Decimal


def target_for(turn: Turn, position: Position, wanted: Decimal) -> Beside | None:
    """What may rest beside a stop for so much; None: the stop is asked for alone.

    While the entry may still fill, the parts that its targets will be for are not known.
    """
    state = turn.state
    entry = turn.order(position.entry_order)
    if not state.able(position.account).pairs or position.adds:
        return None
    if entry is not None and not is_final(entry.state):
        return None
    open_ = state.open_orders(position.account, position.instrument)
    if sum(order.pair is not None for order in open_) >= 2 * PAIRS_MAX or _was_refused(turn, position):
        return None
    sign = 1 if position.quantity > ZERO else -1
    held = [order for order in open_ if _is_held_target(position, order)]
    nearest = min(held, key=lambda order: sign * (order.limit_price or ZERO), default=None)
    if nearest is None:
        return None
    quantity = min(nearest.leaves, wanted)
    instrument = state.instruments[position.instrument]
    parts = (quantity, wanted - quantity, nearest.leaves - quantity)
    if any(part > ZERO and instrument.is_too_small(part, nearest.limit_price) for part in parts):
        return None
    return Beside(nearest, quantity)


def as_leg(turn: Turn, position: Position, beside: Beside, stop: OrderRequest) -> OrderRequest:
    """The target as it leaves with its stop."""
    target = beside.target
    assert target.limit_price is not None, "a target has a price"
    return changed(
        way_out(turn, position, beside.quantity, Role.TARGET, OrderType.LIMIT),
        id=turn.state.order_id(1),
        limit_price=to_nano(target.limit_price),
        tif=stop.tif,
        parent=position.entry_order,
        adjusts=target.request.adjusts and not target.named,
    )


def take_along(turn: Turn, position: Position, beside: Beside, staying: Decimal) -> None:
    """What rests at the venue the engine holds no more, nor what has left by another exit; `staying`: what has not."""
    target = beside.target
    others = sum(
        (left_in_pair(turn.state, each) for each in open_targets(turn.state, position) if each is not target),
        ZERO,
    )
    rest = min(target.quantity - beside.quantity, staying - others)
    if rest <= ZERO:
        turn.emit(OrderEnded(order=target.id, state=OrderState.CANCELLED, reason=BESIDE_ITS_STOP))
    else:
        turn.emit(OrderReplaced(order=target.id, terms=Terms(quantity=to_nano(rest)), state=OrderState.NEW))


def after_an_end(turn: Turn, order: Order) -> None:
    """One of a pair has ended, and not by being filled."""
    if order.pair is None:
        return
    if order.request.role is Role.TARGET:
        _hold_again(turn, order)
        return
    target = open_partner_of(turn.state, order)
    if target is None or target.state is OrderState.PENDING_CANCEL:
        return
    if order.state is OrderState.REJECTED and target.state is OrderState.PENDING_NEW:
        # They are taken together or not at all.
        turn.emit(OrderEnded(order=target.id, state=OrderState.REJECTED, reason=order.reason or "rejected"))
        _hold_again(turn, target)
    else:
        withdraw(turn, target, "its stop is gone")


def after_the_last_fill(turn: Turn, order: Order) -> None:
    """The venue is to take the other one away by itself; it has a moment for that."""
    other = open_partner_of(turn.state, order)
    if other is None or order.state is not OrderState.FILLED or other.state is OrderState.PENDING_CANCEL:
        return
    if other.cancel_at == NEVER:
        cancel_later(turn, other, "its other exit has filled")


def _is_held_target(position: Position, order: Order) -> bool:
    own = order.request.role is Role.TARGET and order.request.parent == position.entry_order
    return own and order.state is OrderState.NEW and order.reached is None and order.leaves > ZERO


def _was_refused(turn: Turn, position: Position) -> bool:
    return any(
        order.pair is not None
        and order.state is OrderState.REJECTED
        and order.request.parent == position.entry_order
        for order in turn.state.orders.values()
    )


def _hold_again(turn: Turn, target: Order) -> None:
    """Unless somebody wanted it gone, the engine holds what is left of it."""
    request = target.request
    position = turn.state.position(request.account, request.instrument)
    left = left_in_pair(turn.state, target)
    if position is None or request.parent != position.entry_order or target.unwanted or left <= ZERO:
        return
    assert target.limit_price is not None, "a target has a price"
    turn.emit(
        OrderHeld(
            request=changed(
                request,
                id=turn.state.order_id(),
                quantity=to_nano(left),
                limit_price=to_nano(target.limit_price),
                holder=Holder.ENGINE,
                adjusts=request.adjusts and not target.named,
            )
        )
    )
