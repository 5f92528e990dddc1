"""Several accounts of the book on one account at a venue: what each sees of the others.

An order that the engine holds is not at the venue, so that nothing can trade against it. Every other one that is not
done counts, whatever is believed of it: it may trade until there is proof.
"""

from decimal import Decimal

from kedge.domain.ids import AccountId, Symbol
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, Nano, from_nano
from kedge.domain.orders import Order, Side
from kedge.gates.gate import Neighbour, Resting
from kedge.kernel.state import BookState

_ALONE: tuple[Neighbour, ...] = ()


def neighbours(state: BookState, account: AccountId, instrument: Symbol) -> tuple[Neighbour, ...]:
    """The other accounts of the same account at the venue, with what they have in an instrument."""
    known = state.accounts.get(account)
    if known is None:
        return _ALONE
    sharers = state.sharers[known.terms.held_at]
    if len(sharers) == 1:
        return _ALONE
    return tuple(_neighbour(state, other, instrument) for other in sharers if other != account)


def unallocated_near(state: BookState, account: AccountId, instrument: Symbol) -> Decimal:
    """What is held at the account's venue account and is nobody's here."""
    known = state.accounts.get(account)
    return ZERO if known is None else state.unallocated_in(known.terms.held_at, instrument)


def _neighbour(state: BookState, account: AccountId, instrument: Symbol) -> Neighbour:
    position = state.position(account, instrument)
    held = lowest = highest = ZERO if position is None else position.quantity
    limits: list[Resting] = []
    for order in state.open_orders(account, instrument):
        if order.state is OrderState.NEW:
            continue
        more = _most(order)
        if order.request.side is Side.BUY:
            highest += more
        else:
            lowest -= more
        limits += _limits(order)
    return Neighbour(account, held, lowest, highest, tuple(limits))


def _most(order: Order) -> Decimal:
    """What may still fill, under the terms that hold or under those that are asked for."""
    asked = None if order.pending is None else order.pending.quantity
    return order.leaves if asked is None else max(order.leaves, from_nano(asked) - order.filled)


def _limits(order: Order) -> list[Resting]:
    asked: Nano | None = None if order.pending is None else order.pending.limit_price
    prices = (order.limit_price, None if asked is None else from_nano(asked))
    return [Resting(order.id, order.request.side, price) for price in prices if price is not None]
