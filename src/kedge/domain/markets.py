"""What a market is doing, as the kernel knows it: told by the shell, which has the calendars."""

from enum import StrEnum

import msgspec

from kedge.domain.instants import Instant


class Phase(StrEnum):
    """What a market is doing."""

    CLOSED = "CLOSED"
    PREMARKET = "PREMARKET"
    OPEN = "OPEN"
    BREAK = "BREAK"  # a pause within a session, over which orders of the day live on
    AFTERHOURS = "AFTERHOURS"


class MarketHours(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """A phase with its bounds; `until` is the first instant that no longer belongs to it."""

    phase: Phase
    since: Instant
    until: Instant
    next_open: Instant  # of a regular session, after this phase
    close: Instant | None = None  # of the session that is on

    def trades(self, *, premarket: bool, afterhours: bool) -> bool:
        """Whether somebody who takes part in these windows may trade in this phase."""
        return (
            self.phase is Phase.OPEN
            or (premarket and self.phase is Phase.PREMARKET)
            or (afterhours and self.phase is Phase.AFTERHOURS)
        )
