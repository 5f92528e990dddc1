"""What the exchange knows of one instrument's market, and which price stands in it."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import msgspec

from kedge.domain.announcements import Split
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, from_nano, to_nano
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.sim.prices import Pair, pair_of
from kedge.sim.resting import RestingBook
from kedge.sim.settings import FillOn, LimitFill, SimSettings


class Tape(msgspec.Struct):
    """The part of a market that is saved."""

    at: Instant = Instant(0)  # time of the newest data
    last: MarketData | None = None
    quoted: bool = False  # quotes have come: prints decide nothing any more
    bid_taken: int = 0  # sizes that fills have taken off `last`
    ask_taken: int = 0
    open: bool = True
    stands: bool = False  # `last` came since the market opened, so one can trade at it
    middle: tuple[int, int] | None = (
        None  # where there is no `last` since a split: what it became, as a fraction
    )


class Inside(NamedTuple):
    """A moment inside a bar: its range, and the prices at which the market is believed to be."""

    low: Pair
    high: Pair
    now: Pair


class Market:
    """One instrument's tape and resting orders."""

    __slots__ = ("_settings", "book", "inside", "instrument", "lot", "moment", "tape", "tick")

    def __init__(self, instrument: Instrument, settings: SimSettings, tape: Tape) -> None:
        self.instrument = instrument
        self.tick: int = to_nano(instrument.tick)
        self.lot: int = to_nano(instrument.lot)
        self.tape = tape
        self.book = RestingBook(through=settings.limit_fill is LimitFill.THROUGH)
        self.moment: Pair | None = None  # the prices at a bar's open, while they are matched
        self.inside: Inside | None = None  # set while the inside of a bar is matched
        self._settings = settings

    def standing(self, since: Instant) -> Pair | None:
        """The prices that an order which came at `since` meets at once, if there are any."""
        if self.moment is not None:
            return self.moment
        tape = self.tape
        if not (tape.open and tape.stands) or tape.last is None:
            return None
        if isinstance(tape.last, Bar) and not (
            self._settings.fill_on is FillOn.CLOSE and tape.last.at == since
        ):
            return None
        return pair_of(tape.last, self._settings.spread_ticks)

    def last_pair(self) -> Pair | None:
        """Bid and ask as they were last known, whether or not one can trade at them."""
        return None if self.tape.last is None else pair_of(self.tape.last, self._settings.spread_ticks)

    def lets_pass(self, quote: Quote) -> bool:
        """Take in a quote that wakes nobody; any other is left alone. This is the hot path, hence all in one place."""
        tape, book, bid, ask = self.tape, self.book, quote.bid, quote.ask
        if not (book.ask_low < ask < book.ask_high and book.bid_low < bid < book.bid_high):
            return False
        if not (0 <= bid <= ask and tape.at <= quote.at and tape.quoted):
            return False
        tape.at = quote.at
        tape.last = quote
        tape.bid_taken = tape.ask_taken = 0
        tape.stands = True
        return True

    def sleeps_through_bar(self, bar: Bar) -> bool:
        """Whether nothing rests here that any price of the bar wakes."""
        book, spread = self.book, self._settings.spread_ticks
        below = spread // 2
        above = spread - below
        return (
            book.ask_low < bar.low + above
            and bar.high + above < book.ask_high
            and book.bid_low < bar.low - below
            and bar.high - below < book.bid_high
            and bar.low > spread  # where a spread would go below nothing, the slow way has to look
        )

    def show(self, data: MarketData) -> None:
        """Take in newer data."""
        tape = self.tape
        tape.at, tape.last = data.at, data
        tape.bid_taken = tape.ask_taken = 0
        tape.stands = True

    def last_middle(self) -> Fraction | None:
        """The middle of the last prices in billionths, as it became by splits since."""
        pair, tape = self.last_pair(), self.tape
        if pair is None:
            return None if tape.middle is None else Fraction(*tape.middle)
        return Fraction((pair.bid + pair.ask) * self.tick, 2)

    def split(self, split: Split) -> None:
        """The last prices hold no more; what they are worth in new shares is kept for those who are paid by it."""
        middle = self.last_middle()
        if middle is not None:
            middle = middle * split.old / split.new
            self.tape.middle = middle.numerator, middle.denominator
        self.tape.last = None
        self.tape.stands = False

    def size_left(self, *, buys: bool) -> int | None:
        """What may still be traded against the newest data; None when they say nothing about size."""
        tape, last = self.tape, self.tape.last
        if last is None:
            return None
        if isinstance(last, Quote):
            size, taken = (last.ask_size, tape.ask_taken) if buys else (last.bid_size, tape.bid_taken)
        else:
            size = last.size if isinstance(last, Print) else last.volume
            taken = tape.ask_taken + tape.bid_taken
        return max(size - taken, 0) if size else None

    def take_size(self, quantity: int, *, buys: bool) -> None:
        """Note that a fill has taken its quantity off the size shown."""
        if buys:
            self.tape.ask_taken += quantity
        else:
            self.tape.bid_taken += quantity

    def price(self, ticks: int) -> Nano:
        """A price in billionths."""
        return Nano(ticks * self.tick)

    def value(self, quantity: int, ticks: int) -> Decimal:
        """Quantity times price times multiplier, unrounded."""
        return from_nano(Nano(quantity)) * from_nano(self.price(ticks)) * self.instrument.multiplier
