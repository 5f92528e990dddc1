"""Submitting, cancelling, replacing and looking up."""

import pytest
from tests.unit.sim.builders import (
    ALPHA,
    BETA,
    COIN,
    ES,
    at,
    exchange,
    fills,
    leg,
    lines,
    nano,
    oid,
    order,
    quote,
)

from kedge.domain.ids import Symbol
from kedge.domain.inputs import VenueAccepted, VenueCancelled, VenueRejected, VenueReplaced, VenueShowed
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano
from kedge.domain.orders import OrderRequest, Side, Terms
from kedge.domain.refusals import RejectKind
from kedge.sim.errors import DuplicateOrderError
from kedge.sim.exchange import SimExchange


def quoted(**settings: object) -> SimExchange:
    market = exchange(**settings)  # type: ignore[arg-type]
    market.on_market(quote(1, "100.00", "100.02"))
    return market


# --- ids ---


@pytest.mark.parametrize("ending", ["open", "cancelled", "filled", "rejected"])
def test_an_id_is_good_for_one_order_for_ever(ending: str) -> None:
    market = quoted()
    words = {"filled": "buy 1 market", "rejected": "buy 1 limit 99.005"}.get(ending, "buy 1 limit 99")
    market.submit(order(words), (), at(2))
    if ending == "cancelled":
        market.cancel(oid("o"), at(3))
    before = market.state()
    with pytest.raises(DuplicateOrderError, match="order id o was used before"):
        market.submit(order("buy 1 limit 98"), (), at(4))
    assert market.state() == before


def test_the_ids_of_exits_are_used_up_too() -> None:
    market = quoted()
    market.submit(order("buy 1 market", "e"), (leg("e", "sell 1 stop 99", "s"),), at(2))
    with pytest.raises(DuplicateOrderError):
        market.submit(order("buy 1 market", "s"), (), at(3))
    with pytest.raises(DuplicateOrderError):
        market.submit(order("buy 1 market", "f"), (leg("f", "sell 1 stop 99", "s"),), at(3))
    with pytest.raises(DuplicateOrderError):
        market.submit(order("buy 1 market", "g"), (leg("g", "sell 1 stop 99", "g"),), at(3))
    assert market.look_up(oid("f")) is None


def test_a_request_that_comes_too_late_is_refused_and_stays_unknown() -> None:
    market = quoted()
    legs = (leg("o", "sell 1 stop 99", "s"),)
    assert lines(market.submit(order("buy 1 market"), legs, at(11), at(10))) == [
        "rejected o: request too old",
        "rejected s: request too old",
    ]
    assert market.look_up(oid("o")) is None
    assert lines(market.submit(order("buy 1 market"), legs, at(11), at(11)))[0] == "accepted o"


def test_a_known_id_is_a_duplicate_even_when_the_request_comes_too_late() -> None:
    market = quoted()
    market.submit(order("buy 1 limit 99"), (), at(2))
    with pytest.raises(DuplicateOrderError):
        market.submit(order("buy 1 limit 99"), (), at(11), at(10))


def test_venue_order_ids_and_execution_ids_count() -> None:
    market = quoted()
    accepted = [market.submit(order("buy 1 market", name), (), at(2))[0] for name in ("a", "b")]
    assert [report.venue_order_id for report in accepted if isinstance(report, VenueAccepted)] == [
        "sim-1",
        "sim-2",
    ]
    assert [execution.id for _, execution in market.executions(ALPHA)] == ["sim-x1", "sim-x2"]


# --- what is refused ---

