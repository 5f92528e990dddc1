"""What the referee has found: how near every limit was, and each one that something could have breached."""

from fractions import Fraction
from typing import NamedTuple

ROUNDING = Fraction(
    1, 10**6
)  # of the currency: what the engine's rounding to billionths may come to, and more


class Rule(NamedTuple):
    """One limit, and what it is held against; one that may not even be reached is `strict`."""

    name: str
    used: Fraction
    limit: Fraction
    strict: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether more is used than there is."""
        return self.used > self.limit + ROUNDING or (self.strict and self.used == self.limit)

    @property
    def left(self) -> Fraction:
        """What is left of it."""
        return self.limit - self.used


class Margin(NamedTuple):
    """How near a limit was, by what left."""

    limit: str
    used: Fraction
    most: Fraction
    order: str
    account: str
    seq: int
    at: int

    @property
    def left(self) -> Fraction:
        """What was left of it."""
        return self.most - self.used

    @property
    def share(self) -> Fraction:
        """The same as a part of the limit; of a limit that lets nothing through there is nothing left."""
        return self.left / self.most if self.most > 0 else min(self.left, Fraction(0))


class Breach(NamedTuple):
    """Something left by which a limit could be breached."""

    margin: Margin
    what: str  # that left


class Verdict:
    """All of it."""

    def __init__(self) -> None:
        """Nothing has been looked at."""
        self.events = 0
        self.entries = 0
        self.enlarged = 0
        self.margins: dict[str, Margin] = {}  # the tightest of each limit
        self.breaches: list[Breach] = []

    @property
    def ok(self) -> bool:
        """Whether nothing could be breached."""
        return not self.breaches

    def note(self, rule: Rule, what: str, order: str, account: str, seq: int, at: int) -> None:
        """One limit was held against one order."""
        margin = Margin(rule.name, rule.used, rule.limit, order, account, seq, at)
        known = self.margins.get(rule.name)
        if known is None or margin.share < known.share:
            self.margins[rule.name] = margin
        if rule.is_broken:
            self.breaches.append(Breach(margin, what))
