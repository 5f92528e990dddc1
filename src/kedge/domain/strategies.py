"""Strategies: what the settings say of one, and what is kept of it."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.limits import Sizing
from kedge.domain.numbers import ZERO
from kedge.domain.protection import Plan
from kedge.domain.signals import Direction, Signal

SETUPS_KEPT = 50  # of each strategy


class StrategyTerms(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """One strategy as the settings have it; what is None is as the account has it."""

    id: str
    account: AccountId
    instrument: Symbol
    rule: str  # of the catalogue, or where the class is: `file.py:Class`
    bar: Span = Span(5 * MINUTE)
    parameters: dict[str, str] = {}  # of the rule, as they are shown and checked
    plan: Plan | None = None  # its own stop and targets, in place of the account's
    stop_percent: Decimal | None = None  # the distance of its own stop, where its plan goes by a percentage
    sizing: Sizing | None = None
    quantity: Decimal | None = None  # a fixed size of its own
    between: str = ""  # the hours in which its setups are acted on: "09:45-15:30"
    timezone: str = "UTC"  # of these hours
    max_delay: Span = Span(5 * SECOND)  # from the close of the bar: a setup that is seen later is missed


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
    errors: int = 0  # in a row
    last_error: str = ""
    last_delay: Span = Span(0)  # from the close of the last setup's bar until it was decided
    worst_delay: Span = Span(0)
    setups: list[FoundSetup] = msgspec.field(default_factory=list)  # the last ones, oldest first


class Panel(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The indicators of one instrument's bars of one length, as they were at the close of a bar."""

    at: Instant
    state: str  # JSON
