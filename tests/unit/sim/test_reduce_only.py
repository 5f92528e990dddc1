"""Reduce-only orders close what is open and never open anything."""

from decimal import Decimal

import pytest
from tests.unit.sim.builders import ALPHA, BETA, SPY, at, exchange, fills, lines, order, quote

from kedge.sim.exchange import SimExchange


def holding(words: str, *, respect_size: bool = False) -> SimExchange:
    market = exchange(respect_size=respect_size)
    market.on_market(quote(1, "100.00", "100.02", "100 100"))
    market.submit(order(words, "open"), (), at(2))
    return market


@pytest.mark.parametrize(
    ("held", "words", "trade"),
    [
        ("buy 6 market", "sell 10 market", "filled o 6 @ 100"),
        ("buy 6 market", "sell 10 limit 99", "filled o 6 @ 100"),
        ("buy 6 market", "sell 10 stop 101", "filled o 6 @ 100"),
        ("sell 6 market", "buy 10 market", "filled o 6 @ 100.02"),
    ],
)
def test_it_is_capped_to_what_is_open(held: str, words: str, trade: str) -> None:
    market = holding(held)
    assert lines(market.submit(order(words, reduce_only=True), (), at(3))) == [
        "accepted o",
        trade,
        "cancelled o: nothing left to reduce",
    ]
    assert market.positions(ALPHA) == {}


def test_all_of_what_is_open_is_a_complete_fill() -> None:
    market = holding("buy 6 market")
    assert lines(market.submit(order("sell 6 market", reduce_only=True), (), at(3))) == [
        "accepted o",
        "filled o 6 @ 100",
    ]


@pytest.mark.parametrize(
    ("held", "words"), [("buy 6 market", "buy 1 market"), ("sell 6 market", "sell 1 stop 99")]
)
def test_it_is_cancelled_when_it_would_add(held: str, words: str) -> None:
    market = holding(held)
    assert lines(market.submit(order(words, reduce_only=True), (), at(3)))[1:] == [
        "cancelled o: nothing left to reduce"
    ]


def test_it_is_cancelled_when_there_is_no_position() -> None:
    market = exchange()
    assert lines(market.submit(order("sell 1 stop 99", reduce_only=True), (), at(3))) == [
        "accepted o",
        "cancelled o: nothing left to reduce",
    ]


def test_those_that_rest_are_cancelled_when_the_position_closes() -> None:
    market = holding("buy 6 market")
    market.submit(order("sell 6 stop 99", "s", reduce_only=True), (), at(3))
    market.submit(order("sell 6 market", "c", reduce_only=True, tif="on_close"), (), at(3))
    assert lines(market.submit(order("sell 6 market", "x"), (), at(4)))[1:] == [
        "filled x 6 @ 100",
        "cancelled s: nothing left to reduce",
        "cancelled c: nothing left to reduce",
    ]


def test_those_that_rest_are_cancelled_when_the_position_turns_over() -> None:
    market = holding("buy 6 market")
    market.submit(order("sell 6 stop 99", "s", reduce_only=True), (), at(3))
    assert lines(market.submit(order("sell 10 market", "x"), (), at(4)))[1:] == [
        "filled x 10 @ 100",
        "cancelled s: nothing left to reduce",
    ]
    assert market.positions(ALPHA) == {SPY: Decimal(-4)}


def test_those_that_rest_stay_while_the_position_grows_and_shrinks() -> None:
    market = holding("buy 6 market")
    market.submit(order("sell 6 stop 99", "s", reduce_only=True), (), at(3))
    market.submit(order("buy 6 market", "more"), (), at(4))
    market.submit(order("sell 10 market", "less"), (), at(5))
    assert lines(market.on_market(quote(6, "98.00", "98.02"))) == [
        "filled s 2 @ 98",
        "cancelled s: nothing left to reduce",
    ]


def test_another_accounts_position_is_not_its_own() -> None:
    market = holding("buy 6 market")
    assert lines(market.submit(order("sell 1 market", account=BETA, reduce_only=True), (), at(3)))[1:] == [
        "cancelled o: nothing left to reduce"
    ]


def test_one_on_its_way_is_looked_at_when_it_arrives() -> None:
    market = exchange(fill_delay=5)
    market.on_market(quote(1, "100.00", "100.02"))
    market.submit(order("buy 6 market", "open"), (), at(2))
    market.submit(order("sell 6 market", "x", reduce_only=True), (), at(2))
    market.submit(order("sell 6 market", "y", reduce_only=True), (), at(2))
    assert lines(market.advance(at(9))) == [
        "filled open 6 @ 100.02",
        "filled x 6 @ 100",
        "cancelled y: nothing left to reduce",
    ]


def test_two_stops_that_overlap_never_close_more_than_is_open() -> None:
    market = holding("buy 6 market", respect_size=True)
    market.submit(order("sell 6 stop 99", "a", reduce_only=True), (), at(3))
    market.submit(order("sell 6 stop 98.9", "b", reduce_only=True), (), at(3))
    reports = market.on_market(quote(4, "98.00", "98.02", "4 4"))
    reports += market.on_market(quote(5, "98.00", "98.02", "4 4"))
    assert fills(reports) == ["filled a 4 @ 98", "filled a 2 @ 98"]
    assert market.positions(ALPHA) == {}
    assert market.open_orders(ALPHA) == []
