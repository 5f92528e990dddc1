"""Times on the clocks of a place, and the instants that they are.

Twice a year a clock is wrong in its own way: in spring it skips an hour, in autumn it shows one twice. Here a time that
is skipped happens at the moment of the skip, and a time that is shown twice is the first of the two. So a later time of
day is never an earlier instant, and a boundary inside that hour is one instant like any other.
"""

import re
from bisect import bisect_left
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kedge.domain.instants import SECOND, Instant

DAY_MINUTES = 24 * 60
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock, which knows no zone
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """A zone such as America/New_York; raises `ValueError` for what is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone such as America/New_York") from None


def minute_of(clock: str) -> int:
    """The minute of the day that a time such as 09:30 is; 24:00 is the midnight that ends a day."""
    if clock == "24:00":
        return DAY_MINUTES
    match = _CLOCK.fullmatch(clock)
    if match is None:
        raise ValueError(f"{clock!r} is not a time of day such as 09:30")
    return int(match[1]) * 60 + int(match[2])


def clock_of(minute: int) -> str:
    """The time of day that a minute of the day is."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def instant_at(day: date, minute: int, zone: ZoneInfo) -> Instant:
    """The instant at which the clocks of a zone show this minute of this day; 1440 is the next midnight."""
    days, minutes = divmod(minute, DAY_MINUTES)
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=days, minutes=minutes)
    passed = wall.replace(tzinfo=None) - _EPOCH
    seconds = passed.days * 86_400 + passed.seconds
    before, after = _offset(wall), _offset(wall.replace(fold=1))  # they differ where a change lies
    if before >= after:  # an ordinary time, or the first of two
        return Instant((seconds - before) * SECOND)
    return Instant(_skip(seconds - after, seconds - before, before, zone) * SECOND)


def day_in(at: Instant, zone: ZoneInfo) -> date:
    """The date that the calendars of a zone show."""
    return datetime.fromtimestamp(at // SECOND, zone).date()


def show_in_zone(at: Instant, zone: str) -> str:
    """The time on the clocks of a zone, with the name that it has there: 2026-03-09 09:30:00 EDT."""
    return datetime.fromtimestamp(at // SECOND, zone_named(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


def _offset(local: datetime) -> int:
    """How far ahead of UTC the clocks are, in seconds."""
    offset = local.utcoffset()
    assert offset is not None
    return offset.days * 86_400 + offset.seconds


def _skip(low: int, high: int, before: int, zone: ZoneInfo) -> int:
    """The second in between at which the clocks leave the offset `before`."""

    def has_changed(second: int) -> bool:
        return _offset(datetime.fromtimestamp(second, zone)) != before

    return low + bisect_left(range(high - low), x=True, key=lambda passed: has_changed(low + passed))
