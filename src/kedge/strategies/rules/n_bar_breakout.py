"""N-bar breakout: a close beyond the highest high or the lowest low of the bars before it.

A market on its way closes beyond them again and again. That is one breakout, until it has closed between the two.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from kedge.domain.numbers import plain
from kedge.domain.signals import Direction
from kedge.strategies.conditions import closed_beyond
from kedge.strategies.idea import Enter, Idea
from kedge.strategies.needs import Kind, Need
from kedge.strategies.seen import Own, Seen
from kedge.strategies.sides import Sides
from kedge.strategies.strategy import Strategy, Terms

_EDGES = {Direction.LONG: ("highest", "above"), Direction.SHORT: ("lowest", "below")}


class NBarTerms(Terms, frozen=True):
    """What the settings may say."""

    bars: Annotated[
        int, Meta(ge=2, le=500, description="how many bars before it count", extra={"unit": "bars"})
    ] = 20
    sides: Annotated[Sides, Meta(description="which breakouts count")] = Sides.BOTH


class NBarBreakout(Strategy):
    """Goes with a close beyond the bars before it; the bar before tells whether that is new."""

    Terms = NBarTerms
    terms: NBarTerms

    def needs(self) -> Mapping[str, Need]:
        return {"highest": Need(Kind.HIGHEST, self.terms.bars), "lowest": Need(Kind.LOWEST, self.terms.bars)}

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        for side, (edge, where) in _EDGES.items():
            level = seen.price(edge)
            if level is None or not self.terms.sides.allow(side) or not _is_new(seen, edge, side):
                continue
            yield Enter(
                direction=side,
                reason=f"closed at {plain(seen.close)}, {where} {plain(level)}, the {edge} of the "
                f"{self.terms.bars} bars before",
                figures={"close": seen.close, edge: level},
            )


def _is_new(seen: Seen, edge: str, side: Direction) -> bool:
    """It closed beyond, and the bar before it did not; where that is not known, nothing is new."""
    before = seen.before
    if before is None or before.price(edge) is None:
        return False
    return closed_beyond(seen, seen.price(edge), side) and not closed_beyond(before, before.price(edge), side)
