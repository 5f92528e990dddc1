"""One instrument's bars of one length: those that are known, and the one that is being built."""

from collections import deque
from fractions import Fraction

import msgspec

from kedge.domain.announcements import Split
from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant, Span
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.market.bars import BarBuilder, BuiltBar
from kedge.market.hours import HoursOf


class Chart:
    """The last `kept` bars; nothing before `since` was heard."""

    def __init__(
        self, instrument: Symbol, length: Span, hours_of: HoursOf, since: Instant, kept: int
    ) -> None:
        self.instrument = instrument
        self.length = length
        self.builder = BarBuilder(instrument, length, hours_of, since=since)
        self.bars: deque[BuiltBar] = deque(maxlen=kept)
        self.fed_by: type[MarketData] | None = None
        self._hours_of = hours_of
        self._since = since

    def take(self, data: MarketData) -> tuple[BuiltBar, ...]:
        """Bars that this made known. A chart is made of one kind of data: of trades where there are any."""
        if self.fed_by is not type(data):
            if self.fed_by is Print or (self.fed_by is Bar and isinstance(data, Quote)):
                return ()
            if self.fed_by is not None:
                # What was begun of the other kind would be counted as if it were of this one.
                self.builder = BarBuilder(self.instrument, self.length, self._hours_of, since=self._since)
            self.fed_by = type(data)
        match data:
            case Quote():
                return self.builder.on_quote(data)
            case Print():
                return self.builder.on_print(data)
            case Bar():
                fits = data.at - data.start <= self.length
                return self.builder.on_bar(data) if fits else ()

    def since_open(self, at: Instant) -> int:
        """How many bars there may have been in the session that is on."""
        hours = self._hours_of(at)
        return 0 if hours is None else int((at - hours.open) // self.length) + 1

    def mend(self, whole: Bar) -> None:
        """Take this bar for the one of the same time that is known."""
        for place, built in enumerate(self.bars):
            if built.missing and (built.bar.start, built.bar.at) == (whole.start, whole.at):
                self.bars[place] = BuiltBar(whole, 1)

    def split(self, split: Split) -> None:
        """Begin a new bar, and count the known ones in the prices of after the split."""
        self.bars = deque([_rescaled(built, split) for built in self.bars], maxlen=self.bars.maxlen)
        self._since = split.at
        self.builder = BarBuilder(self.instrument, self.length, self._hours_of, since=split.at)

    def go_on(self, before: "Chart") -> None:
        """Have the bars of an instrument that goes by this symbol from now on."""
        renamed = [_renamed(built, self.instrument) for built in before.bars]
        self.bars = deque([*renamed, *self.bars], maxlen=self.bars.maxlen)


def _rescaled(built: BuiltBar, split: Split) -> BuiltBar:
    """To the nearest tick: a chart is for looking at, and for averages."""
    bar = built.bar
    opened, high, low, close = (
        Ticks(round(Fraction(price * split.old, split.new)))
        for price in (bar.open, bar.high, bar.low, bar.close)
    )
    volume = split.rounded(bar.volume)
    rescaled = Bar(bar.instrument, bar.at, bar.start, opened, high, low, close, volume)
    return msgspec.structs.replace(built, bar=rescaled)


def _renamed(built: BuiltBar, symbol: Symbol) -> BuiltBar:
    return msgspec.structs.replace(built, bar=msgspec.structs.replace(built.bar, instrument=symbol))
