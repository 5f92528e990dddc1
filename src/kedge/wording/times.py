"""Times as people write and read them. Inside they are instants; in JSON they are RFC 3339 in UTC."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from kedge.domain.instants import MINUTE, NEVER, SECOND, Instant, Span, parse_instant

_UNITS = {
    "s": SECOND,
    "m": MINUTE,
    "h": Span(60 * MINUTE),
    "d": Span(24 * 60 * MINUTE),
    "w": Span(7 * 24 * 60 * MINUTE),
}
_SPAN = re.compile(r"([0-9]{1,6})\s*([smhdw])", re.IGNORECASE)
_AT_UTC = ("GMT", "WET")  # known by their own names
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORMS = (
    "an RFC 3339 time (2026-03-02T14:31:00Z), a date, a span back from now (30m, 2h, 3d), today or yesterday"
)


def parse_since(text: str, now: Instant) -> Instant:
    """The time that a person means by `--since`; days begin at local midnight. Raises `ValueError`."""
    word = text.strip().lower()
    if word in ("today", "yesterday"):
        midnight = _local(now).replace(hour=0, minute=0, second=0, microsecond=0)
        return _instant(midnight if word == "today" else midnight - timedelta(days=1))
    if (span := _SPAN.fullmatch(word)) is not None:
        return Instant(max(now - int(span[1]) * _UNITS[span[2]], 0))
    try:
        found = (
            _instant(datetime.fromisoformat(word)) if _DATE.fullmatch(word) else parse_instant(text.strip())
        )
    except (ValueError, OverflowError):
        found = Instant(NEVER + 1)
    if found > NEVER:
        raise ValueError(f"{text!r} is no time; give {_FORMS}")
    return found


def _local(instant: Instant) -> datetime:
    return datetime.fromtimestamp(instant // SECOND).astimezone()


def _instant(local: datetime) -> Instant:
    return Instant(int(local.replace(tzinfo=None).astimezone().timestamp()) * SECOND)


def _zone_of(local: datetime) -> str:
    """The name of the local zone at a time, such as it is.

    A TZ that the system does not know is taken for UTC under an invented name, and some zones have a number for one.
    """
    name = local.tzname() or ""
    if not local.utcoffset() and name not in _AT_UTC:
        return "UTC"
    return f"UTC{name}" if name.startswith(("+", "-")) else name


class Calendar:
    """How the times of one table are shown: by the clock when all are of today, else with the day, or the year too."""

    def __init__(self, given: Iterable[Instant | None], now: Instant) -> None:
        today = _local(now).date()
        instants = [instant for instant in given if instant is not None]
        days = [_local(instant).date() for instant in instants]
        if all(day == today for day in days):
            self._form = "%H:%M:%S"
        else:
            self._form = "%m-%d %H:%M" if all(day.year == today.year for day in days) else "%Y-%m-%d %H:%M"
        # Over a change of the clocks both names are told: each row is in that of its own day.
        self.zone = "/".join(dict.fromkeys(_zone_of(_local(instant)) for instant in instants or [now]))

    def show(self, instant: Instant | None) -> str:
        """The local time."""
        return "" if instant is None else _local(instant).strftime(self._form)


def show_clock(instant: Instant) -> str:
    """The local time of day, to the second."""
    return _local(instant).strftime("%H:%M:%S")


def show_moment(instant: Instant) -> str:
    """The local day and time with its zone."""
    local = _local(instant)
    return f"{local.strftime('%Y-%m-%d %H:%M:%S')} {_zone_of(local)}"


def show_span(span: int) -> str:
    """How long something took, in the two largest units that matter."""
    seconds, rest = divmod(max(span, 0), SECOND)
    if seconds < 1:
        return f"{rest // 1_000_000} ms"
    if seconds < 60:
        return f"{seconds}.{rest // 100_000_000} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"
