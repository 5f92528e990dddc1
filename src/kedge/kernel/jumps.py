"""How far prices have come lately: what an entry is held against where its account asks for it.

Two halves are kept of each instrument, so that between one and two windows are looked back on, and a quote costs two
comparisons. It is cache: an entry's own input carries what it was held against.
"""

from kedge.domain.ids import Symbol
from kedge.domain.instants import SECOND, Instant, Span
from kedge.domain.numbers import Ticks

JUMP_WINDOW = Span(10 * SECOND)


class _Range:
    __slots__ = ("before_high", "before_low", "high", "low", "since")

    def __init__(self, bid: Ticks, at: Instant) -> None:
        self.low = self.high = self.before_low = self.before_high = bid
        self.since = at


class Jumps:
    """The lowest and highest bids of the last seconds."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._ranges: dict[Symbol, _Range] = {}

    def note(self, instrument: Symbol, bid: Ticks, at: Instant) -> None:
        """A quote."""
        known = self._ranges.get(instrument)
        if known is None or at - known.since >= 2 * JUMP_WINDOW:
            self._ranges[instrument] = _Range(bid, at)
        elif at - known.since >= JUMP_WINDOW:
            known.before_low, known.before_high = known.low, known.high
            known.low = known.high = bid
            known.since = at
        elif bid < known.low:
            known.low = bid
        elif bid > known.high:
            known.high = bid

    def forget(self, instrument: Symbol) -> None:
        """Prices of before mean nothing any more, as after a split."""
        self._ranges.pop(instrument, None)

    def farthest_from(self, instrument: Symbol, bid: Ticks) -> Ticks | None:
        """The bid of the last seconds that lies farthest from this one."""
        known = self._ranges.get(instrument)
        if known is None:
            return None
        low, high = min(known.low, known.before_low), max(known.high, known.before_high)
        return low if bid - low >= high - bid else high
