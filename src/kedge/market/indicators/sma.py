"""The simple moving average: the mean of the last so many figures."""

from typing import Self

import msgspec

from kedge.market.indicators.window import Total


class Sma(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Made by `of`."""

    total: Total

    @classmethod
    def of(cls, length: int) -> Self:
        """The mean of the last `length` figures."""
        return cls(Total(length))

    @property
    def value(self) -> float | None:
        """None until there are enough figures."""
        total = self.total.value
        return None if total is None else total / self.total.length

    def update(self, figure: float) -> float | None:
        """Take the next figure."""
        self.total.update(figure)
        return self.value
