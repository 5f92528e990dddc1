"""How long to wait before a lost connection is made anew: longer each time, and never all clients at once.

A connection that was made says nothing yet: a server in trouble takes connections and drops them. So the pauses begin
anew only after one that held for a healthy minute.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from kedge.domain.instants import MINUTE, SECOND, Span

Chance = Callable[[], float]  # evenly from 0 up to 1

_DOUBLINGS_MAX: Final = 32


class PauseTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shortest and the longest pause, and how long a connection must have held to be thought well."""

    first: Span = Span(SECOND // 2)
    longest: Span = Span(MINUTE)
    healthy: Span = Span(MINUTE)


class Pauses:
    """The pauses of one stream."""

    def __init__(self, terms: PauseTerms, chance: Chance) -> None:
        self._terms = terms
        self._chance = chance
        self._doublings = 0

    def next(self, held: Span) -> Span:
        """The pause after a connection that held so long; 0 if none could be made."""
        if held >= self._terms.healthy:
            self._doublings = 0
        pause = min(self._terms.first << self._doublings, self._terms.longest)
        self._doublings = min(self._doublings + 1, _DOUBLINGS_MAX)
        return self._spread(pause)

    def longest(self) -> Span:
        """The pause where hurry is of no use."""
        return self._spread(self._terms.longest)

    def _spread(self, pause: int) -> Span:
        """Something between half the pause and all of it."""
        return Span(round(pause * (1 + self._chance()) / 2))
