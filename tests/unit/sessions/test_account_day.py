"""The day of an account: by its own clock, whatever the market's does."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sessions.instants import BERLIN, CHICAGO, NEW_YORK, utc

from kedge.domain.instants import MINUTE, Instant
from kedge.sessions.account_day import day_of

PRAGUE = "Europe/Prague"
HOUR = 60 * MINUTE
ZONES = st.sampled_from([PRAGUE, BERLIN, NEW_YORK, CHICAGO, "Etc/GMT-3", "UTC"])


@pytest.mark.parametrize(
    ("at", "zone", "rollover", "day", "start", "hours"),
    [
        pytest.param(
            "2026-03-02 22:59",
            PRAGUE,
            "00:00",
            date(2026, 3, 2),
            "2026-03-01 23:00",
            24,
            id="before midnight",
        ),
        pytest.param(
            "2026-03-02 23:00", PRAGUE, "00:00", date(2026, 3, 3), "2026-03-02 23:00", 24, id="at midnight"
        ),
        pytest.param(
            "2026-03-29 12:00",
            PRAGUE,
            "00:00",
            date(2026, 3, 29),
            "2026-03-28 23:00",
            23,
            id="a day of 23 hours",
        ),
        pytest.param(
            "2026-10-25 22:30", PRAGUE, "00:00", date(2026, 10, 25), "2026-10-24 22:00", 25, id="a day of 25"
        ),
        pytest.param(
            "2026-03-02 22:59", CHICAGO, "17:00", date(2026, 3, 2), "2026-03-01 23:00", 24, id="until 17:00"
        ),
        pytest.param(
            "2026-03-02 23:00",
            CHICAGO,
            "17:00",
            date(2026, 3, 3),
            "2026-03-02 23:00",
            24,
            id="17:00 is tomorrow",
        ),
        pytest.param(
            "2026-03-08 12:00",
            CHICAGO,
            "17:00",
            date(2026, 3, 8),
            "2026-03-07 23:00",
            23,
            id="23 hours to 17:00",
        ),
        pytest.param(
            "2026-03-02 10:59",
            NEW_YORK,
            "06:00",
            date(2026, 3, 1),
            "2026-03-01 11:00",
            24,
            id="a morning begins",
        ),
        pytest.param(
            "2026-03-29 01:00",
            BERLIN,
            "02:30",
            date(2026, 3, 29),
            "2026-03-29 01:00",
            23.5,
            id="skipped rollover",
        ),
        pytest.param(
            "2026-10-25 01:30",
            BERLIN,
            "02:30",
            date(2026, 10, 25),
            "2026-10-25 00:30",
            25,
            id="doubled rollover",
        ),
        pytest.param(
            "2026-03-02 21:00",
            "Etc/GMT-3",
            "00:00",
            date(2026, 3, 3),
            "2026-03-02 21:00",
            24,
            id="a fixed offset",
        ),
    ],
)
def test_the_day_of_an_account(
    at: str, zone: str, rollover: str, day: date, start: str, hours: float
) -> None:
    found = day_of(utc(at), zone, rollover)
    assert (found.day, found.start) == (day, utc(start))
    assert found.end - found.start == hours * HOUR


def test_midnight_in_prague_is_at_18_in_new_york_but_for_the_weeks_in_which_only_one_has_changed() -> None:
    def seen_from_new_york(at: str) -> int:
        midnight = day_of(utc(at), PRAGUE).end
        return int((midnight - day_of(midnight, NEW_YORK).start) // HOUR)

    assert seen_from_new_york("2026-03-05 12:00") == 18
    assert [seen_from_new_york(f"2026-03-{day} 12:00") for day in ("09", "20", "27")] == [19, 19, 19]
    assert seen_from_new_york("2026-03-30 12:00") == 18
    assert [seen_from_new_york(f"2026-10-{day} 12:00") for day in ("26", "30")] == [19, 19]
    assert seen_from_new_york("2026-11-02 12:00") == 18


@given(
    ZONES,
    st.integers(utc("2000-01-02 00:00"), utc("2028-12-30 00:00")),
    st.integers(0, 1439).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}"),
)
def test_days_follow_each_other_without_a_gap(zone: str, nanoseconds: int, rollover: str) -> None:
    at = Instant(nanoseconds)
    found = day_of(at, zone, rollover)
    assert found.start <= at < found.end
    after = day_of(found.end, zone, rollover)
    assert after.start == found.end
    assert (after.day - found.day).days == 1
    assert day_of(Instant(found.end - 1), zone, rollover) == found


@pytest.mark.parametrize(
    ("zone", "rollover", "complaint"),
    [
        ("Prague", "00:00", "'Prague' is not a time zone"),
        (PRAGUE, "midnight", "'midnight' is not a time of day"),
        (PRAGUE, "24:00", "begins at 00:00, not at 24:00"),
    ],
)
def test_a_day_that_cannot_be_is_refused(zone: str, rollover: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        day_of(utc("2026-03-02 12:00"), zone, rollover)
