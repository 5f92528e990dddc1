"""Where the stop of an entry goes when its signal does not say."""

from decimal import Decimal

from kedge.domain.numbers import down_to, up_to
from kedge.domain.orders import Side

_HUNDRED = Decimal(100)


def percent_away(reference: Decimal, percent: Decimal, side: Side, tick: Decimal) -> Decimal:
    """So many percent of the price away."""
    return _at(reference, reference * percent / _HUNDRED, side, tick)


def ticks_away(reference: Decimal, ticks: Decimal, side: Side, tick: Decimal) -> Decimal:
    """So many ticks away."""
    return _at(reference, ticks * tick, side, tick)


def _at(reference: Decimal, distance: Decimal, side: Side, tick: Decimal) -> Decimal:
    """Rounded towards the entry, so that the risk is never above what was asked for; a tick away at the least."""
    if side is Side.BUY:
        return min(up_to(reference - distance, tick), down_to(reference, tick) - tick)
    return max(down_to(reference + distance, tick), up_to(reference, tick) + tick)
