"""The hours of one day, as a table writes them.

    09:30-16:00                 open and close
    04:00 09:30-16:00 20:00     with the start of the pre-market and the end of the after-hours
    09:00-11:30 12:30-15:00     with a break
    17:00-16:00                 17:00 is on the day before
    00:10Z-22:00                00:10 is UTC: the zone's clock shows it an hour later in summer

Times are read from the last to the first: one that is not earlier than what follows it is on the day before.
"""

import re
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from kedge.domain.instants import Instant
from kedge.sessions.zones import DAY_MINUTES, instant_at, minute_of, zone_named

_FORM = re.compile(r"(?:([^ -]+) )?([^ -]+-[^ -]+(?: [^ -]+-[^ -]+)*)(?: ([^ -]+))?")


class Mark(NamedTuple):
    """A time of day; one on the day before is below 0."""

    minute: int
    in_utc: bool = False

    def on(self, day: date, zone: ZoneInfo) -> Instant:
        """The instant that it is in the session of this day."""
        return instant_at(day, self.minute, zone_named("UTC") if self.in_utc else zone)


class Hours(msgspec.Struct, frozen=True):
    """When a market trades in the session of one day."""

    premarket: Mark | None
    parts: tuple[tuple[Mark, Mark], ...]  # parted by breaks
    afterhours: Mark | None

    @property
    def open(self) -> Mark:
        """The first time of trading."""
        return self.parts[0][0]

    @property
    def close(self) -> Mark:
        """The last."""
        return self.parts[-1][1]

    @property
    def begin(self) -> Mark:
        """The pre-market where there is one, else the open."""
        return self.premarket or self.open


def read_hours(text: str) -> Hours:
    """The hours that a text of the form above tells."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} are not hours such as 09:30-16:00")
    before, inner, after = match.groups()
    marks = _placed([*([before] if before else []), *inner.replace("-", " ").split()])
    first = 1 if before else 0
    return Hours(
        premarket=marks[0] if before else None,
        parts=tuple(zip(marks[first::2], marks[first + 1 :: 2], strict=True)),
        afterhours=_mark(after) if after else None,
    )


def _placed(clocks: list[str]) -> list[Mark]:
    """Times as marks; the last, the close, is on the day itself."""
    marks = [_mark(clock) for clock in clocks]
    for position in reversed(range(len(marks) - 1)):
        while marks[position].minute >= marks[position + 1].minute:
            marks[position] = marks[position]._replace(minute=marks[position].minute - DAY_MINUTES)
    return marks


def _mark(clock: str) -> Mark:
    return Mark(minute_of(clock.removesuffix("Z")), clock.endswith("Z"))
