"""Wilder's relative strength index: of all movement lately, the part that went up, from 0 to 100.

Where nothing has moved at all there is no part to speak of; then it says 50, which is neither strong nor weak. (Others
say 0 there, and a market that stands still looks oversold.)
"""

from typing import Self

import msgspec

from kedge.market.indicators.feed import LARGEST, refuse
from kedge.market.indicators.wilder import Wilder

STILL = 50.0


class Rsi(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Made by `of`."""

    gains: Wilder
    losses: Wilder
    last: float | None = None
    value: float | None = None

    @classmethod
    def of(cls, length: int = 14) -> Self:
        """The index over `length` changes; it takes one figure more until there is a value."""
        return cls(Wilder(length), Wilder(length))

    def update(self, figure: float) -> float | None:
        """Take the next figure."""
        if not -LARGEST <= figure <= LARGEST:
            refuse("Rsi", figure)
        last, self.last = self.last, figure
        if last is None:
            return None
        change = figure - last
        gain = self.gains.update(max(0.0, change))
        loss = self.losses.update(max(0.0, -change))
        if gain is not None and loss is not None:
            moved = gain + loss
            self.value = 100.0 * (gain / moved) if moved else STILL
        return self.value
