"""Opening-range breakout: the first close beyond the range of a session's first minutes.

The range is known when its minutes are over. One that may be wrong, because a bar of it or a part of one is lacking, is
no range, and there is no setup in that session.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta, Struct

from kedge.domain.instants import MINUTE, Instant, Span
from kedge.domain.numbers import plain
from kedge.domain.signals import Direction
from kedge.market.length import show_length
from kedge.strategies.conditions import closed_beyond, closed_within, crossed, same_session
from kedge.strategies.idea import Enter, Idea
from kedge.strategies.needs import Kind, Need
from kedge.strategies.seen import Own, Seen
from kedge.strategies.sides import Sides
from kedge.strategies.strategy import Strategy, Terms


class RangeTerms(Terms, frozen=True):
    """What the settings may say."""

    range_minutes: Annotated[
        int, Meta(ge=1, le=360, description="how long the opening range is", extra={"unit": "minutes"})
    ] = 15
    sides: Annotated[Sides, Meta(description="which breaks count")] = Sides.BOTH
    again: Annotated[
        bool,
        Meta(
            description="each break of a side counts that follows a close back in the range, not only the first "
            "one of the session"
        ),
    ] = False
    beyond_ticks: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000,
            description="a close has to be further from the range than this",
            extra={"unit": "ticks"},
        ),
    ] = 0


class RangeState(Struct):
    """Of the session that opened at `opened`; in another one it counts for nothing."""

    opened: Instant = Instant(0)
    outside: Direction | None = None  # where it broke out, until it closes back in the range
    broken: tuple[Direction, ...] = ()  # the sides that have been broken


class OpeningRangeBreakout(Strategy):
    """Goes with a close beyond the opening range."""

    Terms = RangeTerms
    State = RangeState
    terms: RangeTerms
    state: RangeState

    def fault(self, bar: Span) -> str:
        if self.terms.range_minutes * MINUTE % bar:
            return f"range_minutes has to be a whole number of bars of {show_length(bar)}"
        return ""

    def needs(self) -> Mapping[str, Need]:
        minutes = self.terms.range_minutes
        return {"high": Need(Kind.RANGE_HIGH, minutes), "low": Need(Kind.RANGE_LOW, minutes)}

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        high, low = seen.price("high"), seen.price("low")
        if seen.session is None or high is None or low is None:
            return
        state = self._state_of(seen.session.open)
        if closed_within(seen, low, high):
            state.outside = None
        beyond = self.terms.beyond_ticks * seen.tick
        for side, level in ((Direction.LONG, high + beyond), (Direction.SHORT, low - beyond)):
            if not closed_beyond(seen, level, side):
                continue
            is_new = state.outside is not side and same_session(seen) and crossed(seen, level, side)
            state.outside = side
            if not is_new:
                continue
            is_first = side not in state.broken
            if is_first:
                state.broken = (*state.broken, side)
            if self.terms.sides.allow(side) and (is_first or self.terms.again):
                where = "above" if side is Direction.LONG else "below"
                yield Enter(
                    direction=side,
                    reason=f"closed at {plain(seen.close)}, {where} the opening range of "
                    f"{self.terms.range_minutes} minutes ({plain(low)} to {plain(high)})",
                    figures={"close": seen.close, "range_high": high, "range_low": low},
                )

    def _state_of(self, opened: Instant) -> RangeState:
        if self.state.opened != opened:
            self.state = RangeState(opened)
        return self.state
