"""What a market announces beside its prices: halts, and what companies do to their shares.

A split changes quantities and prices without a trade. Quantities that it leaves are rounded down to whole lots, and
the rest is paid out. Prices are rounded so that nobody sells lower or buys higher for it than was asked.
"""

from fractions import Fraction

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import DAY, Instant
from kedge.domain.numbers import Nano
from kedge.domain.orders import Side

SHARES_MAX = 10**6


class Halt(msgspec.Struct, frozen=True, gc=False, tag="halt", omit_defaults=True, forbid_unknown_fields=True):
    """The exchange halts trading, and why; without a reason it lets it go on."""

    instrument: Symbol
    at: Instant
    reason: str = ""


class Split(
    msgspec.Struct, frozen=True, gc=False, tag="split", omit_defaults=True, forbid_unknown_fields=True
):
    """From then on there are `new` shares for `old` ones."""

    instrument: Symbol
    at: Instant
    new: int
    old: int = 1

    def __post_init__(self) -> None:
        """Refuse what is no split."""
        if not (0 < self.new <= SHARES_MAX and 0 < self.old <= SHARES_MAX) or self.new == self.old:
            raise ValueError(
                f"{self.instrument}: a split makes other shares of some, not {self.new} of {self.old}"
            )

    def repeats(self, other: "Action") -> bool:
        """Whether both mean one split: two sources seldom name the same time, and nobody splits so twice in a day."""
        same = isinstance(other, Split) and (other.instrument, other.new, other.old) == (
            self.instrument,
            self.new,
            self.old,
        )
        return same and abs(other.at - self.at) < DAY

    def exact(self, quantity: int) -> Fraction:
        """What so much becomes, to the last digit."""
        return Fraction(quantity * self.new, self.old)

    def rounded(self, quantity: int) -> Nano:
        """What so much becomes, to the next whole billionth."""
        return Nano(round(self.exact(quantity)))

    def in_lots(self, quantity: int, lot: int) -> Nano:
        """What so much becomes in whole lots; the sign is kept, the rest is paid out."""
        whole = abs(quantity) * self.new // (self.old * lot) * lot
        return Nano(whole if quantity >= 0 else -whole)

    def price(self, price: int, tick: int, side: Side) -> Nano:
        """What a price becomes, on the grid: up for a sell, down for a buy."""
        ticks = Fraction(price * self.old, self.new * tick)
        return Nano((-(-ticks // 1) if side is Side.SELL else ticks // 1) * tick)


class SymbolChange(
    msgspec.Struct, frozen=True, gc=False, tag="symbol_change", omit_defaults=True, forbid_unknown_fields=True
):
    """From then on the instrument goes by another name."""

    instrument: Symbol
    at: Instant
    new_symbol: Symbol

    def repeats(self, other: "Action") -> bool:
        """Whether both mean one change, by the times of two sources."""
        same = isinstance(other, SymbolChange) and (other.instrument, other.new_symbol) == (
            self.instrument,
            self.new_symbol,
        )
        return same and abs(other.at - self.at) < DAY


Action = Split | SymbolChange
Announcement = Halt | Action


class Schedule(msgspec.Struct, frozen=True, gc=False):
    """All actions that one source knows of, of the past and to come, instead of all that it told before."""

    actions: tuple[Action, ...]
