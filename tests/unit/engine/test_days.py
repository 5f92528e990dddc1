"""Days of accounts, by their own clocks: as long as their zone makes them."""

from datetime import UTC, datetime

import pytest

from kedge.domain.accounts import AccountTerms
from kedge.domain.governor import DayClock
from kedge.domain.ids import AccountId, VenueName
from kedge.domain.instants import MINUTE, SECOND, Instant
from kedge.domain.numbers import ZERO
from kedge.engine.days import Days

HOUR = 60 * MINUTE


def at(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND)


def days_of(clock: DayClock) -> Days:
    return Days([AccountTerms(AccountId("alpha"), VenueName("paper"), ZERO, clock=clock)])


@pytest.mark.parametrize(
    ("zone", "starts", "now", "day", "until"),
    [
        ("UTC", 0, "2026-03-02T12:00", "2026-03-02", "2026-03-03T00:00"),
        ("Europe/Prague", 0, "2026-03-02T22:59", "2026-03-02", "2026-03-02T23:00"),
        ("Europe/Prague", 0, "2026-03-02T23:00", "2026-03-03", "2026-03-03T23:00"),
        ("America/Chicago", 17 * 60, "2026-03-02T22:59", "2026-03-01", "2026-03-02T23:00"),
        ("America/Chicago", 17 * 60, "2026-03-02T23:00", "2026-03-02", "2026-03-03T23:00"),
        # The clocks are put forward: the day has 23 hours ...
        ("Europe/Prague", 0, "2026-03-29T10:00", "2026-03-29", "2026-03-29T22:00"),
        # ... and back: it has 25.
        ("Europe/Prague", 0, "2026-10-25T10:00", "2026-10-25", "2026-10-25T23:00"),
        # The US change two weeks earlier: midnight in Prague is another hour there meanwhile.
        ("America/New_York", 0, "2026-03-08T12:00", "2026-03-08", "2026-03-09T04:00"),
        ("America/New_York", 0, "2026-11-01T12:00", "2026-11-01", "2026-11-02T05:00"),
    ],
)
def test_a_day_begins_and_ends_by_the_account_s_clock(
    zone: str, starts: int, now: str, day: str, until: str
) -> None:
    (turned,) = days_of(DayClock(zone, starts)).due(at(now))
    assert (turned.day, turned.until) == (day, at(until))


def test_a_day_begins_that_begins_in_the_hour_that_the_clock_skips() -> None:
    days = days_of(DayClock("America/New_York", 2 * 60 + 30))  # 02:30 is not, on 2026-03-08
    (before,) = days.due(at("2026-03-08T05:00"))
    assert before.day == "2026-03-07"
    assert at("2026-03-08T07:00") <= before.until <= at("2026-03-08T08:00")
    (after,) = days.due(before.until)
    assert after.day == "2026-03-08"


@pytest.mark.parametrize(
    ("clock", "now", "opens", "closes"),
    [
        (
            DayClock("America/New_York", 0, 9 * 60 + 30, 16 * 60),
            "2026-03-02T12:00",
            "2026-03-02T14:30",
            "2026-03-02T21:00",
        ),
        (
            DayClock("America/New_York", 0, 9 * 60 + 30, 16 * 60),
            "2026-03-09T12:00",
            "2026-03-09T13:30",
            "2026-03-09T20:00",
        ),
        (
            DayClock("America/Chicago", 17 * 60, 18 * 60, 2 * 60),
            "2026-03-03T12:00",
            "2026-03-03T00:00",
            "2026-03-03T08:00",
        ),
        (
            DayClock("Europe/Prague", 0, 9 * 60 + 30, 16 * 60, "America/New_York"),
            "2026-03-02T12:00",
            "2026-03-02T14:30",
            "2026-03-02T21:00",
        ),
    ],
    ids=["a day in New York", "in its summer", "through the night", "by another clock than the day's"],
)
def test_a_window_lies_in_its_day(clock: DayClock, now: str, opens: str, closes: str) -> None:
    (turned,) = days_of(clock).due(at(now))
    assert turned.window is not None
    assert (turned.window.opens, turned.window.closes) == (at(opens), at(closes))


def test_a_day_is_told_once_and_the_next_when_it_has_begun() -> None:
    days = days_of(DayClock("UTC"))
    assert days.next_change == 0
    assert len(days.due(at("2026-03-02T12:00"))) == 1
    assert days.due(at("2026-03-02T23:59")) == []
    assert days.next_change == at("2026-03-03T00:00")
    assert [turned.day for turned in days.due(at("2026-03-05T01:00"))] == ["2026-03-05"]


def test_a_clock_that_is_put_back_is_told_of() -> None:
    days = days_of(DayClock("UTC"))
    days.due(at("2026-03-02T12:00"))
    assert [turned.day for turned in days.due(Instant(at("2026-03-02T12:00") - 24 * HOUR))] == ["2026-03-01"]


def test_a_zone_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="'Mars/Olympus' is no time zone; as in America/New_York"):
        days_of(DayClock("Mars/Olympus"))
