"""What the market brings, on its way in: kept, judged, and only then acted on.

feed ──► recorder ──► judge ──► paper venues, triggers, charts
└─► refused: counted and shown, never traded on
"""

from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

from kedge.domain.ids import Symbol
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.engine.charts import Charts
from kedge.engine.clock import Clock
from kedge.engine.writer import Writer
from kedge.feeds.recorder import Recorder
from kedge.kernel.state import BookState
from kedge.market.hours import HoursOf
from kedge.market.quality import Judge, QualityReport
from kedge.venues.base import FollowsMarket

HoursFor = Callable[[Symbol], HoursOf]


class MarketIntake:
    """Takes in all market data of one engine."""

    def __init__(
        self,
        writer: Writer,
        followers: Iterable[FollowsMarket],
        clock: Clock,
        hours_for: HoursFor,
        charts: Charts,
        recorder: Recorder | None = None,
    ) -> None:
        """`followers` are venues that fill by what feeds bring."""
        self.charts = charts
        self.recorder = recorder
        self._writer = writer
        self._followers = tuple(followers)
        self._clock = clock
        self._hours_for = hours_for
        self._judges: dict[Symbol, Judge] = {}

    @property
    def reports(self) -> Mapping[Symbol, QualityReport]:
        """How good the data of each instrument has been."""
        return {symbol: judge.report for symbol, judge in self._judges.items()}

    def take(self, data: MarketData, *, keep: bool = False) -> bool:
        """Whether it was good enough to be acted on; `keep` it in any case, as it came."""
        if keep and self.recorder is not None:
            self.recorder.record(data)
        if not self._is_good(data):
            return False
        for venue in self._followers:
            venue.follow(data)
        self._use(data)
        return True

    def take_from_venue(self, quote: Quote) -> None:
        """A price that a venue brings, which has filled by it itself."""
        if self._is_good(quote):
            self._use(quote)

    def _use(self, data: MarketData) -> None:
        if isinstance(data, Quote):
            self._writer.take_quote(data)
        self.charts.take(data)

    def _is_good(self, data: MarketData) -> bool:
        judge = self._judges.get(data.instrument)
        if judge is None:
            if data.instrument not in self._state.instruments:
                return True  # of no concern to anybody here
            judge = self._judges[data.instrument] = Judge(hours_of=self._hours_for(data.instrument))
        now = self._clock()
        match data:
            case Quote():
                return judge.quote(data, now) is None
            case Print():
                return judge.print(data, now) is None
            case Bar():
                return judge.bar(data, now) is None
        assert_never(data)

    @property
    def _state(self) -> BookState:
        return self._writer.book.state
