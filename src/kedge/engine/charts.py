"""Bars of what the engine trades, for whoever looks at them: built from ticks, begun with history where there is any.

A future's root has a continuous series out of the charts of its contracts (`kedge.engine.series`).

Charts are no part of the record: they can be built again from the market data. What they tell (`Notice`) is told to
subscribers and to nobody else.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from kedge.domain.announcements import Action, Split, SymbolChange
from kedge.domain.ids import Symbol
from kedge.domain.instants import MILLISECOND, NEVER, Instant, Span
from kedge.domain.quotes import Bar, MarketData
from kedge.engine.chart import Chart
from kedge.engine.series import OwnBars, Series
from kedge.feeds.base import BringsHistory
from kedge.feeds.errors import FeedError
from kedge.market.bars import BuiltBar
from kedge.market.hours import HoursOf
from kedge.market.length import show_length
from kedge.settings.values import Bars

log = logging.getLogger("kedge.charts")

KEPT = 500  # bars of each chart, or as many as were asked for at the start
GRACE = Span(500 * MILLISECOND)


class HistoricalBarsLoaded(msgspec.Struct, frozen=True, tag="historical_bars_loaded"):
    """A chart begins with so many bars of the past; fewer than were asked for where there are no more.

    Of a root: its series has changed as a whole (a roll, or history that came), and this is how many there are now.
    """

    instrument: Symbol
    length: Span
    bars: int


class CandleClosed(msgspec.Struct, frozen=True, tag="candle_close"):
    """A bar is known."""

    length: Span
    bar: Bar
    missing: Span  # of its time, that nobody can vouch for


class BarsMoved(msgspec.Struct, frozen=True, tag="bars_moved"):
    """All prices of a chart are others than they were, as after a split, or of a root after a roll."""

    instrument: Symbol
    length: Span


Notice = HistoricalBarsLoaded | CandleClosed | BarsMoved
Listener = Callable[[Notice], None]


class Charts:
    """All charts of one engine."""

    def __init__(self, terms: Bars | None = None) -> None:
        """`terms`: how long the bars of every instrument are, and how many of the past are asked for."""
        terms = terms or Bars()
        self.lengths = terms.lengths
        self._history = terms.history
        self._covers_sessions = False
        self._kept = max(KEPT, terms.history)
        self._charts: dict[Symbol, list[Chart]] = {}
        self._series: dict[Symbol, Series] = {}  # by root
        self._series_of: dict[Symbol, Series] = {}  # by contract
        self._loading: dict[Symbol, None] = {}  # history of these is on its way
        self._mending: dict[Symbol, None] = {}  # a bar of these is
        self._listeners: list[Listener] = []
        self._ends = NEVER  # of the first bar that ends

    def open(self, instruments: Iterable[tuple[Symbol, HoursOf]], now: Instant) -> None:
        """Begin charts; nothing before now was heard."""
        for symbol, hours_of in instruments:
            self._charts[symbol] = [
                Chart(symbol, length, hours_of, now, self._kept) for length in self.lengths
            ]

    def open_series(self, root: Symbol, contracts: Sequence[Symbol], since: Mapping[Symbol, Instant]) -> None:
        """Begin the series of a root whose contracts have charts; `since`: when they became the front one."""
        self._series[root] = Series(root, contracts, since)
        self._series_of.update(dict.fromkeys(contracts, self._series[root]))

    def roll(self, root: Symbol, since: Mapping[Symbol, Instant]) -> None:
        """Another contract is the front one: bars before that have moved."""
        series = self._series.get(root)
        if series is not None and series.roll(since):
            for length in self.lengths:
                self._tell(BarsMoved(root, length))
                self._tell_series(series, length)

    @property
    def next_end(self) -> Instant:
        """When the next bar is known, if no tick comes before."""
        return NEVER if self._ends == NEVER else Instant(self._ends + GRACE)

    def listen(self, listener: Listener) -> None:
        """Be told of bars as they become known."""
        self._listeners.append(listener)

    def is_awaited(self, instrument: Symbol) -> bool:
        """Whether history of it, or of a contract of the root that it is, is on its way."""
        series = self._series.get(instrument)
        return instrument in self._loading if series is None else self._is_awaited(series)

    def traded(self, instrument: Symbol) -> Symbol:
        """The contract that a root's newest bars are of; of everything else its own symbol."""
        series = self._series.get(instrument)
        return instrument if series is None else series.newest or instrument

    def is_mending(self, instrument: Symbol) -> bool:
        """Whether a bar of it has been asked for once more and has not come yet."""
        return instrument in self._mending

    def built(self, instrument: Symbol, length: Span | None = None) -> list[BuiltBar]:
        """The known bars of a chart, with how much of their time nobody can vouch for; of a root its one series."""
        length = self.lengths[0] if length is None else length
        series = self._series.get(instrument)
        if series is not None:
            missing = {
                built.bar.at: built.missing
                for contract in series.contracts
                for chart in self._of(contract)
                if chart.length == length
                for built in chart.bars
                if built.missing
            }
            none = Span(0)
            return [BuiltBar(bar, 1, missing.get(bar.at, none)) for bar in self.bars(instrument, length)]
        return [built for chart in self._of(instrument) if chart.length == length for built in chart.bars]

    def bars(self, instrument: Symbol, length: Span | None = None) -> list[Bar]:
        """The known bars, oldest first: of this length, or of the first that the settings name.

        Of a future's root: its contracts in one series, the older ones moved by the gap at each roll. What was traded
        stands under each contract's own symbol.

        Raises `ValueError` for a length of which none are made.
        """
        length = self.lengths[0] if length is None else length
        if length not in self.lengths:
            known = ", ".join(map(show_length, self.lengths))
            raise ValueError(
                f"no bars of {show_length(length)} are made, but of {known}: `bars` in the settings"
            )
        series = self._series.get(instrument)
        if series is not None:
            made = series.bars(length, self._own(length), is_settled=not self._is_awaited(series))
            return made[-self._kept :]
        return list(self._own(length)(instrument))

    def take(self, data: MarketData) -> None:
        """A piece of good market data."""
        for chart in self._of(data.instrument):
            self._keep(chart, chart.take(data))
            self._ends = min(self._ends, chart.builder.ends)

    def pass_time(self, now: Instant) -> None:
        """Bars end by the clock too, when no tick comes; those that are on their way are waited for a moment."""
        waited = Instant(now - GRACE)
        if waited < self._ends:
            return
        charts = [chart for own in self._charts.values() for chart in own]
        for chart in charts:
            self._keep(chart, chart.builder.advance(waited))
        self._ends = min((chart.builder.ends for chart in charts), default=NEVER)

    def act(self, action: Action) -> None:
        """Bars of before a split as if they were of after it; of before a new symbol under the new one."""
        for chart in self._of(action.instrument):
            if isinstance(action, Split):
                chart.split(action)
                self._tell(BarsMoved(action.instrument, chart.length))
        if isinstance(action, SymbolChange):
            for old, new in zip(self._of(action.instrument), self._of(action.new_symbol), strict=False):
                new.go_on(old)
                self._tell(BarsMoved(action.new_symbol, new.length))

    def cover_sessions(self) -> None:
        """Ask for all bars of the session that is on, however few are asked for otherwise."""
        self._covers_sessions = True

    def expect(self, instruments: Iterable[Symbol]) -> None:
        """History of these is going to be loaded."""
        self._loading.update(dict.fromkeys(instruments))

    def give_up(self, instruments: Iterable[Symbol]) -> None:
        """No history of these will come any more."""
        for instrument in instruments:
            self._loading.pop(instrument, None)

    async def mend(self, source: BringsHistory, instrument: Symbol, length: Span, end: Instant) -> None:
        """Ask for a bar that was not heard as a whole, and put it in the place of what is known of it."""
        self._mending[instrument] = None
        try:
            for whole in await source.history(instrument, length, 1, end):
                for chart in self._of(instrument):
                    if chart.length == length:
                        chart.mend(whole)
        except FeedError as error:
            log.warning("a bar of %s has a hole, and cannot be had whole: %s", instrument, error)
        finally:
            self._mending.pop(instrument, None)

    async def load(self, source: BringsHistory, instrument: Symbol, before: Instant) -> None:
        """Put bars of the past before those that were built since; where there are none, say so and go on."""
        self._loading[instrument] = None
        try:
            await self._load(source, instrument, before)
        finally:
            self._loading.pop(instrument, None)

    async def _load(self, source: BringsHistory, instrument: Symbol, before: Instant) -> None:
        for chart in self._of(instrument):
            try:
                count = self._asked_for(chart, before)
                past = await source.history(instrument, chart.length, count, before) if count else []
            except FeedError as error:
                log.warning("no history of %s: %s", instrument, error)
                past = []
            newest = chart.bars[0].bar.start if chart.bars else NEVER
            known = [BuiltBar(bar, 1) for bar in past if bar.at <= newest]
            chart.bars = deque([*known, *chart.bars], maxlen=self._kept)
            self._tell(HistoricalBarsLoaded(instrument, chart.length, len(known)))
            series = self._series_of.get(instrument)
            if known and series is not None and series.has(instrument):
                self._tell_series(series, chart.length)

    def _asked_for(self, chart: Chart, before: Instant) -> int:
        since = chart.since_open(before) if self._covers_sessions else 0
        return min(max(self._history, since), self._kept)

    def _of(self, instrument: Symbol) -> list[Chart]:
        return self._charts.get(instrument, [])

    def _is_awaited(self, series: Series) -> bool:
        """Whether history of one of its contracts is on its way."""
        return any(series.has(contract) for contract in self._loading)

    def _own(self, length: Span) -> OwnBars:
        """How to come by the bars of an instrument's own chart."""
        return lambda symbol: [
            built.bar for chart in self._of(symbol) if chart.length == length for built in chart.bars
        ]

    def _keep(self, chart: Chart, known: tuple[BuiltBar, ...]) -> None:
        for built in known:
            chart.bars.append(built)
            self._tell(CandleClosed(chart.length, built.bar, built.missing))
            series = self._series_of.get(built.bar.instrument)
            bar = None if series is None else series.candle(chart.length, built.bar, self._own(chart.length))
            if bar is not None:
                self._tell(CandleClosed(chart.length, bar, built.missing))
            if series is not None and series.is_moved_by(built.bar):
                self._tell(BarsMoved(series.root, chart.length))
                self._tell_series(series, chart.length)

    def _tell_series(self, series: Series, length: Span) -> None:
        """It has changed as a whole."""
        self._tell(HistoricalBarsLoaded(series.root, length, len(self.bars(series.root, length))))

    def _tell(self, notice: Notice) -> None:
        for listener in self._listeners:
            try:
                listener(notice)
            except Exception:  # who only listens must not be able to stop the engine
                log.exception("a listener to charts failed")
