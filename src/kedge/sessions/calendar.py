"""The calendar of a market: its sessions, found by date or by instant.

Nothing is laid out beforehand: the session of a date is worked out from the table when it is first asked for, and
kept. What lies outside the dates that the table knows is an error, never a guess.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from kedge.domain.instants import NEVER, Instant, show_instant
from kedge.domain.markets import Phase
from kedge.sessions.hours import Hours
from kedge.sessions.phases import Piece, Standing, pieces
from kedge.sessions.session import Session, Stretch
from kedge.sessions.table import Table, read_table
from kedge.sessions.zones import day_in, instant_at, zone_named

_DAY = timedelta(days=1)


class HorizonError(ValueError):
    """Asked about a time that the table does not know."""


class Calendar:
    """The sessions of one market."""

    def __init__(self, table: Table) -> None:
        self.name = table.name
        self.title = table.title
        self.zone = table.zone
        self.zone_label = table.zone_label
        self._rules = read_table(table)
        self._clocks = zone_named(table.zone)
        self._kept: dict[date, Session | None] = {}
        self.first = self._rules.first
        self.horizon = self._rules.horizon
        self.known_from = instant_at(self.first, 0, self._clocks)
        self.known_until = self._end_of_knowledge()
        # Around the clock on every day: without this, looking for the end of the phase would not end.
        self.never_closes = self.horizon is None and len(self._rules.weekdays) == 7

    def session_on(self, day: date) -> Session | None:
        """The session of a date; none where the market stays closed."""
        if day not in self._kept:
            if day < self.first or (self.horizon is not None and day > self.horizon):
                raise self._unknown(f"on {day}")
            hours = self._rules.hours(day)
            self._kept[day] = self._session(day, hours) if hours is not None else None
        return self._kept[day]

    def sessions(self, first: date, last: date) -> Iterator[Session]:
        """The sessions of these dates, both included."""
        days = (first + count * _DAY for count in range((last - first).days + 1))
        return (session for day in days if (session := self.session_on(day)) is not None)

    def session_at(self, at: Instant) -> Session | None:
        """The session that is on, from its open to its close, breaks included."""
        session = self._ending_after(at)
        return session if session is not None and session.open <= at < session.close else None

    def next_session(self, at: Instant) -> Session:
        """The first session that opens after an instant."""
        for session in self._from(at):
            if session.open > at:
                return session
        raise self._unknown(f"after {show_instant(at)}")

    def previous_session(self, at: Instant) -> Session:
        """The last session that had closed by an instant."""
        self._check(at)
        day = day_in(at, self._clocks)
        while day >= self.first:
            session = self._lenient(day)
            if session is not None and session.close <= at:
                return session
            day -= _DAY
        raise self._unknown(f"before {show_instant(at)}")

    def next_open(self, at: Instant) -> Instant:
        """When the next session opens."""
        return self.next_session(at).open

    def phase(self, at: Instant, *, premarket: bool = False, afterhours: bool = False) -> Standing:
        """What the market is doing, and until when. A window that is not asked for counts as closed.

        Sessions that follow each other without a gap are one phase. At the end of the table the phase lasts until
        `known_until`.
        """
        self._check(at)
        if self.never_closes:
            return Standing(Phase.OPEN, NEVER)
        standing: Piece | None = None
        for session in self._from(at):
            for piece in pieces(session, premarket=premarket, afterhours=afterhours):
                if standing is None:
                    if at < piece.start:
                        return Standing(Phase.CLOSED, piece.start)
                    standing = piece if at < piece.end else None
                elif piece.start == standing.end and piece.phase is standing.phase:
                    standing = piece
                else:
                    return Standing(standing.phase, standing.end)
        if standing is None:
            return Standing(Phase.CLOSED, self.known_until)
        return Standing(standing.phase, standing.end)

    def trading_day(self, at: Instant) -> date:
        """The day that a trade at this instant counts for; between sessions it is the next one."""
        session = self._ending_after(at)
        if session is None:
            raise self._unknown(f"after {show_instant(at)}")
        return session.trading_day

    def trading_days(self, first: date, last: date) -> list[date]:
        """The dates that trades can count for, both ends included: without weekends and the exchange's holidays."""
        return [session.day for session in self.sessions(first, last) if session.day == session.trading_day]

    def _from(self, at: Instant) -> Iterator[Session]:
        """The sessions that have not ended by an instant, after-hours included, in their order."""
        self._check(at)
        day = day_in(at, self._clocks) - _DAY
        while self.horizon is None or day <= self.horizon:
            session = self._lenient(day)
            if session is not None and at < session.afterhours:
                yield session
            day += _DAY

    def _ending_after(self, at: Instant) -> Session | None:
        return next(self._from(at), None)

    def _lenient(self, day: date) -> Session | None:
        """The session of a date; none where it is not known."""
        known = day >= self.first and (self.horizon is None or day <= self.horizon)
        return self.session_on(day) if known else None

    def _session(self, day: date, hours: Hours) -> Session | None:
        regular = self._rules.regular(day)
        marked = (Stretch(*(mark.on(day, self._clocks) for mark in part)) for part in hours.parts)
        parts = [part for part in marked if part.start < part.end]
        if not parts:  # the clocks skipped all of it
            return None
        begin, end = parts[0].start, parts[-1].end
        gaps = (Stretch(before.end, after.start) for before, after in pairwise(parts))
        return Session(
            day=day,
            trading_day=self._counts_for(day),
            zone=self.zone,
            open=begin,
            close=end,
            premarket=hours.premarket.on(day, self._clocks) if hours.premarket else begin,
            afterhours=hours.afterhours.on(day, self._clocks) if hours.afterhours else end,
            breaks=tuple(gap for gap in gaps if gap.start < gap.end),
            is_early=hours.close.minute < regular.close.minute,
            is_late=hours.open.minute > regular.open.minute,
        )

    def _counts_for(self, day: date) -> date:
        """The day itself; where its trades are carried over, the next one that counts."""
        counted = day
        while counted in self._rules.carried or self._rules.hours(counted) is None:
            counted += _DAY
        return counted

    def _end_of_knowledge(self) -> Instant:
        if self.horizon is None:
            return NEVER
        after = self.horizon + _DAY
        return self._rules.regular(after).begin.on(after, self._clocks)

    def _check(self, at: Instant) -> None:
        if not self.known_from <= at < self.known_until:
            raise self._unknown(f"at {show_instant(at)}")

    def _unknown(self, when: str) -> HorizonError:
        until = f" to {self.horizon} (newer releases know later ones)" if self.horizon is not None else ""
        return HorizonError(f"{self.name}: sessions are known from {self.first}{until}, not {when}")
