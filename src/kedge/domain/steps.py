"""A step: one input and the events that it led to. It is one record of the journal and is never split."""

from typing import NamedTuple

from kedge.domain.events import Event
from kedge.domain.ids import SignalId
from kedge.domain.inputs import BarJudged, Input, SignalArrived
from kedge.domain.instants import Instant
from kedge.domain.signals import Signal


class Step(NamedTuple):
    """What happened (`cause`), when, and what followed from it, in order."""

    number: int
    at: Instant
    cause: Input | None  # None when market data was the cause
    events: list[Event]


def signal_in(cause: Input | None, id_: SignalId) -> Signal | None:
    """The signal of this id that an input has brought: it arrived, or is a strategy's at the close of a bar."""
    if isinstance(cause, SignalArrived):
        return cause.signal if cause.signal.id == id_ else None
    if isinstance(cause, BarJudged):
        brought = (each for told in cause.told for each in (*told.setups, *told.exits))
        return next((each for each in brought if each.id == id_), None)
    return None
