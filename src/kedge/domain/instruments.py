"""What is traded: the grid of its prices and quantities, what a point is worth, and in which money."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import Ticks, is_representable, money


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

    def __post_init__(self) -> None:
        """Refuse an instrument on which no order could be right."""
        if not self.symbol or len(self.symbol) > 64:
            raise ValueError("an instrument needs a symbol of 1 to 64 characters")
        for name, number in (("tick", self.tick), ("lot", self.lot), ("multiplier", self.multiplier)):
            if not (number.is_finite() and number > 0):
                raise ValueError(f"{self.symbol}: {name} must be a number above 0, not {number}")
            if not is_representable(number):
                raise ValueError(f"{self.symbol}: {name} {number} is too large or finer than a billionth")

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

    @property
    def settles_in_full(self) -> bool:
        """Whether buying pays the whole value (a future pays only gains and losses)."""
        return self.asset is not AssetClass.FUTURE


def same_grid(one: Instrument, other: Instrument) -> bool:
    """Whether a quantity and a price mean the same in both."""
    return all(getattr(one, name) == getattr(other, name) for name in GRID)
