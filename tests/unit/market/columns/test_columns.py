"""Whole columns: what they refuse, and what short ones give. That they equal the streams is a law (tests/property)."""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest

from kedge.domain.instants import Span
from kedge.market.columns.averages import atr, ema, rsi, true_range
from kedge.market.columns.column import Column
from kedge.market.columns.sessions import opening_range, vwap
from kedge.market.columns.windows import highest, lowest, sma, swing
from kedge.market.indicators.ema import Ema
from kedge.market.indicators.rsi import Rsi
from kedge.market.indicators.sma import Sma
from kedge.market.indicators.swing import Side
from kedge.market.indicators.window import Highest


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 2e15])
@pytest.mark.parametrize(
    "reckon",
    [
        pytest.param(lambda x: ema(x, 2), id="ema"),
        pytest.param(lambda x: rsi(x, 2), id="rsi"),
        pytest.param(lambda x: sma(x, 2), id="sma"),
        pytest.param(lambda x: highest(x, 2), id="highest"),
        pytest.param(lambda x: lowest(x, 2), id="lowest"),
        pytest.param(lambda x: swing(Side.LOW, x, 1, 1), id="swing"),
        pytest.param(lambda x: atr(x, [1, 1, 1], [1, 1, 1], 2), id="atr, high"),
        pytest.param(lambda x: true_range([1, 1, 1], x, [1, 1, 1]), id="true range, low"),
        pytest.param(lambda x: true_range([1, 1, 1], [1, 1, 1], x), id="true range, close"),
        pytest.param(lambda x: vwap([0, 0, 0], x, [1, 1, 1]), id="vwap, price"),
        pytest.param(lambda x: vwap([0, 0, 0], [1, 1, 1], x), id="vwap, volume"),
        pytest.param(
            lambda x: opening_range(Span(1), [0] * 3, [0] * 3, [1] * 3, x, [1] * 3), id="opening range"
        ),
    ],
)
def test_what_is_not_a_figure_is_refused_by_its_place(reckon: Callable[[Any], Any], wrong: float) -> None:
    with pytest.raises(ValueError, match=r"^\w+: (nan|-?inf|2000000000000000\.0) at place 1 is not a figure"):
        reckon([1.0, wrong, 1.0])


@pytest.mark.parametrize(
    "reckon",
    [
        pytest.param(lambda: true_range([1, 2], [1], [1]), id="true range"),
        pytest.param(lambda: vwap([0], [1, 2], [1, 2]), id="vwap"),
        pytest.param(lambda: opening_range(Span(1), [0], [0], [1, 2], [1], [1]), id="opening range"),
    ],
)
def test_columns_of_different_bars_are_refused(reckon: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"^\w+: its columns differ in length: "):
        reckon()


def test_a_table_is_not_a_column() -> None:
    with pytest.raises(ValueError, match="Ema: a column has one figure for each bar, not 2 dimensions"):
        ema([[1.0, 2.0]], 2)


def test_times_are_whole_nanoseconds() -> None:
    with pytest.raises(ValueError, match="Vwap: times are whole nanoseconds, not float64"):
        vwap([0.5], [1.0], [1.0])


def test_a_volume_below_zero_is_refused_by_its_place() -> None:
    with pytest.raises(ValueError, match=r"Vwap: a volume cannot be -2\.0, as at place 1"):
        vwap([0, 0], [1.0, 1.0], [1.0, -2.0])


@pytest.mark.parametrize("reckon", [ema, rsi, sma, highest, lowest])
def test_an_indicator_of_nothing_is_refused(reckon: Callable[[Any, int], Any]) -> None:
    with pytest.raises(ValueError, match="its length must be 1 or more, not 0"):
        reckon([1.0], 0)


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_a_column_that_is_too_short_knows_nothing(size: int) -> None:
    figures = np.arange(float(size))
    short = [
        ema(figures, 4),
        rsi(figures, 4),
        sma(figures, 4),
        highest(figures, 4),
        swing(Side.HIGH, figures, 2, 1),
    ]
    short += [atr(figures, figures, figures, 4)]
    assert [each.size for each in short] == [size] * 6
    assert all(np.isnan(each).all() for each in short)


def test_what_was_handed_in_is_left_as_it_was() -> None:
    figures = np.array([3.0, -0.0, 1.0])
    highest(figures, 2)
    rsi(figures, 1)
    assert figures.tobytes() == np.array([3.0, -0.0, 1.0]).tobytes()


@pytest.mark.parametrize("length", [20, 200, 999])
@pytest.mark.parametrize(
    ("indicator", "reckon"),
    [
        pytest.param(Ema, ema, id="ema"),
        pytest.param(Sma.of, sma, id="sma"),
        pytest.param(Rsi.of, rsi, id="rsi"),
        pytest.param(Highest, highest, id="highest"),
    ],
)
def test_long_ones_add_up_in_the_order_of_the_streams(
    indicator: Callable[[int], Any], reckon: Callable[[Any, int], Column], length: int
) -> None:
    """From eight figures on numpy's own sums take another order than one after the other."""
    random = Random(7)
    figures = [random.gauss(100.0, 30.0) for _ in range(3_000)]
    stream = indicator(length)
    values = [stream.update(figure) for figure in figures]
    known = [value for value in values if value is not None]
    assert len(known) > 2_000
    assert reckon(figures, length)[-len(known) :].tolist() == known
