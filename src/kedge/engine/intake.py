"""What the market brings, on its way in: kept, judged, and only then acted on.

feed ──► recorder ──► judge ──► paper venues, triggers, charts
└─► refused: counted and shown, never traded on

What companies do to their shares is told here as well, and done by `Actions`; prices wait for it.
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Final, NamedTuple, assert_never

from kedge.domain.announcements import Action, Announcement, Halt, Schedule, Split
from kedge.domain.ids import Symbol
from kedge.domain.inputs import HaltSeen
from kedge.domain.instants import Instant
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.engine.actions import Actions
from kedge.engine.bar_closes import BarCloses
from kedge.engine.charts import Charts
from kedge.engine.clock import Clock
from kedge.engine.strategies.host import Strategists
from kedge.engine.writer import Writer
from kedge.feeds.recorder import Recorder
from kedge.kernel.state import BookState
from kedge.market.hours import HoursOf
from kedge.market.quality import Judge, QualityReport, QualityTerms
from kedge.venues.base import FollowsMarket

HoursFor = Callable[[Symbol], HoursOf]
AHEAD_MAX: Final = QualityTerms().ahead_max


class Known(NamedTuple):
    """A price of before the start."""

    price: Ticks
    at: Instant


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
        self._known: dict[Symbol, Known] = {}
        self._began = clock()
        self.bar_closes: BarCloses | None = None
        self.strategists: Strategists | None = None
        self._actions = Actions(writer, self._followers, clock, self._last_price_at, self._done)

    @property
    def reports(self) -> Mapping[Symbol, QualityReport]:
        """How good the data of each instrument has been."""
        return {symbol: judge.report for symbol, judge in self._judges.items()}

    def remember(self, market: Iterable[MarketData]) -> None:
        """Last prices from before the start: the first new ones are held against them instead of being believed."""
        for data in market:
            match data:
                case Quote():
                    self._known[data.instrument] = Known(Ticks((data.bid + data.ask) // 2), data.at)
                case Print():
                    self._known[data.instrument] = Known(data.price, data.at)
                case Bar():
                    self._known[data.instrument] = Known(data.close, data.at)

    def take(self, data: MarketData, *, keep: bool = False) -> bool:
        """Whether it was good enough to be acted on; `keep` it in any case, as it came."""
        if keep and self.recorder is not None:
            self.recorder.record(data)
        if self._actions.busy:
            self._act_by(data)
        if self._actions.holds_back(data.instrument) or not self._is_good(data):
            return False
        for venue in self._followers:
            for report in venue.follow(data):
                self._writer.take_report(report)
        self._use(data)
        return True

    def take_from_venue(self, quote: Quote) -> None:
        """A price that a venue brings, which has filled by it itself."""
        if not self._actions.holds_back(quote.instrument) and self._is_good(quote):
            self._use(quote)

    def announce(self, announcement: Announcement) -> None:
        """What a feed tells beside prices; of no concern where nobody here knows the instrument."""
        if not isinstance(announcement, Halt):
            self._actions.expect(announcement)
        elif announcement.instrument in self._state.instruments:
            self._writer.take(HaltSeen(announcement.instrument, announcement.reason, at=self._clock()))

    def schedule(self, schedule: Schedule) -> None:
        """What companies do to their shares, as their file reads now."""
        self._actions.schedule(schedule.actions)

    def act(self) -> None:
        """Do what companies did to their shares, from its time on and as soon as can be."""
        self._actions.act()

    def _act_by(self, data: MarketData) -> None:
        """A price of after the time of an action is one of after the action, by whatever clock it was stamped."""
        near = data.at - self._clock() <= AHEAD_MAX
        self._actions.act(data.at if near else None)

    def _done(self, action: Action) -> None:
        """What is known of the instrument's prices becomes what it is in the shares of now."""
        symbol = action.instrument
        if isinstance(action, Split):
            known = self._known.get(symbol)
            if known is not None:
                price = Ticks(round(Fraction(known.price * action.old, action.new)))
                self._known[symbol] = Known(price, known.at)
            if symbol in self._judges:
                self._judges[symbol].split(action)
        self._writer.book.forget_price(symbol)
        if action.at >= self._began:  # bars of before the start come from elsewhere, and are as they come
            self.charts.act(action)

    def _last_price_at(self, symbol: Symbol) -> Instant | None:
        judge = self._judges.get(symbol)
        at = None if judge is None else judge.last_at
        known = self._known.get(symbol)
        return known.at if at is None and known is not None else at

    def _use(self, data: MarketData) -> None:
        if isinstance(data, Quote):
            self._writer.take_quote(data)
        self.charts.take(data)
        self.look_at_bars()

    def look_at_bars(self) -> None:
        """Act on the bars that have ended."""
        if self.bar_closes is not None:
            for seen in self.bar_closes.due(self._clock()):
                self._writer.take(seen)
        if self.strategists is not None:
            for judged in self.strategists.due(self._clock()):
                self._writer.take(judged)

    def _is_good(self, data: MarketData) -> bool:
        judge = self._judges.get(data.instrument)
        if judge is None:
            if data.instrument not in self._state.instruments:
                return True  # of no concern to anybody here
            judge = self._judges[data.instrument] = Judge(hours_of=self._hours_for(data.instrument))
            known = self._known.get(data.instrument)
            if known is not None:
                judge.remember(known.price)
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
