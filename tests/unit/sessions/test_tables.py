"""The generated tables: current, and the same as the library for every session, but for the corrections."""

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pandas_market_calendars
import pytest
from scripts import build_calendars
from scripts.build_calendars import CORRECTIONS, HORIZON, MARKETS, Listed, Market, listed
from tests.unit.sessions.instants import clock

from kedge.sessions.calendar import Calendar
from kedge.sessions.markets import MARKETS as TABLES
from kedge.sessions.markets import calendar
from kedge.sessions.session import Session
from kedge.sessions.table import Table, read_table

# The library uses what pandas will take away one day.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

LISTED = [market for market in MARKETS if market.library]
EVERY_LISTED = pytest.mark.parametrize("market", LISTED, ids=lambda market: market.name)


def library(name: str) -> dict[date, Listed]:
    return {session.day: session for session in listed(name)}


def ours(market: Market) -> Iterator[Session]:
    return calendar(market.name).sessions(date.fromisoformat(market.first), date.fromisoformat(HORIZON))


def corrected(market: Market) -> dict[date, str]:
    return {date.fromisoformat(one.day): one.hours for one in CORRECTIONS.get(market.name, ())}


def as_listed(session: Session) -> Listed:
    begin, end = (clock(at, session.zone).split()[1] for at in (session.open, session.close))
    return Listed(session.day, *(time.fromisoformat(text) for text in (begin, end)))


def test_the_tables_are_what_the_script_makes() -> None:
    assert [str(path) for path in build_calendars.out_of_date()] == []


def test_a_table_that_was_changed_by_hand_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_calendars, "TABLES", tmp_path)
    assert {path.name for path in build_calendars.out_of_date()} == {f"{name.lower()}.py" for name in TABLES}


def test_every_market_of_the_script_is_known() -> None:
    assert [market.name for market in MARKETS] == list(TABLES)


@EVERY_LISTED
def test_the_days_are_those_of_the_library(market: Market) -> None:
    corrections = corrected(market)
    found = [session.day for session in ours(market) if session.day not in corrections]
    assert found == [day for day in library(market.name) if day not in corrections]
    assert found[-1] >= date(2028, 12, 27)


@pytest.mark.parametrize(
    "market", [market for market in LISTED if not market.days_only], ids=lambda market: market.name
)
def test_the_times_are_those_of_the_library(market: Market) -> None:
    corrections, expected = corrected(market), library(market.name)
    differences = [
        (as_listed(session), expected[session.day])
        for session in ours(market)
        if session.day not in corrections and as_listed(session) != expected[session.day]
    ]
    assert differences == []


@EVERY_LISTED
def test_each_correction_is_still_one(market: Market) -> None:
    """When the library is put right, its correction can go."""
    needless = []
    for day, hours in corrected(market).items():
        session = calendar(market.name).session_on(day)
        assert (session is None) == (hours == "")
        if library(market.name).get(day) == (session and as_listed(session)):
            needless.append(day)
    assert needless == []


def test_the_windows_of_new_york_are_those_of_the_library() -> None:
    """But for six late opens and one early end, where the library shrinks a window away."""
    schedule = pandas_market_calendars.get_calendar("NYSE").schedule(
        "2000-01-01", HORIZON, tz="America/New_York", market_times="all"
    )
    different = [
        session.day
        for session, (_, row) in zip(
            calendar("XNYS").sessions(date(2000, 1, 1), date.fromisoformat(HORIZON)),
            schedule.iterrows(),
            strict=True,
        )
        if [clock(at, session.zone) for at in (session.premarket, session.afterhours)]
        != [f"{row[name]:%Y-%m-%d %H:%M}" for name in ("pre", "post")]
    ]
    assert [str(day) for day in different] == [
        "2001-09-17",
        "2001-10-08",
        "2002-09-11",
        "2003-03-20",
        "2004-06-07",
        "2005-06-01",
        "2006-12-27",
    ]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_table_names_only_days_that_it_covers(table: Table) -> None:
    rules = read_table(table)
    last = rules.horizon or date.max
    for days in (rules.closed, rules.carried, frozenset(rules.special)):
        assert all(rules.first <= day <= last and day.weekday() in rules.weekdays for day in days)
    assert not rules.closed & frozenset(rules.special)
    assert not rules.closed & rules.carried
    assert rules.eras[0].since == rules.first
    assert Calendar(table).title == table.title
