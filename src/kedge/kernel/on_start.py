"""A start of the engine: whatever is open is in question until the venue has spoken of it."""

from kedge.domain.events import AccountDefined, InstrumentDefined, OrderRestored, RunStarted
from kedge.domain.governing import OwnersDefined
from kedge.domain.inputs import (
    AccountDeclared,
    EngineStarted,
    InstrumentDeclared,
    OrderRecalled,
    OwnersDeclared,
    StrangerSeen,
    VenueReconnected,
)
from kedge.domain.lifecycle import WORKING_STATES, OrderState, is_final
from kedge.domain.numbers import from_nano, plain
from kedge.domain.orders import Order
from kedge.kernel.requests import ask, doubt
from kedge.kernel.turn import Turn

_LIVE_THERE = (*WORKING_STATES, OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE)


def on_start(turn: Turn, started: EngineStarted) -> None:
    """Take the book over, then ask about every order that may have changed while nobody listened."""
    turn.emit(
        RunStarted(
            journal_id=started.journal_id,
            nonce=started.nonce,
            epoch=started.epoch,
            version=started.version,
            settings_hash=started.settings_hash,
        )
    )
    for order in _open_orders(turn):
        if order.state is OrderState.PENDING_NEW:
            doubt(turn, order, "the engine restarted before the answer came")
        elif order.state is not OrderState.NEW:
            ask(turn, order, afresh=True)


def on_reconnect(turn: Turn, back: VenueReconnected) -> None:
    """Reports may have been missed: ask about what is live there, also where a cancel or replace is under way, for the
    answer to that need not tell what was missed. A submit without an answer is in doubt: that may be what was missed.
    """
    for order in _open_orders(turn):
        if turn.state.accounts[order.request.account].terms.venue != back.venue:
            continue
        if order.state is OrderState.PENDING_NEW:
            doubt(turn, order, "the line broke before the answer came")
        elif order.state in _LIVE_THERE:
            ask(turn, order, afresh=True)


def _open_orders(turn: Turn) -> list[Order]:
    state = turn.state
    return [order for order in state.orders.values() if order.id not in state.closed]


def on_instrument(turn: Turn, declared: InstrumentDeclared) -> None:
    """Record an instrument that is new or changed."""
    if turn.state.instruments.get(declared.instrument.symbol) != declared.instrument:
        turn.emit(InstrumentDefined(instrument=declared.instrument))


def on_account(turn: Turn, declared: AccountDeclared) -> None:
    """Record an account that is new or has new terms; its cash is what it was."""
    known = turn.state.accounts.get(declared.terms.id)
    if known is None or known.terms != declared.terms:
        turn.emit(AccountDefined(terms=declared.terms))


def on_owners(turn: Turn, declared: OwnersDeclared) -> None:
    """Record the owners' limits where they are new or changed."""
    if tuple(turn.state.owners.values()) != declared.owners:
        turn.emit(OwnersDefined(owners=declared.owners))


def on_recalled(turn: Turn, recalled: OrderRecalled) -> None:
    """Put an old order back, so that what the venue says of it can be counted."""
    order, state = recalled.order, turn.state
    if turn.order(order.id) is not None:
        return
    known = order.request.account in state.accounts and order.request.instrument in state.instruments
    if known and is_final(order.state) and order.asked >= 0:
        turn.emit(OrderRestored(order=order))
    else:
        turn.alarm(
            "NOT_RECALLABLE",
            order.id,
            "only a closed order of a known account and instrument can be put back",
        )


def on_stranger(turn: Turn, seen: StrangerSeen) -> None:
    """An order that this book did not make: announced, never adopted by guess."""
    turn.alarm(
        "FOREIGN_ORDER",
        seen.venue_order_id,
        "the venue shows an order that is not of this book's making",
        account=seen.account,
        instrument=seen.instrument,
        side=seen.side,
        quantity=plain(from_nano(seen.quantity)),
    )
