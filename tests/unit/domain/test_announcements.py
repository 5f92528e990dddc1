"""A split's arithmetic: quantities in lots, prices on the grid, nobody worse off than by one tick."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.announcements import Split
from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.domain.orders import Side

LOT = TICK = 10**9
ANY = st.builds(
    lambda new, old: Split(Symbol("SPY"), Instant(0), new, old if old != new else old + 1),
    st.integers(1, 1000),
    st.integers(1, 1000),
)


def split(new: int, old: int) -> Split:
    return Split(Symbol("SPY"), Instant(0), new, old)


@pytest.mark.parametrize(
    ("new", "old", "quantity", "after"),
    [
        (4, 1, 25, 100),
        (1, 10, 105, 10),
        (1, 3, 300, 100),
        (3, 2, 5, 7),
        (1, 10, 9, 0),
        (3, 2, -5, -7),
        (1, 10, -105, -10),
    ],
)
def test_quantities_in_whole_lots(new: int, old: int, quantity: int, after: int) -> None:
    assert split(new, old).in_lots(quantity * LOT, LOT) == after * LOT


@pytest.mark.parametrize(
    ("new", "old", "price", "sell", "buy"),
    [(4, 1, 400, 100, 100), (4, 1, 401, 101, 100), (1, 10, 7, 70, 70), (3, 1, 100, 34, 33)],
)
def test_prices_on_the_grid(new: int, old: int, price: int, sell: int, buy: int) -> None:
    assert split(new, old).price(price * TICK, TICK, Side.SELL) == sell * TICK
    assert split(new, old).price(price * TICK, TICK, Side.BUY) == buy * TICK


@pytest.mark.parametrize(("new", "old"), [(1, 1), (0, 1), (1, 0), (-4, 1), (10**7, 1)])
def test_what_is_no_split(new: int, old: int) -> None:
    with pytest.raises(ValueError, match="SPY: a split makes other shares"):
        split(new, old)


@given(ANY, st.integers(-(10**18), 10**18), st.sampled_from([1, 10**6, LOT]))
def test_less_than_a_lot_is_left_over_and_never_more_is_held(split: Split, quantity: int, lot: int) -> None:
    exact, held = split.exact(quantity), split.in_lots(quantity, lot)
    assert held % lot == 0
    assert 0 <= abs(exact) - abs(held) < lot
    assert held * quantity >= 0


@given(ANY, st.integers(1, 10**15), st.sampled_from([1, 10**7, 25 * 10**7]))
def test_nobody_sells_lower_or_buys_higher(split: Split, price: int, tick: int) -> None:
    exact = Fraction(price * split.old, split.new)
    sell, buy = split.price(price, tick, Side.SELL), split.price(price, tick, Side.BUY)
    assert sell % tick == buy % tick == 0
    assert exact <= sell < exact + tick
    assert exact - tick < buy <= exact
