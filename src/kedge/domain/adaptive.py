"""How the stop and the target of an open position follow what the market is like, at the close of each bar."""

from decimal import Decimal
from enum import StrEnum

import msgspec


class MovedBy(StrEnum):
    """What has moved a stop."""

    TRAIL = "trail"
    BREAK_EVEN = "break_even"
    WIDEN = "widen"
    TIGHTEN = "tighten"
    COVER = "cover"  # the venue's stop goes to where the engine's own has got
    SIGNAL = "signal"
    PERSON = "person"


class Widen(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A stop is given more room when the market is volatile, never more than the risk that was taken at entry."""

    atr_multiple: Decimal  # so many average true ranges behind the price, at the least
    give_back: bool = (
        False  # also what trailing has gained; never past what the entry cost once that was reached
    )

    def __post_init__(self) -> None:
        """Refuse a room that is none."""
        if not _is_positive(self.atr_multiple):
            raise ValueError(f"a stop is given some room, not {self.atr_multiple} ranges")


class Tighten(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Near the target the stop comes closer to the price."""

    at_percent: Decimal  # of the way from entry to target, that is made
    to_percent: Decimal  # of that way, that the stop is behind the price then

    def __post_init__(self) -> None:
        """Refuse what lies outside of the way."""
        for name in ("at_percent", "to_percent"):
            number: Decimal = getattr(self, name)
            if not (_is_positive(number) and number < 100):
                raise ValueError(f"{name} must be above 0 and below 100, not {number}")


class AdjustBy(StrEnum):
    """By what of the market a target moves."""

    ATR = "atr"  # so many average true ranges from the entry
    RANGE = "range"  # so many heights of the opening range beyond its broken side
    RESISTANCE = "resistance"  # at the nearest swing on the way


class Adjust(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The account's target is placed anew while the position is open."""

    by: AdjustBy
    value: Decimal = Decimal(3)  # ranges or heights
    min_r: Decimal = Decimal(1)  # never nearer to the entry than this

    def __post_init__(self) -> None:
        """Refuse a target that is no gain."""
        if not (_is_positive(self.value) and _is_positive(self.min_r)):
            raise ValueError("a target lies some way away: value and min_r must be above 0")


class Adapt(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What is looked at when a bar has ended; nothing, unless the account asks for it."""

    widen: Widen | None = None
    tighten: Tighten | None = None
    target: Adjust | None = None

    @property
    def asks(self) -> bool:
        """Whether anything is to be done at the close of a bar."""
        return any(each is not None for each in (self.widen, self.tighten, self.target))


def _is_positive(number: Decimal) -> bool:
    return number.is_finite() and number > 0
