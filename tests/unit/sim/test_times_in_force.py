"""How long orders live: day, gtc, ioc, fok, on open, on close, and what sessions do."""

from typing import NamedTuple

import pytest
from tests.unit.sim.builders import ALPHA, COIN, SPY, at, bar, exchange, fills, lines, order, printed, quote

from kedge.domain.quotes import MarketData


class Case(NamedTuple):
    name: str
    words: str
    tif: str
    sizes: str
    reports: list[str]


CASES = [
    Case(
        "ioc takes what there is", "buy 10 market", "ioc", "4 4", ["filled o 4 @ 100.02", "cancelled o: ioc"]
    ),
    Case("ioc takes all when there is enough", "buy 10 market", "ioc", "50 50", ["filled o 10 @ 100.02"]),
    Case("ioc beyond the market ends at once", "buy 10 limit 100", "ioc", "50 50", ["cancelled o: ioc"]),
    Case("fok takes all", "buy 10 limit 100.02", "fok", "10 10", ["filled o 10 @ 100.02"]),
    Case("fok takes nothing when there is too little", "buy 10 market", "fok", "9 9", ["cancelled o: fok"]),
    Case("fok beyond the market ends at once", "buy 10 limit 100", "fok", "50 50", ["cancelled o: fok"]),
    Case("day stays for the rest", "buy 10 market", "day", "4 4", ["filled o 4 @ 100.02"]),
    Case(
        "a triggered ioc stop takes what there is",
        "sell 9 stop 100",
        "ioc",
        "4 4",
        ["filled o 4 @ 100", "cancelled o: ioc"],
    ),
    Case("an ioc stop waits for its trigger", "sell 9 stop 99", "ioc", "4 4", []),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_time_in_force_on_arrival(case: Case) -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", case.sizes))
    reports = lines(market.submit(order(case.words, tif=case.tif), (), at(2)))
    assert reports == ["accepted o", *case.reports]


@pytest.mark.parametrize("tif", ["ioc", "fok"])
def test_an_immediate_order_waits_for_the_first_price(tif: str) -> None:
    market = exchange()
    assert lines(market.submit(order("buy 10 limit 100", tif=tif), (), at(2))) == ["accepted o"]
    assert lines(market.on_market(bar(12, "101 102 99 101"))) == [f"cancelled o: {tif}"]


def test_fok_is_never_cut_by_chance() -> None:
    market = exchange(partial_fill_rate="1")
    market.on_market(quote(1, "100.00", "100.02"))
    assert fills(market.submit(order("buy 10 market", tif="fok"), (), at(2))) == ["filled o 10 @ 100.02"]


@pytest.mark.parametrize(
    ("tif", "reports"),
    [
        ("day", ["expired o: the session has closed"]),
        ("gtc", []),
    ],
)
def test_the_close_ends_orders_of_the_day(tif: str, reports: list[str]) -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    market.submit(order("buy 10 limit 99", tif=tif), (), at(2))
    assert lines(market.close_session(at(3))) == reports


def test_nothing_trades_while_the_market_is_closed() -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    market.submit(order("buy 10 limit 99", tif="gtc"), (), at(2))
    market.close_session(at(3))
    assert market.on_market(quote(4, "98.00", "98.02")) == []
    assert lines(market.submit(order("buy 1 market", "p"), (), at(5))) == ["accepted p"]
    assert market.open_session(at(6)) == []
    assert fills(market.on_market(quote(7, "98.50", "98.52"))) == [
        "filled p 1 @ 98.52",
        "filled o 10 @ 98.52",
    ]


def test_an_order_after_the_opening_waits_for_a_price_of_this_session() -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    market.close_session(at(3))
    market.open_session(at(6))
    assert lines(market.submit(order("buy 1 market"), (), at(7))) == ["accepted o"]
    assert fills(market.on_market(quote(8, "98.50", "98.52"))) == ["filled o 1 @ 98.52"]


def test_an_immediate_order_at_a_closed_market_ends_at_once() -> None:
    market = exchange()
    market.close_session(at(3))
    assert lines(market.submit(order("buy 1 market", tif="ioc"), (), at(4))) == [
        "accepted o",
        "cancelled o: the market is closed",
    ]


def test_sessions_can_be_for_some_instruments_only() -> None:
    market = exchange()
    market.submit(order("buy 1 limit 99"), (), at(2))
    market.submit(order("buy 1 limit 99", "coin", symbol=COIN), (), at(2))
    assert lines(market.close_session(at(3), [SPY])) == ["expired o: the session has closed"]
    assert fills(market.on_market(quote(4, "98.0", "98.1", symbol=COIN))) == ["filled coin 1 @ 98.1"]


OPENINGS: list[tuple[str, str, MarketData, list[str]]] = [
    ("market, quote", "buy 5 market", quote(7, "98.50", "98.52"), ["filled o 5 @ 98.52"]),
    ("market, bar", "buy 5 market", bar(16, "98 99 97 98"), ["filled o 5 @ 98"]),
    ("limit within", "buy 5 limit 99", quote(7, "98.50", "98.52"), ["filled o 5 @ 98.52"]),
    ("limit beyond", "buy 5 limit 98", quote(7, "98.50", "98.52"), ["expired o: not filled at the open"]),
    ("limit beyond, bar", "buy 5 limit 97", bar(16, "98 99 96 98"), ["expired o: not filled at the open"]),
]


@pytest.mark.parametrize(
    ("words", "data", "reports"), [c[1:] for c in OPENINGS], ids=[c[0] for c in OPENINGS]
)
def test_an_order_for_the_open_meets_the_first_price_of_the_session(
    words: str, data: MarketData, reports: list[str]
) -> None:
    market = exchange()
    market.on_market(quote(1, "95.00", "95.02"))
    assert lines(market.submit(order(words, tif="on_open"), (), at(2))) == ["accepted o"]
    assert market.on_market(quote(3, "95.00", "95.02")) == []
    assert market.close_session(at(4)) == []
    assert market.open_session(at(6)) == []
    assert lines(market.on_market(data)) == reports


CLOSINGS: list[tuple[str, str, MarketData | None, list[str]]] = [
    ("market, quote", "buy 5 market", quote(14, "98.50", "98.52"), ["filled o 5 @ 98.52"]),
    ("market, the quote that stood already", "buy 5 market", None, ["filled o 5 @ 100.02"]),
    ("market, bar", "sell 5 market", bar(14, "98 99 97 98.2"), ["filled o 5 @ 98.2"]),
    ("limit within", "buy 5 limit 98.52", quote(14, "98.50", "98.52"), ["filled o 5 @ 98.52"]),
    ("limit beyond", "buy 5 limit 98.51", quote(14, "98.50", "98.52"), ["expired o: the session has closed"]),
]


@pytest.mark.parametrize(
    ("words", "data", "reports"), [c[1:] for c in CLOSINGS], ids=[c[0] for c in CLOSINGS]
)
def test_an_order_for_the_close_trades_at_the_last_price(
    words: str, data: MarketData | None, reports: list[str]
) -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    assert lines(market.submit(order(words, tif="on_close"), (), at(2))) == ["accepted o"]
    assert market.on_market(data) == [] if data is not None else True
    assert lines(market.close_session(at(20))) == reports


def test_no_order_trades_at_the_close_of_the_bar_on_which_it_was_decided() -> None:
    market = exchange()
    market.on_market(bar(10, "100 100 100 100"))
    market.submit(order("buy 5 market", tif="on_close"), (), at(10))
    assert lines(market.close_session(at(10))) == ["expired o: the session has closed"]


def test_a_close_without_any_price_ends_what_waited_for_it() -> None:
    market = exchange()
    market.submit(order("buy 5 market", tif="on_close"), (), at(10))
    assert lines(market.close_session(at(20))) == ["expired o: the session has closed"]


def test_the_close_is_an_auction_without_sizes_and_parts() -> None:
    market = exchange(respect_size=True, partial_fill_rate="1")
    market.on_market(quote(1, "100.00", "100.02", "1 1"))
    market.submit(order("buy 50 market", tif="on_close"), (), at(2))
    assert lines(market.close_session(at(20))) == ["filled o 50 @ 100.02"]


def test_a_reduce_only_order_for_the_close_closes_what_is_open() -> None:
    market = exchange()
    market.on_market(printed(1, "100.00"))
    market.submit(order("buy 5 market", "e"), (), at(2))
    market.submit(order("sell 9 market", "x", tif="on_close", reduce_only=True), (), at(2))
    assert lines(market.close_session(at(20))) == ["filled x 5 @ 100", "cancelled x: nothing left to reduce"]
    assert market.positions(ALPHA) == {}
