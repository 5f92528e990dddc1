"""What fills make of a position and of the cash: named cases, worked out by hand."""

from decimal import Decimal
from typing import NamedTuple

import pytest
from tests.builders import ALPHA, ES, SPY, Ledger, nano

from kedge.domain.events import PositionClosed
from kedge.domain.ids import Symbol
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import use_exact_arithmetic
from kedge.domain.positions import Part, split
from kedge.domain.signals import Direction

D = Decimal
COIN = Instrument(Symbol("COIN"), D("0.01"), lot=D("1E-9"), asset=AssetClass.CRYPTO)


class Case(NamedTuple):
    """Fills (`+` bought, `-` sold: quantity@price,fee) on an account of 100000, and what they come to."""

    instrument: Instrument
    fills: str
    held: str
    cost: str
    cash: str
    realised: str
    fees: str = "0"


CASES = {
    "a long that is open ties its value": Case(SPY, "+10@100", "10", "1000", "99000", "0"),
    "a long closed with a gain": Case(SPY, "+10@100 -10@110", "0", "0", "100100", "100"),
    "a long closed with a loss": Case(SPY, "+10@100 -10@95", "0", "0", "99950", "-50"),
    "a short that is open brings its value in": Case(SPY, "-10@100", "-10", "1000", "101000", "0"),
    "a short closed with a gain": Case(SPY, "-10@100 +10@90", "0", "0", "100100", "100"),
    "a short closed with a loss": Case(SPY, "-10@100 +10@105", "0", "0", "99950", "-50"),
    "a long built in two steps": Case(SPY, "+4@100 +6@101", "10", "1006", "98994", "0"),
    "a short built in two steps": Case(SPY, "-4@100 -6@101", "-10", "1006", "101006", "0"),
    "half of a long closed": Case(SPY, "+10@100 -5@110", "5", "500", "99550", "50"),
    "half of a short closed": Case(SPY, "-10@100 +5@90", "-5", "500", "100550", "50"),
    "a long closed in three parts": Case(SPY, "+9@100 -3@101 -3@102 -3@99", "0", "0", "100006", "6"),
    "a long turned into a short": Case(SPY, "+10@100 -15@110", "-5", "550", "100650", "100"),
    "a short turned into a long": Case(SPY, "-10@100 +12@90", "2", "180", "99920", "100"),
    "turned over twice": Case(SPY, "+1@10 -2@20 +2@30", "1", "30", "99970", "0"),
    "fees go from the cash, not from the gain": Case(
        SPY, "+10@100,1.50 -10@110,1.50", "0", "0", "100097", "100", "3.00"
    ),
    "a rebate comes to the cash": Case(
        SPY, "+10@100,-0.25 -10@100,0.10", "0", "0", "100000.15", "0", "-0.15"
    ),
    # a third of the fee closes, two thirds open
    "the fee of a turn is parted by quantity": Case(
        SPY, "+1@10 -3@10,0.10", "-2", "20", "100019.90", "0", "0.10"
    ),
    "a future ties nothing": Case(ES, "+2@5000.25", "2", "500025", "100000", "0"),
    "a point of the future is fifty": Case(ES, "+2@5000.25 -2@5001.50", "0", "0", "100125", "125"),
    "one tick of the future": Case(ES, "-1@5000.25 +1@5000.50", "0", "0", "99987.5", "-12.5"),
    "a future turned over, with fees": Case(
        ES, "+1@5000,2.1 -3@5010,6.3", "-2", "501000", "100491.6", "500", "8.4"
    ),
    "a future closed in parts": Case(ES, "+3@5000 -1@5001 -2@5002", "0", "0", "100250", "250"),
    # 99.99 + 133.36 for seven: a seventh of it is 33.335714285714…
    "a seventh that does not divide is rounded once": Case(
        SPY, "+3@33.33 +4@33.34 -1@33.33", "6", "200.014285714", "99799.98", "-0.005714286"
    ),
    "and the last close takes exactly what is left": Case(
        SPY, "+3@33.33 +4@33.34 -1@33.33 -2@33.33 -4@33.33", "0", "0", "99999.96", "-0.04"
    ),
    "dust of one billionth": Case(COIN, "+0.000000001@100000", "0.000000001", "0.0001", "99999.9999", "0"),
    "a value below half a billionth is nothing": Case(
        COIN, "+0.000000001@0.01", "0.000000001", "0", "100000", "0"
    ),
    "a price below zero pays the buyer": Case(SPY, "+10@-37.63", "10", "-376.30", "100376.30", "0"),
    "and closing it at zero is a gain": Case(SPY, "+10@-37.63 -10@0", "0", "0", "100376.30", "376.30"),
}


