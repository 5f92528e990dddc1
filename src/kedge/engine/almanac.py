"""What the calendars say, and what hangs on it: the phases of markets, the contracts that roots mean, the charts."""

from collections.abc import Iterable, Sequence

from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import Symbol
from kedge.domain.inputs import DayTurned, FrontDeclared, MarketPhased
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.engine.charts import Charts
from kedge.engine.days import Days
from kedge.engine.hours import Hours, sessions_of
from kedge.engine.rolls import Rolls
from kedge.kernel.book import Book
from kedge.market.hours import HoursOf


class Almanac:
    """The calendars of one engine."""

    def __init__(
        self,
        book: Book,
        calendars: Iterable[str],
        accounts: Iterable[AccountTerms],
        rolls: Rolls,
        charts: Charts,
    ) -> None:
        """The book is only looked at. Raises `ValueError` for a calendar or a time zone that there is not."""
        self.rolls = rolls
        self._days = Days(accounts)
        self._book = book
        self._hours = Hours(calendars)
        self._charts = charts

    @property
    def next_change(self) -> Instant:
        """When there is something to be told next."""
        return min(self._hours.next_change, self.rolls.next_change, self._days.next_change)

    def go_on(self, at: Instant) -> None:
        """Know what the record knows already."""
        self.rolls.follow(self._charts, self._book.state.fronts, at)

    def open_charts(self, instruments: Sequence[Instrument], at: Instant) -> None:
        """Begin the charts, and the series of roots out of them; to be called when the fronts are told."""
        self._charts.open([(each.symbol, self.hours_for(each.symbol)) for each in instruments], at)
        for root, contracts in self.rolls.contracts.items():
            since = self._book.state.front_since.get(root, {})
            self._charts.open_series(root, [each.symbol for each in contracts], since)

    def hours_for(self, symbol: Symbol) -> HoursOf:
        """The sessions by which bars of an instrument are cut."""
        known = self._book.state.instruments.get(symbol)
        return sessions_of("" if known is None else known.calendar)

    def due(self, now: Instant) -> list[FrontDeclared | MarketPhased | DayTurned]:
        """The phases that markets have come into since, and the contracts that roots mean now."""
        told: list[FrontDeclared | MarketPhased | DayTurned] = []
        if now >= self.rolls.next_change:
            self._charts.pass_time(now)  # the last bars of a session are to be counted
            told += self.rolls.due(now)
        if now >= self._hours.next_change:
            told += self._hours.due(now)
        if now >= self._days.next_change:
            told += self._days.due(now)
        return told
