"""What happened lately in plain words, for people who look on; and who touched the switches.

Events are kept as they are and told only when somebody listens: an engine that nobody looks at pays for one look into
a table an event.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from kedge.domain import events as ev
from kedge.domain.events import Event
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import Input
from kedge.domain.instants import Instant
from kedge.domain.orders import OrderRequest
from kedge.domain.steps import Step
from kedge.engine.alerts import alert_name
from kedge.engine.control.messages import Switched, Told, Weight
from kedge.engine.control.weights import weight_of
from kedge.kernel.state import BookState
from kedge.wording.words import Words

LINES_KEPT = 50
TEXT_LENGTH_MAX = 300  # reasons come from outside, and may be long


class _Item(NamedTuple):
    step: int
    place: int
    at: Instant
    event: Event
    cause: Input | None
    weight: Weight


class News:
    """The last events that a person would want to hear of."""

    def __init__(self, state: BookState) -> None:
        """The state is only looked at: the orders and instruments that events speak of."""
        self._state = state
        self._words = Words(self._request_of, self._multiplier_of)
        self._items: deque[_Item] = deque(maxlen=LINES_KEPT)
        self._switches: dict[AccountId | None, Switched] = {}

    @property
    def switches(self) -> tuple[Switched, ...]:
        """The last change of each trading state."""
        return tuple(self._switches.values())

    def take(self, step: Step, *, tell: bool) -> tuple[Told, ...]:
        """Keep what is worth hearing of a step; told at once when somebody listens."""
        items = [
            _Item(step.number, place, step.at, event, step.cause, weight)
            for place, event in enumerate(step.events)
            if (weight := weight_of(event, self._request_of)) is not None
        ]
        self._items.extend(items)
        for event in step.events:
            if isinstance(event, ev.TradingStateChanged):
                self._switches[event.account] = Switched(
                    event.account, event.state, event.who, event.why, step.at
                )
        return self._tell(items) if tell else ()

    def lines(self) -> tuple[Told, ...]:
        """All that is kept, oldest first."""
        return self._tell(self._items)

    def _tell(self, items: Iterable[_Item]) -> tuple[Told, ...]:
        told = []
        for item in items:
            place = self._words.place(item.event, item.cause)
            text = self._words.tell(item.event, item.cause)[:TEXT_LENGTH_MAX]
            of = (text, place.account, place.instrument, item.weight, alert_name(item.event))
            told.append(Told(item.step, item.place, item.at, *of))
        return tuple(told)

    def _request_of(self, id_: OrderId) -> OrderRequest | None:
        order = self._state.orders.get(id_)
        return None if order is None else order.request

    def _multiplier_of(self, symbol: Symbol) -> Decimal | None:
        instrument = self._state.instruments.get(symbol)
        return None if instrument is None else instrument.multiplier
