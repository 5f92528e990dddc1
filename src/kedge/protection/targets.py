"""Where gains are taken: targets at so many R or ticks, for all of a position or for parts of it."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple, assert_never

from kedge.domain.numbers import ZERO, down_to, from_nano, up_to
from kedge.domain.orders import Side
from kedge.domain.protection import Levels, Plan, TargetMethod, TargetPlan

_WHOLE = Decimal(100)
_NEARLY_WHOLE = Decimal("99.99")  # three times 33.333 is meant to be all of it


class Share(NamedTuple):
    """A price for so many percent of the position."""

    price: Decimal
    pct: Decimal
    adjusts: bool = False  # placed anew while the position is open, where the account asks for it


class Target(NamedTuple):
    """A price for so much of it."""

    price: Decimal
    quantity: Decimal
    adjusts: bool = False


def planned(
    plan: Plan, levels: Levels, reference: Decimal, stop: Decimal | None, side: Side, tick: Decimal
) -> list[Share] | None:
    """The targets of the account's plan: those for parts, and what they leave goes to the one target.

    None where they are measured in R and there is no stop. None at all when one goes by the market, and it does not
    say yet.
    """
    risk = ZERO if stop is None else abs(reference - stop)
    parts = plan.parts if risk else ()
    shares = [Share(gain_away(reference, part.at_r * risk, side, tick), part.pct) for part in parts]
    left = _WHOLE - sum((part.pct for part in parts), ZERO)
    if plan.target is None or left <= _WHOLE - _NEARLY_WHOLE:
        return shares
    if plan.target.method is TargetMethod.RISK_REWARD and not risk:
        return shares
    price = _target_price(plan.target, levels, reference, risk, side, tick)
    return None if price is None else [*shares, Share(price, left, adjusts=True)]


def _target_price(
    target: TargetPlan, levels: Levels, reference: Decimal, risk: Decimal, side: Side, tick: Decimal
) -> Decimal | None:
    match target.method:
        case TargetMethod.RESISTANCE:
            return _in_the_way(levels, reference, side)
        case TargetMethod.RANGE:
            if levels.range_high is None or levels.range_low is None:
                return None
            high, low = from_nano(levels.range_high), from_nano(levels.range_low)
            return gain_away(high if side is Side.BUY else low, target.value * (high - low), side, tick)
        case TargetMethod.TICKS:
            return gain_away(reference, target.value * tick, side, tick)
        case TargetMethod.RISK_REWARD:
            return gain_away(reference, target.value * risk, side, tick)
    assert_never(target.method)


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
    if len(shares) == 1 and shares[0].pct >= _NEARLY_WHOLE:
        in_all = down_to(quantity, lot)
        return [Target(shares[0].price, in_all, shares[0].adjusts)] if in_all else []
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
    return [
        Target(share.price, part * lot, share.adjusts)
        for share, part in zip(shares, lots, strict=True)
        if part
    ]


def gain_away(reference: Decimal, distance: Decimal, side: Side, tick: Decimal) -> Decimal:
    """Rounded towards the entry, so that it is not missed by what was rounded; a tick away at the least."""
    if side is Side.BUY:
        return max(down_to(reference + distance, tick), down_to(reference, tick) + tick)
    return min(up_to(reference - distance, tick), up_to(reference, tick) - tick)
