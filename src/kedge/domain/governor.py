"""The governor: what an account may lose, gain and do in a day, and what stops it. Terms, and where it has got to.

    day_start ───────────────┐ reset at the account's own midnight
    daily loss   equity may not fall to  reference - amount
    drawdown     equity may not fall to  floor, which follows a peak and never falls
    cool-down    so many losses in a row: no entries for a while
    rates        so many entries a minute, an hour, a day; so many orders a day

Equity includes open gains and losses and all fees. What is breached is locked, and the lock is state: it outlives a
restart, and ends as its kind says, with the day or by a person.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instants import MINUTE, NEVER, Instant, Span
from kedge.domain.limits import WHOLE, refuse_no_number
from kedge.domain.numbers import ZERO


class Basis(StrEnum):
    """What a day's loss is measured from, as it was when the day began."""

    BALANCE = "balance"  # cash and what is open at cost
    EQUITY = "equity"
    HIGHER = "higher"  # of the two


class Share(StrEnum):
    """What a limit in percent is a share of."""

    INITIAL = "initial"  # what the account began with
    DAY = "day"  # what the day's loss is measured from


class Trail(StrEnum):
    """What moves the peak that a drawdown is measured from."""

    STATIC = "static"  # nothing: it is measured from what the account began with
    END_OF_DAY = "end_of_day"  # the balance when a day ends
    CLOSED = "closed"  # the balance whenever a position is closed
    INTRADAY = "intraday"  # the equity, open gains included, at every moment


class Ends(StrEnum):
    """What ends a lock."""

    DAY = "day"
    PERSON = "person"


