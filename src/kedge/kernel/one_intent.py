"""One intent, one live order: what was planned or sent after an order steps back when that order turns out to live."""

from kedge.domain.events import OrderGivenUp
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO, plain
from kedge.domain.orders import Order, Role
from kedge.domain.refusals import RejectKind
from kedge.kernel.requests import cancel
from kedge.kernel.turn import Turn

_LIVES = "an earlier order of the same intent is heard of again"


def step_back(turn: Turn, revived: Order) -> None:
    """A rejected order lives after all: the first word counts, so that what came in its place is withdrawn."""
    later = _later(turn, revived)
    for id_ in [revived.id, *(order.id for order in later)]:
        if id_ in turn.state.retries:
            give_up(turn, id_, _LIVES)
    for order in later:
        if not is_final(order.state) and order.state is not OrderState.PENDING_CANCEL:
            cancel(turn, order, "engine", _LIVES)


def tell_doubled(turn: Turn, order: Order) -> None:
    """The order has begun to fill; so may have one before it or after it that was believed dead."""
    after = None if order.intent is None else order.intent.after
    before = None if after is None else turn.order(after)
    others = _later(turn, order) if before is None else [before, *_later(turn, order)]
    filled = [other for other in others if other.filled > ZERO]
    if filled:
        turn.alarm(
            "INTENT_DOUBLED",
            order.id,
            "two orders of one intent have filled: the venue had rejected one of them",
            other=filled[0].id,
            filled=plain(filled[0].filled),
        )


def give_up(turn: Turn, order: OrderId, why: str, code: str = "") -> None:
    """Forget what was to be tried again."""
    kind = turn.state.retries[order].kind if order in turn.state.retries else RejectKind.UNKNOWN
    turn.emit(OrderGivenUp(order=order, kind=kind, why=why, code=code))


def give_up_all(turn: Turn, account: AccountId, instrument: Symbol, why: str) -> None:
    """Forget every entry that was to be tried again there."""
    for id_, retry in list(turn.state.retries.items()):
        request = retry.request
        if (request.account, request.instrument) == (account, instrument) and request.role is Role.ENTRY:
            give_up(turn, id_, why)


def _later(turn: Turn, order: Order) -> list[Order]:
    """The orders that were sent in this one's place, oldest first."""
    found: list[Order] = []
    after = {order.id: None}
    for other in turn.state.orders.values():
        if other.intent is not None and other.intent.after in after:
            after[other.id] = None
            found.append(other)
    return found
