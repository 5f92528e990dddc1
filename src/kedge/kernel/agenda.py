"""Deadlines as state: which order is to be looked at next, and when.

A heap inside the book's state, changed by `apply` alone, so that a restart and a replay see the same deadlines. An
order has one entry that counts, the one that equals its `next_look`; others are left over from earlier deadlines and
are dropped when they come up, or all at once when they are the most of the heap.
"""

from heapq import heapify, heappop, heappush

from kedge.domain.ids import OrderId
from kedge.domain.instants import NEVER, Instant
from kedge.domain.lifecycle import WORKING_STATES, OrderState, is_final
from kedge.domain.orders import Order
from kedge.kernel.state import BookState


def next_look(order: Order) -> Instant:
    """When the engine has to look at this order although nothing was heard of it."""
    state = order.state
    if state in WORKING_STATES or state is OrderState.NEW:
        deadline, cancel_at = order.deadline, order.cancel_at
        return deadline if deadline < cancel_at else cancel_at  # noqa: FURB136 - min() costs more
    return NEVER if is_final(state) else order.deadline


def schedule(state: BookState, order: Order) -> None:
    """Note the order's next deadline; called by `apply` after each change of an order."""
    agenda, id_ = state.agenda, order.request.id
    when = next_look(order)
    if when != NEVER:
        heappush(agenda, (when, id_))
    # No other order has changed, so the first entry is left over only if it is this order's.
    if agenda and agenda[0][1] == id_:
        while agenda and _is_left_over(state, agenda[0]):
            heappop(agenda)
    if len(agenda) > 4 * len(state.orders) + 256:
        agenda[:] = dict.fromkeys(entry for entry in agenda if not _is_left_over(state, entry))
        heapify(agenda)


def due(state: BookState, now: Instant) -> Order | None:
    """The order whose deadline passed first, if any has."""
    if state.agenda and state.agenda[0][0] <= now:
        return state.orders[state.agenda[0][1]]
    return None


def _is_left_over(state: BookState, entry: tuple[Instant, OrderId]) -> bool:
    order = state.orders.get(entry[1])
    return order is None or next_look(order) != entry[0]
