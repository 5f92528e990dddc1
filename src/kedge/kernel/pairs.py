"""A pair: a stop that rests at a venue, and the target beside it (`Capabilities.pairs`).

What one of them fills the venue takes from the other, so that together they close no more than the pair was for: they
need one place there and not two.
"""

from decimal import Decimal

from kedge.domain.lifecycle import is_final
from kedge.domain.numbers import ZERO, from_nano
from kedge.domain.orders import Order, Role
from kedge.kernel.state import BookState


def partner_of(state: BookState, order: Order) -> Order | None:
    """The other one, whatever has become of it."""
    return None if order.pair is None else state.orders.get(order.pair)


def open_partner_of(state: BookState, order: Order) -> Order | None:
    """The other one, if it may still fill."""
    other = partner_of(state, order)
    return None if other is None or is_final(other.state) else other


def shares_a_place(state: BookState, order: Order) -> bool:
    """Whether it is a target that rests in the place of its stop."""
    return order.request.role is Role.TARGET and open_partner_of(state, order) is not None


def left_in_pair(state: BookState, order: Order) -> Decimal:
    """What it may still fill at most; that the other one's fill was taken from it may not have been heard yet."""
    return _left(state, order, ZERO)


def surely_left_in_pair(state: BookState, order: Order) -> Decimal:
    """The same at least: what a fill has taken from it need not come back when the fill is taken back."""
    other = partner_of(state, order)
    return _left(state, order, ZERO if other is None else order.taken_back + other.taken_back)


def _left(state: BookState, order: Order, lost: Decimal) -> Decimal:
    other = partner_of(state, order)
    if other is None or order.rescaled_at or other.rescaled_at:
        return order.leaves
    whole = from_nano(order.request.quantity)
    return max(min(order.leaves, whole - order.filled - other.filled - lost), ZERO)
