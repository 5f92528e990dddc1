"""At the close of a bar: what the market looks like is handed in for the open positions whose account asks for it."""

from kedge.domain.ids import Symbol
from kedge.domain.inputs import LevelsSeen
from kedge.domain.instants import Instant, Span
from kedge.domain.numbers import Ticks
from kedge.engine.charts import CandleClosed, Charts, Notice
from kedge.engine.levels import MarketLevels
from kedge.kernel.book import Book


class BarCloses:
    """The bars that have ended and were not acted on yet."""

    def __init__(self, charts: Charts, levels: MarketLevels, book: Book) -> None:
        """Listen to the charts from now on."""
        self._charts = charts
        self._levels = levels
        self._book = book
        self._ended: dict[tuple[Symbol, Span], Ticks] = {}
        charts.listen(self._note)

    def due(self, now: Instant) -> list[LevelsSeen]:
        """What there is to hand in by now; hardly ever anything."""
        if not self._ended:
            return []
        ended, self._ended = self._ended, {}
        found = []
        state = self._book.state
        for (symbol, length), close in ended.items():
            for account in state.accounts.values():
                if not account.terms.adapt.asks or state.position(account.terms.id, symbol) is None:
                    continue
                horizon = account.terms.plan.horizon
                if length != (horizon.bar or self._charts.lengths[0]):
                    continue
                bid, ask = self._book.quote(symbol)
                # A quote may be old where a feed brings trades: then the bar's close is what the market is at.
                found.append(
                    LevelsSeen(
                        account.terms.id,
                        symbol,
                        close if bid is None else min(bid, close),
                        close if ask is None else max(ask, close),
                        self._levels.of(state.instruments[symbol], horizon, now),
                        at=now,
                    )
                )
        return found

    def _note(self, notice: Notice) -> None:
        """A bar of the past that was loaded is no bar that has ended now."""
        if isinstance(notice, CandleClosed) and notice.bar.instrument in self._book.state.instruments:
            self._ended[notice.bar.instrument, notice.length] = notice.bar.close
