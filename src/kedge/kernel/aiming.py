"""Moving a target: at once where the engine holds it, by a replace where the venue does.

A target is no protection, so nothing is put in its place meanwhile: where the venue cannot replace, it stays.
"""

from typing import NamedTuple

from kedge.domain.events import TargetMoved
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import Figure, Nano, to_nano
from kedge.domain.orders import Order, Terms
from kedge.kernel.requests import asked_again_at, replace
from kedge.kernel.turn import Turn
from kedge.kernel.upward import limit_of


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
