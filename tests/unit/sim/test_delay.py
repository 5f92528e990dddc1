"""A fill delay: orders are accepted at once and work in the market later."""

from tests.unit.sim.builders import ALPHA, at, exchange, lines, nano, oid, order, quote

from kedge.domain.inputs import VenueFilled
from kedge.domain.instants import NEVER
from kedge.domain.orders import Terms
from kedge.sim.exchange import SimExchange


def delayed() -> SimExchange:
    market = exchange(fill_delay=5)
    market.on_market(quote(1, "100.00", "100.02"))
    return market


def test_an_order_gets_the_price_that_stands_when_it_arrives() -> None:
    market = delayed()
    assert lines(market.submit(order("buy 1 market"), (), at(2))) == ["accepted o"]
    assert market.next_due == 7
    market.on_market(quote(6, "101.00", "101.02"))
    reports = market.advance(at(20))
    assert lines(reports) == ["filled o 1 @ 101.02"]
    assert reports[0].at == 7
    assert market.next_due == NEVER


def test_later_market_data_first_let_arrive_what_was_due_before() -> None:
    market = delayed()
    market.submit(order("buy 1 market"), (), at(2))
    reports = market.on_market(quote(8, "101.00", "101.02"))
    assert lines(reports) == ["filled o 1 @ 100.02"]
    assert reports[0].at == 7


def test_market_data_of_the_same_instant_are_there_already() -> None:
    market = delayed()
    market.submit(order("buy 1 market"), (), at(2))
    assert lines(market.on_market(quote(7, "101.00", "101.02"))) == ["filled o 1 @ 101.02"]


def test_an_order_does_not_work_before_it_arrives() -> None:
    market = delayed()
    market.submit(order("buy 1 limit 99"), (), at(2))
    market.on_market(quote(3, "98.00", "98.02"))
    market.on_market(quote(4, "100.00", "100.02"))
    assert market.advance(at(7)) == []
    assert market.open_orders(ALPHA) == ["o"]


def test_any_other_call_does_first_what_is_due() -> None:
    market = delayed()
    market.submit(order("buy 1 market"), (), at(2))
    assert lines(market.submit(order("buy 1 limit 90", "p"), (), at(9))) == [
        "filled o 1 @ 100.02",
        "accepted p",
    ]


def test_an_order_can_be_cancelled_on_its_way() -> None:
    market = delayed()
    market.submit(order("buy 1 market"), (), at(2))
    assert lines(market.cancel(oid("o"), at(3))) == ["cancelled o: cancelled on request"]
    assert market.next_due == NEVER
    assert market.advance(at(20)) == []


def test_a_cancel_that_comes_too_late_is_refused() -> None:
    market = delayed()
    market.submit(order("buy 1 market"), (), at(2))
    assert lines(market.cancel(oid("o"), at(7))) == [
        "filled o 1 @ 100.02",
        "refused cancel o: already filled",
    ]


def test_an_order_can_be_replaced_on_its_way() -> None:
    market = delayed()
    market.submit(order("buy 1 limit 99"), (), at(2))
    market.replace(oid("o"), Terms(limit_price=nano(101), quantity=nano(3)), at(3))
    assert lines(market.advance(at(7))) == ["filled o 3 @ 100.02"]


def test_an_order_on_its_way_at_the_close_expires() -> None:
    market = delayed()
    market.submit(order("buy 1 market"), (), at(2))
    assert lines(market.close_session(at(3))) == ["expired o: the session has closed"]
    assert market.advance(at(20)) == []


def test_orders_of_one_instant_arrive_in_the_order_in_which_they_came() -> None:
    market = delayed()
    for name in ("b", "a", "c"):
        market.submit(order("buy 1 market", name), (), at(2))
    assert [report.order for report in market.advance(at(7)) if isinstance(report, VenueFilled)] == [
        "b",
        "a",
        "c",
    ]
