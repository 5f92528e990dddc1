"""Levels: which there are, and which lie above and below a price."""

from decimal import Decimal

import pytest
from tests.unit.market.data import bar

from kedge.domain.ids import Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Ticks
from kedge.market.indicators.opening_range import Edges
from kedge.market.levels import (
    Level,
    LevelKind,
    above,
    below,
    indicator_level,
    prior_levels,
    range_levels,
    round_levels,
)

ES = Instrument(Symbol("ES"), tick=Decimal("0.25"))


@pytest.mark.parametrize(
    ("around", "prices"),
    [
        pytest.param("5003.75", [4950, 5000, 5050, 5100], id="between two"),
        pytest.param("5000", [4950, 5000, 5050], id="on one"),
        pytest.param("-3.25", [-100, -50, 0, 50], id="below zero"),
    ],
)
def test_round_numbers_lie_on_either_side(around: str, prices: list[int]) -> None:
    levels = round_levels(ES, Decimal(50), ES.ticks(Decimal(around)), 2)
    assert [ES.price(level.at) for level in levels] == prices
    assert {level.kind for level in levels} == {LevelKind.ROUND}


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ("0", "ES: round numbers must be a tick or more apart, not 0"),
        ("-1", "ES: round numbers must be a tick or more apart, not -1"),
        ("0.3", "ES: 0.3 is not a multiple of the tick 0.25"),
    ],
)
def test_a_step_off_the_grid_is_refused(step: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{complaint}$"):
        round_levels(ES, Decimal(step), Ticks(100), 2)


def test_a_session_leaves_its_high_its_low_and_its_close() -> None:
    assert prior_levels(bar(0, 390, (100, 120, 90, 110))) == [
        Level(Ticks(120), LevelKind.PRIOR_HIGH),
        Level(Ticks(90), LevelKind.PRIOR_LOW),
        Level(Ticks(110), LevelKind.PRIOR_CLOSE),
    ]


@pytest.mark.parametrize(
    ("price", "ticks"),
    [(25.0, 100), (25.1, 100), (25.2, 101), (25.125, 100), (25.375, 102), (-0.2, -1)],
)
def test_the_price_of_an_indicator_goes_to_the_nearest_tick(price: float, ticks: int) -> None:
    assert indicator_level(ES, price, LevelKind.VWAP) == Level(Ticks(ticks), LevelKind.VWAP)


def test_an_opening_range_has_two_edges() -> None:
    assert range_levels(ES, Edges(high=26.0, low=25.0)) == [
        Level(Ticks(104), LevelKind.RANGE_HIGH),
        Level(Ticks(100), LevelKind.RANGE_LOW),
    ]


LEVELS = [
    Level(Ticks(100), LevelKind.ROUND),
    Level(Ticks(120), LevelKind.ROUND),
    Level(Ticks(104), LevelKind.VWAP),
    Level(Ticks(90), LevelKind.SWING_LOW),
    Level(Ticks(120), LevelKind.PRIOR_HIGH),
    Level(Ticks(98), LevelKind.PRIOR_CLOSE),
]


def test_levels_are_told_nearest_first_and_each_price_once_by_its_first_reason() -> None:
    assert above(Ticks(100), LEVELS) == [LEVELS[2], LEVELS[4]]
    assert below(Ticks(100), LEVELS) == [LEVELS[5], LEVELS[3]]
