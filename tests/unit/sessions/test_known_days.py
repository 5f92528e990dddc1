"""Days written by hand, from what the exchanges announced: not from any library."""

from datetime import date

import pytest
from tests.unit.sessions.instants import BERLIN, CHICAGO, NEW_YORK, clock, local, utc

from kedge.domain.markets import Phase
from kedge.sessions.markets import calendar


def hours(market: str, day: str) -> str:
    """When a market trades on a date, by its own clocks: 09:30-16:00, or closed."""
    session = calendar(market).session_on(date.fromisoformat(day))
    if session is None:
        return "closed"
    return "-".join(clock(at, session.zone)[11:] for at in (session.open, session.close))


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(day, id=f"{day} {why}")
        for day, why in [
            ("2001-09-11", "attacks"),
            ("2001-09-12", "attacks"),
            ("2001-09-13", "attacks"),
            ("2001-09-14", "attacks"),
            ("2004-06-11", "Reagan"),
            ("2007-01-02", "Ford"),
            ("2012-10-29", "Sandy"),
            ("2012-10-30", "Sandy"),
            ("2018-12-05", "Bush"),
            ("2025-01-09", "Carter"),
            ("2000-01-17", "Martin Luther King"),
            ("2026-01-19", "Martin Luther King"),
            ("2022-06-20", "Juneteenth on a Sunday"),
            ("2023-06-19", "Juneteenth"),
            ("2026-06-19", "Juneteenth"),
            ("2027-06-18", "Juneteenth on a Saturday"),
            ("2020-07-03", "Independence Day on a Saturday"),
            ("2026-07-03", "Independence Day on a Saturday"),
            ("2027-07-05", "Independence Day on a Sunday"),
            ("2021-12-24", "Christmas on a Saturday"),
            ("2022-12-26", "Christmas on a Sunday"),
            ("2027-12-24", "Christmas on a Saturday"),
            ("2023-01-02", "New Year on a Sunday"),
            ("2000-04-21", "Good Friday"),
            ("2008-03-21", "Good Friday"),
            ("2012-04-06", "Good Friday"),
            ("2015-04-03", "Good Friday"),
            ("2021-04-02", "Good Friday"),
            ("2024-03-29", "Good Friday"),
            ("2025-04-18", "Good Friday"),
            ("2026-04-03", "Good Friday"),
            ("2027-03-26", "Good Friday"),
            ("2028-04-14", "Good Friday"),
            ("2026-02-16", "Washington"),
            ("2026-05-25", "Memorial Day"),
            ("2026-09-07", "Labor Day"),
            ("2026-11-26", "Thanksgiving"),
            ("2026-12-25", "Christmas"),
        ]
    ],
)
def test_new_york_was_closed(day: str) -> None:
    assert hours("XNYS", day) == "closed"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param("2001-09-10", "09:30-16:00", id="the day before the attacks"),
        pytest.param("2002-09-11", "12:00-16:00", id="a year later"),
        pytest.param("2012-10-31", "09:30-16:00", id="after Sandy"),
        pytest.param("2021-06-18", "09:30-16:00", id="Juneteenth was not yet kept"),
        pytest.param("2021-12-31", "09:30-16:00", id="New Year on a Saturday is not moved"),
        pytest.param("2027-12-31", "09:30-16:00", id="New Year on a Saturday is not moved, 2028"),
        pytest.param("2026-07-02", "09:30-16:00", id="before a moved Independence Day"),
        pytest.param("2000-07-03", "09:30-13:00", id="July 3, 2000"),
        pytest.param("2013-07-03", "09:30-13:00", id="July 3, 2013"),
        pytest.param("2017-07-03", "09:30-13:00", id="July 3, 2017"),
        pytest.param("2023-07-03", "09:30-13:00", id="July 3, 2023"),
        pytest.param("2024-07-03", "09:30-13:00", id="July 3, 2024"),
        pytest.param("2025-07-03", "09:30-13:00", id="July 3, 2025"),
        pytest.param("2028-07-03", "09:30-13:00", id="July 3, 2028"),
        pytest.param("2025-11-28", "09:30-13:00", id="after Thanksgiving, 2025"),
        pytest.param("2026-11-27", "09:30-13:00", id="after Thanksgiving, 2026"),
        pytest.param("2027-11-26", "09:30-13:00", id="after Thanksgiving, 2027"),
        pytest.param("2024-12-24", "09:30-13:00", id="Christmas Eve, 2024"),
        pytest.param("2025-12-24", "09:30-13:00", id="Christmas Eve, 2025"),
        pytest.param("2026-12-24", "09:30-13:00", id="Christmas Eve, 2026"),
        pytest.param("2026-12-31", "09:30-16:00", id="New Year's Eve is a whole day"),
    ],
)
def test_new_york_traded(day: str, expected: str) -> None:
    assert hours("XNYS", day) == expected
    assert hours("XNAS", day) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param("2026-11-25", "17:00-16:00", id="an ordinary day"),
        pytest.param("2026-11-26", "17:00-12:00", id="Thanksgiving"),
        pytest.param("2026-11-27", "17:00-12:15", id="the day after"),
        pytest.param("2026-12-24", "17:00-12:15", id="Christmas Eve"),
        pytest.param("2026-12-25", "closed", id="Christmas"),
        pytest.param("2027-01-01", "closed", id="New Year"),
        pytest.param("2025-01-20", "17:00-12:00", id="Martin Luther King"),
        pytest.param("2026-06-19", "17:00-12:00", id="Juneteenth"),
        pytest.param("2024-07-03", "17:00-12:15", id="the day before Independence Day"),
        pytest.param("2024-07-04", "17:00-12:00", id="Independence Day"),
        pytest.param("2026-07-02", "17:00-16:00", id="the day before a moved Independence Day"),
        pytest.param("2026-07-03", "17:00-12:00", id="a moved Independence Day"),
        pytest.param("2019-04-19", "closed", id="Good Friday, 2019"),
        pytest.param("2021-04-02", "17:00-08:15", id="Good Friday with a jobs report, 2021"),
        pytest.param("2022-04-15", "closed", id="Good Friday, 2022"),
        pytest.param("2023-04-07", "17:00-08:15", id="Good Friday with a jobs report, 2023"),
        pytest.param("2024-03-29", "closed", id="Good Friday, 2024"),
        pytest.param("2025-04-18", "closed", id="Good Friday, 2025"),
        pytest.param("2026-04-03", "17:00-08:15", id="Good Friday with a jobs report, 2026"),
        pytest.param("2027-03-26", "closed", id="Good Friday, 2027"),
        pytest.param("2018-12-05", "17:00-08:30", id="Bush"),
        pytest.param("2025-01-09", "17:00-08:30", id="Carter"),
        pytest.param("2021-12-24", "closed", id="Christmas on a Saturday"),
    ],
)
def test_index_futures_traded_in_chicago(day: str, expected: str) -> None:
    assert hours("CMES", day) == expected


