"""The calendar: sessions by date and by instant, the ends of what is known, names."""

from datetime import date

import pytest
from msgspec.structs import replace
from tests.unit.sessions.instants import CHICAGO, NEW_YORK, local, utc

from kedge.domain.instants import MINUTE, NEVER, Instant, Span
from kedge.domain.markets import Phase
from kedge.sessions.calendar import Calendar, HorizonError
from kedge.sessions.markets import ALIASES, MARKETS, calendar, running_out
from kedge.sessions.session import Stretch
from kedge.sessions.table import Table

DAY = Span(24 * 60 * MINUTE)
NIGHT = Table(
    name="NIGHT",
    title="A market that is open over the change of the clocks",
    zone="America/New_York",
    zone_label="ET",
    week="Mon Tue Wed Thu Fri Sat Sun",
    first="2026-01-01",
    horizon="2026-12-31",
    hours={"2026-01-01": "22:00-01:30 02:30-04:00"},
)


def test_a_session_says_what_it_is() -> None:
    session = calendar("XNYS").session_on(date(2026, 11, 27))
    assert session is not None
    assert session.day == session.trading_day == date(2026, 11, 27)
    assert session.open == local("2026-11-27 09:30", NEW_YORK)
    assert session.close == local("2026-11-27 13:00", NEW_YORK)
    assert session.premarket == local("2026-11-27 04:00", NEW_YORK)
    assert session.afterhours == local("2026-11-27 17:00", NEW_YORK)
    assert session.breaks == ()
    assert session.is_early
    assert not session.is_late


@pytest.mark.parametrize(
    ("market", "day", "is_early", "is_late"),
    [
        ("XNYS", date(2026, 11, 25), False, False),
        ("XNYS", date(2001, 9, 17), False, True),
        ("XNYS", date(2005, 6, 1), True, False),
        ("CMES", date(2026, 11, 26), True, False),
        ("CMES", date(2020, 11, 25), False, False),
        ("XEUR", date(2026, 7, 6), False, False),
        ("XETR", date(2025, 12, 30), True, False),
    ],
)
def test_a_session_knows_whether_it_is_shorter_than_others(
    market: str, day: date, is_early: bool, is_late: bool
) -> None:
    session = calendar(market).session_on(day)
    assert session is not None
    assert (session.is_early, session.is_late) == (is_early, is_late)


@pytest.mark.parametrize(
    ("at", "on", "before", "after"),
    [
        pytest.param("2026-11-25 09:29", None, date(2026, 11, 24), date(2026, 11, 25), id="before the open"),
        pytest.param(
            "2026-11-25 09:30", date(2026, 11, 25), date(2026, 11, 24), date(2026, 11, 27), id="open"
        ),
        pytest.param(
            "2026-11-25 15:59", date(2026, 11, 25), date(2026, 11, 24), date(2026, 11, 27), id="still"
        ),
        pytest.param("2026-11-25 16:00", None, date(2026, 11, 25), date(2026, 11, 27), id="at the close"),
        pytest.param("2026-11-26 12:00", None, date(2026, 11, 25), date(2026, 11, 27), id="on a holiday"),
        pytest.param("2026-11-28 12:00", None, date(2026, 11, 27), date(2026, 11, 30), id="on a weekend"),
    ],
)
def test_sessions_around_an_instant(at: str, on: date | None, before: date, after: date) -> None:
    market, instant = calendar("XNYS"), local(at, NEW_YORK)
    session = market.session_at(instant)
    assert (session and session.day) == on
    assert market.previous_session(instant).day == before
    assert market.next_session(instant).day == after
    assert market.next_open(instant) == market.next_session(instant).open


def test_sessions_between_two_dates() -> None:
    days = [str(session.day) for session in calendar("XNYS").sessions(date(2026, 11, 25), date(2026, 11, 30))]
    assert days == ["2026-11-25", "2026-11-27", "2026-11-30"]
    assert list(calendar("XNYS").sessions(date(2026, 11, 30), date(2026, 11, 25))) == []


def test_windows_that_are_not_asked_for_are_closed() -> None:
    market, early = calendar("XNYS"), local("2026-11-25 08:00", NEW_YORK)
    late = local("2026-11-25 17:00", NEW_YORK)
    assert market.phase(early).phase is Phase.CLOSED
    assert market.phase(early).until == local("2026-11-25 09:30", NEW_YORK)
    assert market.phase(early, afterhours=True).phase is Phase.CLOSED
    assert market.phase(early, premarket=True).phase is Phase.PREMARKET
    assert market.phase(late, premarket=True).phase is Phase.CLOSED
    assert market.phase(late, premarket=True).until == local("2026-11-27 04:00", NEW_YORK)
    assert market.phase(late, afterhours=True).phase is Phase.AFTERHOURS


def test_sessions_without_a_gap_between_them_are_one_phase() -> None:
    forex = calendar("FOREX").phase(local("2026-11-23 12:00", NEW_YORK))
    assert (forex.phase, forex.until) == (Phase.OPEN, local("2026-11-27 17:00", NEW_YORK))
    assert calendar("FOREX").next_open(local("2026-11-23 12:00", NEW_YORK)) == local(
        "2026-11-23 17:00", NEW_YORK
    )
    coins = calendar("CRYPTO").phase(utc("2026-11-28 12:00"))
    assert (coins.phase, coins.until) == (Phase.OPEN, NEVER)


def test_a_boundary_inside_the_hour_that_the_clocks_skip_is_the_moment_of_the_skip() -> None:
    session = Calendar(NIGHT).session_on(date(2026, 3, 8))
    assert session is not None
    assert session.breaks == (Stretch(utc("2026-03-08 06:30"), utc("2026-03-08 07:00")),)
    assert (session.open, session.close) == (utc("2026-03-08 03:00"), utc("2026-03-08 08:00"))


