"""Whether what is open has a stop. Where it has none although its account wants one, a person is called."""

from kedge.domain.orders import Order, Role
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