REJECTED: list[tuple[OrderRequest, str]] = [
    (order("buy 0 market"), "quantity must be above 0, not 0"),
    (order("buy -1 market"), "quantity must be above 0, not -1"),
    (order("buy 1.5 market"), "quantity 1.5 is not a multiple of the lot 1"),
    (order("buy 0.0005 market", symbol=COIN), "quantity 0.0005 is not a multiple of the lot 0.001"),
    (order("buy 1 limit 99.005"), "limit_price 99.005 is not on the tick 0.01"),
    (order("buy 1 stop 99.005"), "stop_price 99.005 is not on the tick 0.01"),
    (order("buy 1 limit 100.1", symbol=ES), "limit_price 100.1 is not on the tick 0.25"),
    (order("buy 1 limit 0"), "limit_price must be above 0, not 0"),
    (order("sell 1 stop -5"), "stop_price must be above 0, not -5"),
    (order("sell 1 trail 0.005"), "trail_amount 0.005 is not on the tick 0.01"),
    (order("sell 1 trail 100%"), "trail_percent must lie between 0 and 100, not 100"),
    (order("sell 1 trail 0%"), "trail_percent must lie between 0 and 100, not 0"),
    (order("buy 1 stop 101", tif="on_open"), "a stop order cannot be on_open"),
    (order("buy 1 trail 1", tif="on_close"), "a trailing_stop order cannot be on_close"),
    (order("buy 1 market", symbol=oid("GOLD")), "unknown instrument GOLD"),  # type: ignore[arg-type]
    (order("buy 1 market", account=oid("gamma")), "unknown account gamma"),  # type: ignore[arg-type]
    (order("buy 10001 market"), "insufficient cash: 1000300.02 needed, 1000000 free"),
    (order("buy 10001 limit 100"), "insufficient cash: 1000100 needed, 1000000 free"),
    (order("buy 1 market", "x" * 37), "order id must have 1 to 36 characters"),
    (order("buy 1 market", ""), "order id must have 1 to 36 characters"),
]


@pytest.mark.parametrize(("request_", "reason"), REJECTED, ids=[reason for _, reason in REJECTED])
def test_what_cannot_be_is_rejected_with_its_reason(request_: OrderRequest, reason: str) -> None:
    market = quoted()
    assert lines(market.submit(request_, (), at(2))) == [f"rejected {request_.id}: {reason}"]
    shown = market.look_up(request_.id)
    assert shown is not None
    assert (shown.state, shown.reason) == (OrderState.REJECTED, reason)


def _without(request: OrderRequest, **prices: Nano | None) -> OrderRequest:
    fields = {name: getattr(request, name) for name in request.__struct_fields__}
    return OrderRequest(**(fields | prices))


WRONG_PRICES = [
    (_without(order("buy 1 limit 99"), limit_price=None), "a limit order needs a limit_price"),
    (_without(order("buy 1 stop 99"), stop_price=None), "a stop order needs a stop_price"),
    (_without(order("buy 1 stop_limit 99 99"), limit_price=None), "a stop_limit order needs a limit_price"),
    (_without(order("buy 1 market"), limit_price=nano(9)), "a market order takes no limit_price"),
    (_without(order("buy 1 limit 99"), stop_price=nano(9)), "a limit order takes no stop_price"),
    (_without(order("buy 1 stop 99"), trail_amount=nano(9)), "a stop order takes no trail_amount"),
    (
        _without(order("buy 1 trail 1"), trail_amount=None),
        "a trailing_stop order needs either trail_amount or trail_percent",
    ),
    (
        _without(order("buy 1 trail 1"), trail_percent=nano(1)),
        "a trailing_stop order needs either trail_amount or trail_percent",
    ),
]


@pytest.mark.parametrize(("request_", "reason"), WRONG_PRICES, ids=[reason for _, reason in WRONG_PRICES])
def test_each_type_takes_its_own_prices(request_: OrderRequest, reason: str) -> None:
    assert lines(quoted().submit(request_, (), at(2))) == [f"rejected o: {reason}"]


def test_a_trailing_stop_may_begin_at_a_stop_of_its_own() -> None:
    market = quoted()
    market.submit(_without(order("sell 1 trail 5", tif="gtc"), stop_price=nano("99")), (), at(2))
    assert fills(market.on_market(quote(3, "99.00", "99.02"))) == ["filled o 1 @ 99"]


# --- cash ---


def test_open_buys_bind_their_cash() -> None:
    market = quoted(cash="1000")
    market.submit(order("buy 5 limit 99", "a"), (), at(2))
    assert lines(market.submit(order("buy 6 limit 99", "b"), (), at(2))) == [
        "rejected b: insufficient cash: 594 needed, 505 free"
    ]
    market.cancel(oid("a"), at(3))
    assert lines(market.submit(order("buy 6 limit 99", "c"), (), at(4))) == ["accepted c"]


def test_the_fee_counts_as_part_of_the_price() -> None:
    market = quoted(cash="1000.2", commission_flat="1")
    assert lines(market.submit(order("buy 10 limit 100"), (), at(2)))[0].startswith(
        "rejected o: insufficient cash"
    )


