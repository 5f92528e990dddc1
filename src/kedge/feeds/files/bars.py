"""Rows of bars: how long each is, which are missing, told twice, or impossible."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kedge.domain.instants import MINUTE, Instant, Span, show_instant
from kedge.domain.quotes import Bar, MarketData
from kedge.feeds.files.amounts import Amounts, Rounding
from kedge.feeds.files.faults import Mask
from kedge.feeds.files.form import ARRIVAL, END, Stamps, Terms
from kedge.feeds.files.page import Page
from kedge.feeds.files.stamps import Instants, StampReader
from kedge.wording.times import show_span

_HOUR: Final = 60 * MINUTE
_DAY: Final = 24 * _HOUR
_PRICES: Final = ("open", "high", "low", "close")


class BarRows:
    """Reads the bars of one file. Prices off the grid are rounded to the nearest tick, and counted."""

    def __init__(self, terms: Terms) -> None:
        self._stamped_at_end = terms.stamps is Stamps.END
        self._length = terms.bar_length
        self._ends = StampReader(END)
        self._last: dict[
            int, tuple[int, tuple[int, ...]]
        ] = {}  # by instrument: start and content of the last bar

    def read(self, page: Page) -> tuple[Instants, list[MarketData]]:
        """When each bar of a batch was known, and the bars."""
        prices = [page.prices(name, Rounding.NEAREST) for name in _PRICES]
        volume = page.sizes("volume", Rounding.NEAREST)
        _check(page, prices, volume)
        starts, ends = self._times(page)
        page.faults.refuse_any()  # without sound times and prices there is no sequence to check
        content = np.stack([amounts.counts for amounts in prices], axis=1)
        if ARRIVAL not in page.columns:  # what was recorded is played as it came, corrections too
            self._check_sequence(page, starts, ends, content)
        page.faults.refuse_any()
        bars: list[MarketData] = list(
            map(
                Bar,
                page.symbols(),
                page.kept(ends),
                page.kept(starts),
                *(page.kept(amounts.counts) for amounts in prices),
                page.kept_sizes(volume),
            )
        )
        return ends[page.left], bars

    def _times(self, page: Page) -> tuple[Instants, Instants]:
        if END in page.columns:
            ends = self._ends.read(page.columns[END], page.faults)
            page.fault(ends <= page.stamps, lambda _: f"{END} is not after the start of the bar")
            return page.stamps, ends
        if self._length is None:
            self._length = _common_distance(page.codes, page.stamps)
        if self._length is None:
            page.faults.note_row(
                0,
                lambda _: "how long a bar is cannot be told, for there are no two of one instrument: say it",
            )
            return page.stamps, page.stamps
        if self._stamped_at_end:
            return page.stamps - self._length, page.stamps
        return page.stamps, page.stamps + self._length

    def _check_sequence(
        self, page: Page, starts: Instants, ends: Instants, content: NDArray[np.int64]
    ) -> None:
        """Compare each bar with the one before it of its instrument."""
        doubled: Mask = np.zeros(len(starts), np.bool_)
        for code in np.unique(page.codes[page.left]).tolist():
            rows = np.flatnonzero((page.codes == code) & page.left)
            before_start, before_content = self._last.get(code, (None, None))
            own_starts, own = starts[rows], content[rows]
            distance = np.diff(own_starts, prepend=own_starts[0] if before_start is None else before_start)
            same = np.zeros(len(rows), np.bool_)
            same[1:] = (own[1:] == own[:-1]).all(axis=1)
            same[0] = before_content is not None and tuple(own[0].tolist()) == before_content
            again = distance == 0
            again[0] &= before_start is not None
            doubled[rows[again & same]] = True
            self._note(
                page,
                rows,
                again & ~same,
                lambda row: f"is a second, different bar of {show_instant(Instant(int(starts[row])))}",
            )
            self._compare_lengths(page, rows, distance, ends[rows] - own_starts)
            self._last[code] = (int(own_starts[-1]), tuple(own[-1].tolist()))
        page.drop(doubled, "a bar told twice")

    def _compare_lengths(
        self, page: Page, rows: NDArray[np.intp], distance: Instants, lengths: Instants
    ) -> None:
        # Days that begin at local midnight are an hour shorter when the clocks go forward.
        allowed = np.where(lengths >= _DAY, lengths - _HOUR, lengths)
        overlap = (distance > 0) & (distance < allowed)
        self._note(
            page,
            rows,
            overlap,
            lambda row: (
                f"begins {show_span(int(distance[rows == row][0]))} after the bar before it, "
                f"which lasts {show_span(int(lengths[rows == row][0]))}"
            ),
        )
        gaps = distance[distance > lengths + np.where(lengths >= _DAY, _HOUR, 0)]
        if len(gaps):
            page.summary.gap(len(gaps), Span(int(gaps.max())))

    @staticmethod
    def _note(
        page: Page, rows: NDArray[np.intp], wrong: NDArray[np.bool_], problem: Callable[[int], str]
    ) -> None:
        whole = np.zeros(len(page.codes), np.bool_)
        whole[rows[wrong]] = True
        page.fault(whole, problem)


def _check(page: Page, prices: list[Amounts], volume: Amounts | None) -> None:
    missing = [np.isnan(amounts.numbers) for amounts in prices]
    without: Mask = np.logical_and.reduce(missing)
    page.drop(without, "a bar without prices")
    for amounts, gone in zip(prices, missing, strict=True):
        page.fault(gone, _is_missing(amounts))
        page.need_above_zero(amounts)
    opened, high, low, closed = prices
    page.fault(high.counts < low.counts, lambda row: f"{high.shown(row)} is below {low.shown(row)}")
    for amounts in (opened, closed):
        outside = (amounts.counts > high.counts) | (amounts.counts < low.counts)
        page.fault(outside, _is_outside(amounts, low, high))
    page.need_sizes(volume)


def _is_missing(amounts: Amounts) -> Callable[[int], str]:
    return lambda _: f"{amounts.name} is missing"


def _is_outside(amounts: Amounts, low: Amounts, high: Amounts) -> Callable[[int], str]:
    return lambda row: f"{amounts.shown(row)} is not between {low.shown(row)} and {high.shown(row)}"


def _common_distance(codes: NDArray[np.intp], stamps: Instants) -> Span | None:
    """The most common distance between two bars of one instrument; of two as common ones, the shorter."""
    distances = np.concatenate([np.diff(stamps[codes == code]) for code in np.unique(codes)] or [stamps[:0]])
    lengths, times = np.unique(distances[distances > 0], return_counts=True)
    return Span(int(lengths[times.argmax()])) if len(lengths) else None
