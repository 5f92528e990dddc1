"""The indicators that a strategy may ask for: how each is made, fed with a bar and read.

They are fed in ticks, which floats hold exactly. A level comes out as a price of the market, an average as a float.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from kedge.domain.instants import MINUTE, Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Ticks
from kedge.market.bars import BuiltBar
from kedge.market.indicators.atr import Atr
from kedge.market.indicators.ema import Ema
from kedge.market.indicators.opening_range import Edges, Flaw, OpeningRange
from kedge.market.indicators.rsi import Rsi
from kedge.market.indicators.sma import Sma
from kedge.market.indicators.swing import Side, Swing
from kedge.market.indicators.window import Highest, Lowest
from kedge.strategies.needs import Kind, Need
from kedge.strategies.seen import Reading

LONGEST = 1_000  # bars or minutes
Raw = float | None  # as the indicator has it: in ticks


class Fed(NamedTuple):
    """A bar, and how it follows the one before it."""

    built: BuiltBar
    opened: Instant | None  # the session that it lies in
    follows: bool  # no bar is lacking between the one before it in this session and this one


class Gauge(NamedTuple):
    """One kind of indicator."""

    type: type[msgspec.Struct]
    made: Callable[[int], Any]
    length: Callable[[Any], int]
    fed: Callable[[Any, Fed], Raw]
    read: Callable[[Instrument, float], Reading]


def gauge_of(need: Need) -> Gauge:
    """How this need is met; raises `ValueError` where it cannot be."""
    if not 1 <= need.length <= LONGEST:
        raise ValueError(f"a length of {need.length} is out of range: 1 to {LONGEST} are possible")
    return _GAUGES[need.kind]


def name_of(need: Need) -> str:
    """What it is called on a panel: ema 21."""
    return f"{need.kind} {need.length}"


def _price(instrument: Instrument, ticks: float) -> Decimal:
    return instrument.price(Ticks(int(ticks)))


def _in_money(instrument: Instrument, ticks: float) -> float:
    return ticks * float(instrument.tick)


def _as_it_is(instrument: Instrument, figure: float) -> float:
    return figure


def _by_close(indicator: Ema | Sma | Rsi, fed: Fed) -> Raw:
    return indicator.update(fed.built.bar.close)


def _atr(indicator: Atr, fed: Fed) -> Raw:
    bar = fed.built.bar
    return indicator.update(bar.high, bar.low, bar.close)


def _highest(indicator: Highest, fed: Fed) -> Raw:
    before = indicator.value
    indicator.update(fed.built.bar.high)
    return before


def _lowest(indicator: Lowest, fed: Fed) -> Raw:
    before = indicator.value
    indicator.update(fed.built.bar.low)
    return before


def _opening(indicator: OpeningRange, fed: Fed) -> Edges | None:
    if fed.opened is None:
        return None
    if not fed.follows and fed.opened == indicator.opened and not indicator.over:
        indicator.flaw = indicator.flaw or Flaw.HOLE  # a whole bar of it may be lacking
    bar = fed.built.bar
    return indicator.update(fed.opened, bar.start, bar.at, bar.high, bar.low, fed.built.missing)


def _range_high(indicator: OpeningRange, fed: Fed) -> Raw:
    edges = _opening(indicator, fed)
    return None if edges is None else edges.high


def _range_low(indicator: OpeningRange, fed: Fed) -> Raw:
    edges = _opening(indicator, fed)
    return None if edges is None else edges.low


def _swing(indicator: Swing, fed: Fed) -> Raw:
    bar = fed.built.bar
    return indicator.update(bar.high if indicator.side is Side.HIGH else bar.low)


def _own_length(indicator: Any) -> int:
    length: int = indicator.length
    return length


def _range_gauge(fed: Callable[[Any, Fed], Raw]) -> Gauge:
    return Gauge(
        OpeningRange,
        lambda length: OpeningRange(Span(length * MINUTE)),
        lambda indicator: int(indicator.length // MINUTE),
        fed,
        _price,
    )


def _swing_gauge(side: Side) -> Gauge:
    return Gauge(
        Swing,
        lambda length: Swing.of(side, length, length),
        lambda indicator: int(indicator.before.length),
        _swing,
        _price,
    )


_GAUGES = {
    Kind.EMA: Gauge(Ema, Ema, _own_length, _by_close, _in_money),
    Kind.SMA: Gauge(Sma, Sma.of, lambda sma: int(sma.total.length), _by_close, _in_money),
    Kind.RSI: Gauge(Rsi, Rsi.of, lambda rsi: int(rsi.gains.length), _by_close, _as_it_is),
    Kind.ATR: Gauge(Atr, Atr.of, lambda atr: int(atr.average.length), _atr, _in_money),
    Kind.HIGHEST: Gauge(Highest, Highest, _own_length, _highest, _price),
    Kind.LOWEST: Gauge(Lowest, Lowest, _own_length, _lowest, _price),
    Kind.RANGE_HIGH: _range_gauge(_range_high),
    Kind.RANGE_LOW: _range_gauge(_range_low),
    Kind.SWING_HIGH: _swing_gauge(Side.HIGH),
    Kind.SWING_LOW: _swing_gauge(Side.LOW),
}