@pytest.mark.parametrize(
    ("market", "day", "expected"),
    [
        pytest.param("CME_ENERGY", "2025-01-20", "17:00-13:30", id="energy on a holiday"),
        pytest.param("CME_ENERGY", "2023-09-04", "17:00-13:30", id="energy on Labor Day"),
        pytest.param("CME_ENERGY", "2024-12-24", "17:00-12:45", id="energy on Christmas Eve"),
        pytest.param("CME_ENERGY", "2025-01-09", "17:00-16:00", id="energy does not mourn"),
        pytest.param("CME_ENERGY", "2026-04-03", "closed", id="energy on Good Friday"),
        pytest.param("CME_RATES", "2018-12-05", "closed", id="rates mourn Bush"),
        pytest.param("CME_RATES", "2025-01-09", "17:00-12:15", id="rates mourn Carter"),
        pytest.param("CME_RATES", "2026-04-03", "17:00-10:15", id="rates with a jobs report"),
        pytest.param("CME_FX", "2025-01-20", "17:00-16:00", id="currencies on a holiday"),
        pytest.param("CME_FX", "2025-04-18", "closed", id="currencies on Good Friday"),
        pytest.param("XEUR", "2026-01-05", "01:10-22:00", id="Eurex in winter"),
        pytest.param("XEUR", "2026-07-06", "02:10-22:00", id="Eurex in summer"),
        pytest.param("XEUR", "2018-12-07", "08:00-22:00", id="Eurex before the Asian hours"),
        pytest.param("XEUR", "2006-05-31", "09:00-22:00", id="Eurex before June 2006"),
        pytest.param("XEUR", "2025-12-24", "closed", id="Eurex on Christmas Eve"),
        pytest.param("XEUR", "2025-12-31", "closed", id="Eurex on New Year's Eve"),
        pytest.param("XEUR", "2026-05-01", "closed", id="Eurex on the first of May"),
        pytest.param("XEUR", "2026-04-06", "closed", id="Eurex on Easter Monday"),
        pytest.param("XEUR", "2026-10-03", "closed", id="a Saturday"),
        pytest.param("XETR", "2025-12-30", "09:00-14:00", id="Xetra on its last day of the year"),
        pytest.param("XETR", "2026-05-25", "09:00-17:30", id="Xetra on Whit Monday"),
        pytest.param("XLON", "2022-09-19", "closed", id="London, funeral of the Queen"),
        pytest.param("XLON", "2023-05-08", "closed", id="London, coronation"),
        pytest.param("XLON", "2025-12-24", "08:00-12:30", id="London on Christmas Eve"),
        pytest.param("XLON", "2026-08-31", "closed", id="London, summer holiday"),
        pytest.param("FOREX", "2026-03-02", "17:00-17:00", id="currencies between banks"),
        pytest.param("CRYPTO", "2026-03-01", "00:00-00:00", id="coins on a Sunday"),
    ],
)
def test_other_markets(market: str, day: str, expected: str) -> None:
    assert hours(market, day) == expected


