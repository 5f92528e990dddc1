"""The question before an act: what exactly will happen, and why it is to happen."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from kedge.engine.control.messages import WHY_LENGTH_MAX

DEFAULT_WHY = "by hand"


class Box(ModalScreen[str | None]):
    """A box over the dashboard; escape leaves it without an answer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]
    DEFAULT_CSS = """
    Box { align: center middle; }
    Box > Vertical { width: 72; max-width: 96%; height: auto; max-height: 96%; overflow-y: auto;
        padding: 0 2; border: round $warning; border-title-style: bold; }
    Box Static { height: auto; margin: 1 0 0 0; }
    Box .wrong { color: $text-error; margin: 0; }
    Box .keys { margin: 1 0; text-style: bold; }
    """

    def __init__(self, title: str, words: str, keys: str) -> None:
        super().__init__()
        self._heading, self._words, self._keys = title, words, keys

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical() as box:
            box.border_title = Content(self._heading)
            yield Static(self._words, markup=False)
            yield from self.answers()
            yield Static(self._keys, classes="keys", markup=False)

    def answers(self) -> ComposeResult:
        """What can be answered; nothing, unless told."""
        yield from ()

    def action_leave(self) -> None:
        """Do nothing."""
        self.dismiss(None)


class Notice(Box):
    """Something to be read, and left again."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space,q", "leave", show=False)]

    def __init__(self, title: str, words: str) -> None:
        super().__init__(title, words, "enter or escape: go back")


class Confirm(Box):
    """A question of yes or no; the answer is a word or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "agree", show=False),
        Binding("n", "leave", show=False),
    ]

    def __init__(self, title: str, words: str) -> None:
        super().__init__(title, words, "enter: yes    escape: no")

    def action_agree(self) -> None:
        """Yes."""
        self.dismiss("yes")


class Ask(Box):
    """Something that will be done when a reason is given; the answer is the reason."""

    def __init__(self, title: str, words: str) -> None:
        super().__init__(title, words, "enter: do it    escape: do nothing")

    def answers(self) -> ComposeResult:
        """The reason."""
        yield Static("Why (it goes into the record with your name):", markup=False)
        yield Input(DEFAULT_WHY, max_length=WHY_LENGTH_MAX, select_on_focus=True, compact=True)
        yield Static("", classes="wrong", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the reason, if it is one."""
        why = event.value.strip()
        if why and why.isprintable():
            self.dismiss(why)
        else:
            self.query_one(".wrong", Static).update("A reason is needed, in printable characters.")
