"""Every type of order on quotes and on prints."""

from typing import NamedTuple

import pytest
from tests.unit.sim.builders import at, exchange, fills, lines, order, printed, quote

from kedge.domain.ids import Symbol
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import MarketData, Quote


class Case(NamedTuple):
    name: str
    words: str
    data: list[MarketData]  # the first comes before the order, the others after
    trades: list[str]


BEFORE = quote(1, "100.00", "100.02")
ON_QUOTES = [
    Case("a market buy pays the ask", "buy 10 market", [BEFORE], ["filled o 10 @ 100.02"]),
    Case("a market sell gets the bid", "sell 10 market", [BEFORE], ["filled o 10 @ 100"]),
    Case(
        "a market order waits for the first price",
        "buy 10 market",
        [quote(1, 0, 0), quote(2, "100.00", "100.05")],
        ["filled o 10 @ 100.05"],
    ),
    Case(
        "a market buy waits for an ask when there is only a bid",
        "buy 10 market",
        [quote(1, "100.00", 0), quote(2, "100.00", 0), quote(3, "100.00", "100.04")],
        ["filled o 10 @ 100.04"],
    ),
    Case(
        "a limit buy takes a better ask at once",
        "buy 10 limit 100.05",
        [BEFORE],
        ["filled o 10 @ 100.02"],
    ),
    Case(
        "a limit buy rests until the ask touches it",
        "buy 10 limit 99.50",
        [BEFORE, quote(2, "99.50", "99.51"), quote(3, "99.49", "99.50")],
        ["filled o 10 @ 99.5"],
    ),
    Case(
        "a limit buy gets a better price when the market jumps past it",
        "buy 10 limit 99.50",
        [BEFORE, quote(2, "99.00", "99.01")],
        ["filled o 10 @ 99.01"],
    ),
    Case(
        "a limit sell rests until the bid touches it",
        "sell 10 limit 100.50",
        [BEFORE, quote(2, "100.49", "100.51"), quote(3, "100.50", "100.52")],
        ["filled o 10 @ 100.5"],
    ),
    Case(
        "a sell stop waits for the bid and gets it",
        "sell 10 stop 99.50",
        [BEFORE, quote(2, "99.51", "99.53"), quote(3, "99.48", "99.52")],
        ["filled o 10 @ 99.48"],
    ),
    Case(
        "a buy stop waits for the ask and pays it",
        "buy 10 stop 100.50",
        [BEFORE, quote(2, "100.48", "100.49"), quote(3, "100.50", "100.53")],
        ["filled o 10 @ 100.53"],
    ),
    Case(
        "a stop behind the market is triggered at once", "sell 10 stop 101", [BEFORE], ["filled o 10 @ 100"]
    ),
    Case(
        "a stop-limit becomes a limit order and takes the price within its limit",
        "sell 10 stop_limit 99.50 99.40",
        [BEFORE, quote(2, "99.45", "99.47")],
        ["filled o 10 @ 99.45"],
    ),
    Case(
        "a stop-limit that was jumped over rests at its limit",
        "sell 10 stop_limit 99.50 99.40",
        [BEFORE, quote(2, "99.00", "99.02"), quote(3, "99.39", "99.41"), quote(4, "99.41", "99.43")],
        ["filled o 10 @ 99.41"],
    ),
    Case(
        "a stop-limit that is not triggered does not act as a limit",
        "buy 10 stop_limit 100.50 100.60",
        [BEFORE, quote(2, "100.10", "100.12")],
        [],
    ),
    Case(
        "a trailing stop follows the bid up and stays when it falls",
        "sell 10 trail 0.50",
        [BEFORE, quote(2, "101.00", "101.02"), quote(3, "100.51", "100.53"), quote(4, "100.50", "100.52")],
        ["filled o 10 @ 100.5"],
    ),
    Case(
        "a trailing buy stop follows the ask down",
        "buy 10 trail 0.50",
        [BEFORE, quote(2, "99.00", "99.02"), quote(3, "99.49", "99.51"), quote(4, "99.50", "99.52")],
        ["filled o 10 @ 99.52"],
    ),
    Case(
        "a trailing stop by percent is rounded away from the market",
        "sell 10 trail 1%",
        [BEFORE, quote(2, "100.33", "100.35"), quote(3, "99.33", "99.35"), quote(4, "99.32", "99.34")],
        ["filled o 10 @ 99.32"],
    ),
    Case(
        "a trailing stop that came before any price starts at the first",
        "sell 10 trail 0.50",
        [quote(1, 0, 0), BEFORE, quote(2, "99.51", "99.53"), quote(3, "99.50", "99.52")],
        ["filled o 10 @ 99.5"],
    ),
]
ON_PRINTS = [
    Case(
        "a market order gets the last print", "buy 10 market", [printed(1, "100.00")], ["filled o 10 @ 100"]
    ),
    Case(
        "a limit order is filled by a print at its limit",
        "buy 10 limit 99.50",
        [printed(1, "100.00"), printed(2, "99.51"), printed(3, "99.50")],
        ["filled o 10 @ 99.5"],
    ),
    Case(
        "a stop gets the print that triggers it",
        "sell 10 stop 99.50",
        [printed(1, "100.00"), printed(2, "99.51"), printed(3, "99.20")],
        ["filled o 10 @ 99.2"],
    ),
    Case(
        "a stop-limit jumped over by a print rests at its limit",
        "buy 10 stop_limit 100.50 100.60",
        [printed(1, "100.00"), printed(2, "101.00"), printed(3, "100.60")],
        ["filled o 10 @ 100.6"],
    ),
    Case(
        "a trailing stop follows prints",
        "sell 10 trail 0.50",
        [printed(1, "100.00"), printed(2, "101.00"), printed(3, "100.51"), printed(4, "100.50")],
        ["filled o 10 @ 100.5"],
    ),
    Case(
        "quotes rule: a print beside them fills nothing",
        "buy 10 limit 99.50",
        [BEFORE, printed(2, "99.00")],
        [],
    ),
]


