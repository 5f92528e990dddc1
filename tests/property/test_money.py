"""Money is conserved to the last digit, whatever is traded in whatever order."""

from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import ALPHA, Ledger

from kedge.domain.events import PositionClosed
from kedge.domain.ids import Symbol
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import ZERO, from_nano, use_exact_arithmetic

D = Decimal
STOCK = Instrument(Symbol("STOCK"), D("0.01"))
COIN = Instrument(Symbol("COIN"), D("1E-9"), lot=D("1E-9"), asset=AssetClass.CRYPTO)
FUTURE = Instrument(Symbol("FUTURE"), D("0.25"), multiplier=D(50), asset=AssetClass.FUTURE)
ODD = Instrument(Symbol("ODD"), D("0.01"), multiplier=D("0.3"), asset=AssetClass.FUTURE)

_quantities = st.integers(1, 30).map(D) | st.integers(1, 10**12).map(lambda count: count * D("1E-9"))
_prices = st.integers(-200, 10**6).map(lambda count: count * D("0.01"))
_fees = st.integers(-(10**9), 10**9).map(lambda count: count * D("1E-9"))
_fills = st.lists(
    st.tuples(
        st.sampled_from([STOCK, COIN, FUTURE, ODD]),
        st.booleans(),
        _quantities,
        _prices,
        _fees,
    ),
    min_size=1,
    max_size=12,
)
Fill = tuple[Instrument, bool, Decimal, Decimal, Decimal]


def booked(fills: list[Fill]) -> Ledger:
    ledger = Ledger(STOCK, COIN, FUTURE, ODD)
    ledger.desk.careless = True
    for instrument, buys, quantity, price, fee in fills:
        ledger.book(instrument, quantity if buys else -quantity, price, fee)
    use_exact_arithmetic()
    return ledger


@given(_fills)
def test_cash_gains_and_cost_are_conserved_to_the_last_digit(fills: list[Fill]) -> None:
    ledger = booked(fills)
    account = ledger.desk.book.state.accounts[ALPHA]
    paid = fees = ZERO
    for instrument, buys, quantity, price, fee in fills:
        fees += fee
        if instrument.settles_in_full:
            paid += instrument.value(quantity, price) * (1 if buys else -1)
    positions = ledger.desk.book.state.positions.get(ALPHA, {}).values()
    tied = sum((position.cost * (1 if position.quantity > 0 else -1) for position in positions), ZERO)
    everything = sum(
        (
            instrument.value(quantity, price) * (1 if buys else -1)
            for instrument, buys, quantity, price, _ in fills
        ),
        ZERO,
    )
    assert account.fees == fees
    # What was paid in all is what is tied up now, less what was gained: for futures too, on paper.
    assert everything == tied - account.realised
    futures = sum(
        (
            instrument.value(quantity, price) * (1 if buys else -1)
            for instrument, buys, quantity, price, _ in fills
            if not instrument.settles_in_full
        ),
        ZERO,
    )
    tied_in_futures = sum(
        (
            position.cost * (1 if position.quantity > 0 else -1)
            for position in positions
            if position.instrument in (FUTURE.symbol, ODD.symbol)
        ),
        ZERO,
    )
    assert account.cash == D(100_000) - paid + (tied_in_futures - futures) - fees
    ledger.desk.check_record()


@given(_fills)
def test_once_flat_the_cash_has_changed_by_the_results_of_the_trades(fills: list[Fill]) -> None:
    ledger = booked(fills)
    ledger.desk.careless = False
    for instrument in (STOCK, COIN, FUTURE, ODD):
        if held := ledger.desk.held(instrument.symbol):
            ledger.book(instrument, -held, D("12.34"), D("0.01"))
    use_exact_arithmetic()
    results = [from_nano(event.pnl) for event in ledger.desk.events if isinstance(event, PositionClosed)]
    assert ledger.desk.cash() - D(100_000) == sum(results, ZERO)
    assert not any(ledger.desk.book.state.positions.get(ALPHA, {}).values())


@given(_fills)
def test_the_position_is_the_sum_of_the_signed_fills(fills: list[Fill]) -> None:
    ledger = booked(fills)
    for wanted in (STOCK, COIN, FUTURE, ODD):
        signed = (
            quantity if buys else -quantity
            for instrument, buys, quantity, _, _ in fills
            if instrument is wanted
        )
        assert ledger.desk.held(wanted.symbol) == sum(signed, ZERO)


@given(st.lists(st.tuples(st.booleans(), _quantities, _prices), min_size=1, max_size=4))
def test_in_whatever_order_the_fills_come_the_end_of_a_stock_is_the_same(
    fills: list[tuple[bool, Decimal, Decimal]],
) -> None:
    ends = set()
    for order in list(permutations(fills))[:6]:
        ledger = booked([(STOCK, buys, quantity, price, ZERO) for buys, quantity, price in order])
        ends.add((ledger.desk.cash(), ledger.desk.held("STOCK")))
    assert len(ends) == 1
