"""Stops beyond the prices that many people look at: named cases for both directions, and what holds for any."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import nano

from kedge.domain.orders import Side
from kedge.domain.protection import KeyLevels, Levels
from kedge.protection.key_levels import Shift, beyond_key_levels

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
CENT = D("0.01")
ROUND = KeyLevels(10, 2, D(1))


@pytest.mark.parametrize(
    ("side", "stop", "rule", "levels", "shift"),
    [
        pytest.param(BUY, "98.05", ROUND, Levels(), Shift(D("97.98"), D(98)), id="just above a round number"),
        pytest.param(BUY, "98.00", ROUND, Levels(), Shift(D("97.98"), D(98)), id="at it"),
        pytest.param(BUY, "97.99", ROUND, Levels(), Shift(D("97.98"), D(98)), id="not far enough past it"),
        pytest.param(BUY, "97.98", ROUND, Levels(), Shift(D("97.98")), id="past it"),
        pytest.param(BUY, "98.11", ROUND, Levels(), Shift(D("98.11")), id="not near"),
        pytest.param(SELL, "101.95", ROUND, Levels(), Shift(D("102.02"), D(102)), id="below it, short"),
        pytest.param(
            SELL, "102.01", ROUND, Levels(), Shift(D("102.02"), D(102)), id="not far past it, short"
        ),
        pytest.param(SELL, "102.02", ROUND, Levels(), Shift(D("102.02")), id="past it, short"),
        pytest.param(
            BUY,
            "98.25",
            KeyLevels(10),
            Levels(swing_low=nano("98.20")),
            Shift(D("98.18"), D("98.20")),
            id="a swing low",
        ),
        pytest.param(
            BUY,
            "98.25",
            KeyLevels(10),
            Levels(lows=(nano("95"), nano("98.20"))),
            Shift(D("98.18"), D("98.20")),
            id="an older one",
        ),
        pytest.param(
            BUY,
            "98.25",
            KeyLevels(10),
            Levels(swing_high=nano("98.20"), highs=(nano("98.20"),), range_high=nano("98.20")),
            Shift(D("98.25")),
            id="what lies on the other side is no support",
        ),
        pytest.param(
            SELL,
            "101.75",
            KeyLevels(10),
            Levels(range_high=nano("101.80")),
            Shift(D("101.82"), D("101.80")),
            id="the opening range, short",
        ),
        pytest.param(
            BUY,
            "98.15",
            KeyLevels(10, 2, D(1)),
            Levels(swing_low=nano("98.10")),
            Shift(D("97.98"), D(98)),
            id="from the swing on to the round number",
        ),
        pytest.param(
            BUY,
            "98.05",
            KeyLevels(10, 2, D(1), max_wider_percent=D(1)),
            Levels(),
            Shift(D("98.05"), D(98), is_too_wide=True),
            id="too far",
        ),
        pytest.param(
            BUY,
            "98.15",
            KeyLevels(10, 2, D(1), max_wider_percent=D(4)),
            Levels(swing_low=nano("98.10")),
            Shift(D("98.08"), D(98), is_too_wide=True),
            id="the second one is too far",
        ),
        pytest.param(BUY, "98.05", KeyLevels(10), Levels(), Shift(D("98.05")), id="no round numbers"),
    ],
)
def test_where_a_stop_is_put(side: Side, stop: str, rule: KeyLevels, levels: Levels, shift: Shift) -> None:
    assert beyond_key_levels(D(stop), rule, levels, D(100), side, CENT) == shift


@pytest.mark.parametrize(("side", "stop", "put"), [(BUY, "4900.75", "4900.00"), (SELL, "5101.50", "5102.50")])
def test_round_numbers_between_two_ticks_leave_the_stop_on_the_grid(side: Side, stop: str, put: str) -> None:
    """4900.5 and 5101.8 are multiples of 3.3."""
    shift = beyond_key_levels(D(stop), KeyLevels(2, 2, D("3.3")), Levels(), D(5000), side, D("0.25"))
    assert shift.stop == D(put)


def test_round_numbers_that_are_everywhere_are_no_landmarks() -> None:
    rule = KeyLevels(2, 2, D(1))
    assert beyond_key_levels(D(4900), rule, Levels(), D(5000), BUY, D("0.25")) == Shift(D(4900))


@given(
    away=st.integers(1, 5_000),
    side=st.sampled_from([*Side]),
    within=st.integers(0, 50),
    beyond=st.integers(1, 20),
    step=st.sampled_from([None, D("0.25"), D(1), D(5)]),
    wider=st.sampled_from([D(1), D(25), D(100)]),
    swings=st.lists(st.integers(9_000, 11_000), max_size=8),
)
def test_it_is_put_away_from_the_market_and_never_further_than_is_allowed(
    away: int, side: Side, within: int, beyond: int, step: Decimal | None, wider: Decimal, swings: list[int]
) -> None:
    stop = D(100) - side.sign * away * CENT
    seen = tuple(nano(str(D(swing) / 100)) for swing in swings)
    rule = KeyLevels(within, beyond, step, wider)
    shift = beyond_key_levels(stop, rule, Levels(lows=seen, highs=seen), D(100), side, CENT)
    assert side.sign * shift.stop <= side.sign * stop
    assert abs(100 - shift.stop) <= abs(100 - stop) * (1 + wider / 100)
    assert shift.stop > 0
    if not shift.is_too_wide:
        for level in (D(swing) / 100 for swing in swings):
            gap = side.sign * (shift.stop - level)
            assert not -beyond * CENT < gap <= within * CENT


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"within_ticks": -1}, "beyond a level"),
        ({"within_ticks": 1, "beyond_ticks": 0}, "beyond a level"),
        ({"within_ticks": 1, "round_to": D(0)}, "some way apart"),
        ({"within_ticks": 1, "max_wider_percent": D(0)}, "wider"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        KeyLevels(**wrong)  # type: ignore[arg-type]