def test_a_boundary_inside_the_hour_that_the_clocks_show_twice_is_the_first_of_the_two() -> None:
    session = Calendar(NIGHT).session_on(date(2026, 11, 1))
    assert session is not None
    assert session.breaks == (Stretch(utc("2026-11-01 05:30"), utc("2026-11-01 07:30")),)
    assert session.parts == (
        Stretch(utc("2026-11-01 02:00"), utc("2026-11-01 05:30")),
        Stretch(utc("2026-11-01 07:30"), utc("2026-11-01 09:00")),
    )
    assert not session.trades_at(utc("2026-11-01 06:30"))
    assert session.trades_at(utc("2026-11-01 07:30"))


@pytest.mark.parametrize(
    ("hours", "breaks"),
    [
        pytest.param("09:00-02:15 02:45-04:00", 0, id="a break in the skipped hour is none"),
        pytest.param("02:15-02:45", None, id="a session in it is none"),
        pytest.param("02:15-02:45 03:30-04:00", 0, id="a part of a session in it is none"),
    ],
)
def test_what_lies_in_the_hour_that_the_clocks_skip_has_no_length(hours: str, breaks: int | None) -> None:
    session = Calendar(replace(NIGHT, hours={"2026-01-01": hours})).session_on(date(2026, 3, 8))
    assert (session and len(session.breaks)) == breaks
    assert session is None or session.close == utc("2026-03-08 08:00")


@pytest.mark.parametrize(
    ("market", "at"),
    [
        pytest.param("XNYS", "1999-12-31 15:00", id="before the table"),
        pytest.param("XNYS", "2029-01-02 15:00", id="after the table"),
        pytest.param("CMES", "2015-06-01 15:00", id="before Globex is known"),
        pytest.param("CMES", "2028-12-31 23:00", id="on the evening that belongs to the next year"),
        pytest.param("CRYPTO", "1999-12-31 15:00", id="before coins"),
    ],
)
def test_beyond_what_is_known_nothing_is_guessed(market: str, at: str) -> None:
    known = calendar(market)
    for ask in (known.phase, known.session_at, known.next_open, known.previous_session, known.trading_day):
        with pytest.raises(HorizonError, match=f"{market}: sessions are known from .*, not at {at[:10]}T"):
            ask(utc(at))


def test_the_error_says_what_is_known() -> None:
    with pytest.raises(HorizonError) as caught:
        calendar("XNYS").session_on(date(2029, 1, 2))
    assert str(caught.value) == (
        "XNYS: sessions are known from 2000-01-01 to 2028-12-31 (newer releases know later ones), not on 2029-01-02"
    )


def test_the_last_phase_lasts_until_the_end_of_the_table() -> None:
    market, last = calendar("XNYS"), local("2028-12-30 12:00", NEW_YORK)
    assert market.phase(last).phase is Phase.CLOSED
    assert market.phase(last).until == market.known_until == local("2029-01-01 04:00", NEW_YORK)
    with pytest.raises(HorizonError, match="not after 2028-12-30T17:00:00Z"):
        market.next_session(last)
    with pytest.raises(HorizonError, match="not after 2028-12-30T17:00:00Z"):
        market.trading_day(last)
    with pytest.raises(HorizonError, match="not before 2000-01-03T12:00:00Z"):
        market.previous_session(utc("2000-01-03 12:00"))


def test_who_runs_out_is_told_ahead_of_time() -> None:
    at = utc("2028-11-15 12:00")
    names = ["NYSE", "XNYS", "CMES", "CRYPTO", "FOREX"]
    assert running_out(names, at, Span(30 * DAY)) == []
    assert [one.name for one in running_out(names, at, Span(60 * DAY))] == ["XNYS", "CMES"]
    assert [one.name for one in running_out(["XETR"], utc("2031-01-01 00:00"), DAY)] == ["XETR"]


@pytest.mark.parametrize(
    ("name", "market"),
    [
        ("XNAS", "XNYS"),
        ("NASDAQ", "XNYS"),
        ("XNYM", "CME_ENERGY"),
        ("XCEC", "CME_ENERGY"),
        ("24/7", "CRYPTO"),
    ],
)
def test_a_market_goes_by_other_names_too(name: str, market: str) -> None:
    assert calendar(name) is calendar(market)
    assert calendar(name).name == market


def test_every_name_leads_to_a_calendar() -> None:
    for name in (*MARKETS, *ALIASES):
        assert calendar(name).zone


def test_an_unknown_calendar_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"'XYZ' is no known calendar; there are XNYS, CMES, .*, 24/7"):
        calendar("XYZ")


@pytest.mark.parametrize(
    ("market", "label", "zone"),
    [("XNYS", "ET", NEW_YORK), ("CMES", "CT", CHICAGO), ("CRYPTO", "UTC", "UTC")],
)
def test_a_calendar_names_its_zone(market: str, label: str, zone: str) -> None:
    assert (calendar(market).zone_label, calendar(market).zone) == (label, zone)


def test_trading_days_leave_out_holidays_on_which_trades_count_for_the_next_day() -> None:
    days = calendar("CMES").trading_days(date(2026, 11, 25), date(2026, 11, 30))
    assert days == [date(2026, 11, 25), date(2026, 11, 27), date(2026, 11, 30)]


def test_an_instant_may_be_any_nanosecond() -> None:
    market, opened = calendar("XNYS"), local("2026-11-25 09:30", NEW_YORK)
    assert market.phase(Instant(opened - 1)).phase is Phase.CLOSED
    assert market.session_at(Instant(opened - 1)) is None
    assert market.session_at(opened) is not None
