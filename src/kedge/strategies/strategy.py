"""What a strategy is, be it a rule of the catalogue or a class of a user's own.

The same object runs live, over recorded data and in a test. It is handed one bar after the other at their closes and
answers with what it would do. It knows no clock: time is in what it sees. What it wants to know again after a restart
is in `state`, and nowhere else: it is written down with what the strategy says.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import msgspec

from kedge.domain.instants import Span
from kedge.strategies.idea import Idea
from kedge.strategies.needs import Need
from kedge.strategies.seen import Own, Seen


class NoState(msgspec.Struct):
    """Of a strategy that has nothing to remember."""


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the settings may say to a strategy: a subclass has a field for each parameter, with its default."""


class Strategy:
    """Subclasses say what they need, and what they do at the close of a bar."""

    Terms: ClassVar[type[Terms]] = Terms
    State: ClassVar[type[msgspec.Struct]] = NoState

    def __init__(self, terms: Any = None) -> None:
        self.terms = self.Terms() if terms is None else terms
        self.state: Any = self.State()

    def fault(self, bar: Span) -> str:
        """What is wrong with its terms for bars of this length, beginning with a parameter's name; empty: nothing."""
        return ""

    def needs(self) -> Mapping[str, Need]:
        """The indicators that it reads, by the names under which it finds them in `Seen.readings`."""
        return {}

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        """A bar is known."""
        raise NotImplementedError
