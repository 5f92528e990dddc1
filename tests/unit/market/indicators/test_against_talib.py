"""The indicators against TA-Lib, within one part in a thousand million.

Where they differ on purpose: RSI of a market that has not moved is 50 here and 0 there. VWAP, opening range and swings
are not in TA-Lib.
"""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
import talib

from kedge.market.columns.averages import atr, ema, rsi, true_range
from kedge.market.columns.column import Column
from kedge.market.columns.windows import highest, lowest, sma

LENGTHS = [2, 3, 14, 20, 200]
SHAPES = {"a fine walk": (0.01, 100.0), "a wild walk": (50.0, 5_000.0), "tiny prices": (1e-9, 1e-6)}


def market(shape: str) -> tuple[Column, Column, Column]:
    """High, low and close of a thousand bars; some of them do not move, but the first does."""
    step, start = SHAPES[shape]
    random = Random(7)
    moves = [random.choice([0.0, random.gauss(0.0, step)]) for _ in range(998)]
    closes = start + np.cumsum([0.0, step, *moves])
    above = np.array([random.random() * step for _ in closes])
    below = np.array([random.random() * step for _ in closes])
    return closes + above, closes - below, closes


def assert_alike(ours: Column, theirs: Column) -> None:
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    assert np.isfinite(ours).any()
    known = np.isfinite(ours)
    np.testing.assert_allclose(ours[known], theirs[known], rtol=1e-9, atol=0.0)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(ema, talib.EMA, id="EMA"),
        pytest.param(sma, talib.SMA, id="SMA"),
        pytest.param(rsi, talib.RSI, id="RSI"),
        pytest.param(highest, talib.MAX, id="highest"),
        pytest.param(lowest, talib.MIN, id="lowest"),
    ],
)
def test_indicators_of_one_column_agree(
    ours: Callable[[Column, int], Column], theirs: Callable[[Column, int], Column], length: int, shape: str
) -> None:
    _, _, closes = market(shape)
    assert_alike(ours(closes, length), theirs(closes, length))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("length", LENGTHS)
def test_the_average_true_range_agrees(length: int, shape: str) -> None:
    assert_alike(atr(*market(shape), length), talib.ATR(*market(shape), length))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_true_range_agrees(shape: str) -> None:
    assert_alike(true_range(*market(shape)), talib.TRANGE(*market(shape)))


def test_an_rsi_of_a_market_that_stands_still_is_fifty_here_and_nothing_there() -> None:
    still = np.full(20, 100.0)
    assert rsi(still, 14)[-1] == 50.0
    assert talib.RSI(still, 14)[-1] == 0.0
