"""Where the stop of an entry goes when its signal does not say."""

from decimal import Decimal

from kedge.domain.numbers import down_to, from_nano, up_to
from kedge.domain.orders import Side
from kedge.domain.protection import Levels, LevelStop, StopMethod

_HUNDRED = Decimal(100)


def percent_away(reference: Decimal, percent: Decimal, side: Side, tick: Decimal) -> Decimal:
    """So many percent of the price away."""
    return _at(reference, reference * percent / _HUNDRED, side, tick)


def ticks_away(reference: Decimal, ticks: Decimal, side: Side, tick: Decimal) -> Decimal:
    """So many ticks away."""
    return _at(reference, ticks * tick, side, tick)


def market_stop(
    plan: LevelStop, levels: Levels, reference: Decimal, side: Side, tick: Decimal
) -> Decimal | None:
    """Where the market says; None when it does not say it yet."""
    buys = side is Side.BUY
    if plan.method is StopMethod.ATR:
        if levels.atr is None:
            return None
        return _at(reference, plan.value * from_nano(levels.atr), side, tick)
    if plan.method is StopMethod.STRUCTURE:
        level = levels.swing_low if buys else levels.swing_high
    else:
        level = levels.range_low if buys else levels.range_high
    if level is None:
        return None
    beyond = plan.beyond_ticks * tick
    return from_nano(level) - beyond if buys else from_nano(level) + beyond


def _at(reference: Decimal, distance: Decimal, side: Side, tick: Decimal) -> Decimal:
    """Rounded towards the entry, so that the risk is never above what was asked for; at the least the next price of the
    grid, which from a price between two ticks is less than a tick away.
    """
    if side is Side.BUY:
        return min(up_to(reference - distance, tick), up_to(reference, tick) - tick)
    return max(down_to(reference + distance, tick), down_to(reference, tick) + tick)