@pytest.mark.parametrize(
    ("at", "phase", "until"),
    [
        ("2026-11-27 03:59", Phase.CLOSED, "2026-11-27 04:00"),
        ("2026-11-27 04:00", Phase.PREMARKET, "2026-11-27 09:30"),
        ("2026-11-27 09:30", Phase.OPEN, "2026-11-27 13:00"),
        ("2026-11-27 13:00", Phase.AFTERHOURS, "2026-11-27 17:00"),
        ("2026-11-27 17:00", Phase.CLOSED, "2026-11-30 04:00"),
        ("2026-11-30 16:00", Phase.AFTERHOURS, "2026-11-30 20:00"),
    ],
)
def test_the_windows_of_new_york_around_an_early_close(at: str, phase: Phase, until: str) -> None:
    standing = calendar("XNYS").phase(local(at, NEW_YORK), premarket=True, afterhours=True)
    assert (standing.phase, standing.until) == (phase, local(until, NEW_YORK))


@pytest.mark.parametrize(
    ("at", "phase", "until"),
    [
        pytest.param("2021-06-25 15:14", Phase.OPEN, "2021-06-25 15:15", id="before the halt of 15:15"),
        pytest.param("2021-06-25 15:15", Phase.BREAK, "2021-06-25 15:30", id="in the halt of 15:15"),
        pytest.param("2021-06-25 15:30", Phase.OPEN, "2021-06-25 16:00", id="after it"),
        pytest.param("2021-06-28 15:15", Phase.OPEN, "2021-06-28 16:00", id="the halt is given up"),
        pytest.param("2026-11-23 16:00", Phase.CLOSED, "2026-11-23 17:00", id="maintenance"),
        pytest.param("2026-11-23 17:00", Phase.OPEN, "2026-11-24 16:00", id="after maintenance"),
        pytest.param("2026-11-26 12:00", Phase.CLOSED, "2026-11-26 17:00", id="Thanksgiving afternoon"),
        pytest.param("2026-11-27 12:15", Phase.CLOSED, "2026-11-29 17:00", id="the weekend after"),
        pytest.param("2026-12-24 12:15", Phase.CLOSED, "2026-12-27 17:00", id="Christmas on a Friday"),
    ],
)
def test_the_breaks_of_index_futures(at: str, phase: Phase, until: str) -> None:
    standing = calendar("CMES").phase(local(at, CHICAGO))
    assert (standing.phase, standing.until) == (phase, local(until, CHICAGO))


