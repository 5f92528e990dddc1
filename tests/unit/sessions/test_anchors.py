"""Bars and opening ranges begin with the session, whatever the clocks do."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sessions.instants import CHICAGO, NEW_YORK, local, utc

from kedge.domain.instants import MINUTE, Instant, Span
from kedge.sessions.anchors import bar_at, opening_range
from kedge.sessions.calendar import Calendar
from kedge.sessions.markets import calendar
from kedge.sessions.session import Session, Stretch
from kedge.sessions.table import Table

LUNCH = Calendar(
    Table(
        name="LUNCH",
        title="A market with a lunch break",
        zone="Asia/Tokyo",
        zone_label="JST",
        week="Mon Tue Wed Thu Fri",
        first="2026-01-01",
        horizon=None,
        hours={"2026-01-01": "09:00-11:30 12:30-15:00"},
    )
)


def session_of(market: Calendar, day: str) -> Session:
    session = market.session_on(date.fromisoformat(day))
    assert session is not None
    return session


@pytest.mark.parametrize(
    ("market", "day", "at", "minutes", "start", "end"),
    [
        pytest.param("XNYS", "2026-11-25", "09:30", 30, "09:30", "10:00", id="the first bar"),
        pytest.param("XNYS", "2026-11-25", "10:29", 60, "09:30", "10:30", id="an hour from the open"),
        pytest.param("XNYS", "2026-11-25", "15:45", 60, "15:30", "16:00", id="the last is cut off"),
        pytest.param("XNYS", "2026-11-27", "12:59", 60, "12:30", "13:00", id="by an early close too"),
        pytest.param(
            "CMES", "2026-11-25", "15:30", 240, "13:00", "16:00", id="four hours from the evening before"
        ),
    ],
)
def test_bars_are_counted_from_the_open(
    market: str, day: str, at: str, minutes: int, start: str, end: str
) -> None:
    session = session_of(calendar(market), day)
    bar = bar_at(session, local(f"{day} {at}", session.zone), Span(minutes * MINUTE))
    assert bar == Stretch(local(f"{day} {start}", session.zone), local(f"{day} {end}", session.zone))


def test_on_the_night_of_the_change_bars_still_count_from_the_open() -> None:
    session = session_of(calendar("FOREX"), "2026-11-02")
    assert bar_at(session, utc("2026-11-02 05:00"), Span(240 * MINUTE)) == Stretch(
        utc("2026-11-02 02:00"), utc("2026-11-02 06:00")
    )


@given(st.integers(1, 500), st.data())
def test_bars_cover_a_session_without_gaps(minutes: int, data: st.DataObject) -> None:
    session = session_of(calendar("CMES"), "2026-11-25")
    at = Instant(data.draw(st.integers(session.open, session.close - 1)))
    bar = bar_at(session, at, Span(minutes * MINUTE))
    assert bar.start <= at < bar.end
    assert bar.end - bar.start == minutes * MINUTE or bar.end == session.close
    if bar.end < session.close:
        assert bar_at(session, bar.end, Span(minutes * MINUTE)).start == bar.end


@pytest.mark.parametrize(
    ("at", "length", "complaint"),
    [
        ("2026-11-25 16:00", MINUTE, "is not in the session of 2026-11-25"),
        ("2026-11-25 09:29", MINUTE, "is not in the session of 2026-11-25"),
        ("2026-11-25 10:00", Span(0), "a length above 0, not 0"),
    ],
)
def test_a_bar_that_cannot_be_is_refused(at: str, length: Span, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        bar_at(session_of(calendar("XNYS"), "2026-11-25"), local(at, NEW_YORK), length)


def test_an_opening_range_begins_at_the_open_or_at_a_time_that_is_told() -> None:
    shares = opening_range(session_of(calendar("XNYS"), "2026-11-25"), Span(15 * MINUTE))
    assert shares == Stretch(local("2026-11-25 09:30", NEW_YORK), local("2026-11-25 09:45", NEW_YORK))
    futures = session_of(calendar("CMES"), "2026-11-25")
    assert opening_range(futures, Span(15 * MINUTE), "08:30") == Stretch(
        local("2026-11-25 08:30", CHICAGO), local("2026-11-25 08:45", CHICAGO)
    )
    assert opening_range(futures, Span(15 * MINUTE), "18:00").start == local("2026-11-24 18:00", CHICAGO)
    assert opening_range(futures, Span(60 * MINUTE)).start == local("2026-11-24 17:00", CHICAGO)


@pytest.mark.parametrize(
    ("session", "minutes", "time"),
    [
        pytest.param(session_of(calendar("CMES"), "2026-04-03"), 15, "08:30", id="it closes before"),
        pytest.param(session_of(calendar("CMES"), "2026-04-03"), 30, "08:00", id="it closes within"),
        pytest.param(session_of(calendar("CMES"), "2026-11-25"), 15, "16:30", id="it has not opened"),
        pytest.param(session_of(LUNCH, "2026-03-02"), 60, "11:00", id="it runs into lunch"),
        pytest.param(session_of(LUNCH, "2026-03-02"), 30, "12:00", id="it begins at lunch"),
        pytest.param(session_of(LUNCH, "2026-03-02"), 180, None, id="it is longer than the morning"),
        pytest.param(session_of(LUNCH, "2026-03-02"), 0, None, id="it has no length"),
    ],
)
def test_there_is_no_opening_range_where_the_market_does_not_trade_through_it(
    session: Session, minutes: int, time: str | None
) -> None:
    with pytest.raises(ValueError, match=f"the session of {session.day} (does not trade for|is not open at)"):
        opening_range(session, Span(minutes * MINUTE), time)


def test_after_lunch_a_range_is_possible_again() -> None:
    found = opening_range(session_of(LUNCH, "2026-03-02"), Span(30 * MINUTE), "12:30")
    assert found == Stretch(utc("2026-03-02 03:30"), utc("2026-03-02 04:00"))