@pytest.mark.parametrize(
    "words",
    ["sell 1000 market", "sell 1000 limit 101"],
)
def test_short_sales_need_no_cash(words: str) -> None:
    assert lines(quoted(cash="0").submit(order(words), (), at(2)))[0] == "accepted o"


def test_buying_back_a_short_position_is_never_refused() -> None:
    market = quoted(cash="0")
    market.submit(order("sell 10 market", "short"), (), at(2))
    market.on_market(quote(3, "500.00", "500.02"))
    assert lines(market.submit(order("buy 10 market"), (), at(4))) == ["accepted o", "filled o 10 @ 500.02"]


def test_futures_do_not_pay_their_value() -> None:
    market = exchange(cash="100")
    market.on_market(quote(1, "5000.00", "5000.25", symbol=ES))
    assert lines(market.submit(order("buy 1 market", symbol=ES), (), at(2))) == [
        "accepted o",
        "filled o 1 @ 5000.25",
    ]


def test_the_check_of_cash_can_be_switched_off() -> None:
    market = quoted(cash="0", check_cash=False)
    assert lines(market.submit(order("buy 10 market"), (), at(2)))[0] == "accepted o"


def test_accounts_do_not_pay_for_each_other() -> None:
    market = quoted(cash="1000")
    market.submit(order("buy 9 limit 99", "a"), (), at(2))
    assert lines(market.submit(order("buy 9 limit 99", "b", account=BETA), (), at(2))) == ["accepted b"]


# --- cancel ---


@pytest.mark.parametrize(
    ("words", "reason"),
    [("buy 1 market", "already filled"), ("buy 1 limit 99.005", "already rejected"), (None, "unknown order")],
)
def test_what_is_not_open_cannot_be_cancelled(words: str | None, reason: str) -> None:
    market = quoted()
    if words is not None:
        market.submit(order(words), (), at(2))
    assert lines(market.cancel(oid("o"), at(3))) == [f"refused cancel o: {reason}"]


def test_a_cancelled_order_says_what_it_had_traded_and_trades_no_more() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", "4 4"))
    market.submit(order("buy 10 market"), (), at(2))
    report = market.cancel(oid("o"), at(3))[0]
    assert isinstance(report, VenueCancelled)
    assert (report.at, report.filled) == (3, nano(4))
    assert market.on_market(quote(4, "100.00", "100.02", "4 4")) == []
    assert lines(market.cancel(oid("o"), at(5))) == ["refused cancel o: already cancelled"]


# --- replace ---


def test_a_replaced_limit_meets_the_market_at_its_new_price() -> None:
    market = quoted()
    market.submit(order("buy 10 limit 99"), (), at(2))
    reports = market.replace(oid("o"), Terms(limit_price=nano("100.05")), at(3))
    assert isinstance(reports[0], VenueReplaced) and reports[0].at == 3
    assert lines(reports) == ["replaced o: limit_price 100.05", "filled o 10 @ 100.02"]


def test_a_replaced_quantity_counts_what_has_filled() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", "4 4"))
    market.submit(order("buy 10 limit 100.02"), (), at(2))
    market.replace(oid("o"), Terms(quantity=nano(6)), at(3))
    assert lines(market.on_market(quote(4, "100.00", "100.02", "50 50"))) == ["filled o 2 @ 100.02"]
    assert market.open_orders(ALPHA) == []


def test_a_replaced_stop_triggers_at_its_new_price() -> None:
    market = quoted()
    market.submit(order("sell 10 stop 99"), (), at(2))
    market.replace(oid("o"), Terms(stop_price=nano("98")), at(3))
    assert market.on_market(quote(4, "98.01", "98.02")) == []
    assert fills(market.on_market(quote(5, "98.00", "98.02"))) == ["filled o 10 @ 98"]


def test_a_replaced_trailing_stop_goes_on_trailing() -> None:
    market = quoted()
    market.submit(order("sell 10 trail 1"), (), at(2))
    market.replace(oid("o"), Terms(stop_price=nano("99.50")), at(3))
    market.on_market(quote(4, "100.20", "100.22"))
    assert market.look_up(oid("o")).terms.stop_price == nano("99.50")  # type: ignore[union-attr]
    market.on_market(quote(5, "101.00", "101.02"))
    assert fills(market.on_market(quote(6, "100.00", "100.02"))) == ["filled o 10 @ 100"]


