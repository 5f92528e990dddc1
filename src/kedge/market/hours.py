"""Trading hours, as far as bars need them: from when to when one session lasts.

Which days and hours a market keeps is a calendar's business. Whoever has a calendar hands in a function that says in
which session an instant lies; a market that never closes has one session for each day in UTC.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import pairwise

import msgspec

from kedge.domain.instants import MINUTE, Instant, Span, show_instant

DAY = Span(24 * 60 * MINUTE)


class Hours(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One session: it is open from `open` until just before `close`."""

    open: Instant
    close: Instant

    def __post_init__(self) -> None:
        """Refuse a session in which nothing could happen."""
        if self.close <= self.open:
            raise ValueError(
                f"hours: a session cannot open at {show_instant(self.open)} and close at {show_instant(self.close)}"
            )


HoursOf = Callable[[Instant], Hours | None]  # the session in which an instant lies, if any


def utc_day(at: Instant) -> Hours:
    """The session of a market that never closes: the day in UTC."""
    midnight = Instant(at - at % DAY)
    return Hours(midnight, Instant(midnight + DAY))


class ListedHours:
    """Sessions that are known one by one; what lies in none of them is closed."""

    def __init__(self, sessions: Iterable[Hours]) -> None:
        self._sessions = sorted(sessions, key=lambda hours: hours.open)
        for before, after in pairwise(self._sessions):
            if after.open < before.close:
                raise ValueError(
                    f"hours: the session that opens at {show_instant(after.open)} begins before the one "
                    f"before it closes, at {show_instant(before.close)}"
                )
        self._opens = [hours.open for hours in self._sessions]

    def __call__(self, at: Instant) -> Hours | None:
        place = bisect_right(self._opens, at) - 1
        if place < 0 or at >= self._sessions[place].close:
            return None
        return self._sessions[place]
