"""Fees count per order, whatever parts it fills in."""

from decimal import Decimal

import pytest
from tests.unit.sim.builders import ALPHA, BETA, COIN, ES, SPY, at, exchange, order, quote

from kedge.domain.numbers import Nano, from_nano

CASES = [
    ("nothing by default", {}, "buy 10 market", SPY, "0"),
    ("flat", {"commission_flat": "1.5"}, "buy 10 market", SPY, "1.5"),
    ("per share", {"commission_per_share": "0.005"}, "buy 10 market", SPY, "0.05"),
    ("percent of the value", {"commission_percent": "0.1"}, "buy 10 market", SPY, "1.0002"),
    ("percent counts the multiplier", {"commission_percent": "0.1"}, "buy 2 market", ES, "500.025"),
    ("the minimum", {"commission_per_share": "0.005", "commission_minimum": "1"}, "buy 10 market", SPY, "1"),
    (
        "above the minimum",
        {"commission_per_share": "0.5", "commission_minimum": "1"},
        "buy 10 market",
        SPY,
        "5",
    ),
    (
        "all together",
        {"commission_flat": "1", "commission_per_share": "0.01", "commission_percent": "0.1"},
        "sell 10 market",
        SPY,
        "2.1",
    ),
    (
        "rounded to a billionth",
        {"commission_percent": "0.0033336"},
        "buy 0.001 market",
        COIN,
        "0.000003334",
    ),
]


@pytest.mark.parametrize(
    ("settings", "words", "symbol", "fee"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_an_order_pays(settings: dict[str, str], words: str, symbol: str, fee: str) -> None:
    market = exchange(**settings)  # type: ignore[arg-type]
    market.on_market(quote(1, "100.00", "100.02"))
    market.on_market(quote(1, "5000.00", "5000.25", symbol=ES))
    market.on_market(quote(1, "100.0", "100.0", symbol=COIN))
    market.submit(order(words, symbol=symbol), (), at(2))  # type: ignore[arg-type]
    assert market.fees(ALPHA) == Decimal(fee)
    assert [from_nano(execution.fee) for _, execution in market.executions(ALPHA)] == [Decimal(fee)]


def test_parts_pay_together_what_the_whole_pays() -> None:
    rates = {"commission_flat": "1", "commission_per_share": "0.003", "commission_percent": "0.01"}
    market = exchange(respect_size=True, commission_minimum="1.1", **rates)  # type: ignore[arg-type]
    market.on_market(quote(1, "100.00", "100.00", "3 3"))
    market.submit(order("buy 10 market"), (), at(2))
    for clock in (3, 4, 5):
        market.on_market(quote(clock, "100.00", "100.00", "3 3"))
    market.on_market(quote(6, "100.00", "100.00", "50 50"))
    market.submit(order("buy 10 market", "whole", account=BETA), (), at(7))
    parts = [execution.fee for _, execution in market.executions(ALPHA)]
    assert len(parts) == 4
    assert from_nano(Nano(sum(parts))) == market.fees(ALPHA) == market.fees(BETA) == Decimal("1.13")


def test_fees_leave_the_cash() -> None:
    market = exchange(cash="10000", commission_flat="1")
    market.on_market(quote(1, "100.00", "100.00"))
    market.submit(order("buy 10 market"), (), at(2))
    market.submit(order("sell 10 market", "p"), (), at(3))
    assert market.cash(ALPHA) == Decimal(9998)
    assert market.fees(ALPHA) == Decimal(2)