class DailyLoss(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """The most that a day may lose: an amount, or a share of what it or the account began with."""

    limit: Decimal
    in_pct: bool = False  # else in money
    basis: Basis = Basis.BALANCE
    ends: Ends = Ends.DAY
    flatten: bool = True
    of: Share = Share.INITIAL

    def __post_init__(self) -> None:
        """Refuse a limit that is none."""
        refuse_no_number("daily_loss_limit", self, "limit")

    def floor(self, initial: Decimal, reference: Decimal) -> Decimal:
        """What equity may not fall to on a day that is measured from this."""
        whole = initial if self.of is Share.INITIAL else reference
        return reference - (whole * self.limit / WHOLE if self.in_pct else self.limit)


class Drawdown(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """How far equity may fall below a peak: an amount, or a share of what the account began with."""

    limit: Decimal
    in_pct: bool = False  # of what the account began with; else in money
    mode: Trail = Trail.INTRADAY
    lock_at: Decimal | None = None  # the floor rises to so much above the beginning, and no further
    ends: Ends = Ends.PERSON
    flatten: bool = True

    def __post_init__(self) -> None:
        """Refuse a limit that is none."""
        refuse_no_number("trailing_drawdown", self, "limit")
        if self.lock_at is not None and not self.lock_at.is_finite():
            raise ValueError(f"trailing_drawdown: lock_at must be a number, not {self.lock_at}")

    def of(self, initial: Decimal) -> Decimal:
        """In money."""
        return initial * self.limit / WHOLE if self.in_pct else self.limit

    def floor(self, initial: Decimal, peak: Decimal) -> Decimal:
        """What equity may not fall to."""
        floor = peak - self.of(initial)
        return floor if self.lock_at is None else min(floor, initial + self.lock_at)


class DayClock(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """By which clock the account's days go; minutes are counted from its midnight."""

    timezone: str = "UTC"
    starts: int = 0
    opens: int | None = None  # entries are allowed from here on ...
    closes: int | None = None  # ... to here, which may be past the next midnight; None: at any time
    window_timezone: str = ""  # by whose clock that is; empty: by the same


class Window(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """When an account takes entries on a day."""

    opens: Instant
    closes: Instant


class Tier(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """From so much profit on, measured when the day began, so many contracts may be held."""

    profit: Decimal
    contracts: Decimal


class Governor(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """The governor's terms."""

    daily_loss: DailyLoss | None = None
    drawdown: Drawdown | None = None
    profit_target: Decimal | None = (
        None  # above the beginning; reached, no more entries until a person says so
    )
    max_day_profit: Decimal | None = (
        None  # reached, no more entries that day: one day must not be most of it all
    )
    best_day_pct: Decimal | None = None  # of all profit that one day may be; it is shown, and locks nothing
    profile: str = ""  # of the prop firm whose rules these are, with its date; for people
    tiers: tuple[Tier, ...] = ()
    cooldown_losses: int = 3
    cooldown: Span = Span(5 * MINUTE)
    max_entries_per_minute: int = 10
    max_entries_per_hour: int = 60
    max_entries_per_day: int = 200
    max_daily_orders: int = 1000
    max_rejections: int = 5  # in a row, of a strategy's entries: it is paused then
    max_refusals: int = 20  # in a row, of what it asked for: it is paused then
    max_repeats: int = 500  # entries of one strategy without a person having looked: it is paused then

    def __post_init__(self) -> None:
        """Refuse a limit that is none."""
        refuse_no_number("governor", self, "profit_target", "max_day_profit", "best_day_pct")
        if self.best_day_pct is not None and self.best_day_pct >= WHOLE:
            raise ValueError(f"governor: best_day_pct must be below 100, not {self.best_day_pct}")
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"governor: {name} must be 1 or more, not {getattr(self, name)}")
        if self.cooldown <= 0:
            raise ValueError("governor: cooldown must be above 0")
        for lower, upper in zip(self.tiers, self.tiers[1:], strict=False):
            if lower.profit >= upper.profit:
                raise ValueError("governor: tiers must be given in the order of their profit")
        if any(not tier.contracts.is_finite() or tier.contracts <= 0 for tier in self.tiers):
            raise ValueError("governor: a tier allows more than 0 contracts")


_COUNTS = (
    "cooldown_losses",
    "max_entries_per_minute",
    "max_entries_per_hour",
    "max_entries_per_day",
    "max_daily_orders",
    "max_rejections",
    "max_refusals",
    "max_repeats",
)


class Lock(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Entries are refused, for this reason."""

    code: str
    since: Instant
    ends: Ends
    flatten: bool = False


class Governed(msgspec.Struct, gc=False):
    """Where the governor has got to with an account; changed by `apply` alone."""

    day: str = ""  # by the account's own calendar; empty: nobody has said
    until: Instant = NEVER  # when that day ends
    window: Window | None = None
    initial: Decimal = ZERO  # what the account began with
    day_balance: Decimal = ZERO
    day_equity: Decimal = ZERO
    peak: Decimal = ZERO
    best_day: Decimal = ZERO  # the most that a day which is over has gained, by its balance
    entries: list[Instant] = msgspec.field(default_factory=list)  # of this day, oldest first
    last_entry: dict[Symbol, OrderId] = msgspec.field(default_factory=dict)
    by_strategy: dict[str, int] = msgspec.field(default_factory=dict)  # entries of this day
    orders: int = 0  # of this day
    losses: int = 0  # in a row
    cooling_until: Instant = Instant(0)
    locks: dict[str, Lock] = msgspec.field(default_factory=dict)  # by code
    passed: dict[str, None] = msgspec.field(
        default_factory=dict
    )  # goals that a person lets the account go beyond


class Pace(msgspec.Struct, gc=False):
    """What the governor keeps of one strategy."""

    repeats: int = 0  # entries since a person has last looked
    rejections: int = 0  # in a row
    refusals: int = 0  # in a row, for what it asked for
    paused: str = ""  # why
    paused_by: str = ""
    paused_at: Instant = Instant(0)


# For a stage on which rules are not what is played.
LENIENT = Governor(
    cooldown_losses=10**9,
    max_entries_per_minute=10**9,
    max_entries_per_hour=10**9,
    max_entries_per_day=10**9,
    max_daily_orders=10**9,
    max_rejections=10**9,
    max_refusals=10**9,
    max_repeats=10**9,
)
