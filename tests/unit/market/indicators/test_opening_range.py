"""The opening range: known when its minutes are over, and only if nothing is amiss with it."""

import pytest
from tests.unit.market.data import NEXT_SESSION, OPEN, after, minutes

from kedge.market.indicators.opening_range import Edges, Flaw, OpeningRange

Piece = tuple[float, float, float, float]  # start and end in minutes, high, low


def fed(pieces: list[Piece], missing: float = 0) -> tuple[OpeningRange, list[Edges | None]]:
    opening = OpeningRange(minutes(15))
    return opening, [
        opening.update(OPEN, after(start), after(end), high, low, minutes(missing))
        for start, end, high, low in pieces
    ]


def test_it_is_known_when_its_minutes_are_over_and_does_not_change_after() -> None:
    _, values = fed([(0, 5, 12, 10), (5, 10, 13, 11), (10, 15, 12, 9), (15, 20, 99, 1)])
    assert values == [None, None, Edges(13, 9), Edges(13, 9)]


def test_a_later_bar_ends_it_without_being_in_it() -> None:
    _, values = fed([(0, 5, 12, 10), (20, 25, 99, 1)])
    assert values == [None, Edges(12, 10)]


def test_the_time_ends_it_too() -> None:
    opening, _ = fed([(0, 5, 12, 10)])
    assert opening.advance(after(14.999)) is None
    assert opening.advance(after(15)) == Edges(12, 10)


def test_before_any_bar_the_time_ends_nothing() -> None:
    assert OpeningRange(minutes(15)).advance(after(99)) is None


@pytest.mark.parametrize(
    ("pieces", "missing", "flaw"),
    [
        pytest.param([(1, 5, 12, 10), (5, 15, 12, 10)], 0, Flaw.NO_OPEN, id="the open was not seen"),
        pytest.param([(60, 65, 12, 10)], 0, Flaw.NO_OPEN, id="none of it was seen"),
        pytest.param([(0, 5, 12, 10), (5, 15, 12, 10)], 1, Flaw.HOLE, id="time is missing in a bar"),
        pytest.param([(0, 10, 12, 10), (10, 20, 12, 10)], 0, Flaw.ASTRIDE, id="a bar across its end"),
        pytest.param([(1, 16, 12, 10)], 1, Flaw.NO_OPEN, id="the first flaw is told"),
    ],
)
def test_a_range_that_may_be_wrong_is_none(pieces: list[Piece], missing: float, flaw: Flaw) -> None:
    opening, values = fed(pieces, missing)
    assert values == [None] * len(pieces)
    assert opening.over
    assert opening.flaw is flaw


def test_a_hole_after_the_range_does_it_no_harm() -> None:
    opening, _ = fed([(0, 15, 12, 10)])
    later = opening.update(OPEN, after(15), after(20), 99, 1, minutes(2))
    assert later == Edges(12, 10)


def test_each_session_has_its_own() -> None:
    opening, _ = fed([(1, 15, 12, 10)])
    day = 24 * 60
    assert opening.update(NEXT_SESSION.open, after(day), after(day + 5), 22, 20) is None
    assert opening.update(NEXT_SESSION.open, after(day + 10), after(day + 15), 23, 21) == Edges(23, 20)
