"""What somebody has to hear of at once, under names that programs can rely on; the way from the engine to who tells it.

    durable step ──► log, and each listener ──► a pager, a chat, a sound

A listener is called on the engine's own thread and has to return at once. One that fails is told of once; the engine
goes on, and so do the others.
"""

import logging
from collections.abc import Callable
from decimal import Decimal

import msgspec

from kedge.domain import events as ev
from kedge.domain import governing as gv
from kedge.domain.events import Event
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.orders import OrderRequest
from kedge.domain.steps import Step
from kedge.kernel.state import BookState
from kedge.wording.words import Words

log = logging.getLogger("kedge.alerts")

NAMES: dict[type, str] = {
    gv.LimitBreached: "RISK_LIMIT_BREACHED",
    gv.LockReleased: "RISK_LOCK_RELEASED",
    gv.CooldownStarted: "COOLDOWN_STARTED",
    gv.StrategyPaused: "STRATEGY_PAUSED",
    gv.StrategyResumed: "STRATEGY_RESUMED",
    gv.SignalHeld: "APPROVAL_NEEDED",
    ev.TradingStateChanged: "TRADING_STATE_CHANGED",
}


class Alert(msgspec.Struct, frozen=True):
    """One of them in plain words, with the event itself; `step` and `place` number it in the book."""

    name: str
    at: Instant
    text: str
    account: str
    instrument: str
    step: int
    place: int
    event: Event


Listener = Callable[[Alert], object]


def alert_name(event: Event) -> str:
    """The name under which an event is an alert; empty where it is none. An anomaly goes by its own kind."""
    return event.kind if isinstance(event, ev.Anomaly) else NAMES.get(type(event), "")


class Alerts:
    """Hands the alerts of one book on."""

    def __init__(self, state: BookState) -> None:
        """The state is only looked at: the orders and instruments that events speak of."""
        self._state = state
        self._words = Words(self._request_of, self._multiplier_of)
        self._listeners: list[Listener] = []
        self._failed: dict[int, None] = {}  # by identity: of these it is known

    def listen(self, listener: Listener) -> None:
        """Be told of every alert once it is durable."""
        self._listeners.append(listener)

    def take(self, step: Step) -> None:
        """Hand on what is an alert in a step."""
        for place, event in enumerate(step.events):
            name = alert_name(event)
            if not name:
                continue
            where = self._words.place(event, step.cause)
            text = self._words.tell(event, step.cause)
            log.info("%s: %s", name, text)
            alert = Alert(name, step.at, text, where.account, where.instrument, step.number, place, event)
            for listener in self._listeners:
                self._tell(listener, alert)

    def _tell(self, listener: Listener, alert: Alert) -> None:
        try:
            listener(alert)
        except Exception:  # who only listens must not be able to stop the engine
            if id(listener) not in self._failed:
                self._failed[id(listener)] = None
                log.exception("a listener to alerts failed at %s; it is not told of again", alert.name)

    def _request_of(self, id_: OrderId) -> OrderRequest | None:
        order = self._state.orders.get(id_)
        return None if order is None else order.request

    def _multiplier_of(self, symbol: Symbol) -> Decimal | None:
        instrument = self._state.instruments.get(symbol)
        return None if instrument is None else instrument.multiplier
