"""The exchange's own books: signed quantities and cash, kept as plainly as possible.

They share no code with the engine's positions: in crash tests these books are the judge of those.
"""

from decimal import Decimal

import msgspec

from kedge.domain.announcements import Split
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import ZERO, Nano, from_nano, money
from kedge.domain.orders import Execution


class Holding(msgspec.Struct):
    """What an account holds of one instrument; `cost` is kept for futures only: what the open part was worth."""

    quantity: int = 0  # billionths, signed: short is negative
    cost: Decimal = ZERO


class Trade(msgspec.Struct, frozen=True, tag="trade"):
    """An execution of one of the account's orders; `sign` is +1 for a buy."""

    symbol: Symbol
    order: OrderId
    execution: Execution
    sign: int


class Division(msgspec.Struct, frozen=True, tag="division"):
    """A split: what was held before it, and what was paid for the rest; `orders` count anew by it."""

    symbol: Symbol
    split: Split
    lot: int
    held: int
    paid: Decimal
    orders: tuple[OrderId, ...] = ()


class Settlement(msgspec.Struct, frozen=True, tag="settlement"):
    """A contract expired at this price; `told`: the account held some of it, and was told."""

    symbol: Symbol
    price: Nano
    told: bool


class Renaming(msgspec.Struct, frozen=True, tag="renaming"):
    """An instrument goes by another symbol."""

    symbol: Symbol
    new_symbol: Symbol


Deed = Trade | Division | Settlement | Renaming


class Ledger(msgspec.Struct):
    """One account at the exchange.

    `deeds` are all that has moved it, from `began` on, so that a trade can be taken back.
    """

    cash: Decimal
    fees: Decimal = ZERO
    holdings: dict[Symbol, Holding] = msgspec.field(default_factory=dict)
    executions: list[tuple[OrderId, Execution]] = msgspec.field(default_factory=list)
    deeds: list[Deed] = msgspec.field(default_factory=list)
    began: Decimal | None = None

    def __post_init__(self) -> None:
        """An account that has traded before its deeds were kept has no beginning."""
        if self.began is None and not self.executions and not self.holdings:
            self.began = self.cash

    def held(self, symbol: Symbol) -> int:
        """The signed quantity in billionths."""
        holding = self.holdings.get(symbol)
        return holding.quantity if holding is not None else 0

    def enter(self, instrument: Instrument, order: OrderId, execution: Execution, sign: int) -> None:
        """Book one execution; `sign` is +1 for a buy."""
        fee = from_nano(execution.fee)
        holding = self.holdings.setdefault(instrument.symbol, Holding())
        if instrument.settles_in_full:
            self.cash -= sign * _value(instrument, execution.quantity, execution.price)
            holding.quantity += sign * execution.quantity - execution.fee_base
            self.fees += _worth_of_coins(instrument, execution, sign)
        else:
            self.cash += _trade_future(holding, instrument, execution, sign)
        self.cash -= fee
        self.fees += fee
        self.executions.append((order, execution))
        self.deeds.append(Trade(instrument.symbol, order, execution, sign))
        if not holding.quantity:
            del self.holdings[instrument.symbol]

    def settle(self, instrument: Instrument, price: Nano) -> None:
        """Close what is held at this price, without a fee."""
        self.deeds.append(Settlement(instrument.symbol, price, told=instrument.symbol in self.holdings))
        holding = self.holdings.pop(instrument.symbol, None)
        if holding is None:
            return
        worth = _value(instrument, abs(holding.quantity), price)
        if instrument.settles_in_full:
            self.cash += worth if holding.quantity > 0 else -worth
        else:
            self.cash += worth - holding.cost if holding.quantity > 0 else holding.cost - worth

    def rescale(self, symbol: Symbol, quantity: int, paid: Decimal) -> None:
        """Hold this quantity instead; the rest was paid out, or by who was short."""
        holding = self.holdings.get(symbol)
        if holding is None:
            return
        self.cash += paid if holding.quantity > 0 else -paid
        holding.quantity = quantity
        if not quantity:
            del self.holdings[symbol]

    def rename(self, symbol: Symbol, new_symbol: Symbol) -> None:
        """Hold what is held, if anything, under another symbol."""
        self.deeds.append(Renaming(symbol, new_symbol))
        if symbol in self.holdings:
            self.holdings[new_symbol] = self.holdings.pop(symbol)

    def copy(self) -> "Ledger":
        """A ledger that goes its own way from here."""
        holdings = {symbol: Holding(held.quantity, held.cost) for symbol, held in self.holdings.items()}
        return Ledger(self.cash, self.fees, holdings, list(self.executions), list(self.deeds), self.began)

    def has_traded(self, symbol: Symbol) -> bool:
        """Whether it ever had something of what goes by this symbol now, so that a bust could bring it back."""
        names = {symbol}
        for deed in reversed(self.deeds):
            if isinstance(deed, Renaming) and deed.new_symbol in names:
                names.add(deed.symbol)
            if isinstance(deed, Trade) and deed.symbol in names:
                return True
        return False


def _value(instrument: Instrument, quantity: int, price: int) -> Decimal:
    return money(from_nano(Nano(quantity)) * from_nano(Nano(price)) * instrument.multiplier)


def _worth_of_coins(instrument: Instrument, execution: Execution, sign: int) -> Decimal:
    """What the coins are worth that a fee has taken: what was paid for them, or was not got for them."""
    got = execution.quantity - sign * execution.fee_base
    whole = _value(instrument, execution.quantity, execution.price)
    return abs(whole - _value(instrument, got, execution.price))


def _trade_future(holding: Holding, instrument: Instrument, execution: Execution, sign: int) -> Decimal:
    """Change the holding at average cost and return what the closed part has gained."""
    signed = sign * execution.quantity
    value = _value(instrument, execution.quantity, execution.price)
    before = holding.quantity
    if before * signed >= 0:
        holding.quantity += signed
        holding.cost += value
        return ZERO
    closed = min(abs(before), execution.quantity)
    closed_value = value if closed == execution.quantity else _value(instrument, closed, execution.price)
    released = money(holding.cost * closed / abs(before))
    holding.quantity += signed
    holding.cost += value - closed_value - released
    return closed_value - released if before > 0 else released - closed_value
