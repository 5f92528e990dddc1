"""Where bars and opening ranges begin: at the open of the session, or at a time of day within it.

Bars are counted from the open, so on a day of 23 hours they still begin where the trading does. The last one is cut
off by the close.
"""

from kedge.domain.instants import Instant, Span, show_instant
from kedge.sessions.session import Session, Stretch


def bar_at(session: Session, at: Instant, length: Span) -> Stretch:
    """The bar of this length that holds an instant of the session."""
    if length <= 0:
        raise ValueError(f"a bar has a length above 0, not {length}")
    if not session.open <= at < session.close:
        raise ValueError(f"{show_instant(at)} is not in the session of {session.day}")
    start = at - (at - session.open) % length
    return Stretch(Instant(start), Instant(min(start + length, session.close)))


def opening_range(session: Session, length: Span, time: str | None = None) -> Stretch:
    """The opening range of a session, from its open or from a time of day such as 08:30.

    Raises `ValueError` where the market does not trade all through it: no range can be told from half of one.
    """
    start = session.open if time is None else session.clock(time)
    end = Instant(start + length)
    if length <= 0 or not any(part.start <= start and end <= part.end for part in session.parts):
        begin = time if time is not None else "its open"
        raise ValueError(f"the session of {session.day} does not trade for {length} ns from {begin} on")
    return Stretch(start, end)
