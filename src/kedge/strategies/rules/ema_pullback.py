"""EMA pullback: in a trend the market comes back to an average, and closes off it again in the trend's direction.

The trend is where the fast average lies from the slow one. Before it comes back the market has to have been away: a
whole bar that does not reach the average.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from kedge.domain.instants import Span
from kedge.domain.numbers import plain
from kedge.domain.signals import Direction
from kedge.strategies.conditions import closed_beyond, closed_towards, higher, reached_back
from kedge.strategies.figures import close_and
from kedge.strategies.idea import Enter, Idea
from kedge.strategies.needs import Kind, Need
from kedge.strategies.seen import Own, Seen
from kedge.strategies.sides import Sides
from kedge.strategies.strategy import Strategy, Terms

_WORDS = {
    Direction.LONG: ("an uptrend", "down", "above"),
    Direction.SHORT: ("a downtrend", "up", "below"),
}


class Average(StrEnum):
    """One of the two."""

    FAST = "fast"
    SLOW = "slow"


class PullbackTerms(Terms, frozen=True):
    """What the settings may say."""

    fast: Annotated[
        int, Meta(ge=1, le=499, description="how long the fast average is", extra={"unit": "bars"})
    ] = 20
    slow: Annotated[
        int, Meta(ge=2, le=500, description="how long the slow average is", extra={"unit": "bars"})
    ] = 50
    back_to: Annotated[Average, Meta(description="the average that the market has to come back to")] = (
        Average.FAST
    )
    within: Annotated[
        int,
        Meta(
            ge=1,
            le=50,
            description="how long it may take from the bar that reaches the average to the close off it, both "
            "counted",
            extra={"unit": "bars"},
        ),
    ] = 5
    sides: Annotated[Sides, Meta(description="which trends are gone with")] = Sides.BOTH


class PullbackState(Struct):
    """The averages go on over sessions, and so does a pullback."""

    trend: Direction | None = None
    away: bool = (
        False  # a whole bar did not reach the average, since the trend began or the last pullback ended
    )
    back: int = 0  # bars since the market came back, that one counted


class EmaPullback(Strategy):
    """Goes with the trend, at the end of a pullback."""

    Terms = PullbackTerms
    State = PullbackState
    terms: PullbackTerms
    state: PullbackState

    def fault(self, bar: Span) -> str:
        return "" if self.terms.fast < self.terms.slow else f"fast has to be below slow ({self.terms.slow})"

    def needs(self) -> Mapping[str, Need]:
        return {"fast": Need(Kind.EMA, self.terms.fast), "slow": Need(Kind.EMA, self.terms.slow)}

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        trend = higher(seen.number("fast"), seen.number("slow"))
        if trend is not self.state.trend:
            self.state = PullbackState(trend)
        if trend is None:
            return
        line = seen.number(self.terms.back_to)
        assert line is not None
        reached = reached_back(seen, line, trend)
        if not self.state.back and not (reached and self.state.away):
            self.state.away |= not reached
            return
        self.state.back += 1
        is_off = closed_beyond(seen, line, trend) and closed_towards(seen, trend)
        if is_off and self.terms.sides.allow(trend):
            yield self._enter(seen, trend, line)
        if is_off or self.state.back >= self.terms.within:
            self.state = PullbackState(trend, away=not reached)

    def _enter(self, seen: Seen, trend: Direction, line: float) -> Enter:
        back_to = self.terms.fast if self.terms.back_to is Average.FAST else self.terms.slow
        trending, back, above = _WORDS[trend]
        return Enter(
            direction=trend,
            reason=f"came back {back} to the average of {back_to} bars in {trending}, and closed {above} it "
            f"again at {plain(seen.close)}",
            figures=close_and(seen, "fast", "slow"),
        )
