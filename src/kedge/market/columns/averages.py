"""Averages that remember everything, over whole columns: EMA, Wilder's smoothing, RSI, ATR and true range.

Each value needs the one before it, so these run through the column one by one; what can be done at once (changes,
ranges) is. There are closed forms that numpy could do at once, but they end on other bits.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from kedge.market.columns.column import Column, check_alike, column, unknown
from kedge.market.indicators.feed import check_length
from kedge.market.indicators.rsi import STILL


def ema(figures: ArrayLike, length: int) -> Column:
    """As `Ema`."""
    check_length("Ema", length)
    weight = 2.0 / (length + 1)

    def steps(last: float, further: list[float]) -> Iterator[float]:
        yield last
        for figure in further:
            last = (figure - last) * weight + last
            yield last

    return _from_mean(column("Ema", figures), length, steps)


def rsi(figures: ArrayLike, length: int = 14) -> Column:
    """As `Rsi`."""
    check_length("Rsi", length)
    given = column("Rsi", figures)
    changes = np.diff(given)
    gains = _wilder(np.where(changes > 0.0, changes, 0.0), length)
    moved = gains + _wilder(np.where(changes < 0.0, -changes, 0.0), length)
    values = unknown(given.size)
    with np.errstate(invalid="ignore"):  # nothing by nothing, where nothing has moved
        values[1:] = np.where(moved == 0.0, STILL, 100.0 * (gains / moved))
    return values


def true_range(high: ArrayLike, low: ArrayLike, close: ArrayLike) -> Column:
    """As `TrueRange`."""
    highs, lows, closes = (column("TrueRange", figures) for figures in (high, low, close))
    check_alike("TrueRange", highs, lows, closes)
    last = closes[:-1]
    jumps = np.maximum(np.abs(highs[1:] - last), np.abs(lows[1:] - last))
    values = unknown(closes.size)
    values[1:] = np.maximum(highs[1:] - lows[1:], jumps)
    return values


def atr(high: ArrayLike, low: ArrayLike, close: ArrayLike, length: int = 14) -> Column:
    """As `Atr`."""
    check_length("Atr", length)
    ranges = true_range(high, low, close)
    values = unknown(ranges.size)
    values[1:] = _wilder(ranges[1:], length)
    return values


def _wilder(figures: Column, length: int) -> Column:
    rest = length - 1

    def steps(last: float, further: list[float]) -> Iterator[float]:
        yield last
        for figure in further:
            last = (last * rest + figure) / length
            yield last

    return _from_mean(figures, length, steps)


def _from_mean(given: Column, length: int, steps: Callable[[float, list[float]], Iterator[float]]) -> Column:
    """Begin with the mean of the first figures and take one step for each further one."""
    values = unknown(given.size)
    if given.size < length:
        return values
    # One by one: `sum`, Python's as numpy's, adds in an order, or with a correction, of its own.
    first = float(np.add.accumulate(given[:length])[-1]) / length
    further = given[length:].tolist()  # Python's floats: numpy's are slower to step through
    values[length - 1 :] = np.fromiter(steps(first, further), np.float64, len(further) + 1)
    return values
