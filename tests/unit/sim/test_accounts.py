"""The exchange's own books: positions and cash."""

from decimal import Decimal
from typing import NamedTuple

import pytest
from tests.unit.sim.builders import ALPHA, BETA, COIN, ES, SPY, at, exchange, order, quote

from kedge.domain.ids import Symbol


class Case(NamedTuple):
    name: str
    symbol: Symbol
    trades: list[tuple[str, str]]  # words and the price at which they trade
    position: str
    cash: str  # of 100000


CASES = [
    Case("a buy pays its value", SPY, [("buy 10", "100")], "10", "99000"),
    Case("a sale brings its value", SPY, [("buy 10", "100"), ("sell 4", "110")], "6", "99440"),
    Case("a short sale brings cash", SPY, [("sell 10", "100")], "-10", "101000"),
    Case("a round trip leaves its gain", SPY, [("buy 10", "100"), ("sell 10", "110")], "0", "100100"),
    Case("a turn through zero", SPY, [("buy 10", "100"), ("sell 15", "110")], "-5", "100650"),
    Case("fractions of a coin", COIN, [("buy 0.003", "100.1")], "0.003", "99999.6997"),
    Case("a future pays nothing when it opens", ES, [("buy 2", "5000")], "2", "100000"),
    Case("a future pays its gain when it closes", ES, [("buy 2", "5000"), ("sell 2", "5010")], "0", "101000"),
    Case("a part of a future", ES, [("buy 2", "5000"), ("sell 1", "5010")], "1", "100500"),
    Case("at average cost", ES, [("buy 1", "5000"), ("buy 1", "5010"), ("sell 1", "5010")], "1", "100250"),
    Case("a short future", ES, [("sell 2", "5000"), ("buy 2", "5010")], "0", "99000"),
    Case("a future turned over", ES, [("buy 1", "5000"), ("sell 3", "5010")], "-2", "100500"),
    Case(
        "a future turned over and closed",
        ES,
        [("buy 1", "5000"), ("sell 3", "5010"), ("buy 2", "5000")],
        "0",
        "101500",
    ),
    Case(
        "a third of an odd cost leaves nothing behind",
        ES,
        [
            ("buy 1", "5000.25"),
            ("buy 2", "5000.50"),
            ("sell 1", "5000"),
            ("sell 1", "5000"),
            ("sell 1", "5000"),
        ],
        "0",
        "99937.5",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_positions_and_cash(case: Case) -> None:
    market = exchange(cash="100000")
    for number, (words, price) in enumerate(case.trades):
        market.on_market(quote(number, price, price, symbol=case.symbol))
        market.submit(order(f"{words} market", f"o{number}", symbol=case.symbol), (), at(number))
    position = Decimal(case.position)
    assert market.positions(ALPHA) == ({case.symbol: position} if position else {})
    assert market.cash(ALPHA) == Decimal(case.cash)
    assert market.cash(BETA) == Decimal(100000)
    assert market.positions(BETA) == {}
    assert len(market.executions(ALPHA)) == len(case.trades)
