"""The stop that the engine holds in place of one that should be at the venue, and what is noted of a missing one."""

from decimal import Decimal

from kedge.domain import events as e
from kedge.domain.instants import NEVER, SECOND, Instant, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, to_nano
from kedge.domain.orders import Holder, Order, OrderRequest, OrderType, Role, Side, Terms, TimeInForce
from kedge.domain.positions import Position
from kedge.kernel.cover import Cover, active_in, stop_price_of
from kedge.kernel.requests import asked_again_at
from kedge.kernel.sharing import is_opposed
from kedge.kernel.state import Exposure
from kedge.kernel.turn import Turn

COVER_WITHIN = Span(2 * SECOND)


def arm(turn: Turn, position: Position, cover: Cover, known: Exposure | None, *, lost: bool = True) -> None:
    """Have the engine hold a stop for what nobody does, unless it just did and that came to nothing."""
    need = cover.uncovered
    if need <= ZERO:
        return
    held = held_stop(turn, position, to_grow=True)
    if held is not None:
        more = Terms(quantity=to_nano(held.quantity + need))
        turn.emit(e.OrderReplaced(order=held.id, terms=more, state=OrderState.NEW))
        return
    again_at = may_act_at(known)
    if turn.at < again_at:
        note(turn, position, cover, known, again_at)
        return
    request = way_out(turn, position, need, Role.STOP, OrderType.STOP, Holder.ENGINE)
    turn.emit(e.OrderHeld(request=request))
    if not lost:
        return
    armed = 1 if known is None else known.armed + 1
    look_at = min(NEVER if known is None else known.look_at, Instant(turn.at + COVER_WITHIN))
    note(turn, position, cover, known, look_at, armed=armed)


def held_stop(turn: Turn, position: Position, *, to_grow: bool = False) -> Order | None:
    """A stop that the engine holds already: it is made larger when more has filled.

    More of one whose own entry still fills would cover nothing more.
    """
    for order in turn.state.open_orders(position.account, position.instrument):
        own = order.request.role is Role.STOP and order.request.parent == position.entry_order
        if own and order.state is OrderState.NEW and order.reached is None:
            if to_grow and active_in(turn.state, order) < order.leaves:
                continue
            return order
    return None


def may_act_at(known: Exposure | None) -> Instant:
    """When the engine may put another in its place."""
    return Instant(0) if known is None else asked_again_at(known.armed, known.acted_at)


def note(
    turn: Turn,
    position: Position,
    cover: Cover,
    known: Exposure | None,
    look_at: Instant,
    *,
    armed: int | None = None,
    placed: int | None = None,
    told: bool | None = None,
    overnight: bool = False,
) -> None:
    """Note what is missing and when it is looked at again; what is not given stays as it is known."""
    before = known or Exposure(turn.at, look_at)
    turn.emit(
        e.ExposureNoted(
            account=position.account,
            instrument=position.instrument,
            quantity=to_nano(cover.missing),
            look_at=look_at,
            armed=before.armed if armed is None else armed,
            placed=before.placed if placed is None else placed,
            told=before.told if told is None else told,
            overnight=overnight,
        )
    )


def way_out(
    turn: Turn,
    position: Position,
    quantity: Decimal,
    role: Role,
    type_: OrderType,
    holder: Holder = Holder.VENUE,
) -> OrderRequest:
    """An order that closes so much of the position."""
    entry = turn.order(position.entry_order)
    stop = role is Role.STOP
    return OrderRequest(
        id=turn.state.order_id(),
        account=position.account,
        instrument=position.instrument,
        side=Side.SELL if position.quantity > ZERO else Side.BUY,
        type=type_,
        quantity=to_nano(quantity),
        stop_price=to_nano(stop_price_of(turn.state, position)) if stop else None,
        tif=turn.state.able(position.account).lasting if stop else TimeInForce.DAY,
        reduce_only=not is_opposed(turn.state, position.account, position.instrument),
        role=role,
        parent=position.entry_order if stop else None,
        strategy=None if entry is None else entry.request.strategy,
        holder=holder,
    )
