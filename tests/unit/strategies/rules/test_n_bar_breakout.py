"""N-bar breakout: a close beyond the bars before it, that the bar before did not make already."""

from decimal import Decimal

import pytest
from tests.unit.strategies.data import ES, FIVE, LONG, SHORT, bars, in_session, opening, said, with_hole

from kedge.domain.signals import Direction
from kedge.strategies.catalogue import build
from kedge.strategies.idea import Enter
from kedge.strategies.rules.n_bar_breakout import NBarBreakout
from kedge.strategies.trial import play

THREE = {"bars": 3}
FLAT = [100, 101, 99, 100, 100]  # the last bar is the first whose channel is known in the bar before it, too


@pytest.mark.parametrize(
    ("later", "parameters", "expected"),
    [
        pytest.param([102], THREE, [(6, LONG)], id="above the highest high: long"),
        pytest.param([98], THREE, [(6, SHORT)], id="below the lowest low: short"),
        pytest.param([101], THREE, [], id="a close on the highest high is not above it"),
        pytest.param([102, 103, 104], THREE, [(6, LONG)], id="on its way it is one breakout"),
        pytest.param([98, 97, 96], THREE, [(6, SHORT)], id="down as well"),
        pytest.param(
            [102, 102, 103], THREE, [(6, LONG), (8, LONG)], id="after a close back inside a new one"
        ),
        pytest.param([98, 98, 97], THREE, [(6, SHORT), (8, SHORT)], id="down as well, after one"),
        pytest.param([103, 98], THREE, [(6, LONG), (7, SHORT)], id="to the other side at once"),
        pytest.param([102, 98], THREE | {"sides": "long"}, [(6, LONG)], id="long only"),
        pytest.param([102, 98], THREE | {"sides": "short"}, [(7, SHORT)], id="short only"),
        pytest.param([100, 100, 100.25], {"bars": 2}, [(8, LONG)], id="only so many bars count"),
        pytest.param([102], {"bars": 20}, [], id="nothing before there are enough bars"),
    ],
)
def test_breakouts(
    later: list[float], parameters: dict[str, object], expected: list[tuple[int, Direction]]
) -> None:
    rule = build(NBarBreakout, parameters, FIVE)
    assert said(play(rule, ES, bars([*FLAT, *later]), in_session), opening()) == expected


def test_with_the_first_channel_it_is_not_known_whether_a_breakout_is_new() -> None:
    rule = build(NBarBreakout, THREE, FIVE)
    assert said(play(rule, ES, bars([100, 101, 99, 102, 103]), in_session), opening()) == []


def test_twenty_bars_unless_told() -> None:
    rule = build(NBarBreakout, {}, FIVE)
    built = bars([100, 105, *[100] * 19, 104, 105.25, 106])
    assert said(play(rule, ES, built, in_session), opening()) == [(23, LONG)]


def test_the_bars_of_the_session_before_count() -> None:
    rule = build(NBarBreakout, THREE, FIVE)
    built = [*bars(FLAT), *bars([102], skip=300)]
    assert [each.at for each in play(rule, ES, built, in_session)] == [built[-1].bar.at]


def test_it_speaks_of_a_bar_with_a_hole_too() -> None:
    built = bars([*FLAT, 102])
    built[-1] = with_hole(built[-1])
    assert len(play(build(NBarBreakout, THREE, FIVE), ES, built, in_session)) == 1


def test_it_tells_what_it_rests_on() -> None:
    [spoken] = play(build(NBarBreakout, THREE, FIVE), ES, bars([*FLAT, 98.75]), in_session)
    [idea] = spoken.ideas
    assert isinstance(idea, Enter)
    assert idea.reason == "closed at 98.75, below 99, the lowest of the 3 bars before"
    assert idea.figures == {"close": Decimal("98.75"), "lowest": 99}
