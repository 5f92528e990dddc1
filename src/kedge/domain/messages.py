"""How many messages a venue takes from one of its accounts, and how many of them are kept for ways out.

    |<------------------ what the venue takes in a second, or in a minute ------------------>|
    |<------------------ entries ------------------>|<-------- kept: cancels, exits -------->|

What is over all of it is not sent too fast: it waits for its turn, ways out first.
"""

from bisect import bisect_right

import msgspec

from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.limits import WHOLE

WINDOWS = (("second", Span(SECOND)), ("minute", MINUTE))


class MessageBudget(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """Of an account at a venue; everybody who shares it draws on the same."""

    per_second: int = 10
    per_minute: int = 200
    reserve_pct: int = 30  # that no entry may use

    def __post_init__(self) -> None:
        """Refuse a budget that nothing, or no way out, would fit into."""
        for name in ("per_second", "per_minute"):
            if getattr(self, name) < 1:
                raise ValueError(f"messages: {name} must be 1 or more, not {getattr(self, name)}")
        if not 0 <= self.reserve_pct < WHOLE:
            raise ValueError(f"messages: reserve_pct must be 0 or more and below 100, not {self.reserve_pct}")

    def most(self, window: str) -> int:
        """What the venue takes in a second or a minute."""
        return self.per_second if window == "second" else self.per_minute

    def for_entries(self, window: str) -> int:
        """So many of them may be entries; one at least, or nothing could ever be opened."""
        return max(self.most(window) * (100 - self.reserve_pct) // 100, 1)


# For a stage on which the venue's patience is not what is played.
PATIENT = MessageBudget(per_second=10**6, per_minute=10**7, reserve_pct=0)


def sent_since(sent: list[Instant], begin: Instant) -> int:
    """How many of these, oldest first, were sent after that."""
    return len(sent) - bisect_right(sent, begin)
