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
from kedge.kernel.sums import Sums


class Turn:
    """What the deciding functions work with."""

    __slots__ = ("_seen", "_sums", "at", "events", "state")

    def __init__(self, state: BookState, at: Instant, sums: Sums) -> None:
        """A turn begins without events."""
        self.state = state
        self._sums = sums
        self._seen = 0
        self.at = at
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Decide: the event is a fact from here on."""
        state = self.state
        APPLY[type(event)](state, event, self.at)
        state.seq += 1
        self.events.append(event)

    @property
    def sums(self) -> Sums:
        """What accounts have at stake, the events so far counted."""
        for event in self.events[self._seen :]:
            self._sums.note(event)
        self._seen = len(self.events)
        return self._sums

    def alarm(self, kind: str, subject: str, detail: str, **figures: str) -> None:
        """Something that must not happen was seen."""
        self.emit(Anomaly(kind=kind, subject=subject, detail=detail, figures=figures))

    def order(self, id_: OrderId) -> Order | None:
        """The order of this id, if the book remembers it."""
        return self.state.orders.get(id_)


def outcome(order: Order, report: Report) -> Answer:
    """The life cycle's answer to a report about this order."""
    return answer(order.state, report, filled=order.filled > ZERO)
