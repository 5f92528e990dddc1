"""Clocks of a place: skipped and doubled times, order, names."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sessions.instants import BERLIN, CHICAGO, NEW_YORK, clock, utc

from kedge.sessions.zones import clock_of, day_in, instant_at, minute_of, show_in_zone, zone_named

ZONES = st.sampled_from([NEW_YORK, CHICAGO, BERLIN, "Europe/London", "Australia/Lord_Howe", "UTC"])
DAYS = st.dates(date(2000, 1, 1), date(2028, 12, 31))


@pytest.mark.parametrize(
    ("day", "time", "zone", "expected"),
    [
        pytest.param(date(2026, 1, 5), "09:30", NEW_YORK, "2026-01-05 14:30", id="winter"),
        pytest.param(date(2026, 7, 6), "09:30", NEW_YORK, "2026-07-06 13:30", id="summer"),
        pytest.param(date(2026, 3, 8), "02:00", NEW_YORK, "2026-03-08 07:00", id="New York skips from here"),
        pytest.param(date(2026, 3, 8), "02:30", NEW_YORK, "2026-03-08 07:00", id="New York skips this"),
        pytest.param(date(2026, 3, 8), "03:00", NEW_YORK, "2026-03-08 07:00", id="New York after the skip"),
        pytest.param(
            date(2026, 11, 1), "01:30", NEW_YORK, "2026-11-01 05:30", id="the first of two in New York"
        ),
        pytest.param(
            date(2026, 11, 1), "02:00", NEW_YORK, "2026-11-01 07:00", id="New York after the second"
        ),
        pytest.param(date(2026, 3, 8), "02:15", CHICAGO, "2026-03-08 08:00", id="Chicago skips this"),
        pytest.param(
            date(2026, 11, 1), "01:15", CHICAGO, "2026-11-01 06:15", id="the first of two in Chicago"
        ),
        pytest.param(date(2026, 3, 29), "02:59", BERLIN, "2026-03-29 01:00", id="Berlin skips this"),
        pytest.param(
            date(2026, 10, 25), "02:30", BERLIN, "2026-10-25 00:30", id="the first of two in Berlin"
        ),
        pytest.param(date(2026, 3, 29), "24:00", BERLIN, "2026-03-29 22:00", id="24:00 of a day of 23 hours"),
        pytest.param(
            date(2026, 10, 25), "24:00", BERLIN, "2026-10-25 23:00", id="24:00 of a day of 25 hours"
        ),
        pytest.param(
            date(2026, 10, 4), "02:10", "Australia/Lord_Howe", "2026-10-03 15:30", id="a skip of half an hour"
        ),
    ],
)
def test_a_time_of_day_is_one_instant(day: date, time: str, zone: str, expected: str) -> None:
    assert instant_at(day, minute_of(time), zone_named(zone)) == utc(expected)


@given(ZONES, DAYS, st.integers(-1440, 2880), st.integers(0, 600))
def test_a_later_time_of_day_is_never_an_earlier_instant(
    name: str, day: date, minute: int, more: int
) -> None:
    zone = zone_named(name)
    assert instant_at(day, minute, zone) <= instant_at(day, minute + more, zone)


@given(ZONES, DAYS, st.integers(0, 1439))
def test_the_clocks_show_the_time_again_unless_they_skipped_it(name: str, day: date, minute: int) -> None:
    zone = zone_named(name)
    at = instant_at(day, minute, zone)
    shown = clock(at, name)
    wanted = f"{day} {clock_of(minute)}"
    assert shown == wanted or shown > wanted  # skipped: the moment of the skip, which shows a later time
    assert day_in(at, zone) == day


def test_times_are_shown_in_the_market_s_zone_by_its_name() -> None:
    assert show_in_zone(utc("2026-03-09 13:30"), NEW_YORK) == "2026-03-09 09:30:00 EDT"
    assert show_in_zone(utc("2026-03-06 14:30"), NEW_YORK) == "2026-03-06 09:30:00 EST"
    assert show_in_zone(utc("2026-03-27 08:00"), BERLIN) == "2026-03-27 09:00:00 CET"


@pytest.mark.parametrize("name", ["New York", "", "../etc", "America"])
def test_a_zone_that_is_none_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone such as America/New_York") as caught:
        zone_named(name)
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize("text", ["9:30", "25:00", "24:01", "09:60", "0930", "", "noon"])
def test_a_time_of_day_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day such as 09:30"):
        minute_of(text)
