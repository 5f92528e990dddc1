"""Wilder's average true range: how far the market goes in a bar, lately."""

from typing import Self

import msgspec

from kedge.market.indicators.true_range import TrueRange
from kedge.market.indicators.wilder import Wilder


class Atr(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Made by `of`."""

    average: Wilder
    true_range: TrueRange

    @classmethod
    def of(cls, length: int = 14) -> Self:
        """The average over `length` true ranges; it takes one bar more until there is a value."""
        return cls(Wilder(length), TrueRange())

    @property
    def value(self) -> float | None:
        """None until there are enough bars."""
        return self.average.value

    def update(self, high: float, low: float, close: float) -> float | None:
        """Take the next bar."""
        true_range = self.true_range.update(high, low, close)
        return None if true_range is None else self.average.update(true_range)
