"""The exponential moving average: each figure pulls the average towards itself by the same part of the way.

It begins with the mean of the first `length` figures; the part is 2 / (length + 1).
"""

import msgspec

from kedge.market.indicators.feed import LARGEST, check_length, refuse


class Ema(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """None until `length` figures have come."""

    length: int
    value: float | None = None
    seen: int = 0  # counted only until it is warm
    total: float = 0.0

    def __post_init__(self) -> None:
        check_length("Ema", self.length)

    def update(self, figure: float) -> float | None:
        """Take the next figure."""
        if not -LARGEST <= figure <= LARGEST:
            refuse("Ema", figure)
        last = self.value
        if last is not None:
            self.value = (figure - last) * (2.0 / (self.length + 1)) + last
            return self.value
        self.seen += 1
        self.total += figure
        if self.seen == self.length:
            self.value = self.total / self.length
        return self.value
