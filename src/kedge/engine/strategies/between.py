"""The hours of a strategy's own: times of day on the clocks of a place."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from kedge.domain.instants import SECOND, Instant
from kedge.sessions.zones import minute_of, zone_named


class Between(msgspec.Struct, frozen=True):
    """From a minute of the day up to another one, which no longer belongs to it."""

    begin: int
    end: int
    zone: ZoneInfo

    @classmethod
    def of(cls, text: str, zone: str) -> "Between":
        """Of `09:45-15:30`. Raises `ValueError`."""
        begin, dash, end = text.partition("-")
        if not dash:
            raise ValueError(f"{text} are not two times with a dash between them")
        return cls(minute_of(begin.strip()), minute_of(end.strip()), zone_named(zone))

    def holds(self, at: Instant) -> bool:
        """Whether clocks show a time within it."""
        local = datetime.fromtimestamp(at // SECOND, UTC).astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        if self.begin <= self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end