def booked(case: Case) -> Ledger:
    ledger = Ledger(case.instrument)
    for fill in case.fills.split():
        quantity, _, rest = fill.partition("@")
        price, _, fee = rest.partition(",")
        ledger.book(case.instrument, D(quantity), D(price), D(fee or 0))
    return ledger


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_fills_come_to(case: Case) -> None:
    desk = booked(case).desk
    position = desk.position(case.instrument.symbol)
    state = desk.book.state.accounts[ALPHA]
    assert desk.held(case.instrument.symbol) == D(case.held)
    assert (D(0) if position is None else position.cost) == D(case.cost)
    assert (state.cash, state.realised, state.fees) == (D(case.cash), D(case.realised), D(case.fees))
    desk.check()


def test_a_careless_decimal_context_changes_nothing() -> None:
    case = CASES["and the last close takes exactly what is left"]
    expected = booked(case).desk.recorded
    ledger = Ledger(case.instrument)
    ledger.desk.careless = True
    for fill in case.fills.split():
        quantity, _, price = fill.partition("@")
        use_exact_arithmetic()
        ledger.book(case.instrument, D(quantity), D(price))
    assert ledger.desk.recorded == expected
    fresh = ledger.desk.folded()
    assert fresh.state.accounts[ALPHA].cash == D("99999.96")


def test_a_careless_decimal_context_changes_nothing_in_a_fold() -> None:
    ledger = Ledger(SPY, cash=10**9)
    ledger.book(SPY, D("123456.789"), D("123.45"), D("1.2345678"))
    ledger.book(SPY, D("-23456.789"), D("123.55"), D("1.2345678"))
    ledger.desk.careless = True
    ledger.desk.check_record()


def test_a_round_trip_is_told_whole_when_it_is_closed() -> None:
    ledger = Ledger(ES)
    ledger.book(ES, D(1), D("5000"), D(2))
    ledger.book(ES, D(2), D("5003"), D(4))
    ledger.book(ES, D(-1), D("5010"), D(2))
    events = ledger.book(ES, D(-2), D("5000"), D(4))
    (closed,) = (event for event in events if isinstance(event, PositionClosed))
    assert closed.direction is Direction.LONG
    assert closed.quantity == nano(3)
    assert closed.entry_price == nano("5002")  # (5000 + 2 · 5003) / 3
    assert closed.exit_price == nano("5003.333333333")  # (5010 + 2 · 5000) / 3
    assert closed.fees == nano(12)
    # 1 · 8 · 50 less 2 · 2 · 50, less the fees
    assert closed.pnl == nano(400 - 200 - 12)
    state = ledger.desk.book.state.accounts[ALPHA]
    assert (state.trades, state.wins, state.losses) == (1, 1, 0)


@pytest.mark.parametrize(
    ("price", "fee", "wins", "losses"),
    [("101", "0", 1, 0), ("100", "0", 0, 0), ("100", "0.01", 0, 1), ("99", "0", 0, 1)],
)
def test_a_trade_is_won_or_lost_after_its_fees(price: str, fee: str, wins: int, losses: int) -> None:
    ledger = Ledger(SPY)
    ledger.book(SPY, D(1), D(100))
    ledger.book(SPY, D(-1), D(price), D(fee))
    state = ledger.desk.book.state.accounts[ALPHA]
    assert (state.trades, state.wins, state.losses) == (1, wins, losses)


@pytest.mark.parametrize(
    ("held", "signed", "parts"),
    [
        ("0", "5", [("5", "50", "3", False)]),
        ("5", "5", [("5", "50", "3", False)]),
        ("-5", "-5", [("-5", "50", "3", False)]),
        ("10", "-5", [("-5", "50", "3", True)]),
        ("-5", "5", [("5", "50", "3", True)]),
        ("-2", "5", [("2", "20", "1.2", True), ("3", "30", "1.8", False)]),
        ("2", "-5", [("-2", "20", "1.2", True), ("-3", "30", "1.8", False)]),
    ],
)
def test_a_fill_is_cut_where_it_turns_the_position(
    held: str, signed: str, parts: list[tuple[str, str, str, bool]]
) -> None:
    use_exact_arithmetic()
    assert split(D(held), D(signed), D(10), D(3), SPY) == [
        Part(D(quantity), D(value), D(fee), closes) for quantity, value, fee, closes in parts
    ]
