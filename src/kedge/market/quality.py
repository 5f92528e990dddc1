"""A judgement on each piece of data before anything acts on it: it is good, or it has one fault and is not used.

A piece is held against its own numbers, against the time at which it arrives, and against the last good piece of its
kind. Quotes, prints and bars are judged apart, since each kind comes in an order of its own.

*Jumps.* A price further from the last good one than the limit may be a slip or the truth. It is refused, and it becomes
a claim. Pieces that agree with the claim (within the limit of its newest price) support it; a piece that fits the last
good price ends it; a piece that fits neither begins another. A claim that enough pieces in a row have supported, for
long enough, is the truth: the piece that completes it is good. So a slip costs nothing, and a true gap costs a moment.

*Silence* is no fault: a quiet market sends nothing. That a feed has died is for its heartbeat to tell.

*Locked* quotes (bid equal to ask) are good: markets of several venues are locked at times, and both prices are real.
They are counted. So are prints that equal the one before them: two trades of one size at one price in one millisecond
are common, and nothing on a print says that it is the same trade again.
"""

from enum import StrEnum
from fractions import Fraction

import msgspec

from kedge.domain.announcements import Split
from kedge.domain.instants import MILLISECOND, NEVER, SECOND, Instant, Span
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.market.hours import HoursOf, utc_day

_NOT_YET = Instant(-NEVER)
_BPS = 10_000


class Fault(StrEnum):
    """What can be wrong with a piece of data. In the order in which it is looked at; the first that fits is told."""

    NOT_POSITIVE = "not_positive"  # a price of zero or less, or a size below zero
    CROSSED = "crossed"  # the bid above the ask
    MALFORMED = "malformed"  # a bar that ends before it begins, or whose prices lie outside its range
    FUTURE = "future"  # its stamp is ahead of the time
    STALE = "stale"  # it is old when it arrives
    BACKWARD = "backward"  # its stamp lies before that of the last good one
    DOUBLED = "doubled"  # the last good one again
    JUMP = "jump"  # too far from the last good one, and not confirmed yet


