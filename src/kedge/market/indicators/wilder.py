"""Wilder's smoothing: an average in which the new figure counts for one part of `length`, all before it for the rest.

RSI and ATR are made of it, and look at the figures before they hand them on. It begins with the mean of the first
`length` figures.
"""

import msgspec

from kedge.market.indicators.feed import check_length


class Wilder(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """None until `length` figures have come."""

    length: int
    value: float | None = None
    seen: int = 0  # counted only until it is warm
    total: float = 0.0

    def __post_init__(self) -> None:
        check_length("Wilder", self.length)

    def update(self, figure: float) -> float | None:
        """Take the next figure."""
        last = self.value
        if last is not None:
            self.value = (last * (self.length - 1) + figure) / self.length
            return self.value
        self.seen += 1
        self.total += figure
        if self.seen == self.length:
            self.value = self.total / self.length
        return self.value
