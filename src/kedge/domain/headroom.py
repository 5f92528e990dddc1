"""How much room an account has left under every rule: what people are told before it is used up."""

from decimal import Decimal

import msgspec

from kedge.domain.codes import Code
from kedge.domain.governor import Ends, Lock
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.limits import WHOLE
from kedge.domain.numbers import ZERO, money
from kedge.domain.orders import Side


class Level(msgspec.Struct, frozen=True, gc=False):
    """A level of equity that locks the account when it is reached: a floor from above, a goal from below."""

    code: Code
    level: Decimal
    left: Decimal  # between it and equity; nothing or less: it is reached
    ends: Ends
    flatten: bool
    is_floor: bool
    points: Decimal | None = None  # of the sample's price, until it is reached
    owner: str = ""  # whose accounts are counted together; empty: this one alone

    @property
    def now(self) -> Decimal:
        """The equity that is held against it."""
        return self.level + self.left if self.is_floor else self.level - self.left


class Left(msgspec.Struct, frozen=True, gc=False):
    """A limit on entries: what may be used, and what is."""

    name: str
    code: Code
    limit: Decimal
    used: Decimal
    counts: str = ""  # what it counts: entries, orders, positions; empty: money or a quantity
    fits: Decimal | None = None  # so many more of the sample's instrument fit, in its lots

    @property
    def left(self) -> Decimal:
        """What is left of it."""
        return self.limit - self.used


class Sample(msgspec.Struct, frozen=True, gc=False):
    """What room is told in: so many of an instrument, held (`is_open`) or as the next entry may be."""

    instrument: Symbol
    side: Side
    quantity: Decimal
    multiplier: Decimal
    price: Decimal | None  # the last that is known
    is_open: bool
    is_future: bool


class BestDay(msgspec.Struct, frozen=True, gc=False):
    """How much of all profit the best day is, today counted. It stops nothing by itself."""

    gained: Decimal
    profit: Decimal  # of all days, by the balance
    most_pct: Decimal

    @property
    def pct(self) -> Decimal | None:
        """Of all profit; None where there is none."""
        return money(WHOLE * self.gained / self.profit) if self.profit > ZERO else None

    @property
    def missing(self) -> Decimal:
        """So much has to be gained on other days before the best one is no more than it may be."""
        if not self.gained:
            return ZERO
        return max(money(self.gained * WHOLE / self.most_pct - self.profit), ZERO)


class Headroom(msgspec.Struct, frozen=True, gc=False):
    """All of it, for one account."""

    account: AccountId
    profile: str  # of the prop firm whose rules these are, with its date
    equity: Decimal
    balance: Decimal  # without what is open
    initial: Decimal
    peak: Decimal | None  # that the drawdown is measured from
    day: str
    until: Instant  # when it ends
    cooling_until: Instant | None
    locks: tuple[Lock, ...]
    levels: tuple[Level, ...]
    limits: tuple[Left, ...]
    sample: Sample | None
    best_day: BestDay | None = None

    @property
    def nearest(self) -> Level | None:
        """The floor that the least is left to."""
        floors = [level for level in self.levels if level.is_floor]
        return min(floors, key=lambda level: level.left, default=None)
