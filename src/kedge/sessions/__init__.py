"""Floor 0: when markets trade. Calendars as data, the phases of a day, an account's own day, and futures contracts.

Everything is handed in, the time too. Dates and times of day belong to a market's zone; instants are nanoseconds UTC.
"""

from kedge.domain.markets import Phase
from kedge.sessions.account_day import AccountDay, day_of
from kedge.sessions.calendar import Calendar, HorizonError
from kedge.sessions.markets import calendar, running_out
from kedge.sessions.phases import Standing
from kedge.sessions.session import Session
from kedge.sessions.zones import show_in_zone

__all__ = [
    "AccountDay",
    "Calendar",
    "HorizonError",
    "Phase",
    "Session",
    "Standing",
    "calendar",
    "day_of",
    "running_out",
    "show_in_zone",
]
