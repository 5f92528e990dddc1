"""What is traded: the grid of its prices and quantities, what a point is worth, and in which money."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import ZERO, Ticks, down_to, is_representable, money


class AssetClass(StrEnum):
    """How a trade settles: the first three exchange the full value, a future only its gains and losses."""

    EQUITY = "equity"
    CRYPTO = "crypto"
    FOREX = "forex"
    FUTURE = "future"


# What resting orders and past trades were made on; it may not change under them.
GRID = ("tick", "lot", "multiplier", "asset", "currency")


class Instrument(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One tradable instrument. Its numbers are declared rarely, so they travel as decimal text."""

    symbol: Symbol
    tick: Decimal
    lot: Decimal = Decimal(1)
    multiplier: Decimal = Decimal(1)
    asset: AssetClass = AssetClass.EQUITY
    currency: str = "USD"
    margin: Decimal | None = None
    calendar: str = ""  # of its market; empty: it never closes
    root: str = ""  # of a futures contract: ES of ESZ26
    entries_until: Instant | None = None  # from then on the contract is only left
    expires: Instant | None = None
    min_quantity: Decimal | None = None  # the least that its venue takes in one order
    min_value: Decimal | None = None  # the same, in its currency
    shortable: bool = True

    def __post_init__(self) -> None:
        """Refuse an instrument on which no order could be right."""
        if not self.symbol or len(self.symbol) > 64:
            raise ValueError("an instrument needs a symbol of 1 to 64 characters")
        for name, number in (("tick", self.tick), ("lot", self.lot), ("multiplier", self.multiplier)):
            if not (number.is_finite() and number > 0):
                raise ValueError(f"{self.symbol}: {name} must be a number above 0, not {number}")
            if not is_representable(number):
                raise ValueError(f"{self.symbol}: {name} {number} is too large or finer than a billionth")
        for name, least in (("min_quantity", self.min_quantity), ("min_value", self.min_value)):
            if least is not None and not (least > 0 and is_representable(least)):
                raise ValueError(f"{self.symbol}: {name} must be a number above 0, not {least}")

    def ticks(self, price: Decimal) -> Ticks:
        """A price on the grid as a count of ticks; raises `ValueError` when it lies between two."""
        count = price / self.tick
        whole = int(count)
        if whole != count:
            raise ValueError(f"{self.symbol}: {price} is not a multiple of the tick {self.tick}")
        return Ticks(whole)

    def price(self, ticks: Ticks) -> Decimal:
        """The price that so many ticks are."""
        return ticks * self.tick

    def value(self, quantity: Decimal, price: Decimal) -> Decimal:
        """What this quantity is worth at this price, in the instrument's currency."""
        return money(quantity * price * self.multiplier)

    def tradable(self, quantity: Decimal) -> Decimal:
        """How much of what is held can be sold: coins in whole lots, for fees are taken from them in any size."""
        return down_to(quantity, self.lot) if self.asset is AssetClass.CRYPTO else quantity

    def is_too_small(self, quantity: Decimal, price: Decimal | None) -> bool:
        """Whether an order of this quantity (at this price, where it is known) is less than its venue takes."""
        if quantity <= ZERO or (self.min_quantity is not None and quantity < self.min_quantity):
            return True
        return (
            self.min_value is not None and price is not None and self.value(quantity, price) < self.min_value
        )

    @property
    def settles_in_full(self) -> bool:
        """Whether buying pays the whole value (a future pays only gains and losses)."""
        return self.asset is not AssetClass.FUTURE


def same_grid(one: Instrument, other: Instrument) -> bool:
    """Whether a quantity and a price mean the same in both."""
    return all(getattr(one, name) == getattr(other, name) for name in GRID)
