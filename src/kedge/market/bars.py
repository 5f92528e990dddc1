"""Bars of any length, made of prints, of quotes or of smaller bars.

A session is cut into intervals of one length, counted from its open; the last one ends at the close, however short
that makes it. An interval in which nothing happened makes no bar: it is counted.

A bar is known at its end and not before: when the first piece of a later interval comes, or when the time is handed
in. Whoever hands in the time leaves the feed as long as it takes to deliver, for a piece that comes after the end of
its bar is late: it is counted and changes nothing. Inside a bar the stamps decide which price came first and which
last, and the order of arrival between equal stamps.

Time is believed here. A stamp from the future would end every bar before it, so data are judged first
(`kedge.market.quality`).
"""

from collections.abc import Callable
from copy import copy
from enum import StrEnum
from typing import Self

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import NEVER, Instant, Span
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.quotes import Bar, Print, Quote
from kedge.market.hours import Hours, HoursOf, utc_day

_NOT_YET = Instant(-NEVER)
_NONE = Span(0)


class QuotePrice(StrEnum):
    """Which price of a quote makes the bar."""

    BID = "bid"
    ASK = "ask"
    MID = "mid"  # half a tick is left out: a steady half would be no move, rounding to and fro would be one


_PRICE_OF: dict[QuotePrice, Callable[[Quote], Ticks]] = {
    QuotePrice.BID: lambda quote: quote.bid,
    QuotePrice.ASK: lambda quote: quote.ask,
    QuotePrice.MID: lambda quote: Ticks((quote.bid + quote.ask) // 2),
}


class BuiltBar(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A bar, what it was made of, and how much of its time nobody can vouch for."""

    bar: Bar
    pieces: int  # prints, quotes or smaller bars
    missing: Span = _NONE  # not covered by smaller bars, or known to be lost

    @property
    def is_complete(self) -> bool:
        """Whether all of its time is accounted for; a quiet minute between prints is, a lacking bar is not."""
        return not self.missing


class BarCounts(msgspec.Struct, forbid_unknown_fields=True):
    """What a builder has made, and what it could not use."""

    built: int = 0
    incomplete: int = 0  # of those built
    empty: int = 0  # intervals without a bar
    late: int = 0  # pieces that came after the end of their bar, or bars that came twice
    outside: int = 0  # pieces without a session
    astride: int = 0  # smaller bars that lie across the end of an interval
    disordered: int = 0  # pieces that came in time, after one with a later stamp; they are in the bar


class Forming(msgspec.Struct, forbid_unknown_fields=True):
    """The interval that a builder is in, and the bar in it as far as it has come."""

    start: Instant = _NOT_YET
    end: Instant = _NOT_YET
    hours: Hours | None = None  # none: the market is closed, or nothing was heard yet
    missing: Span = _NONE
    lost_until: Instant = _NOT_YET
    pieces: int = 0
    first_at: Instant = _NOT_YET
    last_at: Instant = _NOT_YET
    open: Ticks = Ticks(0)
    high: Ticks = Ticks(0)
    low: Ticks = Ticks(0)
    close: Ticks = Ticks(0)
    volume: Nano = Nano(0)


class BarState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `BarBuilder.resume` needs."""

    forming: Forming
    counts: BarCounts


class BarBuilder:
    """Bars of one instrument. It is fed from one kind of source; each call answers with the bars that it made known."""

    def __init__(
        self,
        instrument: Symbol,
        length: Span,
        hours_of: HoursOf = utc_day,
        quote_price: QuotePrice = QuotePrice.MID,
        since: Instant = _NOT_YET,
    ) -> None:
        """`since`: nothing before it was heard, so the bar that it falls into lacks its beginning."""
        if length <= 0:
            raise ValueError(f"bars of {instrument}: their length must be above 0, not {length}")
        self._instrument = instrument
        self._length = length
        self._hours_of = hours_of
        self._price_of = _PRICE_OF[quote_price]
        self._forming = Forming(lost_until=since)
        self.counts = BarCounts()

    @classmethod
    def resume(
        cls,
        instrument: Symbol,
        state: BarState,
        length: Span,
        hours_of: HoursOf = utc_day,
        quote_price: QuotePrice = QuotePrice.MID,
    ) -> Self:
        """A builder that goes on as if it had never stopped; what it did not hear meanwhile is told to `lost`."""
        builder = cls(instrument, length, hours_of, quote_price)
        builder._forming, builder.counts = copy(state.forming), copy(state.counts)
        return builder

    @property
    def state(self) -> BarState:
        """What `resume` needs."""
        return BarState(copy(self._forming), copy(self.counts))

    @property
    def so_far(self) -> BuiltBar | None:
        """The bar that is not known yet, for those who like to watch it grow."""
        return self._built() if self._forming.pieces else None

    @property
    def ends(self) -> Instant:
        """When the time alone makes the next bar known; never while nothing has happened in it."""
        return self._forming.end if self._forming.pieces else NEVER

    def on_print(self, piece: Print) -> tuple[BuiltBar, ...]:
        """A trade: its price and its size."""
        return self._take(piece.at, piece.price, piece.size)

    def on_quote(self, quote: Quote) -> tuple[BuiltBar, ...]:
        """A quote: one price of it, and no volume."""
        return self._take(quote.at, self._price_of(quote), Nano(0))

    def on_bar(self, bar: Bar, missing: Span = _NONE) -> tuple[BuiltBar, ...]:
        """A smaller bar, and how much was missing in it. It tells its own end, so it can end the larger one at once."""
        known = self.advance(bar.start)
        if not self._fits(bar):
            return known
        forming = self._forming
        if not forming.pieces:
            self._begin(bar.start, bar.open)
            forming.missing = Span(forming.end - forming.start)
        forming.high = max(forming.high, bar.high)
        forming.low = min(forming.low, bar.low)
        forming.close, forming.last_at = bar.close, bar.at
        forming.volume = Nano(forming.volume + bar.volume)
        forming.pieces += 1
        forming.missing = Span(forming.missing - (bar.at - bar.start - missing))
        return known + self.advance(bar.at)

    def advance(self, now: Instant) -> tuple[BuiltBar, ...]:
        """The time: ends the bar whose end has come."""
        return () if now < self._forming.end else self._move(now)

    def lost(self, begin: Instant, end: Instant) -> tuple[BuiltBar, ...]:
        """Nothing could be heard from `begin` until `end`: bars of prints and quotes say how much of it is theirs."""
        known = self.advance(begin)
        forming = self._forming
        heard_from = max(begin, forming.start, forming.lost_until)
        forming.missing = Span(forming.missing + max(min(end, forming.end) - heard_from, 0))
        forming.lost_until = max(forming.lost_until, end)
        return known

    def _take(self, at: Instant, price: Ticks, size: Nano) -> tuple[BuiltBar, ...]:
        forming = self._forming
        known: tuple[BuiltBar, ...] = ()
        if at >= forming.end:
            known = self._move(at)
            if forming.hours is None:
                self.counts.outside += 1
                return known
        elif at < forming.start:
            self.counts.late += 1
            return ()
        if not forming.pieces:
            self._begin(at, price)
        elif at >= forming.last_at:
            forming.close, forming.last_at = price, at
        else:
            self.counts.disordered += 1
            if at < forming.first_at:
                forming.open, forming.first_at = price, at
        if price > forming.high:
            forming.high = price
        elif price < forming.low:
            forming.low = price
        forming.volume = Nano(forming.volume + size)
        forming.pieces += 1
        return known

    def _fits(self, bar: Bar) -> bool:
        """Whether a smaller bar lies within the interval that it begins in, after all that is in it already."""
        forming = self._forming
        if bar.start < forming.start or (forming.pieces and bar.start < forming.last_at):
            self.counts.late += 1
        elif forming.hours is None:
            self.counts.outside += 1
        elif bar.at > forming.end:
            self.counts.astride += 1
        else:
            return True
        return False

    def _begin(self, at: Instant, price: Ticks) -> None:
        forming = self._forming
        forming.first_at = forming.last_at = at
        forming.open = forming.high = forming.low = forming.close = price
        forming.volume = Nano(0)

    def _move(self, at: Instant) -> tuple[BuiltBar, ...]:
        """Leave the interval that has ended for the one in which `at` lies, or for the time between sessions."""
        forming, before = self._forming, self._forming.hours
        known = self._leave() if before is not None else ()
        hours = before if before is not None and at < before.close else self._hours_of(at)
        if hours is not before and before is not None:
            self._count_empty(forming.end, before.close)
        forming.hours = hours
        if hours is None:
            forming.start = forming.end = max(forming.end, at)
            return known
        start = Instant(at - (at - hours.open) % self._length)
        if forming.end != _NOT_YET:  # else nothing is known of the intervals before
            self._count_empty(forming.end if hours is before else hours.open, start)
        forming.start = start
        forming.end = Instant(min(start + self._length, hours.close))
        forming.missing = Span(max(min(forming.lost_until, forming.end) - start, 0))
        return known

    def _leave(self) -> tuple[BuiltBar, ...]:
        if not self._forming.pieces:
            self.counts.empty += 1
            return ()
        built = self._built()
        self._forming.pieces = 0
        self.counts.built += 1
        self.counts.incomplete += not built.is_complete
        return (built,)

    def _count_empty(self, begin: Instant, end: Instant) -> None:
        self.counts.empty += -((begin - end) // self._length)  # a shorter one at the close is one too

    def _built(self) -> BuiltBar:
        forming = self._forming
        bar = Bar(
            instrument=self._instrument,
            at=forming.end,
            start=forming.start,
            open=forming.open,
            high=forming.high,
            low=forming.low,
            close=forming.close,
            volume=forming.volume,
        )
        return BuiltBar(bar, forming.pieces, forming.missing)
