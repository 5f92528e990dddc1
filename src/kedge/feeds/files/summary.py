"""What was found in recorded data, in figures: nothing is dropped, rounded or missing without being counted here."""

from collections.abc import Iterable

import msgspec

from kedge.domain.instants import Instant, Span, show_instant
from kedge.feeds.files.form import Kind
from kedge.wording.times import show_span


class Summary(msgspec.Struct):
    """The figures of one file, or of several together. They grow while the data is read."""

    rows: int = 0  # read, the dropped ones too
    kept: dict[Kind, int] = {}
    first: Instant | None = None
    last: Instant | None = None
    gaps: int = 0  # between two bars of an instrument lay more than the length of one; nights are gaps too
    largest_gap: Span = Span(0)
    rounded: int = 0  # rows with a price or size that was not on its grid
    crossed: int = 0  # quotes whose bid was above the ask: handed on as they were
    dropped: dict[str, int] = {}  # by reason

    def drop(self, count: int, reason: str) -> None:
        """So many rows were left out."""
        if count:
            self.dropped[reason] = self.dropped.get(reason, 0) + count

    def keep(self, kind: Kind, count: int, first: Instant, last: Instant) -> None:
        """So many rows were handed on, of times from `first` to `last`."""
        self.kept[kind] = self.kept.get(kind, 0) + count
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)

    def gap(self, count: int, largest: Span) -> None:
        """So many gaps were found."""
        self.gaps += count
        self.largest_gap = max(self.largest_gap, largest)

    def lines(self) -> list[str]:
        """For people, a line each; what did not happen is not mentioned."""
        kinds = ", ".join(f"{self.kept[kind]:,} {kind}" for kind in Kind if kind in self.kept)
        lines = [f"{self.rows:,} rows read: {kinds or 'nothing in them'}"]
        if self.first is not None and self.last is not None:
            lines.append(f"from {show_instant(self.first)} to {show_instant(self.last)}")
        if self.gaps:
            lines.append(f"{self.gaps:,} gaps between bars, the longest {show_span(self.largest_gap)}")
        if self.rounded:
            lines.append(f"{self.rounded:,} rows rounded to the grid")
        if self.crossed:
            lines.append(f"{self.crossed:,} quotes crossed")
        lines += [f"{count:,} rows dropped: {reason}" for reason, count in self.dropped.items()]
        return lines


def total(summaries: Iterable[Summary]) -> Summary:
    """Several summaries as one."""
    whole = Summary()
    for one in summaries:
        whole.rows += one.rows
        for kind, count in one.kept.items():
            assert one.first is not None, "rows were kept without a time"
            assert one.last is not None, "rows were kept without a time"
            whole.keep(kind, count, one.first, one.last)
        whole.gap(one.gaps, one.largest_gap)
        whole.rounded += one.rounded
        whole.crossed += one.crossed
        for reason, count in one.dropped.items():
            whole.drop(count, reason)
    return whole
