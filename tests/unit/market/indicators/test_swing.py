"""Swings: what stands out, and when it is known to."""

import pytest

from kedge.market.indicators.swing import Side, Swing


@pytest.mark.parametrize(
    ("side", "left", "right", "figures", "values"),
    [
        pytest.param(
            Side.HIGH, 1, 1, [1, 3, 2, 5, 4], [None, None, 3, 3, 5], id="known when the one after it has come"
        ),
        pytest.param(
            Side.HIGH,
            1,
            2,
            [1, 3, 2, 1, 1],
            [None, None, None, 3, 3],
            id="known when the second after it has come",
        ),
        pytest.param(Side.HIGH, 2, 1, [1, 3, 2, 1], [None] * 4, id="too few on the left"),
        pytest.param(Side.HIGH, 1, 2, [1, 3, 2, 4], [None] * 4, id="overtaken on the right"),
        pytest.param(Side.HIGH, 2, 1, [4, 1, 3, 2], [None] * 4, id="lower than one on the left"),
        pytest.param(
            Side.HIGH, 1, 1, [1, 3, 3, 3, 1], [None, None, 3, 3, 3], id="the first of equal ones, once"
        ),
        pytest.param(Side.LOW, 1, 1, [5, 3, 4, 1, 2], [None, None, 3, 3, 1], id="lows upside down"),
    ],
)
def test_swings(side: Side, left: int, right: int, figures: list[float], values: list[float | None]) -> None:
    swing = Swing.of(side, left, right)
    assert [swing.update(figure) for figure in figures] == values


def test_it_says_how_many_bars_ago_the_swing_was() -> None:
    swing = Swing.of(Side.HIGH, 1, 2)
    since = []
    for figure in [1.0, 3.0, 2.0, 1.0, 1.0, 0.0]:
        swing.update(figure)
        since.append(swing.bars_since)
    assert since == [None, None, None, 2, 3, 4]


def test_of_equal_ones_only_the_first_is_a_swing() -> None:
    swing = Swing.of(Side.HIGH, 1, 1)
    for figure in [1.0, 3.0, 3.0, 1.0]:
        swing.update(figure)
    assert swing.bars_since == 2
