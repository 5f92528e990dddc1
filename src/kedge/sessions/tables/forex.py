"""Currencies between banks, from Sunday evening to Friday evening. Made by scripts/build_calendars.py."""

from kedge.sessions.table import Table

FOREX = Table(
    name="FOREX",
    title="Currencies between banks, from Sunday evening to Friday evening",
    zone="America/New_York",
    zone_label="ET",
    week="Mon Tue Wed Thu Fri",
    first="2000-01-01",
    horizon=None,
    hours={
        "2000-01-01": "17:00-17:00",
    },
)
