"""One session: the instants between which a market trades, and what it is called.

It carries the label of its date. A session of futures that opens on Sunday evening is Monday's.
"""

from datetime import date
from itertools import pairwise
from typing import NamedTuple

import msgspec

from kedge.domain.instants import Instant
from kedge.sessions.zones import instant_at, minute_of, zone_named


class Stretch(NamedTuple):
    """From an instant up to the next, which no longer belongs to it."""

    start: Instant
    end: Instant


class Session(msgspec.Struct, frozen=True, gc=False):
    """The session of one date."""

    day: date
    trading_day: date  # the day its trades count for: on some holidays the next one
    zone: str
    open: Instant
    close: Instant
    premarket: Instant  # where it starts; the open, where there is none
    afterhours: Instant  # where it ends; the close, where there is none
    breaks: tuple[Stretch, ...]
    is_early: bool  # closes earlier than on other days
    is_late: bool  # opens later

    @property
    def parts(self) -> tuple[Stretch, ...]:
        """The stretches of trading between the breaks."""
        edges = (self.open, *(edge for pause in self.breaks for edge in pause), self.close)
        return tuple(Stretch(*part) for part in list(pairwise(edges))[::2])

    def trades_at(self, at: Instant) -> bool:
        """Whether it is open at this instant, and not in a break."""
        return any(start <= at < end for start, end in self.parts)

    def clock(self, time: str) -> Instant:
        """The instant at which clocks of the market show this time within the session; `ValueError` where none do."""
        zone = zone_named(self.zone)
        for minute in (minute_of(time), minute_of(time) - 1440):
            at = instant_at(self.day, minute, zone)
            if self.open <= at < self.close:
                return at
        raise ValueError(f"the session of {self.day} is not open at {time} {self.zone}")
