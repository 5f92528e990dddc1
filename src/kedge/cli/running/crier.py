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
from kedge.domain import events as ev
from kedge.domain.events import Event
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import OrderRequest
from kedge.domain.signals import Outcome
from kedge.domain.steps import Step
from kedge.kernel.state import BookState
from kedge.wording.text import Cell
from kedge.wording.times import show_clock
from kedge.wording.words import Words

Line = tuple[str, Cell]
_PATIENCE_SECONDS = 2.0
_TOLD: dict[type, str] = {
    ev.TradingStateChanged: "bold yellow",
    ev.OrderAccepted: "",
    ev.OrderFilled: "cyan",
    ev.OrderRevived: "bold red",
    ev.OrderDoubted: "bold yellow",
    ev.OrderProvenAbsent: "yellow",
    ev.CancelSubmitted: "",
    ev.PositionOpened: "bold",
    ev.Anomaly: "bold red",
}


class Crier:
    """Prints steps; `reader_gone` is called when nobody reads any more, from the thread that found out."""

    def __init__(self, state: BookState, reader_gone: Callable[[], None]) -> None:
        self._state = state
        self._words = Words(self._request_of, self._multiplier_of)
        self._lines: SimpleQueue[Line | None] = SimpleQueue()
        self._reader_gone = reader_gone
        self._thread = threading.Thread(target=self._print, name="crier", daemon=True)
        self._thread.start()

    def take(self, step: Step) -> None:
        """Say what is worth saying of a step."""
        for event in step.events:
            style = self._style(event)
            if style is not None:
                place = self._words.place(event, step.cause)
                first = f"{show_clock(step.at)}  {place.account:<8} {place.instrument:<4} "
                self._lines.put((first, Cell(self._words.tell(event, step.cause), style)))

    def close(self) -> bool:
        """Say what is left; False when the reader does not keep up."""
        self._lines.put(None)
        self._thread.join(_PATIENCE_SECONDS)
        return not self._thread.is_alive()

    def _style(self, event: Event) -> str | None:
        """How an event is to look; None for those that nobody needs to hear of."""
        match event:
            case ev.SignalJudged(outcome=outcome):
                return "yellow" if outcome is Outcome.REFUSED else ""
            case ev.PositionClosed(pnl=pnl):
                return "bold green" if pnl > 0 else "bold red"
            case ev.OrderQueried(attempt=attempt):
                return "dim" if attempt == 1 else None
            case ev.OrderEnded(order=id_, state=state):
                # What becomes of the exits of a closed position is told by the position's own line.
                order = self._request_of(id_)
                own = order is None or not order.role.is_protective
                return "yellow" if own or state is not OrderState.CANCELLED else None
            case _:
                return _TOLD.get(type(event))

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
        except (ReaderGoneError, OutputError):
            self._reader_gone()
