"""Whether the bars and the hours of a strategy fit into the sessions of what it trades."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from kedge.domain.instants import MINUTE, Instant, Span
from kedge.market.length import show_length
from kedge.sessions.markets import calendar
from kedge.sessions.session import Session
from kedge.sessions.zones import day_in, instant_at, show_in_zone, zone_named
from kedge.settings.fields import minutes_of

_DAY = timedelta(days=1)
_LAST_YEAR = 2028  # of calendars that know of no end


def bar_problem(market: str, bar: Span) -> tuple[str, str] | None:
    """What is wrong with bars of this length in a market, and what would be right; the last one may be shorter."""
    lasting = min(session.close - session.open for session in _ordinary(market))
    if bar <= lasting:
        return None
    return (
        f"bars of {show_length(bar)} are longer than the session of {market}, which lasts {_shown(Span(lasting))}",
        "a shorter one is needed",
    )


def hours_problem(market: str, between: str, zone: str, bar: Span, opening: Span) -> tuple[str, str] | None:
    """What is wrong with the hours of a strategy that cannot find anything before its opening range is over."""
    sessions = _ordinary(market)
    begin, end = map(minutes_of, between.split("-"))
    there = f"the session of {market} goes from {_told(sessions[0], zone)}"
    if end <= begin and not _is_over_midnight(market, zone):
        return f"{between} ends before it begins", there
    stretches = [(each, *stretch) for each in sessions for stretch in _stretches(each, begin, end, zone)]
    if not any(first < each.close and each.open < last for each, first, last in stretches):
        return f"{between} lies outside of the session", there
    if any(_bar_ends_in(each, first, last, bar, opening) for each, first, last in stretches):
        return None
    if opening and any(_bar_ends_in(each, first, last, bar, Span(0)) for each, first, last in stretches):
        return (
            f"{between} is over before a bar ends after the opening range of {_shown(opening)}",
            f"{there}, and the first bar that can be acted on ends {_shown(Span(opening + bar))} after its open",
        )
    return f"no bar of {show_length(bar)} ends in {between}", there


def zone_of(market: str) -> str:
    """By whose clock a market goes."""
    return calendar(market).zone


@lru_cache(maxsize=64)
def _ordinary(market: str) -> tuple[Session, ...]:
    """The first session of each month that begins and ends as always: those of winter first."""
    one = calendar(market)
    year = one.horizon.year if one.horizon is not None else _LAST_YEAR
    found: dict[int, Session] = {}
    for session in one.sessions(date(year, 1, 2), date(year, 12, 30)):
        if not session.is_early and not session.is_late:
            found.setdefault(session.day.month, session)
    return tuple(found.values())


def _stretches(session: Session, begin: int, end: int, zone: str) -> Iterator[tuple[int, int]]:
    """From when to when the hours are, on the days that a session touches."""
    clocks = zone_named(zone)
    day = day_in(session.open, clocks) - _DAY
    while day <= day_in(session.close, clocks):
        until = day if begin < end else day + _DAY
        yield instant_at(day, begin, clocks), instant_at(until, end, clocks)
        day += _DAY


def _bar_ends_in(session: Session, first: int, last: int, bar: Span, opening: Span) -> bool:
    """From the first instant on, until just before the last."""
    earliest = max(first, session.open + opening + bar)
    close = session.open - (session.open - earliest) // bar * bar
    return close < last and close <= session.close


def _is_over_midnight(market: str, zone: str) -> bool:
    """Whether days end within its sessions, or while it goes on without a gap."""
    clocks = zone_named(zone)
    return calendar(market).never_closes or any(
        day_in(session.open, clocks) != day_in(Instant(session.close - 1), clocks)
        for session in _ordinary(market)
    )


def _told(session: Session, zone: str) -> str:
    """Its hours, by the clocks of a zone."""
    opens, closes = (show_in_zone(at, zone).split()[1][:5] for at in (session.open, session.close))
    return f"{opens} to {closes} ({zone})"


def _shown(length: Span) -> str:
    hours, minutes = divmod(length // MINUTE, 60)
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join(part for part in parts if part)
