"""The machine: its Python, its clock and its time zones."""

import ctypes
import platform
import struct
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kedge import __version__
from kedge.cli.doctor.finding import Finding, failure, fine, warning

_CLOCK_ERROR_MAX_MS = 100  # a signal's or a quote's age is judged in hundreds of milliseconds
_UNSYNCHRONISED = 5  # adjtimex: TIME_ERROR
_TIMEX_BYTES = 256
_MAX_ERROR = struct.Struct("@24xq")  # its field `maxerror`, in microseconds


class ClockState(NamedTuple):
    """What the system says of its clock."""

    is_kept: bool  # by a time service
    error_ms: float  # it is right to within so much


def examine_machine(clock_state: "Callable[[], ClockState | None] | None" = None) -> Iterator[Finding]:
    """All findings about the machine."""
    yield fine(
        "Program", f"kedge {__version__}, Python {platform.python_version()} ({sys.implementation.name})"
    )
    yield _clock((clock_state or read_clock_state)())
    yield _zones()


def read_clock_state() -> ClockState | None:
    """Ask the kernel; None where it cannot be asked."""
    if sys.platform != "linux":
        return None
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        state = ctypes.CDLL(None).adjtimex(buffer)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    return ClockState(state != _UNSYNCHRONISED, _MAX_ERROR.unpack_from(buffer.raw)[0] / 1000)


def _clock(state: ClockState | None) -> Finding:
    advice = "Let a time service (chrony, systemd-timesyncd) keep it: the age of signals and quotes is counted by it."
    if state is None:
        return warning("Clock", "whether a time service keeps it cannot be told here", advice)
    if not state.is_kept:
        return warning("Clock", "no time service keeps it", advice)
    if state.error_ms > _CLOCK_ERROR_MAX_MS:
        return warning("Clock", f"it may be wrong by up to {state.error_ms:.0f} ms", advice)
    return fine("Clock", f"a time service keeps it, right to within {state.error_ms:.0f} ms")


def _zones() -> Finding:
    try:
        ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        return failure("Time zones", "there is no time zone database", "Install the package tzdata.")
    return fine("Time zones", "known")
