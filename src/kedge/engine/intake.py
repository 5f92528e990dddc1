"""What the market brings, on its way in: kept, judged, and only then acted on.

feed ──► recorder ──► judge ──► paper venues, triggers, charts
└─► refused: counted and shown, never traded on

What a company did to its shares waits until no request about them is under way, and then is done everywhere at once:
a stop of before a split must not meet a price of after it. Prices of the instrument are held back meanwhile.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

from kedge.domain.announcements import Action, Announcement, Halt, Split, SymbolChange
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.inputs import HaltSeen
from kedge.domain.instants import Instant, show_instant
from kedge.domain.instruments import same_grid
from kedge.domain.lifecycle import UNANSWERED_STATES
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.engine.charts import Charts
from kedge.engine.clock import Clock
from kedge.engine.writer import Writer
from kedge.feeds.recorder import Recorder
from kedge.kernel.state import BookState
from kedge.market.hours import HoursOf
from kedge.market.quality import Judge, QualityReport
from kedge.venues.base import FollowsMarket
from kedge.venues.errors import VenueError

log = logging.getLogger("kedge.engine")
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
        self._known: dict[Symbol, Ticks] = {}
        self._began = clock()
        self._coming: list[Action] = []  # announced, and not in force yet
        self._awaited: dict[Symbol, list[Action]] = {}  # in force, and not done yet
        self._acted: dict[Symbol, Instant] = {}  # the time of the last one that was done

    @property
    def reports(self) -> Mapping[Symbol, QualityReport]:
        """How good the data of each instrument has been."""
        return {symbol: judge.report for symbol, judge in self._judges.items()}

    def remember(self, market: Iterable[MarketData]) -> None:
        """Last prices from before the start: the first new ones are held against them instead of being believed."""
        for data in market:
            match data:
                case Quote():
                    self._known[data.instrument] = Ticks((data.bid + data.ask) // 2)
                case Print():
                    self._known[data.instrument] = data.price
                case Bar():
                    self._known[data.instrument] = data.close

    def take(self, data: MarketData, *, keep: bool = False) -> bool:
        """Whether it was good enough to be acted on; `keep` it in any case, as it came."""
        if keep and self.recorder is not None:
            self.recorder.record(data)
        if self._coming or self._awaited:
            self.act()
        if data.instrument in self._awaited or not self._is_good(data):
            return False
        for venue in self._followers:
            venue.follow(data)
        self._use(data)
        return True

    def take_from_venue(self, quote: Quote) -> None:
        """A price that a venue brings, which has filled by it itself."""
        if quote.instrument not in self._awaited and self._is_good(quote):
            self._use(quote)

    def announce(self, announcement: Announcement) -> None:
        """What a feed tells beside prices; of no concern where nobody here knows the instrument."""
        if announcement.instrument not in self._state.instruments:
            return
        if isinstance(announcement, Halt):
            self._writer.take(HaltSeen(announcement.instrument, announcement.reason, at=self._clock()))
            return
        done = self._acted.get(announcement.instrument)
        if announcement not in self._coming and (done is None or done < announcement.at):
            self._coming.append(announcement)
            self.act()

    def act(self) -> None:
        """Do what companies did to their shares, from its time on and as soon as can be."""
        now = self._clock()
        for action in sorted(self._coming, key=lambda action: action.at):
            if action.at <= now:
                self._coming.remove(action)
                self._awaited.setdefault(action.instrument, []).append(action)
        for symbol in [symbol for symbol in self._awaited if self._is_quiet(symbol)]:
            actions = self._awaited[symbol]
            while actions and self._do(actions[0]):
                del actions[0]
            if not actions:
                del self._awaited[symbol]

    def _do(self, action: Action) -> bool:
        if isinstance(action, SymbolChange) and (fault := self._fault_in(action)):
            why = f"it goes by {action.new_symbol} now, {fault}"
            log.error("%s: %s", action.instrument, why)
            self._writer.take(HaltSeen(action.instrument, why, at=self._clock()))
            self._acted[action.instrument] = action.at
            return True
        try:
            for venue in self._followers:
                for report in venue.announce(action):
                    self._writer.take_report(report)
        except VenueError as error:
            log.warning("%s: what its company did has to wait: %s", action.instrument, error)
            return False
        if isinstance(action, Split) and (missed := self._missed_by(action)):
            log.warning(
                "%s: the split of %s was announced too late, after prices that followed it: what %s holds is as it was",
                action.instrument,
                show_instant(action.at),
                ", ".join(missed),
            )
            return True
        self._known.pop(action.instrument, None)
        judge = self._judges.get(action.instrument)
        if judge is not None and isinstance(action, Split):
            judge.split(action)
        self._writer.book.forget_price(action.instrument)
        if action.at >= self._began:  # bars of before the start come from elsewhere, and are as they come
            self.charts.act(action)
        self._acted[action.instrument] = action.at
        return True

    def _fault_in(self, change: SymbolChange) -> str:
        """Why what is there cannot go by the new symbol, if it cannot."""
        state, old, new = self._state, change.instrument, change.new_symbol
        known = state.instruments
        if new not in known or not same_grid(known[old], known[new]):
            return "which the settings do not list on the same terms"
        for account in state.accounts:
            if _has(state, account, old) and _has(state, account, new):
                return f"and account {account} has something in both: close one of them"
        return ""

    def _missed_by(self, split: Split) -> list[AccountId]:
        """Who held the instrument before the split, and holds it as if there had been none."""
        return [
            account
            for account, held in self._state.positions.items()
            if split.instrument in held
            and held[split.instrument].opened < split.at
            and not any(done.split == split for done in self._state.splits.get(account, ()))
        ]

    def _is_quiet(self, symbol: Symbol) -> bool:
        """Whether no request about it is under way: one that was decided on old prices must not arrive after them."""
        state = self._state
        ids = (id_ for by_instrument in state.open.values() for id_ in by_instrument.get(symbol, ()))
        return not any(state.orders[id_].state in UNANSWERED_STATES for id_ in ids)

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
            known = self._known.get(data.instrument)
            if known is not None:
                judge.remember(known)
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


def _has(state: BookState, account: AccountId, symbol: Symbol) -> bool:
    return state.position(account, symbol) is not None or bool(state.open_orders(account, symbol))
