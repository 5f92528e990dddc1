"""The board: all panels of the dashboard, what they show, and what is selected in them."""

from typing import TypeVar

from rich.console import RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.widgets import Static, Tab, Tabs

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.engine.view import AccountView, OrderView, PositionView, View
from kedge.tui.accounts import accounts
from kedge.tui.events import events
from kedge.tui.header import banner, header
from kedge.tui.orders import orders
from kedge.tui.picture import Picture
from kedge.tui.positions import positions
from kedge.tui.price import PricePanel
from kedge.tui.sheet import Listing
from kedge.tui.standing import standing
from kedge.wording.text import clean
from kedge.wording.times import show_clock

FOLDED = ("orders", "events", "price")
Item = TypeVar("Item", AccountView, PositionView, OrderView)


class Board(Vertical):
    """Everything between the upper edge and the keys."""

    def __init__(self, place: str, *, plain: bool) -> None:
        """`place`: the data directory, as it is to be shown."""
        super().__init__()
        self._place = place
        self._plain = plain
        self._picture = Picture()
        self._instrument: Symbol | None = None  # chosen for the chart; else that of the selected position
        self._charted: str | None = None

    def compose(self) -> ComposeResult:
        """The panels, from top to bottom."""
        yield Static(id="header", markup=False)
        yield Static(id="banner", markup=False)
        for name, title in (("accounts", "Accounts"), ("positions", "Positions")):
            with Container(id=f"{name}-panel", classes="panel") as panel:
                panel.border_title = title
                yield Listing(name)
        yield Tabs(*(Tab(f"{number} {name.title()}", id=name) for number, name in enumerate(FOLDED, 1)))
        with Container(id="folded"):
            with Container(id="orders-panel", classes="panel") as panel:
                panel.border_title = "Open orders"
                yield Listing("orders")
            with VerticalScroll(id="events-panel", classes="panel") as panel:
                panel.border_title = "Latest events"
                yield Static(id="events")
            yield PricePanel(plain=self._plain)
        yield Static(id="answer", markup=False)
        yield Static(id="standing", markup=False)

    def on_mount(self) -> None:
        """Begin with the positions, and the orders in front."""
        self.front("orders")
        self.query_one(Tabs).can_focus = False
        self.query_one("#positions", Listing).focus()

    def show(self, picture: Picture, now: Instant, *, wide: bool) -> None:
        """Show what is known now."""
        self._picture = picture
        self.set_class(picture.is_old(now), "-old")
        self.set_class(picture.gone is not None, "-gone")
        self._write("header", header(picture, self._place, now))
        self._write("banner", clean(banner(picture)))
        for name, sheet in (
            ("accounts", accounts(picture, wide=wide)),
            ("positions", positions(picture, wide=wide)),
            ("orders", orders(picture, now)),
        ):
            self.query_one(f"#{name}", Listing).show(sheet)
        self._write("events", events(picture.lines))
        self._write("standing", standing(picture, self.account, now))
        self._chart(now)

    def say(self, text: str, style: str, now: Instant) -> None:
        """A line that stays until the next one."""
        self._write("answer", Text(f"{show_clock(now)}  {clean(text)}", style))
        self.add_class("-answered")

    def front(self, name: str) -> None:
        """Bring a folded panel to the front of a low window."""
        for other in FOLDED:
            self.set_class(other == name, f"-front-{other}")
        self.query_one(Tabs).active = name

    # -- what is selected --

    @property
    def view(self) -> View | None:
        """What is shown."""
        return self._picture.view

    @property
    def account(self) -> AccountView | None:
        """The selected account."""
        return self._selected("accounts", () if self.view is None else self.view.accounts)

    @property
    def position(self) -> PositionView | None:
        """The selected position."""
        return self._selected("positions", () if self.view is None else self.view.positions)

    @property
    def order(self) -> OrderView | None:
        """The selected order."""
        return self._selected("orders", () if self.view is None else self.view.orders)

    def next_instrument(self) -> None:
        """Chart another instrument, until another position is selected."""
        symbols = [] if self.view is None else [quote.instrument for quote in self.view.quotes]
        if symbols:
            charted = self._symbol()
            place = symbols.index(charted) + 1 if charted in symbols else 0
            self._instrument = symbols[place % len(symbols)]
            self.front("price")

    def on_data_table_row_highlighted(self, event: Listing.RowHighlighted) -> None:
        """The chart follows the selected position."""
        if event.data_table.id == "positions" and event.row_key.value != self._charted:
            self._charted, self._instrument = event.row_key.value, None

    def on_tabs_tab_activated(self, event: Tabs.TabActivated) -> None:
        """Bring a folded panel to the front."""
        if event.tab.id is not None:
            self.front(event.tab.id)

    def _selected(self, name: str, items: tuple[Item, ...]) -> Item | None:
        key = self.query_one(f"#{name}", Listing).selected
        return next((item for item in items if item.id == key), None)

    def _symbol(self) -> Symbol | None:
        if self._instrument is not None:
            return self._instrument
        if self.position is not None:
            return self.position.instrument
        return self.view.quotes[0].instrument if self.view is not None and self.view.quotes else None

    def _chart(self, now: Instant) -> None:
        symbol, position = self._symbol(), self.position
        held = position if position is not None and position.instrument == symbol else None
        self.query_one(PricePanel).show(self._picture, symbol, held, now)

    def _write(self, name: str, content: RenderableType) -> None:
        self.query_one(f"#{name}", Static).update(content)
