"""Whether what is open has a stop. Where it has none although its account wants one, a person is called."""

from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.orders import Order, Role
from kedge.domain.positions import Position
from kedge.kernel.requests import ask
from kedge.kernel.turn import Turn


def check_cover(turn: Turn, order: Order, why: str) -> None:
    """Look after a change that `order` brought: an entry that filled, or a way out that ended."""
    request, state = order.request, turn.state
    position = state.position(request.account, request.instrument)
    if position is None or state.accounts[request.account].terms.allow_unprotected:
        return
    others = state.open_orders(request.account, request.instrument)
    if not any(other.request.role is Role.STOP for other in others):
        turn.alarm("NAKED_POSITION", order.id, f"what is open has no live stop: {why}", position=position.id)


def protects(turn: Turn, order: Order) -> bool:
    """Whether the order is a stop or target of what is open now."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    return request.role.is_protective and position is not None and position.entry_order == request.parent


def is_left_behind(turn: Turn, order: Order) -> bool:
    """Whether the order is a stop or target of something that is neither open nor can become so."""
    parent = order.request.parent
    if not order.request.role.is_protective or protects(turn, order) or parent is None:
        return False
    entry = turn.order(parent)
    return entry is None or is_final(entry.state)


def look_at_cover(turn: Turn, order: Order) -> None:
    """A position has lost an exit: its other exit may have filled without our hearing of it, so that one is asked."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if position is None or position.entry_order != request.parent:
        return
    live = [
        other
        for other in turn.state.open_orders(request.account, request.instrument)
        if other.request.parent == request.parent and other.state is not OrderState.NEW
    ]
    for other in live:
        if not other.asked:
            ask(turn, other)
    if not live and request.role is Role.STOP:
        alarm_uncovered(turn, order, position)
    elif not live:
        check_cover(turn, order, f"its target ended as {order.state}")


def alarm_uncovered(turn: Turn, order: Order, position: Position) -> None:
    turn.alarm("STOP_LOST", order.id, "a position is open and its stop is gone", position=position.id)


def check_stop_beside(turn: Turn, order: Order) -> None:
    """A target that lives on beside an open position without a stop."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if request.role is not Role.TARGET or position is None or position.entry_order != request.parent:
        return
    for other in turn.state.open_orders(request.account, request.instrument):
        if other.request.parent == request.parent and other.request.role is Role.STOP:
            return
    if position.stop is not None:
        alarm_uncovered(turn, order, position)
