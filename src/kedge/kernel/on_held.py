"""What a venue says that one of its accounts holds, beside what the accounts here hold together.

A difference is written down and told of; no position is ever changed by it. It is looked at only where nothing is
under way: while an order is unanswered, or has changed since the venue was asked, both sides may be right. Before
anybody is called, orders that rest there are asked whether they have filled.
"""

from decimal import Decimal

from kedge.domain.changes import UnallocatedChanged
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.inputs import VenueHeld
from kedge.domain.instants import SECOND, Instant, Span
from kedge.domain.lifecycle import UNANSWERED_STATES, OrderState, is_final
from kedge.domain.numbers import ZERO, from_nano, plain, to_nano
from kedge.domain.orders import Order
from kedge.kernel.requests import ask
from kedge.kernel.turn import Turn

HEARD_OF_WITHIN = Span(60 * SECOND)


def on_held(turn: Turn, told: VenueHeld) -> None:
    """Compare each instrument that one of the two sides knows of."""
    state, venue_account = turn.state, told.account
    sharers = [each for each in state.sharers.get(venue_account, ()) if _is_there(turn, each, told)]
    if not sharers:
        return
    moving = {
        order.request.instrument
        for order in state.orders.values()
        if order.request.account in sharers and _is_under_way(order, told.asked)
    }
    ours = [symbol for account in sharers for symbol in state.holdings(account)]
    for symbol in dict.fromkeys([*told.held, *ours, *state.unallocated.get(venue_account, {})]):
        there = from_nano(told.held[symbol]) if symbol in told.held else ZERO
        rest = there - state.held_together(venue_account, symbol)
        if symbol in moving or rest == state.unallocated_in(venue_account, symbol):
            continue
        if not (rest and _a_fill_may_be_missing(turn, sharers, symbol)):
            note_unallocated(turn, venue_account, symbol, there=there, alarmed=True)


def note_unallocated(
    turn: Turn, venue_account: AccountId, symbol: Symbol, *, there: Decimal, alarmed: bool = False
) -> None:
    """Write down what the venue holds beyond the accounts here, if that is news."""
    state = turn.state
    booked = state.held_together(venue_account, symbol)
    rest = there - booked
    if rest == state.unallocated_in(venue_account, symbol):
        return
    venue = state.accounts[state.sharers[venue_account][0]].terms.venue
    turn.emit(
        UnallocatedChanged(
            venue=venue, account=venue_account, instrument=symbol, quantity=to_nano(rest), held=to_nano(there)
        )
    )
    if rest and alarmed:
        turn.alarm(
            "BOOKS_DIFFER",
            venue_account,
            "the venue holds another quantity than the accounts here",
            instrument=symbol,
            engine=plain(booked),
            venue=plain(there),
            unallocated=plain(rest),
        )


def _a_fill_may_be_missing(turn: Turn, sharers: list[AccountId], symbol: Symbol) -> bool:
    """Whether an order rests there of which nothing was heard for a while: it is asked first what became of it."""
    live = [
        order
        for account in sharers
        for order in turn.state.open_orders(account, symbol)
        if order.state is not OrderState.NEW
    ]
    if all(order.updated > turn.at - HEARD_OF_WITHIN for order in live):
        return False
    for order in live:
        ask(turn, order)
    return True


def _is_there(turn: Turn, account: AccountId, told: VenueHeld) -> bool:
    return turn.state.accounts[account].terms.venue == told.venue


def _is_under_way(order: Order, asked: Instant) -> bool:
    in_question = order.asked > 0 and not is_final(order.state)
    return order.state in UNANSWERED_STATES or in_question or order.updated >= asked
