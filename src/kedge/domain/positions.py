"""Positions: what is open in one instrument of one account, and what each fill makes of it.

The money rule: a fill's value is rounded once, to a billionth; from there on everything is addition. Closing a part
takes its share of the cost away and leaves the rest, so the last close takes exactly what is left and the gains of
all parts add up to the money that moved, to the last digit.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec

from kedge.domain.ids import AccountId, OrderId, PositionId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import ZERO, from_nano, money, share
from kedge.domain.orders import Execution, Side


class Word(msgspec.Struct, frozen=True, gc=False):
    """Where a person or a strategy has put the stop; the engine leaves it there until the market is at a new price."""

    stop: Decimal
    until: Decimal | None = None  # where the engine would have moved it next anyway; None: for good


class PositionState(StrEnum):
    """How far a position is."""

    PENDING_ENTRY = "PENDING_ENTRY"  # nothing is open, and an entry may still fill
    OPEN = "OPEN"
    PENDING_EXIT = "PENDING_EXIT"  # something is open, and an exit of it is on its way
    CLOSED = "CLOSED"


class Position(msgspec.Struct, gc=False):
    """One open position; `quantity` is signed (short is negative), `cost` is what the open part is worth at entry."""

    id: PositionId
    account: AccountId
    instrument: Symbol
    opened: Instant
    entry_order: OrderId
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    entered: Decimal = ZERO  # total quantity ever entered, unsigned
    entry_value: Decimal = ZERO  # its quantity times price times multiplier
    exit_value: Decimal = ZERO
    stop: Decimal | None = None  # the stop at entry: what one R is measured from
    waived: bool = False  # a person has taken its last stop away
    mark: Decimal | None = None  # the price at which it was last valued; before that it is worth what it cost
    locked: Decimal | None = None  # the best stop that trailing or break-even has reached
    room: Decimal | None = None  # how far behind the price the stop is at the least, by the last bar
    word: Word | None = None
    # What its entries put at risk, each up to its own stop; None where one of them had none
    risk: Decimal | None = None
    adds: list[OrderId] = []  # the entries that were added to it, oldest first

    @property
    def entries(self) -> list[OrderId]:
        """The orders that it was entered by: their stops and targets are its own."""
        return [self.entry_order, *self.adds]


class Effect(NamedTuple):
    """What a fill does to what is held."""

    signed: Decimal
    price: Decimal
    fee: Decimal  # in money, that of a fee in coins at the price of the fill


def effect_of(execution: Execution, side: Side, instrument: Instrument) -> Effect:
    """A fee that is taken in what is traded leaves less of it, and the cash as it is.

    It is counted as so much traded at the fill's price and paid as a fee: price, fees and gains then mean what they
    mean elsewhere, and what leaves the cash is the value of the fill, to the last digit.
    """
    quantity, price = from_nano(execution.quantity), from_nano(execution.price)
    fee = from_nano(execution.fee)
    signed = quantity * side.sign
    if not execution.fee_base:
        return Effect(signed, price, fee)
    signed -= from_nano(execution.fee_base)
    taken = abs(instrument.value(quantity, price) - instrument.value(abs(signed), price))
    return Effect(signed, price, fee + taken)


def fee_worth(execution: Execution) -> Decimal:
    """The fee of a fill in money, for people; coins are those of an instrument of which a point is worth 1."""
    return money(from_nano(execution.fee) + from_nano(execution.fee_base) * from_nano(execution.price))


class Part(NamedTuple):
    """One fill's effect on one position: a fill that turns a position over has two."""

    quantity: Decimal  # signed
    value: Decimal  # unsigned: quantity times price times multiplier
    fee: Decimal
    closes: bool


def split(
    open_quantity: Decimal, signed: Decimal, price: Decimal, fee: Decimal, instrument: Instrument
) -> list[Part]:
    """A fill cut into the part that closes what is open and the part that opens."""
    value = instrument.value(abs(signed), price)
    if not open_quantity or (open_quantity > 0) == (signed > 0):
        return [Part(signed, value, fee, closes=False)]
    if abs(signed) <= abs(open_quantity):
        return [Part(signed, value, fee, closes=True)]
    closing_value = instrument.value(abs(open_quantity), price)
    closing_fee = share(fee, abs(open_quantity), abs(signed))
    return [
        Part(-open_quantity, closing_value, closing_fee, closes=True),
        Part(signed + open_quantity, value - closing_value, fee - closing_fee, closes=False),
    ]


def gain(position: Position, part: Part) -> tuple[Decimal, Decimal]:
    """What a closing part takes off the cost, and what it gains before fees."""
    released = share(position.cost, abs(part.quantity), abs(position.quantity))
    gained = part.value - released if position.quantity > 0 else released - part.value
    return released, gained


def risk_of(part: Part, stop: Decimal, instrument: Instrument) -> Decimal:
    """What a part that opens would lose at its stop."""
    return abs(part.value - instrument.value(abs(part.quantity), stop))


def cash_flow(instrument: Instrument, part: Part, gained: Decimal) -> Decimal:
    """How the account's cash changes: the full value for what settles in full, the gain alone for a future."""
    if instrument.settles_in_full:
        return (part.value if part.quantity < 0 else -part.value) - part.fee
    return gained - part.fee


class Rest(NamedTuple):
    """A round trip without what cannot be sold: that was never entered, as it were."""

    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal


def without_rest(position: Position, instrument: Instrument) -> Rest:
    """The figures of a position of which only dust is left; of one that never was more, its own."""
    rest = abs(position.quantity)
    traded = position.entered - rest
    if not traded:
        mean = mean_price(position.entry_value, position.entered * instrument.multiplier)
        return Rest(position.entered, mean, mean)
    unit = traded * instrument.multiplier
    entry = mean_price(position.entry_value - position.cost, unit)
    return Rest(traded, entry, mean_price(position.exit_value, unit))


def mean_price(value: Decimal, unit: Decimal) -> Decimal:
    """A price; absurd splits can leave nothing to divide by."""
    return money(value / unit) if unit else ZERO
