"""Instruments: the grid of prices, what a quantity is worth, and which declarations are refused."""

from decimal import Decimal, getcontext
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import ES, SPY

from kedge.domain.ids import Symbol
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import Ticks, use_exact_arithmetic

D = Decimal
_GOOD: dict[str, Any] = {"symbol": Symbol("X"), "tick": D("0.01")}


@pytest.mark.parametrize(
    ("instrument", "price", "ticks"),
    [(SPY, "591.20", 59120), (SPY, "0.01", 1), (ES, "5000.25", 20001), (ES, "0", 0), (SPY, "-37.63", -3763)],
)
def test_a_price_on_the_grid_is_a_count_of_ticks(instrument: Instrument, price: str, ticks: int) -> None:
    use_exact_arithmetic()
    assert instrument.ticks(D(price)) == ticks
    assert instrument.price(Ticks(ticks)) == D(price)


@pytest.mark.parametrize(("instrument", "price"), [(SPY, "591.205"), (ES, "5000.30"), (ES, "0.1")])
def test_a_price_between_two_ticks_is_refused(instrument: Instrument, price: str) -> None:
    with pytest.raises(ValueError, match="is not a multiple of the tick"):
        instrument.ticks(D(price))


@pytest.mark.parametrize(
    ("instrument", "quantity", "price", "value"),
    [
        (SPY, "10", "591.21", "5912.10"),
        (ES, "2", "5000.25", "500025"),
        (ES, "1", "0.25", "12.5"),
        (SPY, "0.000000001", "0.5", "0"),  # half a billionth goes to even
        (SPY, "0.000000003", "0.5", "0.000000002"),
    ],
)
def test_a_value_counts_the_multiplier_and_is_rounded_once(
    instrument: Instrument, quantity: str, price: str, value: str
) -> None:
    use_exact_arithmetic()
    assert instrument.value(D(quantity), D(price)) == D(value)


@pytest.mark.parametrize(
    ("asset", "full"), [("equity", True), ("crypto", True), ("forex", True), ("future", False)]
)
def test_only_a_future_settles_by_its_gains(asset: str, full: bool) -> None:
    assert Instrument(Symbol("X"), D(1), asset=AssetClass(asset)).settles_in_full is full


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"symbol": ""}, "an instrument needs a symbol of 1 to 64 characters"),
        ({"symbol": "x" * 65}, "an instrument needs a symbol of 1 to 64 characters"),
        ({"tick": D(0)}, "X: tick must be a number above 0, not 0"),
        ({"tick": D("-0.01")}, "X: tick must be a number above 0, not -0.01"),
        ({"tick": D("NaN")}, "X: tick must be a number above 0, not NaN"),
        ({"lot": D("Infinity")}, "X: lot must be a number above 0, not Infinity"),
        ({"lot": D(0)}, "X: lot must be a number above 0, not 0"),
        ({"multiplier": D("1E-10")}, "X: multiplier 1E-10 is too large or finer than a billionth"),
        ({"tick": D("1E+16")}, "X: tick 1E+16 is too large or finer than a billionth"),
    ],
)
def test_an_instrument_on_which_no_order_could_be_right_is_refused(
    fields: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError) as caught:
        Instrument(**(_GOOD | fields))
    assert str(caught.value) == complaint


def test_its_numbers_travel_as_text_and_come_back_the_same() -> None:
    written = msgspec.json.encode(ES)
    assert b'"0.25"' in written
    assert msgspec.json.decode(written, type=Instrument) == ES


@given(st.integers(-(10**9), 10**9), st.sampled_from(["0.01", "0.25", "0.0001", "1E-9", "12.5", "5"]))
def test_ticks_and_prices_are_two_names_of_one_thing(count: int, tick: str) -> None:
    getcontext().prec = 5
    use_exact_arithmetic()
    instrument = Instrument(Symbol("X"), D(tick))
    assert instrument.ticks(instrument.price(Ticks(count))) == count
