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
from kedge.domain.numbers import ZERO, from_nano, share, to_nano, use_exact_arithmetic
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
    TradeBusted,
    TradeCorrected,
    read_ledger,
)

Move = Executed | Settled | HoldingSplit | HoldingRenamed


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
        self._opened: dict[AccountId, Decimal] = {}
        self._moves: dict[AccountId, list[Move]] = {}  # all that ever moved an account

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
                self._opened[account], self._moves[account] = cash, []
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
                self._move(trade.account, trade)
            case OrderSplit(order=id_, terms=terms):
                self.orders[id_].terms.append(terms)
            case Settled() | HoldingSplit() | HoldingRenamed() as move:
                self._move(move.account, move)
            case TradeBusted(order=id_, account=owner, execution=execution):
                self._amend(owner, id_, execution, None)
            case TradeCorrected(order=id_, account=owner, execution=done):
                self._amend(owner, id_, done.id, done)
            case _:
                pass  # a request: what came of it is told by the facts that follow

    def _order(self, request: OrderRequest) -> AuditedOrder:
        return self.orders.setdefault(request.id, AuditedOrder(request))

    def _move(self, account: AccountId, move: Move) -> None:
        self._moves[account].append(move)
        self._do(move)

    def _do(self, move: Move) -> None:
        match move:
            case Executed():
                self._trade(move)
            case Settled():
                self._settle(move)
            case HoldingSplit():
                self._split(move)
            case HoldingRenamed(account=account, instrument=symbol, new_symbol=new):
                holdings = self.accounts[account].holdings
                holdings[new] = holdings.pop(symbol, Holding())

    def _amend(self, account: AccountId, order: OrderId, execution: str, now: Execution | None) -> None:
        """A trade never was, or was another one: all that moved the account is added up anew."""
        moves: list[Move] = []
        for move in self._moves[account]:
            if not (isinstance(move, Executed) and (move.order, move.execution.id) == (order, execution)):
                moves.append(move)
            elif now is not None:
                moves.append(msgspec.structs.replace(move, execution=now))
        self._moves[account] = moves
        self.accounts[account] = AuditedAccount(self._opened[account])
        for move in moves:
            self._do(move)
        self.orders[order].executions = [
            move.execution for move in moves if isinstance(move, Executed) and move.order == order
        ]

    def _split(self, done: HoldingSplit) -> None:
        """What is held in new shares; the exchange takes back no trade that would have left another rest."""
        account, split = self.accounts[done.account], done.split
        holding = account.holdings.setdefault(split.instrument, Holding())
        if not holding.quantity:
            return
        lot = to_nano(self._instruments[split.instrument].lot)
        held = to_nano(holding.quantity)
        quantity = split.in_lots(held, lot)
        if split.exact(held) != quantity:
            account.cash += from_nano(done.paid) if held > 0 else -from_nano(done.paid)
        holding.quantity = from_nano(quantity)

    def _trade(self, trade: Executed) -> None:
        account = self.accounts[trade.account]
        instrument = self._instruments[trade.instrument]
        holding = account.holdings.setdefault(trade.instrument, Holding())
        quantity, price = from_nano(trade.execution.quantity), from_nano(trade.execution.price)
        fee = from_nano(trade.execution.fee)
        value = instrument.value(quantity, price)
        taken = from_nano(trade.execution.fee_base)
        signed = (quantity if trade.side is Side.BUY else -quantity) - taken
        account.fees += abs(value - instrument.value(abs(signed), price))
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
        holding = account.holdings.setdefault(settled.instrument, Holding())
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
