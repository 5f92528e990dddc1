"""The dashboard itself: its keys and what they do, and the way in and out."""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.filter import Monochrome, NoColor
from textual.widgets import Footer

from kedge.engine.clock import Clock, system_clock
from kedge.engine.control import messages as m
from kedge.engine.control.client import NoAnswerError, NoEngineError
from kedge.engine.view import View
from kedge.tui import acts, keys
from kedge.tui.ask import Ask, Confirm, Notice
from kedge.tui.board import FOLDED, Board
from kedge.tui.leaving import Leaving
from kedge.tui.link import EngineLink, Heard, Link
from kedge.tui.picture import Picture
from kedge.wording.text import clean

WIDE = 110  # columns from which on the tables tell everything
HIGH = 34  # rows from which on nothing has to be folded
LEAVES_ENGINE = "The dashboard is left. The engine goes on trading; `kedge dash` comes back to it."
ENDS_ENGINE = (
    "The dashboard is left AND THE ENGINE ENDS with it. Orders and stops that rest at a venue stay there; stops that "
    "the engine holds protect nothing until it is started again. Positions stay open."
)


class Dashboard(App[Leaving]):
    """One screen on one engine."""

    TITLE = "kedge"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 (so Textual declares it)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (HIGH, "-high")]  # noqa: RUF012 (the same)
    CSS_PATH = "dashboard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "act('kill_switch')", "kill switch"),
        Binding("c", "act('cancel')", "cancel"),
        Binding("C", "act('cancel_entries')", "cancel entries", key_display="C"),
        Binding("x", "act('close')", "close"),
        Binding("f", "act('flatten')", "flatten"),
        Binding("p", "act('pause')", "pause"),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("q", "leave", "quit"),
        Binding("ctrl+c", "leave", show=False),
        Binding("i", "next_instrument", show=False),
        *(Binding(str(number), f"front('{name}')", show=False) for number, name in enumerate(FOLDED, 1)),
    ]

    def __init__(
        self,
        link: Link,
        data_dir: Path,
        clock: Clock,
        *,
        owner: bool = False,
        plain: bool = False,
        colour: bool = True,
    ) -> None:
        """`owner`: quitting ends the engine too; `plain`: nothing but ASCII."""
        super().__init__()
        self.no_color = self.no_color or not colour
        if self.no_color:  # none at all: the greys that Textual would make of red can hardly be read
            self._filters = [each for each in self._filters if not isinstance(each, Monochrome)]
            self._filters.append(NoColor())
        self._link = link
        self._clock = clock
        self._owner = owner
        self._plain = plain
        self.picture = Picture()
        self.board = Board(str(data_dir), plain=plain)

    def compose(self) -> ComposeResult:
        """The board, and the keys below it."""
        yield self.board
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Attach, and keep the clock going."""
        self.set_class(self._plain, "-plain")
        self.run_worker(self._link.keep(self._hear), name="link")
        self.set_interval(1.0, self.repaint)
        self.repaint()

    def on_resize(self) -> None:
        """A wider window tells more."""
        self.call_after_refresh(self.repaint)

    def on_data_table_row_highlighted(self) -> None:
        """Limits and chart follow the selection."""
        self.repaint()

    def repaint(self) -> None:
        """Show what is known now."""
        if self._stands():
            self.board.show(self.picture, self._clock(), wide=self.size.width >= WIDE)

    def say(self, text: str, style: str = "") -> None:
        """A line that stays until the next one."""
        if self._stands():
            self.board.say(text, style, self._clock())

    def _stands(self) -> bool:
        """Whether there are panels: while the program ends they go before the clock and the link do."""
        return self.is_running and self.board.is_mounted

    def _hear(self, heard: Heard) -> None:
        self.picture.take(heard, self._clock())
        if not isinstance(heard, m.Changed):  # a look follows the news within a moment
            self.repaint()

    # -- what is done --

    def action_act(self, name: str) -> None:
        """Ask, and when the person agrees, have it done."""
        view = self.picture.view
        if view is None or self.picture.gone is not None:
            self.say("There is no engine: nothing was done.", "bold red")
            return
        match self._wanted(name, view):
            case None:
                self.say("Nothing is selected for this key: nothing was done.")
            case acts.Refusal(title=title, words=words):
                self.push_screen(Notice(title, clean(words)))
            case acts.Act() as act:
                self.run_worker(self._carry_out(act), group="acts")

    def _wanted(self, name: str, view: View) -> acts.Act | acts.Refusal | None:
        match name:
            case "kill_switch":
                return acts.kill_switch(view)
            case "cancel_entries":
                return acts.cancel_entries(view)
            case "flatten":
                return acts.flatten(view)
            case "cancel":
                self.board.front("orders")
                order = self.board.order
                return None if order is None else acts.cancel(order)
            case "close":
                position = self.board.position
                return None if position is None else acts.close(position)
            case _:
                account = self.board.account
                return None if account is None else acts.pause(account)

    async def _carry_out(self, act: acts.Act) -> None:
        why = await self.push_screen_wait(Ask(act.title, clean(act.words)))
        if why is None:
            return
        try:
            answer = await self._link.ask(act.question(why))
        except NoEngineError as error:
            self.say(f"{act.title}: there is no engine ({error}); nothing was done.", "bold red")
        except NoAnswerError as error:
            self.say(f"{act.title}: {error}. It may have been done, or not: look at the record.", "bold red")
        else:
            if isinstance(answer, m.Done):
                self.say(f"{act.title}: {act.told(answer)}", "bold")
            else:
                said = answer.message if isinstance(answer, m.Failed) else "the engine answers something else"
                self.say(f"{act.title}: not done: {said}", "bold red")

    def action_front(self, name: str) -> None:
        """Bring a folded panel to the front of a low window."""
        self.board.front(name)

    def action_next_instrument(self) -> None:
        """Chart another instrument."""
        self.board.next_instrument()
        self.repaint()

    def action_help(self) -> None:
        """Tell what the keys do."""
        self.push_screen(Notice(keys.TITLE, keys.TEXT))

    async def action_quit(self) -> None:
        """Another way to say the same."""
        self.action_leave()

    def action_leave(self) -> None:
        """Ask, and leave."""
        if len(self.screen_stack) == 1:
            self.run_worker(self._leave(), group="acts")

    async def _leave(self) -> None:
        words = ENDS_ENGINE if self._owner else LEAVES_ENGINE
        if await self.push_screen_wait(Confirm("Quit", words)) is not None:
            self.exit(Leaving.END_ENGINE if self._owner else Leaving.ENGINE_GOES_ON)

    def _fatal_error(self) -> None:
        """A fault of the dashboard is told in a sentence, unless somebody hunts for it."""
        if self.is_headless or os.environ.get("KEDGE_DEBUG"):
            super()._fatal_error()
            return
        self.panic(
            f"kedge: This is a fault in the dashboard: {self._exception!r}. The engine goes on. "
            "Please report it; with KEDGE_DEBUG=1 the same command says where it happened."
        )


def run(data_dir: Path, *, owner: bool) -> int:
    """Show the dashboard on this terminal until it is left; the result is a value of `Leaving`.

    `owner`: whoever calls this will end the engine when it is told END_ENGINE.
    """
    app = Dashboard(
        EngineLink(data_dir),
        data_dir,
        system_clock,
        owner=owner,
        plain=knows_ascii_only(os.environ),
        colour=os.environ.get("TERM") != "dumb",
    )
    return asyncio.run(_attend(app))


async def _attend(app: Dashboard) -> int:
    for number in (signal.SIGTERM, signal.SIGINT):  # Ctrl-C as a key is another thing: it asks first
        asyncio.get_running_loop().add_signal_handler(number, app.exit, Leaving.ENGINE_GOES_ON)
    left = await app.run_async()
    return Leaving.FAULT if left is None else left


def knows_ascii_only(environment: Mapping[str, str]) -> bool:
    """Whether the terminal can be trusted with nothing beyond ASCII."""
    names = ["LC_ALL", "LC_CTYPE", "LANG"]
    if environment.get("LC_CTYPE") in ("C.UTF-8", "C.utf8"):  # Python puts it there when nothing else is set
        names.remove("LC_CTYPE")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return environment.get("TERM") in ("dumb", "linux") or "UTF" not in locale.upper()
