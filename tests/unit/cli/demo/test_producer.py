"""The demo's rules: when they speak, and which way."""

import pytest

from kedge.cli.demo.producer import LONG_AVERAGE, fade, trend
from kedge.domain.signals import Direction

RISING = list(range(LONG_AVERAGE))
FALLING = RISING[::-1]
EVEN = [7] * LONG_AVERAGE


@pytest.mark.parametrize(
    ("middles", "direction"), [(RISING, Direction.LONG), (FALLING, Direction.SHORT), (EVEN, None)]
)
def test_trend_goes_with_the_short_average(middles: list[int], direction: Direction | None) -> None:
    idea = trend(middles)
    assert (None if idea is None else idea.direction) == direction


@pytest.mark.parametrize(
    ("middles", "direction"),
    [(RISING, Direction.SHORT), (FALLING, Direction.LONG), (EVEN, None), ([*RISING[1:], 5], None)],
)
def test_fade_bets_against_a_new_extreme(middles: list[int], direction: Direction | None) -> None:
    idea = fade(middles)
    assert (None if idea is None else idea.direction) == direction
