"""Times as people write and read them."""

import time
from datetime import UTC, datetime

import pytest

from kedge.domain.instants import MILLISECOND, MINUTE, SECOND, Instant
from kedge.wording.times import Calendar, parse_since, show_moment, show_span

NOON = Instant(int(datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC).timestamp()) * SECOND)
HOUR = 60 * MINUTE


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", NOON - 30 * SECOND),
        ("15m", NOON - 15 * MINUTE),
        ("2h", NOON - 2 * HOUR),
        ("2 H", NOON - 2 * HOUR),
        ("3d", NOON - 72 * HOUR),
        ("1w", NOON - 168 * HOUR),
        ("today", at("2026-03-02T00:00:00+00:00")),
        (" Today ", at("2026-03-02T00:00:00+00:00")),
        ("yesterday", at("2026-03-01T00:00:00+00:00")),
        ("2026-02-27", at("2026-02-27T00:00:00+00:00")),
        ("2026-02-27T10:00:00Z", at("2026-02-27T10:00:00+00:00")),
        ("2026-02-27T10:00:00.5+02:00", at("2026-02-27T08:00:00+00:00") + SECOND // 2),
        ("999999w", 0),
    ],
)
def test_a_time_that_people_write_is_understood(text: str, expected: int) -> None:
    assert parse_since(text, NOON) == expected


@pytest.mark.parametrize(
    "text", ["", "2x", "h", "-2h", "2.5h", "tomorrow", "2026-13-01", "2026-02-27T10:00:00", "0009999d", "١h"]
)
def test_what_is_no_time_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="is no time; give an RFC 3339 time"):
        parse_since(text, NOON)


def test_days_begin_at_local_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    assert parse_since("today", NOON) == at("2026-03-02T00:00:00-05:00")
    assert parse_since("2026-07-01", NOON) == at("2026-07-01T00:00:00-04:00")
    calendar = Calendar([NOON], NOON)
    assert calendar.zone == "EST"
    assert calendar.show(NOON) == "07:00:30"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "UTC"),
        ("Europe/London", "GMT"),
        ("America/New_York", "EST"),
        ("America/Sao_Paulo", "UTC-03"),
        ("Foo/Bar", "UTC"),  # the system knows no such zone, takes it for UTC and calls it Foo
        ("garbage", "UTC"),
    ],
)
def test_a_zone_is_called_what_it_is(zone: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    assert Calendar([NOON], NOON).zone == Calendar([], NOON).zone == shown
    assert show_moment(NOON).endswith(f" {shown}")


def test_times_on_both_sides_of_a_change_of_the_clocks_are_told_with_both_zones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    summer = Instant(at("2026-07-01T12:00:00+00:00"))
    calendar = Calendar([NOON, summer], summer)
    assert calendar.zone == "EST/EDT"
    assert [calendar.show(each) for each in (NOON, summer)] == ["03-02 07:00", "07-01 08:00"]
    assert Calendar([NOON], summer).zone == "EST"


def test_a_column_of_today_shows_the_clock_and_an_older_one_the_day_too() -> None:
    assert Calendar([NOON], NOON).show(NOON) == "12:00:30"
    older = Calendar([NOON, Instant(NOON - 24 * HOUR)], NOON)
    assert older.show(NOON) == "03-02 12:00"
    ancient = Calendar([NOON, Instant(NOON - 365 * 24 * HOUR)], NOON)
    assert ancient.show(NOON) == "2026-03-02 12:00"
    assert older.show(None) == ""


def test_a_moment_carries_its_zone() -> None:
    assert show_moment(NOON) == "2026-03-02 12:00:30 UTC"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (0, "0 ms"),
        (52 * MILLISECOND, "52 ms"),
        (5_300 * MILLISECOND, "5.3 s"),
        (67 * SECOND, "1 min 7 s"),
        (3 * HOUR + 5 * MINUTE, "3 h 5 min"),
        (50 * HOUR, "2 d 2 h"),
        (-SECOND, "0 ms"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(span: int, text: str) -> None:
    assert show_span(span) == text


def test_a_time_beyond_all_times_is_none() -> None:
    with pytest.raises(ValueError, match="'2999-01-01' is no time"):
        parse_since("2999-01-01", NOON)
