"""What the exchange's ledger says, worked out by arithmetic of its own: fractions, no code of the engine's books.

It is the judge's side of every comparison. A broken rule that the ledger alone shows (one client id taken twice, two
orders of one intent) is found here, whatever the engine believes.
"""

from collections.abc import Iterable
from fractions import Fraction

import msgspec

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.orders import Execution, OrderRequest, Side, Terms
from kedge.venues.simulated import ledger as book
from kedge.venues.simulated.ledger import Entry

_BILLION = 10**9

FillId = tuple[OrderId, str]  # an order and the exchange's id of one of its executions


class Taken(msgspec.Struct):
    """An order that the exchange took."""

    request: OrderRequest
    at: Instant
    quantity: int
    limit_price: int | None
    stop_price: int | None
    filled: int = 0
    live: bool = True


class Holding(msgspec.Struct):
    """What an account holds of one instrument: how much, and what the open part cost on average."""

    quantity: Fraction = Fraction(0)
    cost: Fraction = Fraction(0)
    gained: Fraction = Fraction(0)
    paid: Fraction = Fraction(0)  # money that went out for it, less what came in
    fees: Fraction = Fraction(0)

    def trade(self, signed: Fraction, value: Fraction) -> None:
        """Count a trade; `value` is the worth of all of it, without a sign."""
        self.paid += value if signed > 0 else -value
        if self.quantity * signed >= 0:
            self.quantity += signed
            self.cost += value
            return
        closed = min(abs(signed), abs(self.quantity)) / abs(self.quantity)
        released, part = self.cost * closed, min(abs(signed), abs(self.quantity)) / abs(signed)
        self.gained += value * part - released if self.quantity > 0 else released - value * part
        turned = abs(signed) > abs(self.quantity)
        self.quantity += signed
        self.cost = value * (1 - part) if turned else self.cost - released


