"""The way in: what a terminal can show, and what a fault looks like."""

from collections.abc import Mapping

import pytest
from tests.unit.tui.stage import StillLink, dashboard, seen, view
from textual.filter import Monochrome, NoColor

from kedge.engine.control import messages as m
from kedge.tui.app import knows_ascii_only
from kedge.tui.board import FOLDED
from kedge.tui.price import PricePanel
from kedge.tui.sheet import Listing


@pytest.mark.parametrize(
    ("environment", "only"),
    [
        pytest.param({"LANG": "en_US.UTF-8"}, False, id="UTF-8"),
        pytest.param({"LANG": "C.utf8"}, False, id="in small letters"),
        pytest.param({"LC_CTYPE": "UTF-8"}, False, id="macOS"),
        pytest.param({"LANG": "C"}, True, id="C"),
        pytest.param({}, True, id="nothing is said"),
        pytest.param({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True, id="Python's own word"),
        pytest.param({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, True, id="overruled"),
        pytest.param({"LANG": "en_US.UTF-8", "TERM": "dumb"}, True, id="dumb"),
        pytest.param({"LANG": "en_US.UTF-8", "TERM": "linux"}, True, id="console without braille"),
    ],
)
def test_ascii_only_where_the_terminal_knows_no_more(environment: Mapping[str, str], only: bool) -> None:
    assert knows_ascii_only(environment) is only


@pytest.mark.parametrize("way", ["asked of the program", "NO_COLOR"])
def test_without_colour_there_is_none_at_all(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    app = dashboard(colour=way == "NO_COLOR")
    assert any(isinstance(each, NoColor) for each in app._filters)
    assert not any(isinstance(each, Monochrome) for each in app._filters)
    assert app.no_color


@pytest.mark.parametrize("place", range(3))
async def test_a_low_window_folds_its_panels(place: int) -> None:
    app = dashboard(seen())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(str(place + 1))
        await pilot.pause()
        assert [app.query_one(f"#{name}-panel").display for name in FOLDED] == [n == place for n in range(3)]


async def test_a_window_that_grows_unfolds_them_and_tells_more() -> None:
    app = dashboard(seen())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        narrow = len(app.query_one("#accounts", Listing).columns)
        await pilot.resize_terminal(140, 50)
        await pilot.pause()
        assert all(app.query_one(f"#{name}-panel").display for name in FOLDED)
        assert len(app.query_one("#accounts", Listing).columns) > narrow


async def test_symbols_are_no_markup() -> None:
    """A symbol may hold any visible sign."""
    quote = view().quotes[0]
    odd = m.Seen(view(positions=(), quotes=(type(quote)("[red]X[/", quote.bid, quote.ask),)), 1, "0.1.0", "j")  # type: ignore[arg-type]
    app = dashboard(link=StillLink(odd))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "Price of [red]X[/" in str(app.query_one(PricePanel)._border_title)
