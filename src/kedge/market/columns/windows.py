"""Highest, lowest and mean of the last so many figures, and swings, over whole columns.

The blocks of `kedge.market.indicators.window` are the rows of a table here. Sums grow along the rows figure by figure,
in the order in which they grow there; numpy's own `sum` would add in pairs and end on other bits.
"""

import numpy as np
from numpy.typing import ArrayLike

from kedge.market.columns.column import Column, column, unknown
from kedge.market.indicators.feed import check_length
from kedge.market.indicators.swing import Side


def highest(figures: ArrayLike, length: int) -> Column:
    """As `Highest`."""
    return _windows("Highest", np.maximum, column("Highest", figures), length)


def lowest(figures: ArrayLike, length: int) -> Column:
    """As `Lowest`."""
    return _windows("Lowest", np.minimum, column("Lowest", figures), length)


def sma(figures: ArrayLike, length: int) -> Column:
    """As `Sma`."""
    return _windows("Sma", np.add, column("Sma", figures), length) / length


def swing(side: Side, figures: ArrayLike, left: int, right: int) -> Column:
    """As `Swing`: at each bar the last swing that is confirmed by then."""
    check_length("Swing", min(left, right))
    given = column("Swing", figures)
    signed = (given if side is Side.HIGH else -given) + 0.0
    last = unknown(given.size)
    if given.size <= left + right:
        return last
    after = _windows("Swing", np.maximum, signed, right)[left + right :]
    before = _windows("Swing", np.maximum, signed, left)[left - 1 : -right - 1]
    candidates = signed[left : signed.size - right]
    confirmed = np.flatnonzero((before < candidates) & (candidates >= after))
    for place in confirmed:  # few: each holds until the next
        last[place + left + right :] = given[place + left]
    return last


def _windows(indicator: str, join: np.ufunc, given: Column, length: int) -> Column:
    check_length(indicator, length)
    size = given.size
    if size < length:
        return unknown(size)
    rows = -(-size // length)
    padded = np.zeros(rows * length)
    padded[:size] = given
    table = padded.reshape(rows, length)
    begun = join.accumulate(table, axis=1)
    ends = join.accumulate(table[:, ::-1], axis=1)[:, ::-1]
    joined = begun.copy()
    joined[1:, :-1] = join(ends[:-1, 1:], begun[1:, :-1])
    values = joined.reshape(-1)[:size]
    values[: length - 1] = np.nan
    return values
