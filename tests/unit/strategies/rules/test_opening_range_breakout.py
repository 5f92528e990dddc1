"""Opening-range breakout: the first close beyond the range of a session's first minutes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from tests.unit.strategies.data import (
    ES,
    FIVE,
    LONG,
    MONDAY,
    SHORT,
    XNYS,
    bars,
    in_session,
    opening,
    said,
    with_hole,
)

from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.domain.signals import Direction
from kedge.market.bars import BuiltBar
from kedge.strategies.catalogue import build
from kedge.strategies.idea import Enter
from kedge.strategies.parameters import ParameterError
from kedge.strategies.rules.opening_range_breakout import OpeningRangeBreakout
from kedge.strategies.trial import play

RANGE = [100, 101, 99]  # closes of the three bars that make a range from 99 to 101


def played(built: list[BuiltBar], parameters: Mapping[str, object] | None = None) -> list[tuple[int, object]]:
    rule = build(OpeningRangeBreakout, parameters or {}, FIVE)
    return [*said(play(rule, ES, built, in_session), opening())]


@pytest.mark.parametrize(
    ("later", "parameters", "expected"),
    [
        pytest.param([100, 101.25], {}, [(5, LONG)], id="a close above it: long"),
        pytest.param([100, 98.75], {}, [(5, SHORT)], id="a close below it: short"),
        pytest.param([101, 99], {}, [], id="a close on its edge is in it"),
        pytest.param([101.25], {}, [(4, LONG)], id="the first bar after it"),
        pytest.param([102, 103, 104], {}, [(4, LONG)], id="further closes beyond it are no new break"),
        pytest.param([102, 100, 102], {}, [(4, LONG)], id="once: a second break of a side does not count"),
        pytest.param([102, 98], {}, [(4, LONG), (5, SHORT)], id="each side has its own first break"),
        pytest.param([102, 98, 102, 98], {}, [(4, LONG), (5, SHORT)], id="once for each side"),
        pytest.param(
            [102, 100, 102], {"again": True}, [(4, LONG), (6, LONG)], id="again after a close in it"
        ),
        pytest.param([102, 103, 102], {"again": True}, [(4, LONG)], id="not again without one"),
        pytest.param(
            [102, 98, 102],
            {"again": True},
            [(4, LONG), (5, SHORT), (6, LONG)],
            id="from one side to the other",
        ),
        pytest.param([102, 98], {"sides": "long"}, [(4, LONG)], id="long only"),
        pytest.param([102, 98], {"sides": "short"}, [(5, SHORT)], id="short only"),
        pytest.param([101.5, 101.75], {"beyond_ticks": 2}, [(5, LONG)], id="further than two ticks above"),
        pytest.param([98.5, 98.25], {"beyond_ticks": 2}, [(5, SHORT)], id="further than two ticks below"),
        pytest.param(
            [102, 101.25, 102, 101, 102],
            {"beyond_ticks": 2, "again": True},
            [(4, LONG), (8, LONG)],
            id="back is back in the range, not only less far beyond it",
        ),
        pytest.param([102, 103, 104], {"range_minutes": 30}, [], id="a longer range"),
        pytest.param([], {"range_minutes": 5}, [(2, LONG), (3, SHORT)], id="a range of one bar"),
    ],
)
def test_breaks(
    later: list[float], parameters: dict[str, object], expected: list[tuple[int, Direction]]
) -> None:
    assert played(bars([*RANGE, *later]), parameters) == expected


def test_it_tells_what_it_rests_on() -> None:
    [spoken] = play(build(OpeningRangeBreakout, {}, FIVE), ES, bars([*RANGE, 101.5]), in_session)
    [idea] = spoken.ideas
    assert isinstance(idea, Enter)
    assert idea.reason == "closed at 101.5, above the opening range of 15 minutes (99 to 101)"
    assert idea.figures == {"close": Decimal("101.5"), "range_high": 101, "range_low": 99}


@pytest.mark.parametrize("place", range(3))
def test_a_hole_in_the_range_makes_it_void_for_the_session(place: int) -> None:
    built = bars([*RANGE, 105, 90, 105])
    built[place] = with_hole(built[place], Span(SECOND))
    assert played(built) == []


@pytest.mark.parametrize("place", range(3))
def test_a_bar_that_lacks_in_the_range_makes_it_void(place: int) -> None:
    built = bars([*RANGE, 105, 90, 105])
    del built[place]
    assert played(built) == []


def test_a_bar_that_lacks_after_the_range_does_not() -> None:
    built = bars([*RANGE, 100, 100, 105])
    del built[3:5]
    assert played(built) == [(6, LONG)]


def test_the_hole_is_over_with_the_session() -> None:
    built = [*bars([*RANGE, 105]), *bars([*RANGE, 105], date(2026, 3, 3))]
    built[1] = with_hole(built[1])
    day = 24 * 60 * MINUTE // FIVE
    assert played(built) == [(day + 4, LONG)]


def test_each_session_begins_anew() -> None:
    built = [*bars([*RANGE, 105, 100]), *bars([200, 210, 190, 200, 211], date(2026, 3, 3))]
    day = 24 * 60 * MINUTE // FIVE
    assert played(built) == [(4, LONG), (day + 5, LONG)]


def test_who_begins_within_a_session_has_no_range() -> None:
    assert played(bars([*RANGE, 105, 90], skip=1)) == []


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        pytest.param([102, 103], [], id="it was beyond already"),
        pytest.param([101, 103], [(5, LONG)], id="it was not"),
        pytest.param([102, 100, 103], [(6, LONG)], id="it was, and came back"),
    ],
)
def test_a_rule_that_begins_after_the_range_takes_no_old_break_for_a_new_one(
    later: list[float], expected: list[tuple[int, Direction]]
) -> None:
    rule = build(OpeningRangeBreakout, {}, FIVE)
    built = bars([*RANGE, *later])
    forgotten = built[3].bar.at

    class Late(OpeningRangeBreakout):
        def on_bar(self, seen, own):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            return () if seen.end <= forgotten else super().on_bar(seen, own)

    assert said(play(Late(rule.terms), ES, built, in_session), opening()) == expected


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        pytest.param(date(2026, 3, 6), 14, id="the Friday before March's change"),
        pytest.param(date(2026, 3, 9), 13, id="the Monday after it"),
        pytest.param(date(2026, 10, 30), 13, id="the Friday before November's change"),
        pytest.param(date(2026, 11, 2), 14, id="the Monday after it"),
    ],
)
def test_the_range_begins_with_the_session_whatever_the_clocks_do(day: date, hour: int) -> None:
    assert opening(day) % (24 * 60 * MINUTE) == (hour * 60 + 30) * MINUTE
    spoken = play(build(OpeningRangeBreakout, {}, FIVE), ES, bars([*RANGE, 105], day), in_session)
    assert said(spoken, opening(day)) == [(4, LONG)]


def test_a_week_over_the_change_of_clocks_has_a_break_on_each_day() -> None:
    days = [session.day for session in XNYS.sessions(date(2026, 3, 5), date(2026, 3, 11))]
    built = [each for day in days for each in bars([*RANGE, 105], day)]
    spoken = play(build(OpeningRangeBreakout, {}, FIVE), ES, built, in_session)
    assert [each.at for each in spoken] == [opening(day) + 4 * FIVE for day in days]
    assert len(days) == 5


@pytest.mark.parametrize("minutes", [7, 1, 18])
def test_the_range_is_a_whole_number_of_bars(minutes: int) -> None:
    with pytest.raises(
        ParameterError, match=f"range_minutes: '{minutes}' does not fit; it has to be a whole"
    ):
        build(OpeningRangeBreakout, {"range_minutes": minutes}, FIVE)


def test_monday_is_a_session() -> None:
    assert in_session(opening(MONDAY)) is not None
