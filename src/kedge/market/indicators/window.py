"""The last so many figures put together: their sum, the highest, the lowest.

The figures are cut into blocks as long as the window. A window is then the end of one block and the beginning of the
next: the ends are put together once for each block, the beginning grows figure by figure. That takes two steps for
each figure on average. Nothing is ever taken off again, so a sum gathers no rounding errors over the months, and
whole columns can be reckoned in the same order, to the same last bit.
"""

from itertools import accumulate

import msgspec

from kedge.market.indicators.feed import LARGEST, check_length, refuse


class Window(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """What `join` makes of the last `length` figures."""

    length: int
    value: float | None = None
    block: list[float] = []
    begun: float = 0.0  # the figures of the block, joined
    ends: list[float] = []  # the last one, two, three … figures of the block before, joined

    def __post_init__(self) -> None:
        check_length(type(self).__name__, self.length)

    @staticmethod
    def join(one: float, other: float) -> float:
        """Put two figures together; in which order does not matter."""
        raise NotImplementedError

    def update(self, figure: float) -> float | None:
        """Take the next figure; None until there are enough."""
        if not -LARGEST <= figure <= LARGEST:
            refuse(type(self).__name__, figure)
        figure = figure + 0.0  # there is one zero: of 0.0 and -0.0 neither is the highest
        block = self.block
        self.begun = begun = self.join(self.begun, figure) if block else figure
        block.append(figure)
        lacking = self.length - len(block)
        if not lacking:
            self.value = begun
            self.ends = list(accumulate(reversed(block), self.join))
            self.block = []
        elif self.ends:
            self.value = self.join(self.ends[lacking - 1], begun)
        return self.value


class Highest(Window, gc=False, forbid_unknown_fields=True):
    """The highest of the last `length` figures."""

    @staticmethod
    def join(one: float, other: float) -> float:
        """The higher one."""
        return max(one, other)


class Lowest(Window, gc=False, forbid_unknown_fields=True):
    """The lowest of the last `length` figures."""

    @staticmethod
    def join(one: float, other: float) -> float:
        """The lower one."""
        return min(one, other)


class Total(Window, gc=False, forbid_unknown_fields=True):
    """The sum of the last `length` figures."""

    @staticmethod
    def join(one: float, other: float) -> float:
        """The sum."""
        return one + other
