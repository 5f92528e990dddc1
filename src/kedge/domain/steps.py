"""A step: one input and the events that it led to. It is one record of the journal and is never split."""

from typing import NamedTuple

from kedge.domain.events import Event
from kedge.domain.inputs import Input
from kedge.domain.instants import Instant


class Step(NamedTuple):
    """What happened (`cause`), when, and what followed from it, in order."""

    number: int
    at: Instant
    cause: Input | None  # None when market data was the cause
    events: list[Event]
