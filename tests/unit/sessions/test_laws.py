"""Laws that hold in every market at any time: one phase for each instant, sessions apart and in order."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sessions.instants import utc

from kedge.domain.instants import MINUTE, NEVER, Instant
from kedge.domain.markets import Phase
from kedge.sessions.calendar import Calendar
from kedge.sessions.markets import MARKETS, calendar
from kedge.sessions.phases import pieces
from kedge.sessions.session import Session
from kedge.sessions.table import Table

# A market with all there can be: two breaks, a lunch and one over midnight, windows, and the hour of the change.
BUSY = Calendar(
    Table(
        name="BUSY",
        title="A busy market",
        zone="Europe/Berlin",
        zone_label="CET",
        week="Mon Tue Wed Thu Fri Sat Sun",
        first="2016-01-01",
        horizon="2028-12-31",
        hours={"2016-01-01": "21:30 22:00-02:15 02:45-11:30 12:30-19:00 20:30"},
        closed=("2026 03-28 10-26",),
        special={"02:30-02:45": ("2026 03-29 10-25",)},
        carried=("2026 03-29 10-25",),
    )
)
CALENDARS = {**{name: calendar(name) for name in MARKETS}, "BUSY": BUSY}
MARKET = st.sampled_from(list(CALENDARS.values()))
DAYS = st.dates(date(2016, 1, 10), date(2028, 12, 20))
# Any time, and more often the minutes around boundaries and changes of the clocks.
TIMES = st.builds(
    lambda minute, nanosecond: Instant(minute * MINUTE + nanosecond),
    st.integers(utc("2016-01-10 00:00") // MINUTE, utc("2028-12-20 00:00") // MINUTE),
    st.sampled_from([0, 0, -1, 1, 12_345]),
)
NIGHTS = st.builds(
    lambda night, minute: Instant(utc(night) + minute * MINUTE),
    st.sampled_from(
        ["2026-03-08 00:00", "2026-03-29 00:00", "2026-10-25 00:00", "2026-11-01 00:00", "2027-03-28 00:00"]
    ),
    st.integers(-600, 1200),
)
ANY_TIME = TIMES | NIGHTS
FLAGS = st.booleans()


def phases_at(session: Session, at: Instant) -> list[Phase]:
    return [
        piece.phase
        for piece in pieces(session, premarket=True, afterhours=True)
        if piece.start <= at < piece.end
    ]


@pytest.mark.parametrize("market", CALENDARS.values(), ids=list(CALENDARS))
def test_sessions_are_in_order_and_apart(market: Calendar) -> None:
    sessions = list(market.sessions(market.first, market.horizon or date(2030, 12, 31)))
    for session in sessions:
        assert session.premarket <= session.open < session.close <= session.afterhours
        edges = [session.open, *(edge for pause in session.breaks for edge in pause), session.close]
        assert edges == sorted(edges)
        assert session.trading_day >= session.day
    for before, after in pairwise(sessions):
        assert before.afterhours <= after.premarket
        assert before.day < after.day
        assert before.trading_day <= after.trading_day


@given(MARKET, ANY_TIME)
def test_every_instant_has_exactly_one_phase(market: Calendar, at: Instant) -> None:
    around = (at - utc("1970-01-01 00:00")) // (24 * 60 * MINUTE)
    day = date(1970, 1, 1) + timedelta(days=around)
    near = market.sessions(day - timedelta(days=2), day + timedelta(days=2))
    found = [phase for session in near for phase in phases_at(session, at)]
    assert len(found) <= 1
    assert market.phase(at, premarket=True, afterhours=True).phase is (found or [Phase.CLOSED])[0]


@given(MARKET, ANY_TIME, FLAGS, FLAGS, st.data())
def test_a_phase_lasts_exactly_until_the_instant_that_was_told(
    market: Calendar, at: Instant, premarket: bool, afterhours: bool, data: st.DataObject
) -> None:
    standing = market.phase(at, premarket=premarket, afterhours=afterhours)
    assert standing.until > at
    if standing.until == NEVER:
        assert market.name == "CRYPTO"
        return
    between = Instant(data.draw(st.integers(at, standing.until - 1)))
    for still in (between, Instant(standing.until - 1)):
        assert market.phase(still, premarket=premarket, afterhours=afterhours) == standing
    after = market.phase(standing.until, premarket=premarket, afterhours=afterhours)
    assert after.phase is not standing.phase


@given(MARKET, ANY_TIME)
def test_the_next_open_lies_ahead_and_opens_a_session(market: Calendar, at: Instant) -> None:
    opened = market.next_open(at)
    assert opened > at
    session = market.session_at(opened)
    assert session is not None
    assert session.open == opened
    assert market.phase(opened).phase is Phase.OPEN
    assert market.next_session(Instant(opened - 1)) == session


@given(MARKET, ANY_TIME)
def test_the_session_that_is_on_lies_between_its_neighbours(market: Calendar, at: Instant) -> None:
    before, after, on = market.previous_session(at), market.next_session(at), market.session_at(at)
    assert before.close <= at < after.open
    if on is not None:
        assert on.open <= at < on.close
        assert on.trades_at(at) == (market.phase(at).phase is Phase.OPEN)
    days = [session.day for session in (before, on, after) if session is not None]
    assert list(market.sessions(before.day, after.day)) == [market.session_on(day) for day in days]


@given(MARKET, ANY_TIME, st.integers(0, 40 * 24 * 60))
def test_trading_days_never_go_back(market: Calendar, at: Instant, minutes: int) -> None:
    later = Instant(min(at + minutes * MINUTE, utc("2028-12-20 00:00")))
    if later > at:
        assert market.trading_day(at) <= market.trading_day(later)
    on = market.session_at(at)
    if on is not None:
        assert market.trading_day(at) == on.trading_day


@given(MARKET, DAYS)
def test_a_trading_day_counts_for_itself(market: Calendar, day: date) -> None:
    for trading_day in market.trading_days(day, day + timedelta(days=7)):
        session = market.session_on(trading_day)
        assert session is not None
        assert session.trading_day == trading_day
