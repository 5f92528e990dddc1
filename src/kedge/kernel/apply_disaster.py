"""What the events of `kedge.domain.disasters` do to the state; see `kedge.kernel.apply`."""

from collections.abc import Callable
from typing import Any

from kedge.domain import disasters as d
from kedge.domain.instants import Instant
from kedge.kernel.state import BookState, Disaster


def _noted(state: BookState, event: d.DisasterStopNoted, at: Instant) -> None:
    state.disasters.setdefault(event.account, {})[event.instrument] = Disaster(
        event.position, event.order, event.tries, event.look_at, event.told, event.taken_by
    )


def _ended(state: BookState, event: d.DisasterStopEnded, at: Instant) -> None:
    del state.disasters[event.account][event.instrument]


APPLY_DISASTER: dict[type, Callable[[BookState, Any, Instant], None]] = {
    d.DisasterStopNoted: _noted,
    d.DisasterStopEnded: _ended,
}
