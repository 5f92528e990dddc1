"""Instants as the tests write them: a date and a time of day in a zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from kedge.domain.instants import SECOND, Instant, parse_instant

NEW_YORK, CHICAGO, BERLIN = "America/New_York", "America/Chicago", "Europe/Berlin"


def utc(text: str) -> Instant:
    """2026-03-02 14:30."""
    return parse_instant(f"{text}:00Z")


def local(text: str, zone: str) -> Instant:
    """2026-03-02 09:30 on the clocks of a zone."""
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND)


def clock(at: Instant, zone: str) -> str:
    """What the clocks of a zone show."""
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
