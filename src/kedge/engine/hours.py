"""The hours of markets, handed to the kernel: the calendars are looked at here, and each phase becomes an input.

The kernel keeps what it was told, so a restart and a replay decide alike, whatever calendars a later release has.
"""

import logging
from collections.abc import Iterable

from kedge.domain.inputs import MarketPhased
from kedge.domain.instants import NEVER, Instant
from kedge.domain.markets import MarketHours, Phase
from kedge.market.hours import Hours as BarHours
from kedge.market.hours import HoursOf, utc_day
from kedge.sessions.calendar import Calendar, HorizonError
from kedge.sessions.markets import calendar

log = logging.getLogger("kedge.hours")


class Hours:
    """Watches the markets by these calendars."""

    def __init__(self, names: Iterable[str]) -> None:
        """Raises `ValueError` for a calendar that there is not."""
        self._calendars = {name: calendar(name) for name in dict.fromkeys(names) if name}
        self._known: dict[str, MarketHours] = {}
        self._ended: dict[str, None] = {}

    @property
    def next_change(self) -> Instant:
        """When a phase ends next; until everything has been told once, at once."""
        waited = [name for name in self._calendars if name not in self._ended]
        return min((self._known[n].until if n in self._known else Instant(0) for n in waited), default=NEVER)

    def due(self, now: Instant) -> list[MarketPhased]:
        """What has changed by now; a market beyond the end of its calendar is told of no more."""
        found = []
        for name, one in self._calendars.items():
            known = self._known.get(name)
            if name in self._ended or (known is not None and known.since <= now < known.until):
                continue
            try:
                hours = hours_at(one, now)
            except HorizonError as error:
                log.warning("%s: no new positions there (`kedge doctor` tells of it in time)", error)
                self._ended[name] = None
                continue
            self._known[name] = hours
            found.append(MarketPhased(name, hours, at=now))
        return found


def hours_at(one: Calendar, at: Instant) -> MarketHours:
    """The phase that a market is in, with its bounds; raises `HorizonError`."""
    standing = one.phase(at, premarket=True, afterhours=True)
    session = one.session_at(at)
    if standing.until == NEVER:
        return MarketHours(standing.phase, Instant(0), NEVER, NEVER)
    close = session.close if session is not None and standing.phase in (Phase.OPEN, Phase.BREAK) else None
    return MarketHours(
        standing.phase, _since(one, at, standing.phase), standing.until, one.next_open(at), close
    )


def _since(one: Calendar, at: Instant, phase: Phase) -> Instant:
    """When the phase began: the last of all edges before that were told of."""
    session = one.session_at(at)
    if session is not None:
        edges = [edge for part in session.parts for edge in part]
    elif phase is Phase.PREMARKET:
        edges = [one.next_session(at).premarket]
    else:
        before = one.previous_session(at)
        edges = [before.close] if phase is Phase.AFTERHOURS else [before.close, before.afterhours]
    return max(edge for edge in edges if edge <= at)


def sessions_of(name: str) -> HoursOf:
    """The sessions of a calendar, as bars are cut by them; beyond its end there are none."""
    one = calendar(name) if name else None
    if one is None or one.never_closes:
        return utc_day

    def hours_of(at: Instant) -> BarHours | None:
        try:
            session = one.session_at(at)
        except HorizonError:
            return None
        return None if session is None else BarHours(session.open, session.close)

    return hours_of
