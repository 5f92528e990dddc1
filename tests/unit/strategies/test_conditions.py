"""Conditions: each of them said and denied, on its level, and where nothing is known."""

from collections.abc import Callable

import pytest
from tests.unit.strategies.data import ES, FIVE, LONG, SHORT, in_session, opening

from kedge.domain.instants import Instant
from kedge.strategies import conditions
from kedge.strategies.panel import Panel
from kedge.strategies.seen import Seen
from kedge.strategies.trial import bars_of


def two(before: str, now: str) -> Seen:
    """A bar from 99 to 103 that opened at 100, after one that did not move."""
    panel = Panel(ES, [])
    rows = [(before, before, before, before), ("100", "103", "99", now)]
    *_, seen = [panel.take(each, in_session(each.bar.start)) for each in bars_of(ES, opening(), FIVE, rows)]
    return seen


C = conditions


@pytest.mark.parametrize(
    ("condition", "is_so"),
    [
        pytest.param(lambda seen: C.closed_above(seen, 101.9), True, id="closed above"),
        pytest.param(lambda seen: C.closed_above(seen, 102), False, id="closed on, not above"),
        pytest.param(lambda seen: C.closed_below(seen, 102.1), True, id="closed below"),
        pytest.param(lambda seen: C.closed_below(seen, 102), False, id="closed on, not below"),
        pytest.param(lambda seen: C.closed_beyond(seen, 101, LONG), True, id="beyond, up"),
        pytest.param(lambda seen: C.closed_beyond(seen, 101, SHORT), False, id="not beyond, down"),
        pytest.param(lambda seen: C.closed_within(seen, 102, 103), True, id="within, on its edge"),
        pytest.param(lambda seen: C.closed_within(seen, 100, 101.5), False, id="not within"),
        pytest.param(lambda seen: C.crossed_above(seen, 101), True, id="crossed above"),
        pytest.param(lambda seen: C.crossed_above(seen, 100), True, id="crossed above, from the level"),
        pytest.param(lambda seen: C.crossed_above(seen, 99.5), False, id="was above already"),
        pytest.param(lambda seen: C.crossed_below(seen, 101), False, id="not below"),
        pytest.param(lambda seen: C.crossed(seen, 101, LONG), True, id="crossed up"),
        pytest.param(lambda seen: C.crossed(seen, 101, SHORT), False, id="not crossed down"),
        pytest.param(lambda seen: C.touched(seen, 99), True, id="touched with its low"),
        pytest.param(lambda seen: C.touched(seen, 98.9), False, id="not touched"),
        pytest.param(lambda seen: C.touched(seen, 103.1), False, id="not touched above"),
        pytest.param(lambda seen: C.reached_back(seen, 99, LONG), True, id="back down to it"),
        pytest.param(lambda seen: C.reached_back(seen, 98, LONG), False, id="not so far down"),
        pytest.param(lambda seen: C.reached_back(seen, 103, SHORT), True, id="back up to it"),
        pytest.param(lambda seen: C.reached_back(seen, 104, SHORT), False, id="not so far up"),
        pytest.param(lambda seen: C.closed_towards(seen, LONG), True, id="closed higher than it opened"),
        pytest.param(lambda seen: C.closed_towards(seen, SHORT), False, id="not lower"),
        pytest.param(C.same_session, True, id="the bar before is of the session"),
        pytest.param(lambda seen: C.closed_above(seen, None), False, id="above what is not known"),
        pytest.param(lambda seen: C.closed_below(seen, None), False, id="below what is not known"),
        pytest.param(lambda seen: C.closed_within(seen, None, 200), False, id="within what is not known"),
        pytest.param(lambda seen: C.touched(seen, None), False, id="touched what is not known"),
        pytest.param(lambda seen: C.reached_back(seen, None, LONG), False, id="back to what is not known"),
        pytest.param(lambda seen: C.crossed_above(seen, None), False, id="crossed what is not known"),
        pytest.param(lambda seen: C.crossed_below(seen, None), False, id="down through what is not known"),
    ],
)
def test_conditions(condition: Callable[[Seen], bool], is_so: bool) -> None:
    assert condition(two("100", "102")) is is_so


@pytest.mark.parametrize(("level", "is_so"), [(100.5, True), (101, True), (99, False), (102, False)])
def test_crossed_below(level: float, is_so: bool) -> None:
    assert C.crossed_below(two("101", "100"), level) is is_so


def test_without_a_bar_before_nothing_has_crossed() -> None:
    first = Panel(ES, []).take(bars_of(ES, opening(), FIVE, [("100", "103", "99", "102")])[0], None)
    assert not C.crossed_above(first, 100)
    assert not C.crossed_below(first, 103)
    assert not C.same_session(first)


def test_another_session_is_not_the_same() -> None:
    panel = Panel(ES, [])
    row = [("100", "100", "100", "100")]
    monday, tuesday = (bars_of(ES, Instant(opening() + day * FIVE), FIVE, row)[0] for day in (0, 288))
    panel.take(monday, in_session(monday.bar.start))
    assert not C.same_session(panel.take(tuesday, in_session(tuesday.bar.start)))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(2.0, 1.0, LONG), (1.0, 2.0, SHORT), (1.0, 1.0, None), (None, 1.0, None), (1.0, None, None)],
)
def test_which_way_one_lies_from_another(one: float | None, other: float | None, expected: object) -> None:
    assert C.higher(one, other) is expected


def test_the_other_way() -> None:
    assert (C.opposite(LONG), C.opposite(SHORT)) == (SHORT, LONG)
