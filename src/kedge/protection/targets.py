"""Where gains are taken: targets at so many R or ticks, for all of a position or for parts of it."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from kedge.domain.numbers import ZERO, down_to, from_nano, up_to
from kedge.domain.orders import Side
from kedge.domain.protection import Levels, Plan, TargetMethod

_WHOLE = Decimal(100)
_NEARLY_WHOLE = Decimal("99.99")  # three times 33.333 is meant to be all of it


class Share(NamedTuple):
    """A price for so many percent of the position."""

    price: Decimal
    pct: Decimal


class Target(NamedTuple):
    """A price for so much of it."""

    price: Decimal
    quantity: Decimal


def planned(
    plan: Plan, levels: Levels, reference: Decimal, stop: Decimal | None, side: Side, tick: Decimal
) -> list[Share] | None:
    """The targets of the account's plan; none where they are measured in R and there is no stop.

    None at all when they go by the market, and it does not say yet.
    """
    risk = ZERO if stop is None else abs(reference - stop)
    target = plan.target
    if target is None:
        parts = plan.parts if risk else ()
        return [Share(gain_away(reference, part.at_r * risk, side, tick), part.pct) for part in parts]
    if target.method is TargetMethod.RESISTANCE:
        level = _in_the_way(levels, reference, side)
        return None if level is None else [Share(level, _WHOLE)]
    if target.method is TargetMethod.RANGE:
        if levels.range_high is None or levels.range_low is None:
            return None
        high, low = from_nano(levels.range_high), from_nano(levels.range_low)
        broken = high if side is Side.BUY else low
        return [Share(gain_away(broken, target.value * (high - low), side, tick), _WHOLE)]
    if target.method is TargetMethod.TICKS:
        return [Share(gain_away(reference, target.value * tick, side, tick), _WHOLE)]
    return [Share(gain_away(reference, target.value * risk, side, tick), _WHOLE)] if risk else []


def _in_the_way(levels: Levels, reference: Decimal, side: Side) -> Decimal | None:
    """The nearest swing between the entry and the gain, whichever of them came first."""
    swings = [from_nano(swing) for swing in (levels.highs if side is Side.BUY else levels.lows)]
    if side is Side.BUY:
        return min((swing for swing in swings if swing > reference), default=None)
    return max((swing for swing in swings if swing < reference), default=None)


def in_lots(shares: Sequence[Share], quantity: Decimal, lot: Decimal) -> list[Target]:
    """Each in whole lots, never more than there is: rounded down, and where they are a whole, the lots that are left go
    to those that lost most by it, of equals to the later.

    A part that is less than a lot is left out, so what is too small to be divided is closed by its last target.
    """
    total = sum((share.pct for share in shares), ZERO)
    whole = total >= _NEARLY_WHOLE
    exact = [quantity * share.pct / (total if whole else _WHOLE) / lot for share in shares]
    lots = [part.to_integral_value(ROUND_FLOOR) for part in exact]
    if whole:
        lost = sorted(
            range(len(shares)), key=lambda number: (exact[number] - lots[number], number), reverse=True
        )
        for number in lost[: int(quantity / lot - sum(lots, ZERO))]:
            lots[number] += 1
    return [Target(share.price, part * lot) for share, part in zip(shares, lots, strict=True) if part]


def gain_away(reference: Decimal, distance: Decimal, side: Side, tick: Decimal) -> Decimal:
    """Rounded towards the entry, so that it is not missed by what was rounded; a tick away at the least."""
    if side is Side.BUY:
        return max(down_to(reference + distance, tick), down_to(reference, tick) + tick)
    return min(up_to(reference - distance, tick), up_to(reference, tick) - tick)