@pytest.mark.parametrize(
    ("words", "terms", "reason"),
    [
        ("buy 10 limit 99", Terms(), "nothing to replace"),
        ("buy 10 limit 99", Terms(quantity=nano(0)), "quantity must be above what has filled"),
        ("buy 10 limit 99", Terms(quantity=nano("1.5")), "quantity 1.5 is not a multiple of the lot 1"),
        ("buy 10 limit 99", Terms(limit_price=nano("99.005")), "limit_price 99.005 is not on the tick 0.01"),
        ("buy 10 limit 99", Terms(limit_price=nano("0")), "limit_price must be above 0, not 0"),
        ("buy 10 limit 99", Terms(stop_price=nano("99")), "a limit order has no stop_price"),
        ("sell 10 stop 99", Terms(limit_price=nano("99")), "a stop order has no limit_price"),
        ("sell 10 stop 99", Terms(stop_price=nano("99.005")), "stop_price 99.005 is not on the tick 0.01"),
        ("buy 10 market", Terms(quantity=nano(20)), "already filled"),
        ("sell 10 stop_limit 101 100.5", Terms(stop_price=nano(99)), "the stop is already triggered"),
        (
            "buy 10 limit 99",
            Terms(quantity=nano(20000)),
            "insufficient cash: 1980000 needed, 1000000 free",
        ),
    ],
)
def test_terms_that_cannot_be_are_refused_and_the_order_stays(words: str, terms: Terms, reason: str) -> None:
    market = quoted()
    market.submit(order(words), (), at(2))
    before = market.look_up(oid("o"))
    assert lines(market.replace(oid("o"), terms, at(3))) == [f"refused replace o: {reason}"]
    assert market.look_up(oid("o")) == before


def test_a_quantity_already_filled_cannot_be_taken_back() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", "4 4"))
    market.submit(order("buy 10 market"), (), at(2))
    assert lines(market.replace(oid("o"), Terms(quantity=nano(4)), at(3))) == [
        "refused replace o: quantity must be above what has filled"
    ]


def test_an_unknown_order_cannot_be_replaced() -> None:
    assert lines(quoted().replace(oid("o"), Terms(quantity=nano(4)), at(3))) == [
        "refused replace o: unknown order"
    ]


# --- looking up ---


def test_look_up_shows_state_terms_and_executions() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", "4 4"))
    market.submit(order("buy 10 limit 100.02"), (), at(2))
    shown = market.look_up(oid("o"), at(9))
    executions = tuple(execution for _, execution in market.executions(ALPHA))
    assert shown == VenueShowed(
        at=at(9),
        order=oid("o"),
        venue_order_id="sim-1",
        state=OrderState.PARTIALLY_FILLED,
        executions=executions,
        terms=Terms(quantity=nano(10), limit_price=nano("100.02")),
        instrument=Symbol("SPY"),
        side=Side.BUY,
    )
    assert len(executions) == 1
    assert market.look_up(oid("p")) is None


def test_time_never_runs_backward() -> None:
    market = quoted()
    market.submit(order("buy 1 limit 99"), (), at(50))
    assert market.cancel(oid("o"), at(40))[0].at == 50


def test_a_refusal_says_what_kind_of_no_it_is_and_how_much_would_fit() -> None:
    venue = quoted(cash="1000", commission_per_share="1")
    told = {
        name: [
            (report.kind, report.fits)
            for report in venue.submit(wanted, (), at(9))
            if isinstance(report, VenueRejected)
        ]
        for name, wanted in (
            ("too dear", order("buy 12 market", "a")),
            ("no lot", order("buy 1.5 market", "b")),
        )
    }
    assert told == {
        "too dear": [(RejectKind.FUNDS, nano(9))],
        "no lot": [(RejectKind.INVALID, None)],
    }
    assert not [
        r for r in venue.submit(order("buy 9 market", "c"), (), at(9)) if isinstance(r, VenueRejected)
    ]
    late = venue.submit(order("sell 1 market", "d"), (), at(9), at(1))
    unlucky = exchange(reject_rate="1").submit(order("buy 1 market"), (), at(1))
    assert [report.kind for report in (*late, *unlucky) if isinstance(report, VenueRejected)] == [
        RejectKind.LATE,
        RejectKind.BUSY,
    ]