class Truth:
    """The exchange's books as the ledger makes them; entries are taken in once, in their order."""

    def __init__(self) -> None:
        """Nothing is known before the first entry."""
        self.orders: dict[OrderId, Taken] = {}
        self.entries = 0
        self.trades = 0
        self.findings: list[str] = []
        self._instruments: dict[Symbol, Instrument] = {}
        self._opened: dict[AccountId, Fraction] = {}
        self._holdings: dict[tuple[AccountId, Symbol], Holding] = {}
        self._intents: dict[tuple[str, str], list[OrderId]] = {}
        self._executions: dict[str, OrderId] = {}
        self._trades: list[book.Executed] = []

    def take(self, entries: Iterable[Entry]) -> None:
        """Take in the entries that are new; the iteration may begin at the first one each time."""
        for entry in entries:
            if entry.number > self.entries:
                self.entries = entry.number
                self._take(entry)

    def live(self, account: AccountId) -> dict[OrderId, Taken]:
        """The account's orders that may still trade."""
        return {
            id_: taken
            for id_, taken in self.orders.items()
            if taken.live and taken.request.account == account
        }

    def positions(self, account: AccountId) -> dict[Symbol, Fraction]:
        """What the account holds, signed, without the flat ones."""
        return {
            symbol: holding.quantity
            for (owner, symbol), holding in self._holdings.items()
            if owner == account and holding.quantity
        }

    @property
    def fills(self) -> dict[FillId, Execution]:
        """Every execution as it stands, oldest first."""
        return {(trade.order, trade.execution.id): trade.execution for trade in self._trades}

    def cash(self, account: AccountId, heard: Iterable[FillId]) -> Fraction:
        """The account's money: all it began with, less what it paid, for futures plus what it gained, less fees.

        What an open future has gained so far, at average cost, depends on the order of its fills. Somebody to whom a
        report came late has counted in the order in which he heard, and may. So the exchange's trades are added up in
        that order here: only once the future is flat does it come to the same in any order.
        """
        places = {fill: place for place, fill in enumerate(heard)}
        trades = [trade for trade in self._trades if trade.account == account]
        trades.sort(key=lambda trade: places.get((trade.order, trade.execution.id), len(places)))
        holdings: dict[Symbol, Holding] = {}
        for trade in trades:
            self._book(trade, holdings.setdefault(trade.instrument, Holding()))
        total = self._opened.get(account, Fraction(0))
        for symbol, holding in holdings.items():
            is_future = self._instruments[symbol].asset is AssetClass.FUTURE
            total += (holding.gained if is_future else -holding.paid) - holding.fees
        return total

    def _take(self, entry: Entry) -> None:
        match entry.fact:
            case book.InstrumentListed(instrument=instrument):
                self._instruments[instrument.symbol] = instrument
            case book.AccountOpened(account=account, cash=cash):
                self._opened[account] = Fraction(cash)
            case book.OrderAccepted(request=request):
                self._accept(request, entry.at)
            case book.OrderReplaced(order=order, terms=terms):
                self._replace(self.orders[order], terms)
            case book.OrderEnded(order=order):
                self.orders[order].live = False
            case book.Executed() as trade:
                self._execute(trade)
            case book.TradeBusted(order=order, execution=id_):
                self._amend(order, id_, None)
            case book.TradeCorrected(order=order, execution=now):
                self._amend(order, now.id, now)
            case _:
                pass

    def _accept(self, request: OrderRequest, at: Instant) -> None:
        if request.id in self.orders:
            self.findings.append(f"the exchange took the client id {request.id} twice")
        self.orders[request.id] = Taken(
            request, at, request.quantity, request.limit_price, request.stop_price
        )
        orders = self._intents.setdefault((request.signal or "", request.role), [])
        others = [
            id_ for id_ in orders if id_ != request.id and (self.orders[id_].live or self.orders[id_].filled)
        ]
        if others and request.signal is not None:
            self.findings.append(
                f"signal {request.signal} has two orders in the role {request.role}: {others[0]} and {request.id}"
            )
        orders.append(request.id)

    def _replace(self, taken: Taken, terms: Terms) -> None:
        for name in ("quantity", "limit_price", "stop_price"):
            if (value := getattr(terms, name)) is not None:
                setattr(taken, name, value)

    def _execute(self, trade: book.Executed) -> None:
        done, taken = trade.execution, self.orders[trade.order]
        if self._executions.setdefault(done.id, trade.order) != trade.order or not done.quantity:
            self.findings.append(
                f"the ledger has the execution {done.id} of {trade.order} for another order too"
            )
        taken.filled += done.quantity
        if taken.filled > taken.quantity:
            self.findings.append(f"{trade.order} traded more than it was for")
        self.trades += 1
        self._trades.append(trade)
        self._count(trade)

    def _amend(self, order: OrderId, id_: str, now: Execution | None) -> None:
        """A trade never was, or was another one: its account's trades in the instrument are added up anew."""
        place = next(
            place
            for place, trade in enumerate(self._trades)
            if (trade.order, trade.execution.id) == (order, id_)
        )
        was = self._trades.pop(place)
        self.orders[order].filled += (0 if now is None else now.quantity) - was.execution.quantity
        if now is not None:
            self._trades.insert(place, msgspec.structs.replace(was, execution=now))
        key = (was.account, was.instrument)
        self._holdings[key] = Holding()
        for trade in self._trades:
            if (trade.account, trade.instrument) == key:
                self._count(trade)

    def _count(self, trade: book.Executed) -> None:
        self._book(trade, self._holdings.setdefault((trade.account, trade.instrument), Holding()))

    def _book(self, trade: book.Executed, holding: Holding) -> None:
        done = trade.execution
        quantity = Fraction(done.quantity, _BILLION)
        worth = Fraction(done.price, _BILLION) * Fraction(self._instruments[trade.instrument].multiplier)
        taken = Fraction(done.fee_base, _BILLION)  # of the coins themselves: so many were not had
        signed = (quantity if trade.side is Side.BUY else -quantity) - taken
        holding.trade(signed, abs(signed) * worth)
        holding.fees += Fraction(done.fee, _BILLION) + taken * worth
