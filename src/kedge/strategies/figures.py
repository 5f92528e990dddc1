"""Figures that a setup rests on, as they are kept and shown."""

from decimal import Decimal

from kedge.domain.numbers import NANO
from kedge.strategies.seen import Seen

FINER = 100  # than the tick


def rounded(average: float, tick: Decimal) -> Decimal:
    """An average to the nearest hundredth of a tick."""
    step = max(tick / FINER, NANO)
    return Decimal(round(average / float(step))) * step


def close_and(seen: Seen, *averages: str) -> dict[str, Decimal]:
    """The close, and what these averages read."""
    figures = {"close": seen.close}
    for name in averages:
        average = seen.number(name)
        if average is not None:
            figures[name] = rounded(average, seen.tick)
    return figures
