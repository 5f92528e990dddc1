"""One turn of the kernel: the state, the time, and the events so far. Each event is applied as it is emitted, so that
one fill can lead to a position, and that to a cancel, within one step."""

from kedge.domain.events import Anomaly, Event
from kedge.domain.ids import OrderId
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import Answer, Report, answer
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Order
from kedge.kernel.apply import APPLY
from kedge.kernel.state import BookState


class Turn:
    """What the deciding functions work with."""

    __slots__ = ("at", "events", "state")

    def __init__(self, state: BookState, at: Instant) -> None:
        """A turn begins without events."""
        self.state = state
        self.at = at
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Decide: the event is a fact from here on."""
        state = self.state
        APPLY[type(event)](state, event, self.at)
        state.seq += 1
        self.events.append(event)

    def alarm(self, kind: str, subject: str, detail: str, **figures: str) -> None:
        """Something that must not happen was seen."""
        self.emit(Anomaly(kind=kind, subject=subject, detail=detail, figures=figures))

    def order(self, id_: OrderId) -> Order | None:
        """The order of this id, if the book remembers it."""
        return self.state.orders.get(id_)


def outcome(order: Order, report: Report) -> Answer:
    """The life cycle's answer to a report about this order."""
    return answer(order.state, report, filled=order.filled > ZERO)
