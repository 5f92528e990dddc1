"""How much more may leave for a venue that does not keep exits from turning a position over.

All that may close there has to add up to no more than what is open, at every moment and whatever fills first. So an
exit that needs the place of a resting stop waits here: the stop is made smaller or withdrawn, the engine holds one
meanwhile, and the exit leaves once the venue has confirmed.
"""

from decimal import Decimal

from kedge.domain.ids import AccountId, Symbol
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import ZERO, from_nano, to_nano
from kedge.domain.orders import Order, Role, Terms
from kedge.kernel.cover import is_on_its_way
from kedge.kernel.pairs import left_in_pair, open_partner_of, shares_a_place
from kedge.kernel.requests import replace, withdraw
from kedge.kernel.state import BookState
from kedge.kernel.turn import Turn

_LEAST_FIRST = {Role.DISASTER: 0, Role.TARGET: 1, Role.STOP: 2}
_UNANSWERED = (OrderState.PENDING_NEW, OrderState.IN_DOUBT)


def room(state: BookState, account: AccountId, instrument: Symbol) -> Decimal:
    """What is open and not spoken for by an order at the venue; below zero when too much is there."""
    position = state.position(account, instrument)
    if position is None:
        return ZERO
    there = sum((_place_of(state, order) for order in closing_there(state, account, instrument)), ZERO)
    return abs(position.quantity) - there


def closing_there(state: BookState, account: AccountId, instrument: Symbol) -> list[Order]:
    """The orders at the venue that take from what is open, oldest first."""
    position = state.position(account, instrument)
    return [
        order
        for order in state.open_orders(account, instrument)
        if order.state is not OrderState.NEW
        and order.request.role is not Role.ENTRY
        and position is not None
        and order.request.side.sign * position.quantity < ZERO
    ]


def make_room(turn: Turn, account: AccountId, instrument: Symbol, needed: Decimal, why: str) -> None:
    """Take so much out of what rests there, disaster stops first, then the newest; what is under way already counts.

    Targets rest there beside a stop, or from before the venue had to be left without them. A pair goes last.
    """
    newest_first = closing_there(turn.state, account, instrument)[::-1]
    resting = [each for each in newest_first if each.request.role in _LEAST_FIRST]
    for stop in sorted(resting, key=lambda each: _rank(turn.state, each)):
        if needed <= ZERO:
            return
        if is_on_its_way(stop) or shares_a_place(turn.state, stop):
            continue
        if stop.state is OrderState.PENDING_REPLACE and stop.pending is not None:
            wanted = stop.pending.quantity
            less = ZERO if wanted is None else max(stop.quantity - from_nano(wanted), ZERO)
            if less >= needed:
                return
        needed -= _take(turn, stop, needed, why)


def _rank(state: BookState, order: Order) -> int:
    is_one_of_two = open_partner_of(state, order) is not None
    return len(_LEAST_FIRST) if is_one_of_two else _LEAST_FIRST[order.request.role]


def _place_of(state: BookState, order: Order) -> Decimal:
    """What it may take of what is open; the two of a pair take it once."""
    if order.pair is None:
        return may_fill_of(order)
    return ZERO if shares_a_place(state, order) else min(may_fill_of(order), left_in_pair(state, order))


def _take(turn: Turn, stop: Order, needed: Decimal, why: str) -> Decimal:
    target = open_partner_of(turn.state, stop)
    if target is not None:  # a pair is for one quantity: it goes, and another is asked for
        place = _place_of(turn.state, stop)
        give_way(turn, target, why)
        give_way(turn, stop, why)
        return place
    rest = stop.leaves - needed
    able = turn.state.able(stop.request.account)
    if rest > ZERO and able.replace and stop.state in WORKING_STATES and not stop.refusals:
        replace(turn, stop, Terms(quantity=to_nano(stop.filled + rest)), "engine", why)
        return needed
    give_way(turn, stop, why)
    return may_fill_of(stop)


def give_way(turn: Turn, order: Order, why: str) -> None:
    """Withdraw it, once."""
    is_asked = order.state is OrderState.PENDING_CANCEL
    is_planned = order.state in _UNANSWERED and order.cancel_at <= turn.at
    if not is_asked and not is_planned:
        withdraw(turn, order, why)


def may_fill_of(order: Order) -> Decimal:
    """What it may still fill, whether or not a replace that is under way has been done."""
    wanted = None if order.pending is None else order.pending.quantity
    then = order.quantity if wanted is None else max(order.quantity, from_nano(wanted))
    return max(then - order.filled, ZERO)
