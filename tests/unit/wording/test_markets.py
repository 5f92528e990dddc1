"""What a market is doing, by its own clocks."""

import pytest

from kedge.domain.instants import Instant, parse_instant
from kedge.engine.hours import hours_at
from kedge.sessions.markets import calendar
from kedge.wording.markets import market_status


@pytest.mark.parametrize(
    ("market", "at", "told"),
    [
        ("XNYS", "2026-03-02T15:00:00Z", "XNYS is open until 16:00 EST"),
        ("XNYS", "2026-03-09T15:00:00Z", "XNYS is open until 16:00 EDT"),
        ("XNYS", "2026-11-27T17:00:00Z", "XNYS is open until 13:00 EST"),
        ("XNYS", "2026-03-02T13:00:00Z", "XNYS is in its pre-market, opens 09:30 EST"),
        ("XNYS", "2026-03-02T22:00:00Z", "XNYS is in its after-hours, opens 09:30 EST"),
        ("XNYS", "2026-03-07T12:00:00Z", "XNYS is closed, opens Mon 09:30 EDT"),
        ("CMES", "2026-03-02T22:30:00Z", "CMES is closed, opens 17:00 CST"),
        ("24/7", "2026-03-07T12:00:00Z", "24/7 is always open"),
    ],
)
def test_the_status_of_a_market(market: str, at: str, told: str) -> None:
    now: Instant = parse_instant(at)
    assert market_status(market, hours_at(calendar(market), now), now) == told
