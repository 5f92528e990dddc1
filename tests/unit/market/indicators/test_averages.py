"""SMA, EMA, RSI, true range and ATR by hand."""

import pytest

from kedge.market.indicators.atr import Atr
from kedge.market.indicators.ema import Ema
from kedge.market.indicators.rsi import Rsi
from kedge.market.indicators.sma import Sma
from kedge.market.indicators.true_range import TrueRange
from kedge.market.indicators.wilder import Wilder


@pytest.mark.parametrize(
    ("indicator", "figures", "values"),
    [
        pytest.param(Sma.of(3), [3, 6, 9, 12, 0], [None, None, 6, 9, 7], id="SMA: mean of the last three"),
        pytest.param(Ema(3), [3, 6, 9, 12, 0], [None, None, 6, 9, 4.5], id="EMA: half the way of each"),
        pytest.param(Ema(1), [3, 6], [3, 6], id="EMA of one is the figure itself"),
        pytest.param(Wilder(4), [4, 4, 4, 8, 9], [None, None, None, 5, 6], id="Wilder: a quarter of each"),
        pytest.param(
            Rsi.of(2), [10, 11, 10, 10, 11.5], [None, None, 50, 50, 87.5], id="RSI: share of the gains"
        ),
        pytest.param(Rsi.of(2), [1, 2, 3, 4], [None, None, 100, 100], id="RSI: only gains"),
        pytest.param(Rsi.of(2), [4, 3, 2, 1], [None, None, 0, 0], id="RSI: only losses"),
        pytest.param(Rsi.of(2), [4, 4, 4, 4], [None, None, 50, 50], id="RSI: nothing has moved"),
    ],
)
def test_values(
    indicator: Sma | Ema | Wilder | Rsi, figures: list[float], values: list[float | None]
) -> None:
    assert [indicator.update(figure) for figure in figures] == values
    assert indicator.value == values[-1]


BARS = [(12.0, 8.0, 10.0), (12.0, 9.0, 11.0), (20.0, 18.0, 19.0), (16.0, 10.0, 12.0), (13.0, 12.0, 13.0)]


def test_the_true_range_reaches_to_the_close_before() -> None:
    indicator = TrueRange()
    assert [indicator.update(*bar) for bar in BARS] == [None, 3, 9, 9, 1]


def test_the_average_true_range_needs_one_bar_more_than_its_length() -> None:
    indicator = Atr.of(2)
    assert [indicator.update(*bar) for bar in BARS] == [None, None, 6, 7.5, 4.25]
    assert indicator.value == 4.25


def test_a_sum_gathers_no_rounding_errors() -> None:
    """A running sum that takes the large figure off again would have lost the small ones for ever."""
    indicator = Sma.of(2)
    for figure in [1e15, 0.1, 0.1, 0.1]:
        indicator.update(figure)
    assert indicator.value == 0.1
