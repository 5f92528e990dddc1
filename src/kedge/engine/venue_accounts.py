"""Venues speak of their own accounts: what leaves for them is addressed to those, and they are asked about those.

Reports name orders, which are found by their ids. What a venue says of an account as a whole is divided by the kernel
among the accounts here that share it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec.structs import replace

from kedge.domain.accounts import AccountTerms
from kedge.domain.commands import Command, SubmitOrder
from kedge.domain.ids import AccountId, OrderId, VenueName
from kedge.domain.numbers import ZERO, plain
from kedge.engine.errors import LeftBehindError
from kedge.kernel.state import BookState


def addressed(command: Command, terms: AccountTerms) -> Command:
    """The command as the venue is to get it."""
    if not isinstance(command, SubmitOrder) or terms.held_at == terms.id:
        return command
    there = terms.held_at
    legs = tuple(replace(leg, account=there) for leg in command.legs)
    return SubmitOrder(replace(command.request, account=there), legs)


def accounts_at(state: BookState, venue: VenueName) -> list[AccountId]:
    """The accounts at a venue that this book has to do with, each once."""
    return [
        there
        for there, sharers in state.sharers.items()
        if any(state.accounts[account].terms.venue == venue for account in sharers)
    ]


def open_orders_at(state: BookState, venue_account: AccountId) -> list[OrderId]:
    """The orders that may still trade there."""
    return [
        order
        for account in state.sharers[venue_account]
        for orders in state.open.get(account, {}).values()
        for order in orders
    ]


def last_change_at(state: BookState, venue_account: AccountId) -> str:
    """The last change of it that is known; one is counted for all who share it, or for none."""
    for account in state.sharers[venue_account]:
        known = state.changes.get(account)
        if known:
            return next(reversed(known))
    return ""


def opening_cash(accounts: Iterable[AccountTerms]) -> dict[AccountId, Decimal]:
    """What each account at a paper venue begins with: the cash of those who share it."""
    cash: dict[AccountId, Decimal] = {}
    for terms in accounts:
        cash[terms.held_at] = cash.get(terms.held_at, ZERO) + terms.cash
    return cash


def refuse_late_joiners(state: BookState, accounts: Sequence[AccountTerms]) -> None:
    """A paper venue gives an account its money once: who shares it later would bring cash that is not there."""
    for terms in accounts:
        others = [account for account in state.sharers.get(terms.held_at, ()) if account != terms.id]
        if terms.id in state.accounts or not others or not terms.cash:
            continue
        raise LeftBehindError(
            f"account {terms.id} is new and would share the venue account {terms.held_at} with "
            f"{', '.join(others)}, but a paper venue has given that its money already and adds no "
            f"{plain(terms.cash)} to it. Give {terms.id} a venue_account of its own, or let it begin with cash: 0"
        )
