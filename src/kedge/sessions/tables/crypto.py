"""Coins, all day and every day. Made by scripts/build_calendars.py."""

from kedge.sessions.table import Table

CRYPTO = Table(
    name="CRYPTO",
    title="Coins, all day and every day",
    zone="UTC",
    zone_label="UTC",
    week="Mon Tue Wed Thu Fri Sat Sun",
    first="2000-01-01",
    horizon=None,
    hours={
        "2000-01-01": "00:00-24:00",
    },
)
