"""Figures that a setup rests on, as they are kept and shown."""

from decimal import Decimal

from kedge.domain.numbers import NANO

FINER = 100  # than the tick


def rounded(average: float, tick: Decimal) -> Decimal:
    """An average to the nearest hundredth of a tick."""
    step = max(tick / FINER, NANO)
    return Decimal(round(average / float(step))) * step
