"""The day of an account: from one rollover to the next, by the clock of the firm that set the rules.

A firm in Prague begins its day at its own midnight, one in Chicago at 17:00, whatever the market does. Such a day has
23 or 25 hours twice a year, and for some weeks it stands one hour further from New York than for the rest.
"""

from datetime import date, timedelta

import msgspec

from kedge.domain.instants import Instant
from kedge.sessions.zones import DAY_MINUTES, day_in, instant_at, minute_of, zone_named

_DAY = timedelta(days=1)


class AccountDay(msgspec.Struct, frozen=True, gc=False):
    """One day of an account; `end` is the instant at which the next one begins."""

    day: date
    start: Instant
    end: Instant


def day_of(at: Instant, zone: str, rollover: str = "00:00") -> AccountDay:
    """The account's day that an instant belongs to.

    The day has the name of the date on which most of it lies: one that begins at 17:00 on Monday is Tuesday.
    """
    clock, minute = zone_named(zone), minute_of(rollover)
    if minute == DAY_MINUTES:
        raise ValueError("a day of an account begins at 00:00, not at 24:00")
    began = day_in(at, clock) - _DAY  # has begun for certain
    while at >= (end := instant_at(began + _DAY, minute, clock)):
        began += _DAY
    start = instant_at(began, minute, clock)
    return AccountDay(began if minute < DAY_MINUTES // 2 else began + _DAY, start, end)
