"""Prices that many people look at: round numbers, what the last session left behind, the VWAP, the opening range.

Stops that lie just short of such a level are the first to be reached, so protection is placed beyond it. Here are the
levels only, in whole ticks; how far beyond, and for whom, is decided by whoever places the stop. Figures that come from
indicators go to the nearest tick, since a level is a neighbourhood and no order rests on it.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

import msgspec

from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Ticks, use_exact_arithmetic
from kedge.domain.quotes import Bar
from kedge.market.indicators.opening_range import Edges


class LevelKind(StrEnum):
    """Why people look at a price. Of two at the same price, the one named first here is told."""

    PRIOR_HIGH = "prior_high"
    PRIOR_LOW = "prior_low"
    PRIOR_CLOSE = "prior_close"
    RANGE_HIGH = "range_high"
    RANGE_LOW = "range_low"
    VWAP = "vwap"
    SWING_HIGH = "swing_high"
    SWING_LOW = "swing_low"
    ROUND = "round"


_RANK = {kind: rank for rank, kind in enumerate(LevelKind)}


class Level(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One such price."""

    at: Ticks
    kind: LevelKind


def round_levels(instrument: Instrument, step: Decimal, around: Ticks, count: int) -> list[Level]:
    """The `count` multiples of `step` nearest to a price on either side, itself included where it is one."""
    use_exact_arithmetic()
    stride = instrument.ticks(step)
    if stride < 1:
        raise ValueError(f"{instrument.symbol}: round numbers must be a tick or more apart, not {step}")
    below = around // stride
    first = below - count + 1
    last = below + count - (1 if around % stride == 0 else 0)
    return [Level(Ticks(multiple * stride), LevelKind.ROUND) for multiple in range(first, last + 1)]


def prior_levels(session: Bar) -> list[Level]:
    """What a finished session left behind; hand it in as one bar."""
    return [
        Level(session.high, LevelKind.PRIOR_HIGH),
        Level(session.low, LevelKind.PRIOR_LOW),
        Level(session.close, LevelKind.PRIOR_CLOSE),
    ]


def range_levels(instrument: Instrument, edges: Edges) -> list[Level]:
    """The edges of the opening range."""
    return [
        indicator_level(instrument, edges.high, LevelKind.RANGE_HIGH),
        indicator_level(instrument, edges.low, LevelKind.RANGE_LOW),
    ]


def indicator_level(instrument: Instrument, price: float, kind: LevelKind) -> Level:
    """The tick nearest to a price that an indicator gives."""
    use_exact_arithmetic()
    ticks = (Decimal(price) / instrument.tick).to_integral_value(ROUND_HALF_EVEN)
    return Level(Ticks(int(ticks)), kind)


def above(price: Ticks, levels: Iterable[Level]) -> list[Level]:
    """The levels above a price, nearest first, one for each price."""
    return _nearest_first(price, (level for level in levels if level.at > price))


def below(price: Ticks, levels: Iterable[Level]) -> list[Level]:
    """The levels below a price, nearest first, one for each price."""
    return _nearest_first(price, (level for level in levels if level.at < price))


def _nearest_first(price: Ticks, levels: Iterable[Level]) -> list[Level]:
    one_each: dict[Ticks, Level] = {}
    for level in sorted(levels, key=lambda level: (abs(level.at - price), _RANK[level.kind])):
        one_each.setdefault(level.at, level)
    return list(one_each.values())
