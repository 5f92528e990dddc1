"""The clock that is handed to everything that needs one. Live it is the system's; tests and replays bring their own."""

import time
from collections.abc import Callable

from kedge.domain.instants import Instant

Clock = Callable[[], Instant]


def system_clock() -> Instant:
    """UTC in nanoseconds. It may jump; the kernel never lets logical time run backward."""
    return Instant(time.time_ns())
