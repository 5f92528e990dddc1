"""The opening range: the highest and the lowest price of a session's first minutes.

It is known when those minutes are over, not before. A range that may be wrong is no range: when its first bar does not
begin at the open, when time is missing in one of its bars, or when a bar lies across its end, it has no value for that
session, and `flaw` says why.
"""

from enum import StrEnum

import msgspec

from kedge.domain.instants import Instant, Span
from kedge.market.indicators.feed import LARGEST, refuse

NOTHING = Span(0)


class Flaw(StrEnum):
    """Why a session has no opening range."""

    NO_OPEN = "no_open"  # the first bar that came does not begin at the open
    HOLE = "hole"  # time is missing in one of its bars
    ASTRIDE = "astride"  # a bar begins within the range and ends after it


class Edges(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The range, once it is known."""

    high: float
    low: float


class OpeningRange(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The range over the first `length` of each session."""

    length: Span
    opened: Instant | None = None  # the session, by its open
    over: bool = False  # the minutes are over: no later bar belongs to them
    flaw: Flaw | None = None
    high: float = 0.0
    low: float = 0.0

    def __post_init__(self) -> None:
        if self.length <= 0:
            raise ValueError(f"OpeningRange: its length must be above 0, not {self.length}")

    @property
    def value(self) -> Edges | None:
        """None until the minutes are over, and where there is a flaw."""
        return Edges(self.high, self.low) if self.over and self.flaw is None else None

    def update(
        self, opened: Instant, start: Instant, end: Instant, high: float, low: float, missing: Span = NOTHING
    ) -> Edges | None:
        """Take a bar of the session that opened at `opened`, and how much of the bar's time is missing."""
        if not (-LARGEST <= high <= LARGEST and -LARGEST <= low <= LARGEST):
            refuse("OpeningRange", high, low)
        high, low = high + 0.0, low + 0.0  # there is one zero
        if opened != self.opened:
            self.opened, self.over = opened, False
            self.flaw = Flaw.NO_OPEN if start != opened else None
            self.high, self.low = high, low
        until = opened + self.length
        if not self.over and start < until:
            self.high, self.low = max(self.high, high), min(self.low, low)
            if end > until:
                self.flaw = self.flaw or Flaw.ASTRIDE
            if missing:
                self.flaw = self.flaw or Flaw.HOLE
        return self.advance(end)

    def advance(self, now: Instant) -> Edges | None:
        """The time: the range is known as soon as its minutes are over, even if no bar ends just then."""
        if self.opened is not None and now >= self.opened + self.length:
            self.over = True
        return self.value
