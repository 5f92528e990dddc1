"""Bars as tests of strategies write them: an instrument on quarters, five-minute bars, sessions of New York."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.signals import Direction
from kedge.market.bars import BuiltBar
from kedge.market.hours import Hours
from kedge.sessions import calendar
from kedge.strategies.idea import Enter, Leave
from kedge.strategies.seen import Own
from kedge.strategies.trial import FLAT, Row, Spoken, bars_of

ES = Instrument(Symbol("ES"), Decimal("0.25"))
FIVE = Span(5 * MINUTE)
XNYS = calendar("XNYS")
MONDAY = date(2026, 3, 2)
LONG, SHORT = Direction.LONG, Direction.SHORT


def in_session(at: Instant) -> Hours | None:
    """The session of New York in which an instant lies."""
    session = XNYS.session_at(at)
    return None if session is None else Hours(session.open, session.close)


def opening(day: date = MONDAY) -> Instant:
    session = XNYS.session_on(day)
    assert session is not None
    return session.open


def rows_of(closes: Iterable[float], opened: float | None = None) -> list[Row]:
    """Each bar opens where the one before it closed, and goes no further than it has to."""
    rows: list[Row] = []
    for close in closes:
        first = close if opened is None else opened
        rows.append((str(first), str(max(first, close)), str(min(first, close)), str(close)))
        opened = close
    return rows


def bars(closes: Iterable[float], day: date = MONDAY, skip: int = 0) -> list[BuiltBar]:
    """Five-minute bars with these closes, from the open of a day on (or so many bars later)."""
    return bars_of(ES, Instant(opening(day) + skip * FIVE), FIVE, rows_of(closes))


def with_hole(built: BuiltBar, missing: Span = MINUTE) -> BuiltBar:
    return msgspec.structs.replace(built, missing=missing)


def said(spoken: Sequence[Spoken], first: Instant) -> list[tuple[int, Direction | None]]:
    """Which bar from `first` on it was, counted from 1, and which way to go; None: out."""
    return [
        (int((each.at - first) // FIVE), idea.direction if isinstance(idea, Enter) else None)
        for each in spoken
        for idea in each.ideas
    ]


def holds(position: Direction | None) -> Own:
    return FLAT._replace(position=position)


def as_it_said(seen: object, spoken: Sequence[Spoken]) -> Own:
    """What would be open if each entry and each exit had been filled at once."""
    ideas = [idea for each in spoken for idea in each.ideas]
    last = ideas[-1] if ideas else None
    return holds(None if last is None or isinstance(last, Leave) else last.direction)
