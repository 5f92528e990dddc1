"""What the events of `kedge.domain.kill` do to the state."""

from collections.abc import Callable
from typing import Any

from kedge.domain import kill as k
from kedge.domain.accounts import TradingState
from kedge.domain.events import TradingStateChanged
from kedge.domain.ids import AccountId, OrderId, PositionId
from kedge.domain.instants import Instant
from kedge.domain.orders import Order
from kedge.kernel.state import BookState


def end_kill(state: BookState, event: TradingStateChanged) -> None:
    """Who trades again takes nothing away any more."""
    if event.state is TradingState.ACTIVE:
        state.kills.pop(scope_of(event.account), None)


def note_refusal(state: BookState, order: Order, reason: str) -> None:
    """Kept for whoever asks why an order is still there."""
    for kill in state.kills_on(order.request.account):
        if order.id in kill.orders:
            kill.refused[order.id] = reason


def scope_of(account: AccountId | None) -> AccountId:
    """The name under which a kill switch is kept."""
    return k.ALL if account is None else account


def _ordered(state: BookState, event: k.KillOrdered, at: Instant) -> None:
    scope = scope_of(event.account)
    known = state.kills.get(scope)
    if known is None:
        known = state.kills[scope] = k.Kill(event.mode, event.who, event.why, since=at, asked=at)
    known.mode, known.who, known.why = event.mode, event.who, event.why
    known.held_at = event.held_at
    _add(known, event.orders, event.positions, at)


def _extended(state: BookState, event: k.KillExtended, at: Instant) -> None:
    _add(state.kills[scope_of(event.account)], event.orders, event.positions, at)


def _add(kill: k.Kill, orders: tuple[OrderId, ...], positions: tuple[PositionId, ...], at: Instant) -> None:
    kill.orders |= dict.fromkeys(orders)
    kill.positions |= dict.fromkeys(positions)
    kill.asked = at
    kill.words = {}
    kill.confirmed = False


def _checked(state: BookState, event: k.KillChecked, at: Instant) -> None:
    kill = state.kills[scope_of(event.account)]
    kill.orders |= event.settled
    kill.words[event.held_at] = k.KillWord(event.left, event.open, event.foreign)


def _confirmed(state: BookState, event: k.KillConfirmed, at: Instant) -> None:
    state.kills[scope_of(event.account)].confirmed = True


APPLY_KILL: dict[type, Callable[[BookState, Any, Instant], None]] = {
    k.KillOrdered: _ordered,
    k.KillExtended: _extended,
    k.KillChecked: _checked,
    k.KillConfirmed: _confirmed,
}
