"""The phases of a session, one after the other, and until when each lasts."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from kedge.domain.instants import Instant
from kedge.domain.markets import Phase
from kedge.sessions.session import Session


class Standing(msgspec.Struct, frozen=True, gc=False):
    """A phase, and the first instant that no longer belongs to it."""

    phase: Phase
    until: Instant


class Piece(NamedTuple):
    """A stretch of one phase."""

    phase: Phase
    start: Instant
    end: Instant


def pieces(session: Session, *, premarket: bool, afterhours: bool) -> Iterator[Piece]:
    """The phases of a session in their order, without gaps; a window that is not asked for is left out."""
    if premarket and session.premarket < session.open:
        yield Piece(Phase.PREMARKET, session.premarket, session.open)
    since = session.open
    for pause in session.breaks:
        yield Piece(Phase.OPEN, since, pause.start)
        yield Piece(Phase.BREAK, pause.start, pause.end)
        since = pause.end
    yield Piece(Phase.OPEN, since, session.close)
    if afterhours and session.close < session.afterhours:
        yield Piece(Phase.AFTERHOURS, session.close, session.afterhours)
