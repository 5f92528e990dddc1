"""Swings: bars that stand out above (or below) those on either side of them.

A swing high is higher than each of the `left` bars before it and not lower than any of the `right` bars after it, so
of several equal ones the first counts. It is known only when the last of those on the right has come, which is when
`value` changes: nothing here looks ahead.
"""

from enum import StrEnum
from typing import Self

import msgspec

from kedge.market.indicators.feed import LARGEST, check_length, refuse
from kedge.market.indicators.window import Highest


class Side(StrEnum):
    """Which way a swing stands out."""

    HIGH = "high"
    LOW = "low"


class Swing(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The last confirmed swing. Lows are kept as the highs of the market upside down. Made by `of`."""

    side: Side
    before: Highest
    after: Highest
    waiting: list[float] = []  # those that still lack neighbours on the right
    value: float | None = None
    bars_since: int | None = None  # how many bars ago the swing was made

    @classmethod
    def of(cls, side: Side, left: int, right: int) -> Self:
        """A swing with so many lesser bars to its left and right."""
        check_length("Swing", min(left, right))
        return cls(side, Highest(left), Highest(right))

    def update(self, figure: float) -> float | None:
        """Take the next bar's high (or low)."""
        if not -LARGEST <= figure <= LARGEST:
            refuse("Swing", figure)
        signed = (figure if self.side is Side.HIGH else -figure) + 0.0
        after = self.after.update(signed)
        self.waiting.append(signed)
        if self.bars_since is not None:
            self.bars_since += 1
        if len(self.waiting) > self.after.length:
            candidate = self.waiting.pop(0)
            before = self.before.value
            self.before.update(candidate)
            if before is not None and after is not None and before < candidate >= after:
                self.value = (candidate if self.side is Side.HIGH else -candidate) + 0.0
                self.bars_since = self.after.length
        return self.value