@pytest.mark.parametrize("case", ON_QUOTES + ON_PRINTS, ids=lambda case: case.name)
def test_an_order_trades_as_its_type_says(case: Case) -> None:
    market = exchange()
    first, *later = case.data
    market.on_market(first)
    reports = market.submit(order(case.words, tif="gtc"), (), at(1))
    for data in later:
        reports += market.on_market(data)
    assert lines(reports)[0] == "accepted o"
    assert fills(reports) == case.trades


@pytest.mark.parametrize(
    ("words", "trade"),
    [
        ("buy 10 market", "filled o 10 @ 100.02"),
        ("sell 10 market", "filled o 10 @ 99.99"),
    ],
)
def test_a_spread_is_put_around_prints(words: str, trade: str) -> None:
    market = exchange(spread_ticks=3)
    market.on_market(printed(1, "100.00"))
    assert fills(market.submit(order(words), (), at(2))) == [trade]


@pytest.mark.parametrize(
    ("words", "trade"),
    [
        ("buy 10 market", "filled o 10 @ 100.18"),  # 15.003 ticks, rounded up
        ("sell 10 market", "filled o 10 @ 99.85"),
        ("sell 10 stop 100.00", "filled o 10 @ 99.85"),
        ("buy 10 limit 100.02", "filled o 10 @ 100.02"),
        ("sell 10 stop_limit 100.00 99.99", "filled o 10 @ 100"),
    ],
)
def test_slippage_is_for_market_and_stop_orders_only(words: str, trade: str) -> None:
    market = exchange(slippage_bps="15")
    market.on_market(quote(1, "100.00", "100.02"))
    assert fills(market.submit(order(words), (), at(2))) == [trade]


def test_slippage_leaves_a_seller_at_least_a_tick() -> None:
    market = exchange(slippage_bps="9999")
    market.on_market(quote(1, "0.01", "0.02"))
    assert fills(market.submit(order("sell 10 market"), (), at(2))) == ["filled o 10 @ 0.01"]


def test_through_asks_a_resting_limit_for_more_than_a_touch() -> None:
    market = exchange(limit_fill="through")
    market.on_market(quote(1, "100.00", "100.02"))
    market.submit(order("buy 10 limit 99.50"), (), at(2))
    assert market.on_market(quote(3, "99.49", "99.50")) == []
    assert fills(market.on_market(quote(4, "99.48", "99.49"))) == ["filled o 10 @ 99.49"]


def test_through_lets_an_arriving_limit_take_what_stands() -> None:
    market = exchange(limit_fill="through")
    market.on_market(quote(1, "100.00", "100.02"))
    assert fills(market.submit(order("buy 10 limit 100.02"), (), at(2))) == ["filled o 10 @ 100.02"]


def test_stops_at_different_prices_are_triggered_each_by_its_own() -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    for number, price in enumerate(("99.00", "99.50", "98.50")):
        market.submit(order(f"sell 1 stop {price}", f"s{number}"), (), at(1))
    assert fills(market.on_market(quote(2, "99.00", "99.02"))) == ["filled s1 1 @ 99", "filled s0 1 @ 99"]
    assert fills(market.on_market(quote(3, "98.00", "98.02"))) == ["filled s2 1 @ 98"]


@pytest.mark.parametrize(
    "data",
    [
        quote(5, "100.03", "100.02"),
        quote(5, "-0.01", "100.02"),
        quote(0, "50.00", "50.01"),
        quote(0, "100.01", "100.03"),
        printed(5, "0"),
        Quote(Symbol("GOLD"), at(5), Ticks(1), Ticks(2)),
    ],
    ids=[
        "crossed",
        "negative",
        "older than the last",
        "older and quiet",
        "a print at nothing",
        "unknown instrument",
    ],
)
def test_data_that_tell_nothing_are_counted_and_ignored(data: MarketData) -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    market.submit(order("buy 10 limit 99"), (), at(2))
    market.submit(order("buy 10 stop 101", "p"), (), at(2))
    assert market.on_market(data) == []
    assert market.data_ignored == 1
    assert fills(market.submit(order("buy 1 market", "q"), (), at(9))) == ["filled q 1 @ 100.02"]
