"""How long a bar is, as people write it: 30s, 5m, 1h, 1d."""

import re

from kedge.domain.instants import MINUTE, SECOND, Span

SHORTEST = SECOND
LONGEST = Span(24 * 60 * MINUTE)
_UNITS = {"d": LONGEST, "h": Span(60 * MINUTE), "m": MINUTE, "s": SECOND}
_LENGTH = re.compile(r"([0-9]{1,6})([smhd])", re.ASCII)


def parse_length(text: str) -> Span:
    """The length that is written here; raises `ValueError`."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a length such as 30s, 5m, 1h or 1d")
    length = Span(int(match[1]) * _UNITS[match[2]])
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f"{text!r} is not from {show_length(SHORTEST)} to {show_length(LONGEST)}")
    return length


def show_length(length: Span) -> str:
    """The shortest way to write it: 300 seconds are 5m."""
    for unit, span in _UNITS.items():
        if length % span == 0:
            return f"{length // span}{unit}"
    return f"{length} ns"
