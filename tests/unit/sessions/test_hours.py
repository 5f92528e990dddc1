"""The hours of a day, as tables write them."""

from datetime import date

import pytest
from tests.unit.sessions.instants import BERLIN, utc

from kedge.sessions.hours import read_hours
from kedge.sessions.zones import zone_named


@pytest.mark.parametrize(
    ("text", "premarket", "parts", "afterhours"),
    [
        pytest.param("09:30-16:00", None, [(570, 960)], None, id="a plain day"),
        pytest.param("04:00 09:30-16:00 20:00", 240, [(570, 960)], 1200, id="with both windows"),
        pytest.param("04:00 09:30-16:00", 240, [(570, 960)], None, id="with a pre-market"),
        pytest.param("09:30-16:00 20:00", None, [(570, 960)], 1200, id="with after-hours"),
        pytest.param("09:00-11:30 12:30-15:00", None, [(540, 690), (750, 900)], None, id="with a break"),
        pytest.param("17:00-16:00", None, [(-420, 960)], None, id="from the evening before"),
        pytest.param(
            "17:00-15:15 15:30-16:00", None, [(-420, 915), (930, 960)], None, id="the same, with a halt"
        ),
        pytest.param("17:00-17:00", None, [(-420, 1020)], None, id="around the clock from 17:00"),
        pytest.param("00:00-24:00", None, [(0, 1440)], None, id="around the clock from midnight"),
        pytest.param(
            "16:30 18:00-17:00", -450, [(-360, 1020)], None, id="a pre-market on the evening before"
        ),
    ],
)
def test_hours_are_read(
    text: str, premarket: int | None, parts: list[tuple[int, int]], afterhours: int | None
) -> None:
    hours = read_hours(text)
    assert (hours.premarket and hours.premarket.minute) == premarket
    assert [(start.minute, end.minute) for start, end in hours.parts] == parts
    assert (hours.afterhours and hours.afterhours.minute) == afterhours


def test_a_time_in_utc_is_shown_an_hour_later_in_summer() -> None:
    hours, zone = read_hours("00:10Z-22:00"), zone_named(BERLIN)
    assert hours.open.on(date(2026, 1, 5), zone) == utc("2026-01-05 00:10")
    assert hours.open.on(date(2026, 7, 6), zone) == utc("2026-07-06 00:10")
    assert hours.close.on(date(2026, 1, 5), zone) == utc("2026-01-05 21:00")
    assert hours.close.on(date(2026, 7, 6), zone) == utc("2026-07-06 20:00")


@pytest.mark.parametrize(
    "text", ["", "09:30", "09:30 16:00", "09:30-", "09:30-16:00 18:00 20:00", "09:30–16:00"]
)
def test_what_are_no_hours_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="are not hours such as 09:30-16:00") as caught:
        read_hours(text)
    assert repr(text) in str(caught.value)
