"""Events of strategies: what they know, what they have found, and what became of it."""

from kedge.domain.ids import SignalId, Symbol
from kedge.domain.instants import Instant, Span
from kedge.domain.recorded import Recorded
from kedge.domain.signals import Outcome, Signal
from kedge.domain.strategies import Missed, StrategyTerms


class StrategyDefined(Recorded, frozen=True, tag="StrategyDefined.1"):
    """A strategy is on, with these terms, from here on; `anew`: what it has remembered was of other bars or rules."""

    terms: StrategyTerms
    anew: bool = False


class StrategyDropped(Recorded, frozen=True, tag="StrategyDropped.1"):
    """The settings name this strategy no longer; what it has open is the account's."""

    strategy: str


class SessionBegan(Recorded, frozen=True, tag="SessionBegan.1"):
    """A session of what the strategy trades has begun: what it counts by session begins anew."""

    strategy: str
    opened: Instant
    closes: Instant


class PanelNoted(Recorded, frozen=True, tag="PanelNoted.1"):
    """Where the indicators of an instrument's bars stand at the close of one, which its strategies have seen."""

    instrument: Symbol
    length: Span
    close: Instant  # of the bar
    state: str  # JSON


class StrategyMoved(Recorded, frozen=True, tag="StrategyMoved.1"):
    """What a strategy wants to know again after a restart has changed."""

    strategy: str
    close: Instant  # of the bar
    state: str  # JSON


class SetupFound(Recorded, frozen=True, tag="SetupFound.1"):
    """A strategy has found what it looks for; its signal is judged in the same step, unless it was missed."""

    strategy: str
    close: Instant  # of the bar
    signal: Signal


class SetupMissed(Recorded, frozen=True, tag="SetupMissed.1"):
    """A setup is not tried, and never will be."""

    strategy: str
    signal: SignalId
    why: Missed
    late: Span = Span(0)  # from the close of the bar until it was seen


class SetupAnswered(Recorded, frozen=True, tag="SetupAnswered.1"):
    """What became of the signal of a setup: at first, and once more for each time that it changes."""

    strategy: str
    signal: SignalId
    outcome: Outcome
    code: str = ""


class StrategyFailed(Recorded, frozen=True, tag="StrategyFailed.1"):
    """A strategy has failed at the close of a bar, so often in a row."""

    strategy: str
    close: Instant
    error: str
    in_a_row: int


Strategic = (
    StrategyDefined
    | StrategyDropped
    | SessionBegan
    | PanelNoted
    | StrategyMoved
    | SetupFound
    | SetupMissed
    | SetupAnswered
    | StrategyFailed
)
