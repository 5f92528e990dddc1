"""RSI turn: the market had gone too far one way, by Wilder's index, and turns."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from kedge.domain.instants import Span
from kedge.domain.signals import Direction
from kedge.strategies.idea import Enter, Idea
from kedge.strategies.needs import Kind, Need
from kedge.strategies.seen import Own, Seen
from kedge.strategies.sides import Sides
from kedge.strategies.strategy import Strategy, Terms


class RsiTerms(Terms, frozen=True):
    """What the settings may say."""

    length: Annotated[
        int, Meta(ge=2, le=200, description="how many changes the index is of", extra={"unit": "bars"})
    ] = 14
    low: Annotated[int, Meta(ge=1, le=99, description="below this the market has fallen too far")] = 30
    high: Annotated[int, Meta(ge=1, le=99, description="above this it has risen too far")] = 70
    sides: Annotated[Sides, Meta(description="which turns are gone with")] = Sides.BOTH


class RsiTurn(Strategy):
    """Goes long when the index rises out of the low end, and short when it falls out of the high end."""

    Terms = RsiTerms
    terms: RsiTerms

    def fault(self, bar: Span) -> str:
        return "" if self.terms.low < self.terms.high else f"low has to be below high ({self.terms.high})"

    def needs(self) -> Mapping[str, Need]:
        return {"rsi": Need(Kind.RSI, self.terms.length)}

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        now, last = seen.number("rsi"), None if seen.before is None else seen.before.number("rsi")
        if now is None or last is None:
            return
        low, high, sides = self.terms.low, self.terms.high, self.terms.sides
        if last < low <= now and sides.allow(Direction.LONG):
            yield _enter(seen, now, Direction.LONG, f"has risen to {now:.1f} from below {low}")
        if last > high >= now and sides.allow(Direction.SHORT):
            yield _enter(seen, now, Direction.SHORT, f"has fallen to {now:.1f} from above {high}")


def _enter(seen: Seen, now: float, side: Direction, what: str) -> Enter:
    figures = {"close": seen.close, "rsi": Decimal(f"{now:.1f}")}
    return Enter(direction=side, reason=f"the RSI {what}", figures=figures)
