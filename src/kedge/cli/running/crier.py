"""Says what happens while it happens: a line for each event that a person would want to hear of.

The lines are written by a thread of their own. A terminal that was stopped, or a reader that is slow, holds up that
thread and never the engine.
"""

import threading
from collections.abc import Callable
from decimal import Decimal
from queue import SimpleQueue

from kedge.cli import output
from kedge.cli.output import OutputError, ReaderGoneError
from kedge.domain.events import RunStarted
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.orders import OrderRequest
from kedge.domain.steps import Step
from kedge.engine.control.messages import Weight
from kedge.engine.control.weights import weight_of
from kedge.kernel.state import BookState
from kedge.wording.text import Cell
from kedge.wording.times import show_clock
from kedge.wording.words import Words

Line = tuple[str, Cell]
_PATIENCE_SECONDS = 2.0
LINES_MAX = 10_000  # that wait for a slow reader: the engine's memory is not his
_STYLES = {
    Weight.QUIET: "dim",
    Weight.PLAIN: "",
    Weight.NOTABLE: "bold",
    Weight.GOOD: "bold green",
    Weight.LOSS: "bold red",
    Weight.CAUTION: "yellow",
    Weight.ALARM: "bold red",
}


class Crier:
    """Prints steps; `unheard` is called with the error when nothing can be printed any more, from its own thread."""

    def __init__(self, state: BookState, unheard: Callable[[Exception], None]) -> None:
        self._state = state
        self._words = Words(self._request_of, self._multiplier_of)
        self._lines: SimpleQueue[Line | None] = SimpleQueue()
        self._left_out = 0
        self._unheard = unheard
        self._thread = threading.Thread(target=self._print, name="crier", daemon=True)
        self._thread.start()

    def take(self, step: Step) -> None:
        """Say what is worth saying of a step."""
        if not self._thread.is_alive():
            return
        for event in step.events:
            weight = weight_of(event, self._request_of)
            if weight is None or isinstance(event, RunStarted):  # the heading has told of the start
                continue
            place = self._words.place(event, step.cause)
            first = f"{show_clock(step.at)}  {place.account:<8} {place.instrument:<4} "
            self._put(first, Cell(self._words.tell(event, step.cause), _STYLES[weight]))

    @property
    def waiting(self) -> int:
        """How many lines have not been read yet."""
        return self._lines.qsize()

    def close(self) -> bool:
        """Say what is left; False when the reader does not keep up."""
        self._lines.put(None)
        self._thread.join(_PATIENCE_SECONDS)
        return not self._thread.is_alive()

    def _put(self, first: str, text: Cell) -> None:
        if self.waiting >= LINES_MAX:
            self._left_out += 1
            return
        if self._left_out:
            self._lines.put(
                ("", Cell(f"({self._left_out:,} lines are left out: they were read too slowly)", "dim"))
            )
            self._left_out = 0
        self._lines.put((first, text))

    def _request_of(self, id_: OrderId) -> OrderRequest | None:
        order = self._state.orders.get(id_)
        return None if order is None else order.request

    def _multiplier_of(self, symbol: Symbol) -> Decimal | None:
        instrument = self._state.instruments.get(symbol)
        return None if instrument is None else instrument.multiplier

    def _print(self) -> None:
        try:
            while (line := self._lines.get()) is not None:
                output.say_behind(*line)
        except (ReaderGoneError, OutputError) as error:
            self._unheard(error)
