"""Sizes that are shown limit fills, when they are respected."""

import pytest
from tests.unit.sim.builders import BETA, COIN, at, exchange, fills, order, printed, quote


def test_a_fill_takes_no_more_than_the_size_shown() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", "3 4"))
    reports = market.submit(order("buy 10 market"), (), at(2))
    reports += market.on_market(quote(3, "100.00", "100.03", "3 50"))
    assert fills(reports) == ["filled o 4 @ 100.02", "filled o 6 @ 100.03"]


def test_without_respect_a_fill_is_whole() -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02", "3 4"))
    assert fills(market.submit(order("buy 10 market"), (), at(2))) == ["filled o 10 @ 100.02"]


def test_what_one_order_has_taken_is_not_there_for_the_next() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", "4 4"))
    reports = market.submit(order("buy 3 market", "a"), (), at(2))
    reports += market.submit(order("buy 3 market", "b", account=BETA), (), at(2))
    reports += market.submit(order("sell 4 market", "c"), (), at(2))
    assert fills(reports) == ["filled a 3 @ 100.02", "filled b 1 @ 100.02", "filled c 4 @ 100"]


def test_a_size_of_0_says_nothing() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02"))
    assert fills(market.submit(order("buy 10 market"), (), at(2))) == ["filled o 10 @ 100.02"]


def test_a_size_below_a_lot_is_rounded_down() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.0", "100.1", "1 0.0025", symbol=COIN))
    assert fills(market.submit(order("buy 1 market", symbol=COIN), (), at(2))) == ["filled o 0.002 @ 100.1"]


def test_earlier_orders_come_first() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "101.00", "101.02", "9 9"))
    for name in ("first", "second"):
        market.submit(order("buy 3 limit 100", name), (), at(2))
    assert fills(market.on_market(quote(3, "99.98", "100.00", "9 4"))) == [
        "filled first 3 @ 100",
        "filled second 1 @ 100",
    ]


def test_better_limits_come_before_earlier_ones() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "101.00", "101.02", "9 9"))
    market.submit(order("buy 3 limit 100", "first"), (), at(2))
    market.submit(order("buy 3 limit 100.50", "better"), (), at(2))
    assert fills(market.on_market(quote(3, "99.98", "100.00", "9 3"))) == ["filled better 3 @ 100"]


@pytest.mark.parametrize("words", ["buy 10 market", "sell 10 market"])
def test_a_print_shows_one_size_for_both_sides(words: str) -> None:
    market = exchange(respect_size=True)
    market.on_market(printed(1, "100.00", "6"))
    reports = market.submit(order("buy 2 market", "a", account=BETA), (), at(2))
    reports += market.submit(order(words), (), at(2))
    assert fills(reports) == ["filled a 2 @ 100", "filled o 4 @ 100"]


def test_each_quote_shows_its_size_anew() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", "4 4"))
    market.submit(order("buy 4 market", "a"), (), at(2))
    market.on_market(quote(3, "100.00", "100.02", "4 4"))
    assert fills(market.submit(order("buy 4 market", "b"), (), at(4))) == ["filled b 4 @ 100.02"]
