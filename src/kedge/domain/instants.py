"""Time inside the engine: integer nanoseconds since 1970 in UTC, always handed in, never asked for."""

import re
from datetime import UTC, datetime
from typing import NewType

Instant = NewType("Instant", int)
Span = NewType("Span", int)

MICROSECOND = Span(1_000)
MILLISECOND = Span(1_000_000)
SECOND = Span(1_000_000_000)
MINUTE = Span(60_000_000_000)
DAY = Span(86_400_000_000_000)
NEVER = Instant(2**63 - 1)

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})", re.IGNORECASE | re.ASCII
)


def parse_instant(text: str) -> Instant:
    """An RFC 3339 time with its zone; a time without a zone is refused, for it could mean any of forty."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time such as 2026-03-02T14:31:00Z (the zone is needed)")
    day, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone in "Zz" else zone
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}{offset}")
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time: {error}") from None
    instant = Instant(int(whole.timestamp()) * SECOND + int((fraction or "").ljust(9, "0")))
    if not -NEVER <= instant < NEVER:
        raise ValueError(f"{text!r} is not a time between the years 1677 and 2262")
    return instant


def show_instant(instant: Instant) -> str:
    """RFC 3339 in UTC, with as much of the second as there is (micro- or nanoseconds)."""
    seconds, fraction = divmod(instant, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if not fraction:
        return text + "Z"
    digits = f"{fraction:09d}"
    return f"{text}.{digits[:6] if digits.endswith('000') else digits}Z"
