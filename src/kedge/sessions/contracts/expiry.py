"""When a contract ends: its last trading day by the exchange's rule, and the first day on which delivery can be called.

Rules count trading days, so an exchange's holiday moves an ending forward: the third Friday of June 2026 is a holiday,
and that month's index futures end on Thursday.
"""

from collections.abc import Callable
from datetime import date, timedelta

import msgspec

from kedge.domain.instants import Instant
from kedge.sessions.calendar import Calendar
from kedge.sessions.contracts.contract import Contract
from kedge.sessions.contracts.products import Ending, Product
from kedge.sessions.zones import instant_at, minute_of, zone_named

_FRIDAY, _WEDNESDAY = 4, 2
_SEARCHED = timedelta(days=21)  # no exchange is closed for so long


class Expiry(msgspec.Struct, frozen=True, gc=False):
    """The end of a contract."""

    day: date
    at: Instant  # trading has ended
    first_notice: date | None  # none: no delivery is called for while it trades

    @property
    def deadline(self) -> date:
        """The day by which a position must be gone."""
        return self.day if self.first_notice is None else min(self.day, self.first_notice)


def expiry_by_rule(contract: Contract, product: Product, calendar: Calendar) -> Expiry:
    """The end of a contract, by the rule of its product."""
    month = date(contract.year, contract.month, 1)
    day = _LAST_DAYS[product.ending](calendar, month)
    session = calendar.session_on(day)
    assert session is not None
    ends = instant_at(day, minute_of(product.time), zone_named(calendar.zone))
    notice = _days_before(calendar, month)[-1] if product.has_early_notice else None
    return Expiry(day, min(ends, session.close), notice)


def expiry_as_told(contract: Contract, day: date, calendar: Calendar) -> Expiry:
    """The end of a contract whose last trading day was told; it trades until the close."""
    session = calendar.session_on(day)
    if session is None:
        raise ValueError(
            f"roll: {contract.symbol(2)} cannot end on {day}: {calendar.name} is closed on that day"
        )
    if (day.year, day.month) > (contract.year, contract.month):
        raise ValueError(f"roll: {contract.symbol(2)} cannot end on {day}: that is after its month")
    return Expiry(day, session.close, None)


def _third(weekday: int, month: date) -> date:
    return month + timedelta(days=(weekday - month.weekday()) % 7 + 14)


def _month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _days_of(calendar: Calendar, month: date) -> list[date]:
    after = (month + timedelta(days=31)).replace(day=1)
    return calendar.trading_days(month, after - timedelta(days=1))


def _days_before(calendar: Calendar, day: date) -> list[date]:
    """The trading days ahead of a date, the nearest last."""
    return calendar.trading_days(day - _SEARCHED, day - timedelta(days=1))


def _third_friday(calendar: Calendar, month: date) -> date:
    return _days_before(calendar, _third(_FRIDAY, month) + timedelta(days=1))[-1]


def _two_before_third_wednesday(calendar: Calendar, month: date) -> date:
    return _days_before(calendar, _third(_WEDNESDAY, month))[-2]


def _three_before_25th(calendar: Calendar, month: date) -> date:
    return _days_before(calendar, _month_before(month).replace(day=26))[-4]


def _three_before_first(calendar: Calendar, month: date) -> date:
    return _days_before(calendar, month)[-3]


_LAST_DAYS: dict[Ending, Callable[[Calendar, date], date]] = {
    Ending.THIRD_FRIDAY: _third_friday,
    Ending.TWO_BEFORE_THIRD_WEDNESDAY: _two_before_third_wednesday,
    Ending.LAST: lambda calendar, month: _days_of(calendar, month)[-1],
    Ending.THIRD_LAST: lambda calendar, month: _days_of(calendar, month)[-3],
    Ending.SEVEN_BEFORE_LAST: lambda calendar, month: _days_of(calendar, month)[-8],
    Ending.THREE_BEFORE_25TH: _three_before_25th,
    Ending.THREE_BEFORE_FIRST: _three_before_first,
}
