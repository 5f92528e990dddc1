"""The panel with the chart of one instrument, and the levels of the position in it."""

from decimal import Decimal

from rich.text import Text
from textual.content import Content
from textual.widget import Widget

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.engine.view import PositionView, QuoteView
from kedge.tui.chart import Canvas, Level, chart
from kedge.tui.picture import Picture, Point
from kedge.tui.positions import holding


class PricePanel(Widget):
    """Draws itself anew at whatever size it has."""

    def __init__(self, *, plain: bool) -> None:
        super().__init__(id="price-panel", classes="panel")
        self._plain = plain
        self._points: list[Point] = []
        self._levels: list[Level] = []
        self._decimals = 2
        self._now = Instant(0)

    def show(
        self, picture: Picture, symbol: Symbol | None, position: PositionView | None, now: Instant
    ) -> None:
        """Show an instrument, with the levels of a position in it."""
        quote = None if picture.view is None else _quote(picture.view.quotes, symbol)
        self._points = [] if symbol is None else picture.points(symbol)
        self._levels = [] if position is None else _levels(position)
        self._decimals = 2 if quote is None or quote.bid is None else _decimals(quote.bid)
        self._now = now
        held = "" if position is None else f", {holding(position)} of {position.account}"
        self.border_title = Content(f"Price of {symbol}{held}" if symbol is not None else "Price")
        self.refresh()

    def render(self) -> Text:
        """The chart."""
        canvas = Canvas(self.size.width, self.size.height, self._decimals, self._plain)
        return chart(self._points, self._now, self._levels, canvas)


def _levels(position: PositionView) -> list[Level]:
    levels = [Level("entry", float(position.entry_price), "bold")]
    if position.stop is not None:
        levels.append(Level("stop", float(position.stop), "red"))
    if position.target is not None:
        levels.append(Level("target", float(position.target), "green"))
    return levels


def _quote(quotes: tuple[QuoteView, ...], symbol: Symbol | None) -> QuoteView | None:
    return next((quote for quote in quotes if quote.instrument == symbol), None)


def _decimals(price: Decimal) -> int:
    exponent = price.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 2
