"""Several accounts of the book on one account at a venue: what each sees of the others.

An order that the engine holds is not at the venue, so that nothing can trade against it. Every other one that is not
done counts, whatever is believed of it: it may trade until there is proof.
"""

from decimal import Decimal

from kedge.domain.accounts import Account
from kedge.domain.amendments import PositionRestated
from kedge.domain.events import PositionOpened
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, Nano, from_nano, plain
from kedge.domain.orders import Order, Side
from kedge.domain.positions import Position
from kedge.gates.gate import Neighbour, Resting
from kedge.kernel.pairs import shares_a_place
from kedge.kernel.state import BookState
from kedge.kernel.turn import Turn

_BRINGS = (PositionOpened, PositionRestated)
_ALONE: tuple[Neighbour, ...] = ()


def neighbours(state: BookState, account: Account, instrument: Symbol) -> tuple[Neighbour, ...]:
    """The other accounts of the same account at the venue, with what they have in an instrument."""
    sharers = state.sharers[account.terms.held_at]
    if len(sharers) == 1:
        return _ALONE
    own = account.terms.id
    return tuple(_neighbour(state, other, instrument) for other in sharers if other != own)


def unallocated_near(state: BookState, account: Account, instrument: Symbol) -> Decimal:
    """What is held at the account's venue account and is nobody's here."""
    if not state.unallocated:
        return ZERO
    return state.unallocated_in(account.terms.held_at, instrument)


def is_opposed(state: BookState, account: AccountId, instrument: Symbol) -> bool:
    """Whether the other side of what the account holds is held in the same account at the venue, all the same.

    Entries against it are refused, but a fill that is taken back brings it about. What the venue counts is less than
    what the account holds then, or nothing: a reduce-only would hold its way out back. What is nobody's does not count:
    it may be ours that somebody has closed, and an exit that the venue lets through would open a position there.
    """
    terms, position = state.accounts[account].terms, state.position(account, instrument)
    sharers = state.sharers[terms.held_at]
    if position is None or len(sharers) == 1 or not terms.capabilities.nets:
        return False
    return bool(_against(state, position, sharers))


def announce_opposed(turn: Turn) -> None:
    """Call a person where this turn has brought one account to stand against another."""
    state = turn.state
    for event in turn.events:
        if not isinstance(event, _BRINGS):
            continue
        position = state.position(event.account, event.instrument)
        terms = state.accounts[event.account].terms
        sharers = state.sharers[terms.held_at]
        if position is None or len(sharers) == 1 or not terms.capabilities.nets:
            continue
        for other in _against(state, position, sharers):
            turn.alarm(
                "SIDES_OPPOSED",
                position.entry_order,
                "two accounts of one venue account hold both sides of an instrument, which the venue nets",
                instrument=event.instrument,
                account=event.account,
                held=plain(position.quantity),
                other=other.account,
                held_there=plain(other.quantity),
            )


def _against(state: BookState, position: Position, sharers: list[AccountId]) -> list[Position]:
    others = (state.position(each, position.instrument) for each in sharers)
    return [each for each in others if each is not None and each.quantity * position.quantity < ZERO]


def _neighbour(state: BookState, account: AccountId, instrument: Symbol) -> Neighbour:
    position = state.position(account, instrument)
    held = lowest = highest = ZERO if position is None else position.quantity
    limits: list[Resting] = []
    for order in state.open_orders(account, instrument):
        if order.state is OrderState.NEW:
            continue
        more = ZERO if shares_a_place(state, order) else _most(order)
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
