"""Strategies: what the settings say of one, and what is kept of it."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from msgspec.structs import replace

from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.limits import WHOLE, Sizing, refuse_no_number
from kedge.domain.numbers import ZERO
from kedge.domain.protection import Plan
from kedge.domain.signals import Direction, Signal

SETUPS_KEPT = 50  # of each strategy, and those that wait beside them
FAILURES_MAX = 3  # in a row: it is paused then


def chart_key(instrument: Symbol, length: Span) -> str:
    """The name of an instrument's bars of one length, by which a book keeps what is known of them."""
    return f"{instrument} {length}"


class StrategyTerms(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """One strategy as the settings have it; what is None is as the account has it."""

    id: str
    account: AccountId
    instrument: Symbol
    rule: str  # of the catalogue, or where the class is: `file.py:Class`
    bar: Span = Span(5 * MINUTE)
    parameters: dict[str, str] = {}  # of the rule, as they are shown and checked
    source: str = ""  # the digest of a user's own file: the record tells by which code was traded
    plan: Plan | None = None  # its own stop and targets, in place of the account's
    stop_percent: Decimal | None = None  # the distance of its own stop, where its plan goes by a percentage
    sizing: Sizing | None = None
    quantity: Decimal | None = None  # a fixed size of its own
    between: str = ""  # the hours in which its setups are acted on: "09:45-15:30"
    timezone: str = "UTC"  # of these hours
    max_delay: Span = Span(5 * SECOND)  # from the close of the bar: a setup that is seen later is missed

    def __post_init__(self) -> None:
        """Refuse a size or a distance that is none."""
        refuse_no_number(f"strategy {self.id}", self, "stop_percent", "quantity")
        if self.stop_percent is not None and self.stop_percent >= WHOLE:
            raise ValueError(f"strategy {self.id}: stop_percent must be below 100, not {self.stop_percent}")


def with_own(account: AccountTerms, strategy: StrategyTerms) -> AccountTerms:
    """The terms by which an entry of the strategy is placed and sized; its limits are the account's in any case."""
    own: dict[str, Any] = {}
    if strategy.plan is not None:
        own["plan"] = strategy.plan
    if strategy.stop_percent is not None:
        own["stop_percent"] = strategy.stop_percent
    if strategy.quantity is not None:
        own |= {"quantity": strategy.quantity, "sizing": Sizing()}
    if strategy.sizing is not None:
        own["sizing"] = strategy.sizing
    return replace(account, **own) if own else account


class Fate(StrEnum):
    """What became of a setup."""

    TAKEN = "taken"  # an order was sent
    REFUSED = "refused"  # by a gate
    WAITING = "waiting"  # for a person, or for the market to open
    MISSED = "missed"  # it was not even tried


class Missed(StrEnum):
    """Why a setup was not tried."""

    DOWN = "DOWN"  # the engine did not run when it was complete
    LATE = "LATE"  # it was seen too late
    HOLE = "HOLE"  # time is missing in its bar
    OUTSIDE_HOURS = "OUTSIDE_HOURS"  # those of its strategy


class Told(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """What one strategy has said at the close of a bar."""

    strategy: str
    state: str | None = None  # what it wants to know again after a restart (JSON); None: as before
    setups: tuple[Signal, ...] = ()
    exits: tuple[Signal, ...] = ()
    missed: Missed | None = None  # why none of its setups is tried
    error: str = ""  # it has failed, and has said nothing else


class FoundSetup(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A setup, and what became of it."""

    signal: SignalId
    at: Instant  # the close of its bar
    seen: Instant
    direction: Direction | None
    reason: str
    fate: Fate = Fate.WAITING
    code: str = ""  # why it was refused or missed
    past: bool = False  # of a session that is over


class Tally(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """What a strategy has done, of a session or of all time."""

    found: int = 0
    taken: int = 0
    refused: int = 0
    missed: int = 0
    trades: int = 0
    wins: int = 0
    losses: int = 0
    pnl: Decimal = ZERO  # of its closed trades, after fees


class StrategyBook(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """What is kept of one strategy; changed by `apply` alone."""

    terms: StrategyTerms
    since: Instant  # when it was first declared
    state: str = ""  # its own, as JSON; empty: it begins
    judged: Instant = Instant(0)  # the close of the last bar that it has seen
    opened: Instant = Instant(0)  # the session that `session` counts
    closes: Instant = Instant(0)
    session: Tally = msgspec.field(default_factory=Tally)
    total: Tally = msgspec.field(default_factory=Tally)
    errors: int = 0  # in a row, up to the last one
    failed: Instant = Instant(0)  # the close of the bar at which it has failed last
    last_error: str = ""
    last_delay: Span = Span(0)  # from the close of the last setup's bar until it was decided
    worst_delay: Span = Span(0)
    setups: list[FoundSetup] = msgspec.field(default_factory=list)  # the last ones, oldest first

    @property
    def failing(self) -> int:
        """How often in a row it has failed, up to the last bar that it has seen: one that went well ends the row."""
        return self.errors if self.failed == self.judged else 0

    def setup(self, signal: SignalId) -> FoundSetup | None:
        """The setup of this signal, where it is among those that are kept."""
        return next((each for each in reversed(self.setups) if each.signal == signal), None)


class Panel(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The indicators of one instrument's bars of one length, as they were at the close of a bar."""

    at: Instant
    state: str  # JSON
