"""What was traded of a future's contracts, session by session, out of the bars of their charts.

Only whole sessions are compared: half of one says more of its hours than of the contract. A session counts as whole
when the engine has listened from its open on, or history reaches back to it. What is lost while a feed is away, is
lost for all contracts of a root alike: one feed brings them.
"""

from collections.abc import Iterable

from kedge.domain.ids import Symbol
from kedge.domain.instants import NEVER, Instant
from kedge.domain.quotes import Bar
from kedge.sessions.calendar import Calendar, HorizonError
from kedge.sessions.session import Session

SESSIONS_KEPT = 3  # of each contract: the one that is on, the last, and one that late bars may belong to


class Volumes:
    """Of the contracts of one root."""

    def __init__(self, calendar: Calendar, contracts: Iterable[Symbol], since: Instant) -> None:
        """Nothing before `since` was heard."""
        self._calendar = calendar
        self._heard = dict.fromkeys(contracts, since)
        self._oldest = dict.fromkeys(self._heard, NEVER)  # start of the oldest bar that is counted
        self._sums: dict[Symbol, dict[Instant, int]] = {contract: {} for contract in self._heard}

    def take(self, bar: Bar) -> None:
        """A bar that has just become known."""
        self._oldest[bar.instrument] = min(self._oldest[bar.instrument], bar.start)
        self._count(bar)

    def take_past(self, contract: Symbol, bars: Iterable[Bar]) -> None:
        """What a chart of a contract holds now that its history has come; what is counted already is not again."""
        past = [bar for bar in bars if bar.at <= self._oldest[contract]]
        for bar in past:
            self._count(bar)
        if past:
            self._oldest[contract] = past[0].start
            self._heard[contract] = min(self._heard[contract], past[0].start)

    def of(self, contract: Symbol, session: Session) -> int | None:
        """In billionths, what was traded in a session that is over; None where not all of it was heard."""
        if self._heard[contract] > session.open:
            return None
        return self._sums[contract].get(session.open, 0)

    def _count(self, bar: Bar) -> None:
        try:
            session = self._calendar.session_at(bar.start)
        except HorizonError:
            return
        if session is None:
            return
        sums = self._sums[bar.instrument]
        sums[session.open] = sums.get(session.open, 0) + bar.volume
        if len(sums) > SESSIONS_KEPT:
            del sums[min(sums)]
