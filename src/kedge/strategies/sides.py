"""Which ways a rule may go."""

from enum import StrEnum

from kedge.domain.signals import Direction


class Sides(StrEnum):
    """One of the two, or both."""

    BOTH = "both"
    LONG = "long"
    SHORT = "short"

    def allow(self, side: Direction) -> bool:
        """Whether this way is one of them."""
        return self is Sides.BOTH or self.name == side.name
