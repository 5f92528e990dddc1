"""An exchange that is made to do without something refuses it, and lets an exit turn a position over."""

from decimal import Decimal
from typing import Any

import pytest
from tests.builders import ALPHA, SPY, nano

from kedge.domain import inputs as i
from kedge.domain.capabilities import Way
from kedge.domain.ids import OrderId
from kedge.domain.instants import SECOND, Instant
from kedge.domain.orders import OrderRequest, OrderType, Role, Side, Terms, TimeInForce
from kedge.domain.quotes import Quote
from kedge.sim.abilities import Abilities
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings

D = Decimal
NOW = Instant(1_772_452_800 * SECOND)


def exchange(**without: bool) -> SimExchange:
    """The market stands at 100.00 to 100.01."""
    settings = SimSettings(check_cash=False, abilities=Abilities(**without))
    found = SimExchange([SPY], {ALPHA: D(100_000)}, settings, 7)
    found.on_market(Quote(SPY.symbol, NOW, SPY.ticks(D("100.00")), SPY.ticks(D("100.01"))))
    return found


def order(id_: str, type_: OrderType = OrderType.MARKET, side: Side = Side.BUY, **terms: Any) -> OrderRequest:
    return OrderRequest(OrderId(id_), ALPHA, SPY.symbol, side, type_, nano(10), **terms)


def rejections(reports: list[i.VenueReport]) -> list[str]:
    return [report.reason for report in reports if isinstance(report, i.VenueRejected | i.VenueRefused)]


@pytest.mark.parametrize(
    ("without", "type_", "terms"),
    [
        ("stop_orders", OrderType.STOP, {"stop_price": nano(105)}),
        ("stop_limit_orders", OrderType.STOP_LIMIT, {"stop_price": nano(105), "limit_price": nano(106)}),
        ("trailing_orders", OrderType.TRAILING_STOP, {"trail_amount": nano(1)}),
        ("gtc", OrderType.LIMIT, {"limit_price": nano(90), "tif": TimeInForce.GTC}),
    ],
)
def test_what_it_has_not_it_refuses(without: str, type_: OrderType, terms: dict[str, Any]) -> None:
    assert rejections(exchange().submit(order("o-1", type_, **terms), (), NOW)) == []
    (why,) = rejections(exchange(**{without: False}).submit(order("o-1", type_, **terms), (), NOW))
    assert why.startswith("there are no ")
    able = Abilities(**{without: False}).capabilities
    assert (type_ in able.order_types) is (without == "gtc")
    assert (TimeInForce.GTC in able.times_in_force) is (without != "gtc")


def test_without_brackets_an_entry_with_exits_is_refused_as_a_whole() -> None:
    entry = order("e-1")
    stop = order("s-1", OrderType.STOP, Side.SELL, stop_price=nano(95), parent=entry.id, role=Role.STOP)
    assert len(rejections(exchange(bracket=False).submit(entry, (stop,), NOW))) == 2
    assert Abilities(bracket=False).capabilities.way is Way.RESTING


def test_without_pairs_one_order_does_not_cancel_the_other() -> None:
    pair = (
        order("a", OrderType.LIMIT, limit_price=nano(90)),
        order("b", OrderType.STOP, stop_price=nano(110)),
    )
    assert len(rejections(exchange(oco=False).submit_oco(pair, NOW))) == 2


def test_without_replace_the_terms_stay() -> None:
    market = exchange(replace=False)
    market.submit(order("o-1", OrderType.LIMIT, limit_price=nano(90)), (), NOW)
    assert rejections(market.replace(OrderId("o-1"), Terms(quantity=nano(5)), NOW)) == [
        "orders cannot be changed here"
    ]


@pytest.mark.parametrize(("reduce_only", "held"), [(True, 0), (False, -10)])
def test_without_reduce_only_an_exit_turns_a_position_over(reduce_only: bool, held: int) -> None:
    market = exchange(reduce_only=reduce_only)
    market.submit(order("e-1"), (), NOW)
    for id_ in ("x-1", "x-2"):
        market.submit(order(id_, side=Side.SELL, reduce_only=True), (), NOW)
    assert market.positions(ALPHA).get(SPY.symbol, D(0)) == held
