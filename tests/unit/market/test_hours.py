"""Hours: which session an instant lies in."""

import pytest
from tests.unit.market.data import NEXT_SESSION, SESSION, after

from kedge.domain.instants import Instant, parse_instant
from kedge.market.hours import DAY, Hours, ListedHours, utc_day


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [
        pytest.param(-0.001, None, id="just before the open"),
        pytest.param(0, SESSION, id="at the open"),
        pytest.param(389.999, SESSION, id="just before the close"),
        pytest.param(390, None, id="at the close"),
        pytest.param(24 * 60, NEXT_SESSION, id="at the next open"),
        pytest.param(30 * 60 + 1, None, id="after the last one known"),
    ],
)
def test_a_session_holds_from_its_open_until_just_before_its_close(
    minutes: float, hours: Hours | None
) -> None:
    assert ListedHours([NEXT_SESSION, SESSION])(after(minutes)) == hours


def test_a_market_that_never_closes_has_a_session_for_each_day_in_utc() -> None:
    midnight = parse_instant("2026-03-02T00:00:00Z")
    today = Hours(midnight, Instant(midnight + DAY))
    assert utc_day(midnight) == today
    assert utc_day(Instant(midnight + DAY - 1)) == today
    assert utc_day(Instant(midnight - 1)).close == midnight


def test_a_day_before_1970_is_a_day_too() -> None:
    assert utc_day(Instant(-1)) == Hours(Instant(-DAY), Instant(0))


def test_sessions_may_touch() -> None:
    night = Hours(SESSION.close, NEXT_SESSION.open)
    assert ListedHours([SESSION, night, NEXT_SESSION])(SESSION.close) == night


def test_sessions_may_not_overlap() -> None:
    with pytest.raises(
        ValueError, match=r"opens at 2011-03-07T20:59:00Z begins before .* at 2011-03-07T21:00:00Z"
    ):
        ListedHours([SESSION, Hours(after(389), after(500))])


def test_a_session_without_time_is_refused() -> None:
    with pytest.raises(
        ValueError, match="cannot open at 2011-03-07T14:30:00Z and close at 2011-03-07T14:30:00Z"
    ):
        Hours(after(0), after(0))
