"""A strategy of one's own: buy after so many lower closes in a row above an average, leave at the first higher close.

What it has to remember over a restart is in `State`; what the settings may say to it is in `Terms`.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from kedge import Enter, Idea, Kind, Leave, Need, Own, Seen, Strategy, Terms
from kedge.domain.signals import Direction


class DownTerms(Terms, frozen=True):
    """Parameters, each with its bounds: the settings are held against them before anything starts."""

    down: Annotated[int, Meta(ge=2, le=10, description="how many lower closes in a row")] = 3
    average: Annotated[
        int, Meta(ge=2, le=500, description="the average that the close is above", extra={"unit": "bars"})
    ] = 20


class DownState(Struct):
    """Written down at each bar at which it changes."""

    lower: int = 0  # closes in a row, each below the one before it


class ThreeDown(Strategy):
    """Buys weakness in strength."""

    Terms = DownTerms
    State = DownState
    terms: DownTerms
    state: DownState

    def needs(self) -> Mapping[str, Need]:
        return {"average": Need(Kind.SMA, self.terms.average)}

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        if seen.before is None:
            return
        is_lower = seen.close < seen.before.close
        self.state.lower = self.state.lower + 1 if is_lower else 0
        average = seen.number("average")
        if own.position is not None:
            if seen.close > seen.before.close:
                yield Leave("it has closed higher again")
        elif average is not None and self.state.lower == self.terms.down and seen.close > average:
            yield Enter(
                Direction.LONG,
                f"{self.terms.down} lower closes in a row above the average of {self.terms.average} bars",
                stop=seen.low - 10 * seen.tick,
                figures={"close": seen.close, "average": Decimal(str(round(average, 4)))},
            )
