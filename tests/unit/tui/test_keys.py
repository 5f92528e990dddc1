"""The keys on a real engine: each asks first, does what it said, and leaves who and why in the record."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.engine.control.opened import WHO, Desk, desk
from tests.unit.engine.stage import ALPHA, PATIENCE_SECONDS
from tests.unit.tui.stage import (
    ES,
    FUTURES,
    StillLink,
    dashboard,
    order,
    position,
    seen,
    stop_order,
    texts,
    view,
)
from textual.pilot import Pilot
from textual.widgets import Input

from kedge.domain.accounts import TradingState
from kedge.domain.events import CancelSubmitted, PositionClosed, SignalJudged, TradingStateChanged
from kedge.domain.inputs import SignalArrived
from kedge.domain.orders import Role
from kedge.engine.clock import system_clock
from kedge.engine.control import messages as m
from kedge.engine.control.client import NoAnswerError, NoEngineError
from kedge.engine.view import View
from kedge.tui.app import Dashboard
from kedge.tui.ask import Ask, Box, Confirm, Notice
from kedge.tui.leaving import Leaving
from kedge.tui.link import EngineLink, Gone
from kedge.tui.price import PricePanel
from kedge.tui.sheet import Listing


class Hand:
    """Somebody at the dashboard."""

    def __init__(self, app: Dashboard, pilot: Pilot[Leaving]) -> None:
        self.app = app
        self.pilot = pilot

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                await self.pilot.pause(0.01)

    async def attached(self) -> None:
        await self.until(lambda: self.app.picture.seen is not None and self.app.picture.gone is None)

    async def sees(self, *texts_: str, panel: str = "answer") -> None:
        await self.until(lambda: all(text in texts(self.app, (panel,)) for text in texts_))

    async def shown(self, condition: Callable[[View], object]) -> None:
        await self.until(lambda: self.app.picture.view is not None and condition(self.app.picture.view))

    async def press(self, key: str, box: type[Box]) -> None:
        """Press a key and wait for its box."""
        await self.pilot.press(key)
        await self.until(lambda: isinstance(self.app.screen, box))

    async def agree(self, why: str) -> None:
        """Give a reason."""
        self.app.screen.query_one(Input).value = why
        await self.pilot.press("enter")
        await self.until(lambda: len(self.app.screen_stack) == 1)

    async def listed(self, name: str, count: int) -> None:
        await self.until(lambda: self.app.board.query_one(f"#{name}", Listing).row_count == count)


@asynccontextmanager
async def at(app: Dashboard) -> AsyncIterator[Hand]:
    async with app.run_test(size=(120, 40)) as pilot:
        yield Hand(app, pilot)


@asynccontextmanager
async def attached(data_dir: Path) -> AsyncIterator[tuple[Desk, Hand]]:
    """An engine, and a dashboard on it."""
    async with desk(data_dir) as opened:
        await opened.priced()
        async with at(Dashboard(EngineLink(data_dir), data_dir, system_clock)) as hand:
            await hand.attached()
            yield opened, hand


async def test_k_turns_the_kill_switch_on_and_off_again(tmp_path: Path) -> None:
    async with attached(tmp_path) as (opened, hand):
        await hand.press("k", Ask)
        await hand.agree("wrong prices")
        await hand.sees("Kill switch ON: Trading is HALTED.")
        await hand.sees("KILL SWITCH ON", f"by {WHO}: wrong prices", panel="standing")
        await hand.press("k", Ask)
        await hand.agree("right again")
        await hand.sees("Kill switch OFF: Trading is ACTIVE.")
        on, off = opened.events(TradingStateChanged)
        assert (on.state, on.who, on.why, on.account) == (TradingState.HALTED, WHO, "wrong prices", None)
        assert (off.state, off.who, off.why, off.account) == (TradingState.ACTIVE, WHO, "right again", None)


@pytest.mark.parametrize("before", [TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED])
async def test_p_pauses_the_selected_account_or_resumes_it(before: TradingState, tmp_path: Path) -> None:
    after = TradingState.REDUCING if before is TradingState.ACTIVE else TradingState.ACTIVE
    async with attached(tmp_path) as (opened, hand):
        opened.engine.set_trading(before, "test", "to begin with", ALPHA)
        await hand.shown(lambda view: view.accounts[0].state is before)
        await hand.press("p", Ask)
        await hand.agree("lunch")
        await hand.sees(f"Account alpha is {after}.")
        changed = opened.events(TradingStateChanged)[-1]
        assert (changed.state, changed.who, changed.why, changed.account) == (after, WHO, "lunch", ALPHA)
        await hand.shown(lambda view: view.accounts[0].state is after)


async def test_c_cancels_the_selected_order(tmp_path: Path) -> None:
    async with attached(tmp_path) as (opened, hand):
        order = await opened.waiting_entry()
        await hand.listed("orders", 2)
        await hand.press("c", Ask)
        await hand.agree("changed my mind")
        await hand.sees("Asked to cancel")
        (asked,) = opened.events(CancelSubmitted)
        assert (asked.order, asked.who, asked.why) == (order.id, WHO, "changed my mind")
        await hand.listed("orders", 0)


async def test_c_does_not_take_a_stop_away(tmp_path: Path) -> None:
    async with attached(tmp_path) as (opened, hand):
        await opened.in_position()
        await hand.listed("orders", 1)
        await hand.press("c", Notice)
        assert not hand.app.screen.query(Input)
        await hand.pilot.press("enter")
        await hand.until(lambda: len(hand.app.screen_stack) == 1)
        assert opened.open_orders(Role.STOP)
        assert opened.events(CancelSubmitted) == []


async def test_upper_c_cancels_the_entries_that_wait(tmp_path: Path) -> None:
    async with attached(tmp_path) as (opened, hand):
        order = await opened.waiting_entry()
        await hand.listed("orders", 2)
        await hand.press("C", Ask)
        await hand.agree("too many")
        await hand.sees("Asked to cancel 1 entry.")
        (asked,) = opened.events(CancelSubmitted)
        assert (asked.order, asked.who, asked.why) == (order.id, WHO, "too many")


async def test_upper_c_does_nothing_where_no_entry_waits(tmp_path: Path) -> None:
    async with attached(tmp_path) as (opened, hand):
        await opened.in_position()
        await hand.listed("orders", 1)
        await hand.press("C", Notice)
        await hand.pilot.press("escape")
        assert opened.events(CancelSubmitted) == []
        assert opened.open_orders(Role.STOP)


@pytest.mark.parametrize(("key", "told"), [("x", "Close a position"), ("f", "Close 1 position")])
async def test_x_and_f_close_at_the_market(key: str, told: str, tmp_path: Path) -> None:
    async with attached(tmp_path) as (opened, hand):
        await opened.in_position()
        await hand.listed("positions", 1)
        await hand.press(key, Ask)
        await hand.agree("enough")
        await hand.sees(f"{told}: Exits sent for 1 position.")
        await opened.until(lambda: opened.events(PositionClosed))
        exits = [
            step.cause
            for step in opened.steps
            if any(isinstance(event, SignalJudged) for event in step.events)
        ]
        assert isinstance(exits[-1], SignalArrived)
        assert (exits[-1].signal.reason, exits[-1].signal.metadata) == ("enough", {"who": WHO})
        await hand.listed("positions", 0)


@pytest.mark.parametrize("key", ["k", "c", "C", "x", "f", "p"])
async def test_escape_does_nothing(key: str) -> None:
    link = StillLink(seen())
    async with at(dashboard(link=link)) as hand:
        await hand.attached()
        hand.app.query_one("#orders", Listing).move_cursor(row=1)
        await hand.press(key, Ask)
        await hand.pilot.press("escape")
        await hand.until(lambda: len(hand.app.screen_stack) == 1)
        assert link.asked == []
        assert texts(hand.app) == ""


async def test_what_comes_while_the_dashboard_ends_is_not_shown() -> None:
    app = dashboard(link=StillLink(seen()))
    async with at(app) as hand:
        await hand.attached()
        app.say("before")
        assert "before" in texts(app, ("answer",))
    assert not app.board.query("#answer")
    app.say("after")
    app.repaint()


async def test_a_reason_is_needed() -> None:
    link = StillLink(seen())
    async with at(dashboard(link=link)) as hand:
        await hand.press("k", Ask)
        hand.app.screen.query_one(Input).value = "  "
        await hand.pilot.press("enter")
        await hand.pilot.pause()
        assert "A reason is needed" in str(hand.app.screen.query_one(".wrong").render())
        await hand.agree("because")
        await hand.until(lambda: link.asked)
        assert link.asked == [m.SetTrading(TradingState.HALTED, "because")]


async def test_the_reason_is_by_hand_unless_told() -> None:
    link = StillLink(seen())
    async with at(dashboard(link=link)) as hand:
        await hand.press("k", Ask)
        await hand.pilot.press("enter")
        await hand.until(lambda: link.asked)
        assert link.asked == [m.SetTrading(TradingState.HALTED, "by hand")]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(
            m.Failed("NOT_FOUND", "there is no account alpha"), "not done: there is no account", id="no"
        ),
        pytest.param(
            NoEngineError("nobody listens"), "there is no engine (nobody listens); nothing was", id="gone"
        ),
        pytest.param(
            NoAnswerError("no answer within 10 seconds"), "It may have been done, or not", id="silent"
        ),
    ],
)
async def test_what_goes_wrong_is_a_line_on_the_screen(answer: m.Failed | Exception, said: str) -> None:
    async with at(dashboard(link=StillLink(seen(), answer=answer))) as hand:
        await hand.press("p", Ask)
        await hand.pilot.press("enter")
        await hand.sees("Pause alpha", said)


async def test_nothing_can_be_asked_of_an_engine_that_is_gone(tmp_path: Path) -> None:
    async with at(Dashboard(EngineLink(tmp_path), tmp_path, system_clock)) as hand:
        await hand.until(lambda: hand.app.picture.gone is not None)
        await hand.pilot.press("k")
        await hand.sees("There is no engine: nothing was done.")


async def test_nothing_can_be_asked_on_an_old_picture() -> None:
    link = StillLink(seen(), Gone("the engine has hung up", 5.0))
    async with at(dashboard(link=link)) as hand:
        await hand.until(lambda: hand.app.picture.gone is not None)
        await hand.pilot.press("f")
        await hand.sees("There is no engine: nothing was done.")
        assert len(hand.app.screen_stack) == 1
        assert link.asked == []


async def test_an_engine_that_goes_is_said_to_be_gone_and_one_that_comes_back_is_attached_to(
    tmp_path: Path,
) -> None:
    async with at(Dashboard(EngineLink(tmp_path), tmp_path, system_clock)) as hand:
        async with desk(tmp_path):
            await hand.attached()
            assert "attached" in texts(hand.app, ("header",))
        await hand.sees("NO ENGINE", "This is the OLD picture of", panel="banner")
        assert hand.app.board.has_class("-old")
        assert hand.app.picture.view is not None, "the last picture is kept"
        async with desk(tmp_path):
            await hand.attached()
            await hand.until(lambda: not hand.app.board.has_class("-gone"))
            assert "attached" in texts(hand.app, ("header",))


@pytest.mark.parametrize(
    ("owner", "words", "left"),
    [
        (False, "The engine goes on", Leaving.ENGINE_GOES_ON),
        (True, "AND THE ENGINE ENDS", Leaving.END_ENGINE),
    ],
)
async def test_quitting_says_what_becomes_of_the_engine(owner: bool, words: str, left: Leaving) -> None:
    app = dashboard(seen(), owner=owner)
    async with at(app) as hand:
        await hand.press("q", Confirm)
        assert words in "".join(str(each.render()) for each in hand.app.screen.query("Static"))
        await hand.pilot.press("escape")
        await hand.until(lambda: len(app.screen_stack) == 1)
        await hand.press("ctrl+q", Confirm)
        await hand.pilot.press("enter")
        await hand.until(lambda: app.return_value is not None)
    assert app.return_value is left


async def test_the_selection_stays_on_its_row_when_rows_come_and_go() -> None:
    link = StillLink(seen())
    async with at(dashboard(link=link)) as hand:
        await hand.attached()
        listing = hand.app.query_one("#orders", Listing)
        listing.move_cursor(row=1)
        assert listing.selected == order().id
        assert link.hear is not None
        link.hear(seen(view(orders=(order(),))))
        assert listing.selected == order().id
        link.hear(seen(view(orders=(order(id="journal1-r1-1"), stop_order(), order(filled=Decimal(6))))))
        assert listing.selected == order().id
        link.hear(seen(view(orders=())))
        assert listing.selected is None


async def test_i_charts_the_next_instrument_until_another_position_is_selected() -> None:
    other = position(id="journal1-r1-9", account=FUTURES, instrument=ES)
    async with at(dashboard(seen(view(positions=(position(), other))))) as hand:
        await hand.attached()
        panel = hand.app.query_one(PricePanel)
        await hand.until(lambda: panel.border_title == "Price of SPY, LONG 50 SPY of alpha")
        await hand.pilot.press("i")
        assert panel.border_title == "Price of ES"
        hand.app.query_one("#positions", Listing).move_cursor(row=1)
        await hand.until(lambda: panel.border_title == "Price of ES, LONG 50 ES of futures")
        hand.app.query_one("#positions", Listing).move_cursor(row=0)
        await hand.until(lambda: panel.border_title == "Price of SPY, LONG 50 SPY of alpha")
