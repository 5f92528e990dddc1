"""The clock that is handed to everything that needs one. Live it is the system's; tests and replays bring their own.

A wall clock is set now and then, by hand or from the network. A correction of less than a second harms nobody. Where it
is set back by more, time goes on here as it did: deadlines must not stand still until the clock has come round again.
Either way stamps of before and after do not fit together, which `take_jump` tells of once.
"""

import time
from collections.abc import Callable

from kedge.domain.instants import SECOND, Instant, Span

Clock = Callable[[], Instant]
CORRECTION_MAX = Span(SECOND)


def system_clock() -> Instant:
    """UTC in nanoseconds. It may jump; the kernel never lets logical time run backward."""
    return Instant(time.time_ns())


def steady_clock() -> int:
    """Nanoseconds since the machine was started, its sleep counted where that can be; nobody sets it."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic_ns() if boot is None else time.clock_gettime_ns(boot)


class SteadyClock:
    """The system's clock, held against one that nobody sets."""

    def __init__(self, wall: Clock = system_clock, steady: Callable[[], int] = steady_clock) -> None:
        """The two are taken to agree now."""
        self._wall = wall
        self._steady = steady
        self._seen = self._ahead = wall() - steady()
        self._last = Instant(0)
        self._jump = 0

    def __call__(self) -> Instant:
        """The time; never earlier than it was told before."""
        wall, steady = self._wall(), self._steady()
        ahead = wall - steady
        step, self._seen = ahead - self._seen, ahead
        if abs(step) > CORRECTION_MAX:
            self._jump += step
        if ahead >= self._ahead - CORRECTION_MAX:
            self._ahead = ahead
        self._last = Instant(max(self._last, steady + self._ahead))
        return self._last

    def take_jump(self) -> Span | None:
        """By how much the wall clock was set since this was asked last; None where it was not."""
        jump, self._jump = self._jump, 0
        return Span(jump) if abs(jump) > CORRECTION_MAX else None
