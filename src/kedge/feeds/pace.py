"""How fast recorded data is played, by a clock and a sleep that are handed in."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from kedge.domain.instants import SECOND, Instant, Span

Clock = Callable[[], Instant]
Sleep = Callable[[Span], Awaitable[None]]


class Pace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`speed` 1 is real time, 10 ten times as fast, `None` as fast as the reader takes it.

    Stamps are kept, and the clock of such a run is the data's. With `move_stamps` each becomes the moment at which it
    is due: then the age of a quote is what a live engine takes it for. In real time all are moved by one span; at ten
    times the speed a minute lasts six seconds, in the stamps too, or they would run away from the clock.
    """

    speed: float | None = None
    move_stamps: bool = False

    def __post_init__(self) -> None:
        """Refuse a pace at which nothing could be played."""
        if self.speed is not None and not 0 < self.speed < 1e6:
            raise ValueError(f"pace: speed must be above 0 and below a million, not {self.speed}")
        if self.move_stamps and self.speed is None:
            raise ValueError("pace: stamps can be moved to now only at a speed")

    def due(self, began: Instant, passed: Span) -> Instant:
        """When that is to be told which was recorded so long after the first."""
        if self.speed is None:
            return began
        over, under = self.speed.as_integer_ratio()  # exact, also for what was recorded over years
        return Instant(began + passed * under // over)


async def sleep_span(span: Span) -> None:
    """Sleep by the clock of the event loop."""
    await asyncio.sleep(span / SECOND)
