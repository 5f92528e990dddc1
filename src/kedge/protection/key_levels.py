"""Stops put beyond the prices that many people look at: just short of them is where many stops lie, and are taken."""

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from kedge.domain.numbers import ZERO, down_to, from_nano, up_to
from kedge.domain.orders import Side
from kedge.domain.protection import KeyLevels, Levels

_HUNDRED = Decimal(100)


class Shift(NamedTuple):
    """Where the stop is put, by which level; `is_too_wide` when there is one that it may not be put beyond."""

    stop: Decimal
    level: Decimal | None = None
    is_too_wide: bool = False


def beyond_key_levels(
    stop: Decimal, rule: KeyLevels, levels: Levels, reference: Decimal, side: Side, tick: Decimal
) -> Shift:
    """From level to level as long as there is one near, and no further than the rule allows."""
    sign = side.sign
    furthest = abs(reference - stop) * (1 + rule.max_wider_percent / _HUNDRED)
    found = Shift(stop)
    while (level := _near(found.stop, rule, levels, sign, tick)) is not None:
        past = level - sign * rule.beyond_ticks * tick
        further = (
            down_to(past, tick) if sign > 0 else up_to(past, tick)
        )  # a round number may lie off the grid
        if abs(reference - further) > furthest or further <= ZERO:
            return found._replace(level=level, is_too_wide=True)
        found = Shift(further, level)
    return found


def _near(stop: Decimal, rule: KeyLevels, levels: Levels, sign: int, tick: Decimal) -> Decimal | None:
    """The nearest level that a stop is too close to: a little before it, or not far enough past it."""
    before, past = rule.within_ticks * tick, rule.beyond_ticks * tick
    found = _all(stop, rule, levels, sign, before + past + tick)
    close = [level for level in found if -past < sign * (stop - level) <= before]
    return min(close, key=lambda level: (abs(level - stop), level), default=None)


def _all(stop: Decimal, rule: KeyLevels, levels: Levels, sign: int, span: Decimal) -> Iterator[Decimal]:
    swings = levels.lows if sign > 0 else levels.highs
    others = (levels.swing_low, levels.range_low) if sign > 0 else (levels.swing_high, levels.range_high)
    yield from (from_nano(level) for level in (*swings, *others) if level is not None)
    if (
        rule.round_to is not None and rule.round_to > span
    ):  # finer ones are no landmarks: each is near to the next
        below = (stop / rule.round_to).to_integral_value(ROUND_FLOOR)
        yield from ((below + step) * rule.round_to for step in (0, 1))
