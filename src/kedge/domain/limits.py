"""How much an account may risk, what it may trade, and how large its entries are: terms, checked when they are made.

A limit is always a number. There is none that means "no limit": zero, NaN and infinity are refused, for each of them
has once switched a check off somewhere.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.domain.instruments import AssetClass
from kedge.domain.numbers import is_representable

WHOLE = Decimal(100)


class Counted(StrEnum):
    """What a future counts for in exposure; everything else counts for its value."""

    NOTIONAL = "notional"
    MARGIN = "margin"


class SizeMethod(StrEnum):
    """How the size of an entry is found when its signal does not say."""

    FIXED = "fixed"
    EQUITY_PCT = "equity_pct"  # so much of equity is put into it
    RISK = "risk"  # so much of equity is lost at the stop


class Sizing(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """How large an entry is; the fixed quantity is a term of the account itself."""

    method: SizeMethod = SizeMethod.FIXED
    pct: Decimal = Decimal(1)  # of equity, for the methods that go by it

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        refuse_no_number("sizing", self, "pct")
        if self.pct > WHOLE:
            raise ValueError(f"sizing: pct must be 100 or less, not {self.pct}")


class Routing(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """Which signals may become orders of the account at all."""

    one_symbol: bool = False  # others wait until the open position is closed
    auto_execute: bool = True  # without it a person approves each entry
    approve_within: Span = Span(5 * MINUTE)
    min_strength: Decimal = Decimal(70)  # of the signals that say how strong they are
    allow: tuple[Symbol, ...] = ()  # empty: all
    deny: tuple[Symbol, ...] = ()
    strategies: tuple[str, ...] = ()  # whose signals are taken; empty: everybody's

    def __post_init__(self) -> None:
        """Refuse what would hold every signal back, or none."""
        if not (self.min_strength.is_finite() and 0 <= self.min_strength <= WHOLE):
            raise ValueError(f"routing: min_strength must be from 0 to 100, not {self.min_strength}")
        if self.approve_within <= 0:
            raise ValueError("routing: approve_within must be above 0")


class AssetShare(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The most that may be in one kind of instrument."""

    asset: AssetClass
    pct: Decimal  # of equity

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        refuse_no_number(f"max_exposure_by_asset {self.asset}", self, "pct")


class Limits(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """The most that an account may have at risk, everything that is under way counted at its worst."""

    max_order_value: Decimal = Decimal(50_000)  # of one entry, counted as exposure is
    max_price_deviation_pct: Decimal = Decimal(5)  # of a limit or stop price from the market
    max_positions: int = 5  # open or on their way
    max_position_pct: Decimal = Decimal(10)  # of equity, in one instrument
    max_exposure_pct: Decimal = Decimal(50)  # of equity, in all of them
    max_leverage: Decimal = Decimal(1)  # exposure over equity
    max_open_risk_pct: Decimal = Decimal(3)  # of equity, between entries and stops
    min_cash: Decimal = Decimal(0)  # that no entry may use
    max_active_orders: int = 100  # at the venue or on their way to it
    repeat_window: Span = Span(SECOND)  # in which the same entry is not sent twice
    exposure: Counted = Counted.NOTIONAL
    by_asset: tuple[AssetShare, ...] = ()  # for those that are named: beside what holds for all together

    def __post_init__(self) -> None:
        """Refuse a limit that is none."""
        refuse_no_number("limits", self, *_ABOVE_ZERO)
        refuse_no_number("limits", self, "min_cash", zero=True)
        for name in ("max_positions", "max_active_orders"):
            if getattr(self, name) < 1:
                raise ValueError(f"limits: {name} must be 1 or more, not {getattr(self, name)}")
        if len({each.asset for each in self.by_asset}) < len(self.by_asset):
            raise ValueError("limits: an asset class has one share, not several")
        if self.repeat_window < 0:
            raise ValueError("limits: repeat_window must be 0 or more")

    def share_of(self, asset: AssetClass) -> Decimal | None:
        """What may be in this kind of instrument, in percent of equity; None: only what holds for all together."""
        return next((each.pct for each in self.by_asset if each.asset is asset), None)


class Filters(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """In which state of the market an entry may be made; None: this one is not looked at."""

    max_spread_bps: Decimal | None = None
    max_slippage_bps: Decimal | None = None  # of the price now from the one that the sender expected
    max_quote_age: Span | None = None
    max_jump_pct: Decimal | None = None  # of the price within seconds

    def __post_init__(self) -> None:
        """Refuse a filter that lets nothing through, or everything."""
        refuse_no_number("filters", self, "max_spread_bps", "max_slippage_bps", "max_jump_pct")
        if self.max_quote_age is not None and self.max_quote_age <= 0:
            raise ValueError("filters: max_quote_age must be above 0")


class Trial(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """What one strategy may do while it is not trusted with more; None: as much as the account."""

    strategy: str
    max_position_size: Decimal | None = None  # in one instrument, whoever it is that has opened it
    max_order_value: Decimal | None = None
    max_entries_per_day: int | None = None
    allow: tuple[Symbol, ...] = ()  # instruments; empty: all

    def __post_init__(self) -> None:
        """Refuse a limit that is none."""
        refuse_no_number(f"strategy {self.strategy}", self, "max_position_size", "max_order_value")
        if self.max_entries_per_day is not None and self.max_entries_per_day < 1:
            raise ValueError(f"strategy {self.strategy}: max_entries_per_day must be 1 or more")


_ABOVE_ZERO = (
    "max_order_value",
    "max_price_deviation_pct",
    "max_position_pct",
    "max_exposure_pct",
    "max_leverage",
    "max_open_risk_pct",
)


def refuse_no_number(what: str, terms: Any, *names: str, zero: bool = False) -> None:
    """Raise `ValueError` for the first of these fields that is no number above 0 (or, with `zero`, below it)."""
    for name in names:
        number: Decimal | None = getattr(terms, name)
        if number is None:
            continue
        if not number.is_finite() or number < 0 or (not zero and not number):
            needed = "0 or more" if zero else "above 0"
            raise ValueError(f"{what}: {name} must be a number {needed}, not {number}")
        if not is_representable(number):
            raise ValueError(f"{what}: {name} {number} is too large or finer than a billionth")


# For a stage on which limits are not what is played: a rehearsal, a script, a benchmark.
ROOMY = Limits(
    max_order_value=Decimal(10**12),
    max_price_deviation_pct=Decimal(10**6),
    max_positions=10**6,
    max_position_pct=Decimal(10**6),
    max_exposure_pct=Decimal(10**6),
    max_leverage=Decimal(10**6),
    max_open_risk_pct=Decimal(10**6),
    max_active_orders=10**6,
    repeat_window=Span(0),
)
