"""Two orders of which one cancels the other, without an entry."""

import pytest
from tests.unit.sim.builders import ALPHA, BETA, at, bar, exchange, lines, oid, order, quote

from kedge.domain.orders import OrderRequest
from kedge.sim.errors import DuplicateOrderError


def test_the_first_to_fill_cancels_the_other() -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    pair = (order("buy 10 stop 101", "up"), order("sell 10 stop 99", "down"))
    assert lines(market.submit_oco(pair, at(2))) == ["accepted up", "accepted down"]
    assert lines(market.on_market(quote(3, "98.98", "99.00"))) == [
        "filled down 10 @ 98.98",
        "cancelled up: oco",
    ]
    assert market.open_orders(ALPHA) == []


def test_a_part_fill_takes_as_much_from_the_other() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02"))
    pair = (order("sell 10 limit 101", "t"), order("sell 10 stop 99", "s"))
    market.submit_oco(pair, at(2))
    assert lines(market.on_market(quote(3, "101.00", "101.02", "4 4"))) == [
        "filled t 4 @ 101",
        "replaced s: quantity 6",
    ]
    assert lines(market.on_market(quote(4, "98.00", "98.02", "50 50"))) == [
        "filled s 6 @ 98",
        "cancelled t: oco",
    ]


def test_one_that_trades_on_arrival_cancels_the_other() -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    pair = (order("buy 10 limit 99", "low"), order("buy 10 stop 100", "up"))
    assert lines(market.submit_oco(pair, at(2))) == [
        "accepted low",
        "accepted up",
        "filled up 10 @ 100.02",
        "cancelled low: oco",
    ]


def test_cancelling_one_leaves_the_other() -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    market.submit_oco((order("buy 10 stop 101", "up"), order("sell 10 stop 99", "down")), at(2))
    market.cancel(oid("up"), at(3))
    assert lines(market.on_market(quote(4, "98.98", "99.00"))) == ["filled down 10 @ 98.98"]


def test_in_one_bar_the_nearer_to_the_open_is_taken_of_two_stops() -> None:
    market = exchange()
    market.submit_oco((order("sell 10 stop 98", "down"), order("buy 10 stop 101", "up")), at(10))
    assert lines(market.on_market(bar(20, "100 102 97 99"))) == ["filled up 10 @ 101", "cancelled down: oco"]


def test_in_one_bar_the_stop_is_taken_of_stop_and_limit() -> None:
    market = exchange()
    market.submit_oco((order("sell 10 limit 101", "t"), order("sell 10 stop 97", "s")), at(10))
    assert lines(market.on_market(bar(20, "100 102 97 99"))) == ["filled s 10 @ 97", "cancelled t: oco"]
    assert market.ambiguous_bars == 1


def test_a_delay_keeps_both_until_they_arrive() -> None:
    market = exchange(fill_delay=5)
    market.on_market(quote(1, "100.00", "100.02"))
    market.submit_oco((order("buy 10 limit 101", "now"), order("buy 10 stop 102", "up")), at(2))
    assert lines(market.advance(at(7))) == ["filled now 10 @ 100.02", "cancelled up: oco"]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (
            order("buy 1 stop 101", "a"),
            order("sell 1 stop 99", "b", account=BETA),
            "the two orders of a pair must be for one account and instrument",
        ),
        (
            order("buy 1 stop 101", "a"),
            order("sell 2 stop 99", "b"),
            "the two orders of a pair must have one quantity",
        ),
        (
            order("buy 1 stop 101", "a"),
            order("sell 1 market", "b"),
            "b cannot be one of a pair: it must rest, as a limit or a stop, day or gtc",
        ),
    ],
)
def test_what_is_no_pair_is_refused(first: OrderRequest, second: OrderRequest, reason: str) -> None:
    market = exchange()
    assert lines(market.submit_oco((first, second), at(1))) == [
        f"rejected a: {reason}",
        f"rejected b: {reason}",
    ]


def test_a_pair_that_comes_too_late_stays_unknown() -> None:
    market = exchange()
    pair = (order("buy 1 stop 101", "a"), order("sell 1 stop 99", "b"))
    assert lines(market.submit_oco(pair, at(11), at(10))) == [
        "rejected a: request too old",
        "rejected b: request too old",
    ]
    assert market.look_up(oid("a")) is None


def test_ids_of_a_pair_are_used_up() -> None:
    market = exchange()
    pair = (order("buy 1 stop 101", "a"), order("sell 1 stop 99", "b"))
    market.submit_oco(pair, at(1))
    with pytest.raises(DuplicateOrderError):
        market.submit_oco(pair, at(2))


def test_of_a_pair_of_buys_only_the_dearer_one_binds_cash() -> None:
    market = exchange(cash="1000")
    market.on_market(quote(1, "100.00", "100.00"))
    market.submit_oco((order("buy 5 limit 90", "low"), order("buy 5 stop 110", "up")), at(2))
    assert lines(market.submit(order("buy 4 limit 90", "more"), (), at(3))) == ["accepted more"]
    assert lines(market.submit(order("buy 2 limit 90", "most"), (), at(4))) == [
        "rejected most: insufficient cash: 180 needed, 90 free"
    ]
