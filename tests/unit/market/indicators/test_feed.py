"""What indicators refuse, how they are saved, and that they do not grow."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from kedge.domain.instants import Instant, Span
from kedge.market.indicators.atr import Atr
from kedge.market.indicators.ema import Ema
from kedge.market.indicators.opening_range import OpeningRange
from kedge.market.indicators.rsi import Rsi
from kedge.market.indicators.sma import Sma
from kedge.market.indicators.swing import Side, Swing
from kedge.market.indicators.true_range import TrueRange
from kedge.market.indicators.vwap import Vwap
from kedge.market.indicators.wilder import Wilder
from kedge.market.indicators.window import Highest, Lowest, Total

OPENED = Instant(0)
Kind = tuple[Callable[[], Any], Callable[[Any, float], Any]]

KINDS: dict[str, Kind] = {
    "Sma": (lambda: Sma.of(3), lambda it, x: it.update(x)),
    "Ema": (lambda: Ema(3), lambda it, x: it.update(x)),
    "Rsi": (lambda: Rsi.of(3), lambda it, x: it.update(x)),
    "TrueRange": (TrueRange, lambda it, x: it.update(x, x, x)),
    "Atr": (lambda: Atr.of(3), lambda it, x: it.update(x + 1, x - 1, x)),
    "Highest": (lambda: Highest(3), lambda it, x: it.update(x)),
    "Lowest": (lambda: Lowest(3), lambda it, x: it.update(x)),
    "Swing": (lambda: Swing.of(Side.LOW, 2, 2), lambda it, x: it.update(x)),
    "Vwap": (Vwap, lambda it, x: it.update(OPENED, x, 1.0)),
    "OpeningRange": (lambda: OpeningRange(Span(50)), lambda it, x: it.update(OPENED, 0, 10, x, x)),
}
all_kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@all_kinds
@pytest.mark.parametrize("figure", [float("nan"), float("inf"), float("-inf"), 1.1e15])
def test_what_is_not_a_figure_is_refused_and_changes_nothing(kind: Kind, figure: float) -> None:
    make, feed = kind
    indicator = make()
    for each in (3.0, 1.0, 2.0, 5.0, 1.0, 4.0):
        feed(indicator, each)
    before = msgspec.json.encode(indicator)
    with pytest.raises(
        ValueError, match=r"^\w+: (nan|-?inf|110000000000000[01]\.0) is not a figure between -1e15 and"
    ):
        feed(indicator, figure)
    assert msgspec.json.encode(indicator) == before


@pytest.mark.parametrize(
    "figures",
    [(float("nan"), 1.0, 1.0), (1.0, float("nan"), 1.0), (1.0, 1.0, float("nan"))],
    ids=["high", "low", "close"],
)
def test_each_price_of_a_bar_is_looked_at(figures: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="TrueRange: nan is not a figure"):
        Atr.of(3).update(*figures)


def test_a_volume_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Vwap: a volume cannot be -1\.0"):
        Vwap().update(OPENED, 1.0, -1.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sma.of(0),
        lambda: Ema(0),
        lambda: Wilder(-1),
        lambda: Rsi.of(0),
        lambda: Atr.of(0),
        lambda: Total(0),
        lambda: Swing.of(Side.HIGH, 0, 1),
        lambda: Swing.of(Side.HIGH, 1, 0),
        lambda: OpeningRange(Span(0)),
    ],
)
def test_an_indicator_of_nothing_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"^\w+: its length must be (1 or more|above 0), not (0|-1)$"):
        make()


@all_kinds
@pytest.mark.parametrize("codec", [msgspec.json, msgspec.msgpack], ids=["json", "msgpack"])
def test_it_goes_on_from_where_it_was_saved(kind: Kind, codec: Any) -> None:
    make, feed = kind
    figures = [0.1 * (step * 7 % 11) for step in range(30)]
    whole = make()
    expected = [feed(whole, figure) for figure in figures]
    for cut in range(len(figures)):
        indicator = make()
        for figure in figures[:cut]:
            feed(indicator, figure)
        restored = codec.decode(codec.encode(indicator), type=type(indicator))
        assert [feed(restored, figure) for figure in figures[cut:]] == expected[cut:]


@all_kinds
def test_it_does_not_grow(kind: Kind) -> None:
    make, feed = kind
    indicator = make()
    sizes = []
    for step in range(3_000):
        feed(indicator, step % 7)
        sizes.append(len(msgspec.msgpack.encode(indicator)))
    assert max(sizes) == max(sizes[:100])
