"""Time: RFC 3339 in, integer nanoseconds inside, RFC 3339 in UTC out."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.instants import (
    MICROSECOND,
    MILLISECOND,
    MINUTE,
    NEVER,
    SECOND,
    Instant,
    parse_instant,
    show_instant,
)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:01z", SECOND),
        ("1970-01-01 00:00:01Z", SECOND),
        ("1970-01-01T00:00:00.5Z", SECOND // 2),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T19:00:00-05:00", 0),
        ("1969-12-31T23:59:59.5Z", -SECOND // 2),
        ("2026-03-02T14:31:00Z", 1_772_461_860 * SECOND),
        ("2024-02-29T12:00:00Z", 1_709_208_000 * SECOND),
        (
            "2026-03-29T02:30:00+01:00",
            1_774_747_800 * SECOND,
        ),  # no such time in Berlin; with its offset it is clear
    ],
)
def test_a_time_with_its_zone(text: str, nanoseconds: int) -> None:
    assert parse_instant(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not a time such as"),
        ("now", "is not a time such as"),
        ("2026-03-02T14:31:00", "the zone is needed"),
        ("2026-03-02", "is not a time such as"),
        ("2026-03-02T14:31Z", "is not a time such as"),
        ("2026-03-02T14:31:00.Z", "is not a time such as"),
        ("2026-03-02T14:31:00.1234567890Z", "is not a time such as"),
        ("2026-03-02T14:31:00+0100", "is not a time such as"),
        (" 2026-03-02T14:31:00Z", "is not a time such as"),
        ("2026-03-02T14:31:00Z\n", "is not a time such as"),
        ("2026-03-02T14:31:00.\u0663Z", "is not a time such as"),  # a three, but not one of ours
        ("2026-13-02T14:31:00Z", "is not a time: month"),
        ("2026-02-29T14:31:00Z", "is not a time: day is out of range"),
        ("2026-03-02T25:31:00Z", "is not a time: hour"),
        ("2026-03-02T23:59:60Z", "is not a time: second"),
        ("2026-03-02T14:31:00+24:00", "is not a time: offset"),
        ("0000-01-01T00:00:00Z", "is not a time: year"),
        ("9999-12-31T23:59:59Z", "between the years 1677 and 2262"),
        ("0001-01-01T00:00:00+14:00", "between the years 1677 and 2262"),
    ],
)
def test_what_is_no_time_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_instant(text)
    assert complaint in str(caught.value)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (MICROSECOND, "1970-01-01T00:00:00.000001Z"),
        (MILLISECOND, "1970-01-01T00:00:00.001000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (MINUTE, "1970-01-01T00:01:00Z"),
        (NEVER - 1, "2262-04-11T23:47:16.854775806Z"),
    ],
)
def test_a_time_as_people_read_it(nanoseconds: int, text: str) -> None:
    assert show_instant(Instant(nanoseconds)) == text


@given(st.integers(min_value=-(2**63) + 1, max_value=2**63 - 2))
def test_every_instant_comes_back(nanoseconds: int) -> None:
    assert parse_instant(show_instant(Instant(nanoseconds))) == nanoseconds


@given(
    st.integers(-8 * 10**9, 7 * 10**9).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
)
def test_the_zone_moves_the_time_by_its_offset(when: datetime, offset: int) -> None:
    day, clock = when.strftime("%Y-%m-%d"), when.strftime("%H:%M:%S")
    hours, minutes = divmod(abs(offset), 60)
    zone = f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"
    assert parse_instant(f"{day}T{clock}Z") - parse_instant(f"{day}T{clock}{zone}") == offset * MINUTE
