"""A column: one figure for each bar, in the order of time. Where an indicator has no value yet, its column has NaN.

What goes into one is looked at as a whole, with the same bounds as the figures that come one by one.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kedge.market.indicators.feed import LARGEST

Column = NDArray[np.float64]
Whole = NDArray[np.int64]


def column(indicator: str, figures: ArrayLike) -> Column:
    """The figures as a column; the first that is not finite, or too large, is refused by its place."""
    given = np.array(figures, dtype=np.float64) + 0.0  # there is one zero
    if given.ndim != 1:
        raise ValueError(f"{indicator}: a column has one figure for each bar, not {given.ndim} dimensions")
    wrong = np.flatnonzero(~(np.abs(given) <= LARGEST))
    if wrong.size:
        place = int(wrong[0])
        raise ValueError(
            f"{indicator}: {float(given[place])} at place {place} is not a figure between -1e15 and 1e15"
        )
    return given


def whole(indicator: str, figures: ArrayLike) -> Whole:
    """Instants or spans as a column."""
    given = np.array(figures)
    if given.size and given.dtype.kind not in "iu":
        raise ValueError(f"{indicator}: times are whole nanoseconds, not {given.dtype}")
    return given.astype(np.int64)


def check_alike(indicator: str, *columns: Column | Whole) -> None:
    """Refuse columns that do not tell of the same bars."""
    sizes = [each.size for each in columns]
    if len(set(sizes)) > 1:
        raise ValueError(f"{indicator}: its columns differ in length: {', '.join(map(str, sizes))}")


def unknown(size: int) -> Column:
    """A column in which nothing is known yet."""
    return np.full(size, np.nan)


def stretches(marks: Whole) -> list[tuple[int, int]]:
    """Where each run of equal marks begins and ends."""
    if not marks.size:
        return []
    cuts = (np.flatnonzero(np.diff(marks)) + 1).tolist()
    return list(zip([0, *cuts], [*cuts, marks.size], strict=True))
