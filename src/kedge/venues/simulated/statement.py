"""What follows from a ledger: every order with how often it was accepted, every trade, holdings and cash.

It is the auditor's arithmetic, on purpose its own: nothing here asks the matching engine, and cash and positions are
computed from the executions alone. A trade in something that is paid in full moves its whole value; a future
moves only what closing it gained against the mean cost of what was open.
"""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import msgspec

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, from_nano, share, use_exact_arithmetic
from kedge.domain.orders import Execution, OrderRequest, Side, Terms
from kedge.venues.simulated.ledger import (
    AccountOpened,
    DuplicateRefused,
    Entry,
    Executed,
    HoldingRenamed,
    HoldingSplit,
    InstrumentListed,
    OrderAccepted,
    OrderEnded,
    OrderRejected,
    OrderReplaced,
    OrderSplit,
    Settled,
    read_ledger,
)


class AuditedOrder(msgspec.Struct):
    """One client order id and everything that happened under it."""

    request: OrderRequest
    accepted: int = 0  # how often: more than once is the fault that Kedge exists to prevent
    rejected: int = 0
    duplicates: int = 0  # later submits of the id that were refused
    terms: list[Terms] = []
    executions: list[Execution] = []
    ended: OrderState | None = None
    reason: str = ""

    @property
    def filled(self) -> Decimal:
        """How much has traded."""
        return sum((from_nano(execution.quantity) for execution in self.executions), ZERO)

    @property
    def is_open(self) -> bool:
        """Whether the exchange has it and it may still fill."""
        return self.accepted > 0 and self.ended is None


class Holding(msgspec.Struct):
    """What is open in one instrument: signed quantity, and what it cost (unsigned)."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO


class AuditedAccount(msgspec.Struct):
    """One account as its trades made it."""

    cash: Decimal
    fees: Decimal = ZERO
    holdings: dict[Symbol, Holding] = {}
    executions: list[Executed] = []

    @property
    def positions(self) -> dict[Symbol, Decimal]:
        """Signed quantities, without the flat ones."""
        return {symbol: holding.quantity for symbol, holding in self.holdings.items() if holding.quantity}


class Statement:
    """A ledger, added up. `take` one entry after another, or have `of` take a file's."""

    def __init__(self) -> None:
        self.entries = 0
        self.orders: dict[OrderId, AuditedOrder] = {}
        self.accounts: dict[AccountId, AuditedAccount] = {}
        self._instruments: dict[Symbol, Instrument] = {}

    @classmethod
    def of(cls, path: Path) -> "Statement":
        """The statement of the ledger at `path`."""
        return cls.from_entries(read_ledger(path))

    @classmethod
    def from_entries(cls, entries: Iterable[Entry]) -> "Statement":
        """The statement of these entries."""
        statement = cls()
        for entry in entries:
            statement.take(entry)
        return statement

    def take(self, entry: Entry) -> None:
        """Add one entry."""
        use_exact_arithmetic()
        self.entries += 1
        match entry.fact:
            case InstrumentListed(instrument=instrument):
                self._instruments[instrument.symbol] = instrument
            case AccountOpened(account=account, cash=cash):
                self.accounts[account] = AuditedAccount(cash)
            case OrderAccepted(request=request):
                self._order(request).accepted += 1
            case OrderRejected(request=request, reason=reason):
                order = self._order(request)
                order.rejected += 1
                order.reason = reason
            case DuplicateRefused(order=id_):
                if id_ in self.orders:
                    self.orders[id_].duplicates += 1
            case OrderReplaced(order=id_, terms=terms):
                self.orders[id_].terms.append(terms)
            case OrderEnded(order=id_, state=state, reason=reason):
                self.orders[id_].ended = state
                self.orders[id_].reason = reason
            case Executed() as trade:
                self.orders[trade.order].executions.append(trade.execution)
                self._trade(trade)
            case OrderSplit(order=id_, terms=terms):
                self.orders[id_].terms.append(terms)
            case Settled() as settled:
                self._settle(settled)
            case HoldingSplit(account=owner, split=split, quantity=quantity, paid=paid):
                held_by = self.accounts[owner]
                holding = held_by.holdings.setdefault(split.instrument, Holding())
                held_by.cash += from_nano(paid) if holding.quantity > 0 else -from_nano(paid)
                holding.quantity = from_nano(quantity)
            case HoldingRenamed(account=owner, instrument=symbol, new_symbol=new):
                holdings = self.accounts[owner].holdings
                holdings[new] = holdings.pop(symbol, Holding())
            case _:
                pass  # a request: what came of it is told by the facts that follow

    def _order(self, request: OrderRequest) -> AuditedOrder:
        return self.orders.setdefault(request.id, AuditedOrder(request))

    def _trade(self, trade: Executed) -> None:
        account = self.accounts[trade.account]
        instrument = self._instruments[trade.instrument]
        holding = account.holdings.setdefault(trade.instrument, Holding())
        quantity, price = from_nano(trade.execution.quantity), from_nano(trade.execution.price)
        fee = from_nano(trade.execution.fee)
        value = instrument.value(quantity, price)
        signed = quantity if trade.side is Side.BUY else -quantity
        gained = _book(holding, signed, value, instrument.value(min(quantity, abs(holding.quantity)), price))
        if instrument.settles_in_full:
            account.cash -= value if trade.side is Side.BUY else -value
        else:
            account.cash += gained
        account.cash -= fee
        account.fees += fee
        account.executions.append(trade)

    def _settle(self, settled: Settled) -> None:
        account, instrument = self.accounts[settled.account], self._instruments[settled.instrument]
        holding = account.holdings[settled.instrument]
        signed = -holding.quantity
        value = instrument.value(abs(signed), from_nano(settled.price))
        gained = _book(holding, signed, value, value)
        account.cash += (value if signed < 0 else -value) if instrument.settles_in_full else gained


def _book(holding: Holding, signed: Decimal, value: Decimal, closing_value: Decimal) -> Decimal:
    """Enter a trade in the holding; returns what the part of it that closed something gained."""
    if holding.quantity * signed >= 0:
        holding.quantity += signed
        holding.cost += value
        return ZERO
    was_long = holding.quantity > 0
    closed = min(abs(signed), abs(holding.quantity))
    released = share(holding.cost, closed, abs(holding.quantity))
    turned_over = abs(signed) > closed
    holding.cost = value - closing_value if turned_over else holding.cost - released
    holding.quantity += signed
    return closing_value - released if was_long else released - closing_value