@pytest.mark.parametrize(
    ("market", "at", "day"),
    [
        pytest.param("CMES", "2026-11-22 17:00", date(2026, 11, 23), id="Sunday evening is Monday"),
        pytest.param("CMES", "2026-11-23 15:59", date(2026, 11, 23), id="Monday afternoon"),
        pytest.param("CMES", "2026-11-23 16:30", date(2026, 11, 24), id="maintenance is the next day"),
        pytest.param("CMES", "2026-11-25 17:00", date(2026, 11, 27), id="Thanksgiving counts for Friday"),
        pytest.param("CMES", "2025-01-20 11:59", date(2025, 1, 21), id="a Monday holiday counts for Tuesday"),
        pytest.param("CMES", "2026-07-03 11:00", date(2026, 7, 6), id="a Friday holiday counts for Monday"),
        pytest.param("CMES", "2025-01-09 08:00", date(2025, 1, 9), id="a day of mourning counts for itself"),
        pytest.param("CME_FX", "2025-01-20 15:00", date(2025, 1, 21), id="currencies on a holiday"),
        pytest.param("FOREX", "2026-11-23 16:00", date(2026, 11, 24), id="17:00 in New York begins a day"),
        pytest.param("XNYS", "2026-11-25 18:30", date(2026, 11, 25), id="after-hours belong to the day"),
        pytest.param("XNYS", "2026-11-25 19:30", date(2026, 11, 27), id="the night belongs to the next"),
    ],
)
def test_the_day_that_a_trade_counts_for(market: str, at: str, day: date) -> None:
    """Times are Chicago's."""
    assert calendar(market).trading_day(local(at, CHICAGO)) == day


@pytest.mark.parametrize(
    ("market", "day", "open_", "close"),
    [
        pytest.param("XNYS", "2026-03-06", "14:30", "21:00", id="New York, winter"),
        pytest.param("XNYS", "2026-03-09", "13:30", "20:00", id="New York, after its change"),
        pytest.param("XNYS", "2026-10-30", "13:30", "20:00", id="New York, before its change"),
        pytest.param("XNYS", "2026-11-02", "14:30", "21:00", id="New York, winter again"),
        pytest.param("XETR", "2026-03-27", "08:00", "16:30", id="Frankfurt, while only New York has changed"),
        pytest.param("XETR", "2026-03-30", "07:00", "15:30", id="Frankfurt, summer"),
        pytest.param("XETR", "2026-10-23", "07:00", "15:30", id="Frankfurt, before its change"),
        pytest.param(
            "XETR", "2026-10-26", "08:00", "16:30", id="Frankfurt, while New York has not changed yet"
        ),
        pytest.param("XEUR", "2026-03-30", "00:10", "20:00", id="Eurex, summer"),
    ],
)
def test_sessions_in_utc_around_the_changes_of_the_clocks(
    market: str, day: str, open_: str, close: str
) -> None:
    session = calendar(market).session_on(date.fromisoformat(day))
    assert session is not None
    assert (session.open, session.close) == (utc(f"{day} {open_}"), utc(f"{day} {close}"))


def test_a_futures_session_over_the_change_of_the_clocks_opens_and_closes_by_them() -> None:
    chicago = calendar("CMES")
    before, after = chicago.session_on(date(2026, 3, 6)), chicago.session_on(date(2026, 3, 9))
    assert before is not None
    assert after is not None
    assert before.close == utc("2026-03-06 22:00")
    assert (after.open, after.close) == (utc("2026-03-08 22:00"), utc("2026-03-09 21:00"))


def test_new_york_opens_at_half_past_two_in_berlin_only_for_the_weeks_between_the_changes() -> None:
    opens = {
        str(session.day): clock(session.open, BERLIN)[11:]
        for session in calendar("XNYS").sessions(date(2026, 3, 1), date(2026, 11, 30))
    }
    early = [day for day, time in opens.items() if time == "14:30"]
    assert (early[0], early[14], early[15], early[-1]) == (
        "2026-03-09",
        "2026-03-27",
        "2026-10-26",
        "2026-10-30",
    )
    assert len(early) == 20
    assert set(opens.values()) == {"14:30", "15:30"}
