"""RSI turn: out of one of the ends again."""

import pytest
from tests.unit.strategies.data import ES, FIVE, LONG, SHORT, bars, in_session, opening, said

from kedge.domain.signals import Direction
from kedge.strategies.catalogue import build
from kedge.strategies.idea import Enter
from kedge.strategies.parameters import ParameterError
from kedge.strategies.rules.rsi_turn import RsiTurn
from kedge.strategies.trial import play

DOWN = [100, 99, 98, 97]  # of nothing but falls the index is 0, of nothing but rises 100
UP = [100, 101, 102, 103]


@pytest.mark.parametrize(
    ("closes", "parameters", "expected"),
    [
        pytest.param([*DOWN, 100], {}, [(5, LONG)], id="up out of the low end: long"),
        pytest.param([*UP, 100], {}, [(5, SHORT)], id="down out of the high end: short"),
        pytest.param([*DOWN, 97.25], {}, [], id="still in the low end"),
        pytest.param([*DOWN, 100, 101], {}, [(5, LONG)], id="once"),
        pytest.param([*DOWN, 100, 96, 101], {}, [(5, LONG), (7, LONG)], id="again after it was back there"),
        pytest.param([*DOWN, 100], {"sides": "short"}, [], id="short only"),
        pytest.param([*UP, 100], {"sides": "long"}, [], id="long only"),
        pytest.param([*DOWN, 97.25], {"low": 5}, [(5, LONG)], id="another low end"),
        pytest.param([*UP, 102.75], {"high": 95}, [(5, SHORT)], id="another high end"),
        pytest.param([100, 99, 98, 101], {}, [], id="with the first index it is not known where it was"),
    ],
)
def test_turns(
    closes: list[float], parameters: dict[str, object], expected: list[tuple[int, Direction]]
) -> None:
    rule = build(RsiTurn, {"length": 3, **parameters}, FIVE)
    assert said(play(rule, ES, bars(closes), in_session), opening()) == expected


def test_it_tells_what_it_rests_on() -> None:
    [spoken] = play(build(RsiTurn, {"length": 3}, FIVE), ES, bars([*DOWN, 100]), in_session)
    [idea] = spoken.ideas
    assert isinstance(idea, Enter)
    assert idea.reason == "the RSI has risen to 60.0 from below 30"  # 3 up, and 2 down on average
    assert idea.figures == {"close": 100, "rsi": 60}


def test_low_is_below_high() -> None:
    with pytest.raises(ParameterError, match=r"low: '70' does not fit; it has to be below high \(70\)"):
        build(RsiTurn, {"low": 70}, FIVE)
