"""The days of accounts, each by its own clock, handed to the kernel: time zones are looked at here and nowhere below.

A day is as long as its zone makes it: 23 and 25 hours where the clocks are put forward and back.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kedge.domain.accounts import AccountTerms
from kedge.domain.governor import DayClock, Window
from kedge.domain.ids import AccountId
from kedge.domain.inputs import DayTurned
from kedge.domain.instants import NEVER, SECOND, Instant

_HOUR = 60


class Days:
    """Watches the clocks of these accounts."""

    def __init__(self, accounts: Iterable[AccountTerms]) -> None:
        """Raises `ValueError` for a time zone that there is not."""
        self._clocks = {terms.id: (terms.clock, _zone(terms.clock.timezone)) for terms in accounts}
        self._known: dict[AccountId, DayTurned] = {}

    @property
    def next_change(self) -> Instant:
        """When a day ends next; until everything has been told once, at once."""
        known = self._known
        return min((known[id_].until if id_ in known else Instant(0) for id_ in self._clocks), default=NEVER)

    def due(self, now: Instant) -> list[DayTurned]:
        """The days that have begun since."""
        found = []
        for account, (clock, zone) in self._clocks.items():
            known = self._known.get(account)
            if known is None or not known.at <= now < known.until:
                turned = self._known[account] = day_at(account, clock, zone, now)
                found.append(turned)
        return found


def day_at(account: AccountId, clock: DayClock, zone: ZoneInfo, now: Instant) -> DayTurned:
    """The account's day at a moment: named by the date on which it begins."""
    local = datetime.fromtimestamp(now // SECOND, zone)
    begins = local.date()
    if (local.hour * _HOUR + local.minute) < clock.starts:
        begins -= timedelta(days=1)
    until = _moment(begins + timedelta(days=1), clock.starts, zone)
    window = _window(begins, clock, zone)
    return DayTurned(account=account, day=begins.isoformat(), until=until, window=window, at=now)


def _window(begins: date, clock: DayClock, zone: ZoneInfo) -> Window | None:
    if clock.opens is None or clock.closes is None:
        return None
    zone = _zone(clock.window_timezone) if clock.window_timezone else zone
    opens = begins if clock.opens >= clock.starts else begins + timedelta(days=1)
    closes = opens if clock.closes > clock.opens else opens + timedelta(days=1)
    return Window(_moment(opens, clock.opens, zone), _moment(closes, clock.closes, zone))


def _moment(day: date, minutes: int, zone: ZoneInfo) -> Instant:
    """So many minutes after midnight by the clock on the wall; one that the clock skips is the moment of the skip."""
    wall = datetime.combine(day, time(), zone) + timedelta(
        minutes=minutes
    )  # the wall's arithmetic, not the sun's
    return Instant(int(wall.timestamp()) * SECOND)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; as in America/New_York") from None
