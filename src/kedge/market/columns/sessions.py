"""What begins anew with each session, over whole columns: VWAP and the opening range.

`opened` names the session of each bar by its open.
"""

import numpy as np
from numpy.typing import ArrayLike

from kedge.domain.instants import Span
from kedge.market.columns.column import Column, check_alike, column, stretches, unknown, whole


def vwap(opened: ArrayLike, price: ArrayLike, volume: ArrayLike) -> Column:
    """As `Vwap`."""
    sessions, prices, volumes = whole("Vwap", opened), column("Vwap", price), column("Vwap", volume)
    check_alike("Vwap", sessions, prices, volumes)
    if (volumes < 0.0).any():
        place = int(np.argmax(volumes < 0.0))
        raise ValueError(f"Vwap: a volume cannot be {float(volumes[place])}, as at place {place}")
    paid = prices * volumes + 0.0  # there is one zero, and a tiny loss can round to the other
    values = unknown(prices.size)
    for begin, end in stretches(sessions):
        traded = np.add.accumulate(volumes[begin:end])
        some = traded > 0.0
        np.divide(np.add.accumulate(paid[begin:end]), traded, out=values[begin:end], where=some)
    return values


def opening_range(
    length: Span,
    opened: ArrayLike,
    start: ArrayLike,
    end: ArrayLike,
    high: ArrayLike,
    low: ArrayLike,
    missing: ArrayLike | None = None,
) -> tuple[Column, Column]:
    """As `OpeningRange`: its high and its low."""
    name = "OpeningRange"
    sessions, starts, ends = whole(name, opened), whole(name, start), whole(name, end)
    holes = np.zeros(sessions.size, np.int64) if missing is None else whole(name, missing)
    highs, lows = column(name, high), column(name, low)
    check_alike(name, sessions, starts, ends, highs, lows, holes)
    tops, bottoms = unknown(highs.size), unknown(lows.size)
    for first, stop in stretches(sessions):
        until = sessions[first] + length
        over = np.flatnonzero(ends[first:stop] >= until)
        if not over.size:
            continue  # the session's bars end before its range does
        known = first + int(over[0])
        within = slice(first, known + int(starts[known] < until))
        is_sound = (
            starts[first] == sessions[first] and not holes[within].any() and (ends[within] <= until).all()
        )
        if is_sound:
            tops[known:stop] = highs[within].max()
            bottoms[known:stop] = lows[within].min()
    return tops, bottoms
