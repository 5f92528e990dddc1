"""Moving targets: at once where the engine holds them, by a replace where the venue does.

A target is no protection, so nothing is put in its place meanwhile: where the venue cannot replace, it stays.
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from kedge.domain.events import OrderHeld, TargetMoved
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import Figure, Nano, to_nano
from kedge.domain.orders import Holder, Order, OrderRequest, OrderType, Role, Side, Terms, TimeInForce
from kedge.domain.positions import Position
from kedge.kernel.pairs import shares_a_place
from kedge.kernel.requests import asked_again_at, cancel, replace
from kedge.kernel.turn import Turn
from kedge.kernel.upward import limit_of, open_targets
from kedge.protection.targets import Target


class Aim(NamedTuple):
    """Where a target goes, and why; `named` by somebody, so that no rule moves it any more."""

    price: Nano
    who: str
    why: str
    figures: dict[str, Figure] = {}  # noqa: RUF012 (never changed)
    named: bool = False
    quantity: Nano | None = None


def can_be_aimed(order: Order, *, replaces: bool) -> bool:
    """Whether it can be moved now: not while the venue has not answered for it."""
    return order.state is OrderState.NEW or (order.state in WORKING_STATES and replaces)


def move_target(turn: Turn, order: Order, aim: Aim) -> None:
    """Move it, if that is possible now."""
    if not can_be_aimed(order, replaces=turn.state.able(order.request.account).replace):
        return
    if not aim.named and turn.at < asked_again_at(order.refusals, order.refused_at):
        return
    turn.emit(
        TargetMoved(
            order=order.id,
            price=aim.price,
            who=aim.who,
            why=aim.why,
            before=to_nano(limit_of(order)),
            quantity=aim.quantity,
            figures=aim.figures,
            named=aim.named,
        )
    )
    replace(turn, order, Terms(quantity=aim.quantity, limit_price=aim.price), aim.who, aim.why)


def retarget(turn: Turn, position: Position, wanted: Sequence[Target], who: str, why: str) -> None:
    """Put a position's targets where somebody wants them, the nearest first; what is there moves, what lacks is held by
    the engine, and what is too much is withdrawn.
    """
    sign = 1 if position.quantity > 0 else -1
    there = sorted(open_targets(turn.state, position), key=lambda order: sign * limit_of(order))
    for order, target in zip_longest(there, sorted(wanted, key=lambda target: sign * target.price)):
        if target is None:
            cancel(turn, order, who, why)
        elif order is not None and target.quantity < order.leaves and shares_a_place(turn.state, order):
            cancel(turn, order, who, why)  # the two of a pair are for one quantity
            turn.emit(OrderHeld(request=_held(turn, position, target)))
        elif order is None:
            turn.emit(OrderHeld(request=_held(turn, position, target)))
        else:
            # A venue lets the exits of an entry close no more than that entry: of several, each has its own.
            bound = position.adds and order.state is not OrderState.NEW
            most = order.leaves if bound or shares_a_place(turn.state, order) else target.quantity
            size = min(target.quantity, most)
            same = order.leaves == size
            quantity = None if same else to_nano(order.filled + size)
            aim = Aim(to_nano(target.price), who, why, named=True, quantity=quantity)
            if not same or limit_of(order) != target.price:
                move_target(turn, order, aim)
            if size < target.quantity:
                rest = target._replace(quantity=target.quantity - size)
                turn.emit(OrderHeld(request=_held(turn, position, rest)))


def _held(turn: Turn, position: Position, target: Target) -> OrderRequest:
    entry = turn.order(position.entry_order)
    return OrderRequest(
        id=turn.state.order_id(),
        account=position.account,
        instrument=position.instrument,
        side=Side.SELL if position.quantity > 0 else Side.BUY,
        type=OrderType.LIMIT,
        quantity=to_nano(target.quantity),
        limit_price=to_nano(target.price),
        tif=TimeInForce.GTC,
        reduce_only=True,
        role=Role.TARGET,
        parent=position.entry_order,
        strategy=None if entry is None else entry.request.strategy,
        holder=Holder.ENGINE,
    )