class QualityTerms(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How strictly the data of one instrument are judged."""

    age_max: Span = Span(5 * SECOND)
    ahead_max: Span = Span(500 * MILLISECOND)
    jump_bps: int = 1_000  # of the last good price
    jump_typical: int = 20  # times the typical move, where one is known
    jump_free: int = 10  # so many ticks are never a jump: a tick can be a large part of a small price
    confirmations: int = 3  # pieces in a row that agree, the first one included
    confirmed_over: Span = SECOND  # from the first to the last of them
    negative_prices: bool = False  # true for spreads, and for what has traded below zero

    def __post_init__(self) -> None:
        """Refuse terms that would let everything pass, or nothing."""
        least = {"age_max": 1, "ahead_max": 0, "jump_bps": 1, "jump_typical": 1, "jump_free": 0}
        for name, bound in (least | {"confirmations": 1, "confirmed_over": 0}).items():
            if getattr(self, name) < bound:
                raise ValueError(f"data quality: {name} must be {bound} or more, not {getattr(self, name)}")


class Offence(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One refused piece, when it came, and what it was held against."""

    fault: Fault
    piece: MarketData
    now: Instant
    last: MarketData | None


class QualityReport(msgspec.Struct, forbid_unknown_fields=True):
    """What has been judged so far."""

    good: int = 0
    refused: dict[Fault, int] = msgspec.field(default_factory=lambda: dict.fromkeys(Fault, 0))
    last_offence: Offence | None = None
    confirmed_jumps: int = 0
    locked: int = 0
    repeated: int = 0  # prints that equal the one before them
    missing_bars: int = 0


class _Series:
    """The good pieces of one kind, as far as the next one is held against them."""

    def __init__(self) -> None:
        self.last: MarketData | None = None
        self.at = _NOT_YET
        self.low = self.high = 0  # bid and ask, or one price twice
        self.limit = -1  # how far either may go; below zero: anywhere, nothing is known yet
        self.claim_low = self.claim_high = 0
        self.claim_since = _NOT_YET
        self.supporters = 0


class Judge:
    """Judges the data of one instrument; what it answers with a fault must not be used."""

    def __init__(self, terms: QualityTerms | None = None, hours_of: HoursOf = utc_day) -> None:
        self._terms = terms if terms is not None else QualityTerms()
        self._hours_of = hours_of
        self._least = -NEVER if self._terms.negative_prices else 1
        self._age_max, self._ahead_max = self._terms.age_max, self._terms.ahead_max
        self._typical: Ticks | None = None
        self._all = self._quotes, self._prints, self._bars = _Series(), _Series(), _Series()
        self.report = QualityReport()

    def typical_move(self, ticks: Ticks) -> None:
        """How far the price usually goes between pieces (an average true range will do); narrows what is a jump."""
        self._typical = ticks
        for series in self._all:
            if series.limit >= 0:
                series.limit = self._limit(series.low, series.high)

    @property
    def last_at(self) -> Instant | None:
        """The time of the newest good piece, if there was one."""
        at = max(series.at for series in self._all)
        return None if at == _NOT_YET else at

    def remember(self, price: Ticks) -> None:
        """A price known from before, such as the last close: else the first piece of each kind is simply believed."""
        for series in self._all:
            series.low = series.high = price
            series.limit = self._limit(price, price)

    def split(self, split: Split) -> None:
        """What is near is counted from the last prices in those of after the split; the old ones are a jump then."""
        for series in self._all:
            if series.limit >= 0:
                series.low = round(Fraction(series.low * split.old, split.new))
                series.high = round(Fraction(series.high * split.old, split.new))
                series.limit = self._limit(series.low, series.high)
            series.supporters = 0

    def quote(self, quote: Quote, now: Instant) -> Fault | None:
        """Judge best bid and ask."""
        series, at, bid, ask = self._quotes, quote.at, quote.bid, quote.ask
        if (
            self._least <= bid < ask
            and series.at < at
            and now - self._age_max <= at <= now + self._ahead_max
            and -series.limit <= bid - series.low <= series.limit
            and -series.limit <= ask - series.high <= series.limit
            and quote.bid_size >= 0 <= quote.ask_size
        ):  # nearly all quotes are like this
            self._accept(series, quote, bid, ask)
            return None
        fault = self._fault_of_quote(quote) or self._fault_in_time(series, quote, now)
        if fault is None and series.last == quote:
            fault = Fault.DOUBLED
        self.report.locked += fault is None and bid == ask
        return self._settle(series, quote, now, fault, bid, ask)

    def print(self, piece: Print, now: Instant) -> Fault | None:
        """Judge one trade."""
        series, price = self._prints, piece.price
        fault = Fault.NOT_POSITIVE if price < self._least or piece.size < 0 else None
        fault = fault or self._fault_in_time(series, piece, now)
        self.report.repeated += fault is None and series.last == piece
        return self._settle(series, piece, now, fault, price, price)

    def bar(self, bar: Bar, now: Instant) -> Fault | None:
        """Judge a finished bar: its range against the close before it."""
        series = self._bars
        fault = self._fault_of_bar(bar) or self._fault_in_time(series, bar, now)
        if fault is None and isinstance(series.last, Bar):
            if series.last == bar:
                fault = Fault.DOUBLED
            elif bar.start < series.last.at:
                fault = Fault.BACKWARD
        before = series.last
        fault = self._settle(series, bar, now, fault, bar.low, bar.high)
        if fault is None:
            series.low = series.high = bar.close
            self.report.missing_bars += self._missing(before, bar)
        return fault

    def _fault_of_quote(self, quote: Quote) -> Fault | None:
        if quote.bid < self._least or quote.ask < self._least or quote.bid_size < 0 or quote.ask_size < 0:
            return Fault.NOT_POSITIVE
        return Fault.CROSSED if quote.bid > quote.ask else None

    def _fault_of_bar(self, bar: Bar) -> Fault | None:
        if min(bar.open, bar.high, bar.low, bar.close) < self._least or bar.volume < 0:
            return Fault.NOT_POSITIVE
        in_range = bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high
        return None if in_range and bar.start < bar.at else Fault.MALFORMED

    def _fault_in_time(self, series: _Series, piece: MarketData, now: Instant) -> Fault | None:
        if piece.at > now + self._ahead_max:
            return Fault.FUTURE
        if piece.at < now - self._age_max:
            return Fault.STALE
        return Fault.BACKWARD if piece.at < series.at else None

    def _settle(
        self, series: _Series, piece: MarketData, now: Instant, fault: Fault | None, low: int, high: int
    ) -> Fault | None:
        """Refuse what has a fault or is an unconfirmed jump; accept the rest."""
        if fault is None and not _is_near(low, high, series.low, series.high, series.limit):
            if self._supports_claim(series, piece.at, low, high):
                self.report.confirmed_jumps += 1
            else:
                fault = Fault.JUMP
        if fault is None:
            self._accept(series, piece, low, high)
        else:
            self.report.refused[fault] += 1
            self.report.last_offence = Offence(fault, piece, now, series.last)
        return fault

    def _accept(self, series: _Series, piece: MarketData, low: int, high: int) -> None:
        series.last, series.at = piece, piece.at
        if low != series.low or high != series.high or series.limit < 0:
            series.low, series.high = low, high
            series.limit = self._limit(low, high)
        series.supporters = 0
        self.report.good += 1

    def _limit(self, low: int, high: int) -> int:
        limit = abs(low + high) * self._terms.jump_bps // (2 * _BPS)
        if self._typical is not None:
            limit = min(limit, self._terms.jump_typical * self._typical)
        return max(limit, self._terms.jump_free)

    def _supports_claim(self, series: _Series, at: Instant, low: int, high: int) -> bool:
        """Count this far price as support for the claim, or as the first of a new one; whether that is enough."""
        claim_limit = self._limit(series.claim_low, series.claim_high)
        agrees = _is_near(low, high, series.claim_low, series.claim_high, claim_limit)
        if series.supporters and agrees:
            series.supporters += 1
        else:
            series.supporters, series.claim_since = 1, at
        series.claim_low, series.claim_high = low, high
        return (
            series.supporters >= self._terms.confirmations
            and at - series.claim_since >= self._terms.confirmed_over
        )

    def _missing(self, before: MarketData | None, bar: Bar) -> int:
        """How many bars of this length lack between the last good one and this one, while the market was open."""
        if not isinstance(before, Bar):
            return 0
        length = bar.at - bar.start
        now, then = self._hours_of(bar.start), self._hours_of(before.start)
        if now is None or then is None or now == then:
            return max(bar.start - before.at, 0) // length
        return max(then.close - before.at, 0) // length + (bar.start - now.open) // length


def _is_near(low: int, high: int, last_low: int, last_high: int, limit: int) -> bool:
    """Whether both prices lie within the limit of those before; without a limit anything does."""
    return limit < 0 or (abs(low - last_low) <= limit and abs(high - last_high) <= limit)
