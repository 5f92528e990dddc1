"""A market's calendar as it is kept: regular hours from given dates on, and the days that are not regular.

A line of days is a year and the days in it: `2026 01-01 01-19`. The tables in `tables` are generated; this file says
what their words mean.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from kedge.sessions.hours import Hours, read_hours

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Table(msgspec.Struct, frozen=True):
    """One market, in text."""

    name: str
    title: str
    zone: str
    zone_label: str  # what people call its time the year round: ET
    week: str  # the days of the week that have a session
    first: str  # the first date that is known
    horizon: str | None  # the last one; none: the rule holds for good
    hours: dict[str, str]  # by the date from which they hold
    closed: tuple[str, ...] = ()
    special: dict[str, tuple[str, ...]] = {}  # days by their own hours
    carried: tuple[str, ...] = ()  # days whose trades count for the next trading day


class Era(msgspec.Struct, frozen=True):
    """Regular hours, and the date from which they hold."""

    since: date
    hours: Hours


class Rules(msgspec.Struct, frozen=True):
    """A table that has been read."""

    weekdays: frozenset[int]
    first: date
    horizon: date | None
    eras: tuple[Era, ...]
    special: dict[date, Hours]
    closed: frozenset[date]
    carried: frozenset[date]

    def regular(self, day: date) -> Hours:
        """The hours of an ordinary day at that time."""
        return next((era.hours for era in reversed(self.eras) if era.since <= day), self.eras[0].hours)

    def hours(self, day: date) -> Hours | None:
        """The hours of this very day; none where the market stays closed."""
        if day in self.closed or day.weekday() not in self.weekdays:
            return None
        return self.special.get(day) or self.regular(day)


def read_table(table: Table) -> Rules:
    """What a table says."""
    return Rules(
        weekdays=frozenset(_WEEKDAYS.index(word) for word in table.week.split()),
        first=date.fromisoformat(table.first),
        horizon=date.fromisoformat(table.horizon) if table.horizon else None,
        eras=tuple(Era(date.fromisoformat(since), read_hours(text)) for since, text in table.hours.items()),
        special={
            day: hours
            for text, lines in table.special.items()
            for hours in [read_hours(text)]
            for day in read_days(lines)
        },
        closed=frozenset(read_days(table.closed)),
        carried=frozenset(read_days(table.carried)),
    )


def read_days(lines: Iterable[str]) -> list[date]:
    """The dates of lines such as `2026 01-01 01-19`."""
    return [date.fromisoformat(f"{year}-{day}") for year, *days in map(str.split, lines) for day in days]
