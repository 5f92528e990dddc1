"""Moving-average cross: in when the fast average crosses the slow one, out when it crosses back.

What is open is left first, in a step of its own. Whoever wants to turn round (`reverse`) goes the other way at the
close of one of the next bars, once nothing is open any more.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta, Struct

from kedge.domain.instants import Span
from kedge.domain.signals import Direction
from kedge.strategies.conditions import higher, opposite
from kedge.strategies.figures import close_and
from kedge.strategies.idea import Enter, Idea, Leave
from kedge.strategies.needs import Kind, Need
from kedge.strategies.seen import Own, Seen
from kedge.strategies.sides import Sides
from kedge.strategies.strategy import Strategy, Terms

TURNS_WITHIN = 3  # bars after the cross


class CrossTerms(Terms, frozen=True):
    """What the settings may say."""

    fast: Annotated[
        int, Meta(ge=1, le=499, description="how long the fast average is", extra={"unit": "bars"})
    ] = 9
    slow: Annotated[
        int, Meta(ge=2, le=500, description="how long the slow average is", extra={"unit": "bars"})
    ] = 21
    sides: Annotated[Sides, Meta(description="which crosses are gone in with; all are left by")] = Sides.BOTH
    reverse: Annotated[
        bool,
        Meta(
            description="after a cross against what is open go the other way too, once that is closed and at "
            f"most {TURNS_WITHIN} bars later"
        ),
    ] = False


class CrossState(Struct):
    """The averages go on over sessions, and so does this."""

    side: Direction | None = None  # where the fast average was last, when it was not on the slow one
    ago: int = 0  # bars since it crossed, counted while something is to be done
    leaving: bool = False  # what was open at the cross is to be closed
    turning: bool = False  # and then the other way is to be gone


class EmaCross(Strategy):
    """Goes with a cross of two exponential averages, and leaves by the opposite one."""

    Terms = CrossTerms
    State = CrossState
    terms: CrossTerms
    state: CrossState

    def fault(self, bar: Span) -> str:
        return "" if self.terms.fast < self.terms.slow else f"fast has to be below slow ({self.terms.slow})"

    def needs(self) -> Mapping[str, Need]:
        return {"fast": Need(Kind.EMA, self.terms.fast), "slow": Need(Kind.EMA, self.terms.slow)}

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        side = _side(seen)
        if side is None:  # the averages are not known, or lie on each other
            return
        last = self.state.side or (_side(seen.before) if seen.before else None)
        if last is not side:
            self._begin(side, last, own)
        against = own.position is opposite(side)
        self.state.leaving &= against
        if self.state.leaving:
            yield Leave(self._reason(side))
        if self.state.turning and own.position is None:
            self.state.turning = False
            if self.terms.sides.allow(side):
                yield Enter(
                    direction=side, reason=self._reason(side), figures=close_and(seen, "fast", "slow")
                )
        self._pass_bar()

    def _begin(self, side: Direction, last: Direction | None, own: Own) -> None:
        """The averages lie the other way from here on; `last` is None where it is not known which way they lay."""
        is_cross, is_flat = last is not None, own.position is None
        against = own.position is opposite(side)
        self.state = CrossState(
            side,
            leaving=is_cross and against,
            turning=is_cross and (is_flat or (against and self.terms.reverse)),
        )

    def _pass_bar(self) -> None:
        state = self.state
        if state.leaving or state.turning:
            state.ago += 1
        if state.ago > TURNS_WITHIN:
            state.turning = False

    def _reason(self, side: Direction) -> str:
        where = "above" if side is Direction.LONG else "below"
        return f"the average of {self.terms.fast} bars has crossed {where} that of {self.terms.slow} bars"


def _side(seen: Seen) -> Direction | None:
    return higher(seen.number("fast"), seen.number("slow"))
