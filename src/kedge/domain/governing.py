"""Events of the governor: what a day began with, where positions were valued, what was breached, who
is waited for."""

from kedge.domain.governor import Ends, Window
from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import Nano
from kedge.domain.owners import OwnerTerms
from kedge.domain.protection import Levels
from kedge.domain.recorded import Recorded
from kedge.domain.signals import Signal


class DayBegan(Recorded, frozen=True, tag="DayBegan.1"):
    """A day of the account began, by its own calendar: what it is measured from; locks of the day before end."""

    account: AccountId
    day: str
    until: Instant
    balance: Nano
    equity: Nano
    window: Window | None = None  # in which it allows entries


class PositionMarked(Recorded, frozen=True, tag="PositionMarked.1"):
    """A position was valued anew; the price has come so far that a limit had to be looked at."""

    account: AccountId
    instrument: Symbol
    price: Nano
    equity: Nano  # of the account, after it


class PeakRaised(Recorded, frozen=True, tag="PeakRaised.1"):
    """The peak that the account's drawdown is measured from has risen; `floor`: what equity may not fall to now."""

    account: AccountId
    peak: Nano
    floor: Nano


class LimitBreached(Recorded, frozen=True, tag="LimitBreached.1"):
    """A limit was reached: no more entries of the account, until what `ends` says.

    With an `owner` it is one over all accounts of that owner, and so are `equity` and `limit`.
    """

    account: AccountId
    code: str
    equity: Nano
    limit: Nano
    ends: Ends
    flatten: bool = False
    owner: str = ""


class OwnersDefined(Recorded, frozen=True, tag="OwnersDefined.1"):
    """The limits over all accounts of an owner, of all owners that have some, from here on."""

    owners: tuple[OwnerTerms, ...]


class LockReleased(Recorded, frozen=True, tag="LockReleased.1"):
    """A person lets the account go on."""

    account: AccountId
    code: str
    who: str
    why: str


class ReleaseRefused(Recorded, frozen=True, tag="ReleaseRefused.1"):
    """A person wanted an account to go on that cannot yet."""

    account: AccountId
    code: str
    who: str
    reason: str


class CooldownStarted(Recorded, frozen=True, tag="CooldownStarted.1"):
    """So many trades in a row were lost: no entries until then."""

    account: AccountId
    losses: int
    until: Instant


class StrategyRefused(Recorded, frozen=True, tag="StrategyRefused.1"):
    """A strategy has asked for what no sender in order asks for: so often in a row."""

    strategy: str
    signal: SignalId
    code: str
    in_a_row: int


class StrategyPaused(Recorded, frozen=True, tag="StrategyPaused.1"):
    """Signals of a strategy for an entry are refused from now on."""

    strategy: str
    who: str
    why: str


class StrategyResumed(Recorded, frozen=True, tag="StrategyResumed.1"):
    """A person has looked at a strategy and lets it go on."""

    strategy: str
    who: str
    why: str


class SignalHeld(Recorded, frozen=True, tag="SignalHeld.1"):
    """A signal waits for a person's yes or no, until then. `levels`: as they were when it came."""

    signal: Signal
    until: Instant
    levels: Levels | None = None


class ApprovalRefused(Recorded, frozen=True, tag="ApprovalRefused.1"):
    """A person approved or declined a signal that does not wait."""

    signal: SignalId
    who: str
    reason: str


Governing = (
    DayBegan
    | PositionMarked
    | PeakRaised
    | LimitBreached
    | OwnersDefined
    | LockReleased
    | ReleaseRefused
    | CooldownStarted
    | StrategyRefused
    | StrategyPaused
    | StrategyResumed
    | SignalHeld
    | ApprovalRefused
)
