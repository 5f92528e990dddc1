"""Trades that the exchange annuls or corrects: the order, its exits, the account, and what is refused."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sim.builders import (
    ALPHA,
    ES,
    SPY,
    at,
    exchange,
    leg,
    lines,
    nano,
    oid,
    order,
    quote,
)

from kedge.domain.announcements import Split
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano
from kedge.sim.errors import AmendmentError
from kedge.sim.exchange import SimExchange


def opened(**settings: Any) -> SimExchange:
    """A market at 100.00 to 100.02."""
    market = exchange(**settings)
    market.on_market(quote(1, "100.00", "100.02"))
    return market


def only_trade(market: SimExchange, name: str = "o") -> str:
    (found,) = (done.id for id_, done in market.executions(ALPHA) if id_ == name)
    return found


def state(market: SimExchange, name: str) -> OrderState:
    showed = market.look_up(oid(name))
    assert showed is not None
    return showed.state


def test_a_busted_trade_never_was() -> None:
    market = opened(commission_per_share="0.01")
    market.submit(order("buy 10 market"), (), at(2))
    trade = only_trade(market)
    assert lines(market.bust(oid("o"), trade, at(3), "erroneous")) == [f"busted o {trade}"]
    assert (market.cash(ALPHA), market.fees(ALPHA)) == (Decimal(1_000_000), Decimal(0))
    assert market.positions(ALPHA) == {}
    assert market.executions(ALPHA) == []
    showed = market.look_up(oid("o"))
    assert showed is not None
    assert (showed.executions, showed.state) == ((), OrderState.FILLED)
    assert [each.execution for each in showed.amended] == [trade]
    assert list(showed.amended) == market.amendments(ALPHA)


def test_a_corrected_trade_was_another_one() -> None:
    market = opened()
    market.submit(order("buy 10 market"), (), at(2))
    now = msgspec.structs.replace(market.trade(oid("o"), only_trade(market)), price=nano("99.50"))
    assert lines(market.correct(oid("o"), now, at(3))) == [f"corrected o {now.id} 10 @ 99.5 (1)"]
    assert lines(market.correct(oid("o"), now, at(4))) == [f"corrected o {now.id} 10 @ 99.5 (2)"]
    assert market.cash(ALPHA) == 1_000_000 - 995
    assert market.executions(ALPHA) == [(oid("o"), now)]


def test_an_order_that_rests_works_for_what_was_taken_off_it() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", "4 4"))
    market.submit(order("buy 10 limit 100.02"), (), at(2))
    trade = only_trade(market)
    market.bust(oid("o"), trade, at(3))
    assert state(market, "o") is OrderState.ACCEPTED
    market.on_market(quote(4, "100.00", "100.02", "50 50"))
    assert market.positions(ALPHA) == {SPY: Decimal(10)}
    assert state(market, "o") is OrderState.FILLED


def test_an_order_that_a_correction_fills_is_done() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", "4 4"))
    market.submit(order("buy 10 limit 100.02"), (), at(2))
    now = msgspec.structs.replace(market.trade(oid("o"), only_trade(market)), quantity=nano(10))
    market.correct(oid("o"), now, at(3))
    assert state(market, "o") is OrderState.FILLED
    assert market.open_orders(ALPHA) == []
    market.on_market(quote(4, "100.00", "100.02", "50 50"))
    assert market.positions(ALPHA) == {SPY: Decimal(10)}


def bracketed() -> SimExchange:
    market = opened()
    legs = (leg("o", "sell 10 stop 95", "s"), leg("o", "sell 10 limit 110", "t"))
    market.submit(order("buy 10 market"), legs, at(2))
    return market


def test_exits_end_with_an_entry_that_never_was() -> None:
    market = bracketed()
    trade = only_trade(market)
    assert lines(market.bust(oid("o"), trade, at(3))) == [
        f"busted o {trade}",
        "cancelled s: the entry was annulled",
        "cancelled t: the entry was annulled",
    ]


def test_exits_shrink_with_their_entry() -> None:
    market = bracketed()
    now = msgspec.structs.replace(market.trade(oid("o"), only_trade(market)), quantity=nano(4))
    assert lines(market.correct(oid("o"), now, at(3)))[1:] == [
        "replaced s: quantity 4",
        "replaced t: quantity 4",
    ]
    market.on_market(quote(4, "94.00", "94.02"))
    assert market.positions(ALPHA) == {}


def test_an_exit_that_never_was_brings_the_position_back() -> None:
    market = bracketed()
    market.on_market(quote(4, "94.00", "94.02"))
    assert market.positions(ALPHA) == {}
    market.bust(oid("s"), only_trade(market, "s"), at(5))
    assert market.positions(ALPHA) == {SPY: Decimal(10)}
    assert market.open_orders(ALPHA) == []  # what is over stays over


def test_a_lone_exit_of_what_never_was_ends() -> None:
    market = opened()
    market.submit(order("buy 10 market"), (), at(2))
    market.submit(order("sell 10 limit 110", "x", reduce_only=True), (), at(2))
    trade = only_trade(market)
    assert lines(market.bust(oid("o"), trade, at(3)))[1:] == ["cancelled x: nothing left to reduce"]


def test_exits_shrink_in_new_shares_after_a_split() -> None:
    market = exchange(respect_size=True)
    market.on_market(quote(1, "100.00", "100.02", "4 4"))
    legs = (leg("o", "sell 10 stop 95", "s"), leg("o", "sell 10 limit 110", "t"))
    market.submit(order("buy 10 limit 100.02"), legs, at(2))
    market.on_market(quote(3, "100.00", "100.02", "6 6"))
    assert state(market, "o") is OrderState.FILLED
    market.announce(Split(SPY, at(4), 2), at(4))
    first = market.executions(ALPHA)[0][1]
    assert lines(market.bust(oid("o"), first.id, at(5)))[1:] == [
        "replaced s: quantity 12",
        "replaced t: quantity 12",
    ]


def test_a_bust_after_a_split_counts_in_new_shares() -> None:
    market = opened()
    market.submit(order("buy 10 market", "a"), (), at(2))
    market.submit(order("buy 4 market", "b"), (), at(2))
    market.announce(Split(SPY, at(3), 3), at(3))
    assert market.positions(ALPHA) == {SPY: Decimal(42)}
    market.bust(oid("b"), only_trade(market, "b"), at(4))
    assert market.positions(ALPHA) == {SPY: Decimal(30)}


REFUSALS: dict[str, tuple[Callable[[SimExchange], object], str]] = {
    "an order that never was": (lambda m: m.bust(oid("ghost"), "x", at(3)), "no order ghost"),
    "a trade that never was": (lambda m: m.bust(oid("o"), "x", at(3)), "no trade x"),
    "more than the order": (lambda m: _correct(m, quantity=nano(11)), "more than the order was for"),
    "no quantity": (lambda m: _correct(m, quantity=Nano(0)), "above 0"),
    "off the lot": (lambda m: _correct(m, quantity=nano("1.5")), "multiple of the lot"),
    "off the tick": (lambda m: _correct(m, price=nano("1.005")), "on the tick"),
    "no price": (lambda m: _correct(m, price=Nano(0)), "above 0"),
}


def _correct(market: SimExchange, **now: Nano) -> None:
    was = market.trade(oid("o"), only_trade(market))
    market.correct(oid("o"), msgspec.structs.replace(was, **now), at(3))


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_is_refused_and_changes_nothing(case: str) -> None:
    market = opened()
    market.submit(order("buy 10 market"), (), at(2))
    market.advance(at(3))
    before = market.state()
    do, why = REFUSALS[case]
    with pytest.raises(AmendmentError, match=why):
        do(market)
    assert market.state() == before


def test_a_trade_is_not_taken_back_over_a_split_that_would_have_paid_another_rest() -> None:
    market = opened()
    market.submit(order("buy 15 market"), (), at(2))
    market.announce(Split(SPY, at(3), 1, 10), at(3))
    now = msgspec.structs.replace(market.trade(oid("o"), only_trade(market)), quantity=nano(12))
    with pytest.raises(AmendmentError, match="another rest"):
        market.correct(oid("o"), now, at(4))


def test_an_account_without_a_beginning_keeps_its_trades() -> None:
    market = opened()
    market.submit(order("buy 10 market"), (), at(2))
    kept = market.state()
    kept.ledgers[ALPHA].began = None  # as a program wrote it that knew no busts
    again = SimExchange.restore(kept)
    with pytest.raises(AmendmentError, match="before the exchange kept"):
        again.bust(oid("o"), only_trade(again), at(3))


def test_what_was_taken_back_outlives_a_restart() -> None:
    market = bracketed()
    market.on_market(quote(4, "94.00", "94.02"))
    market.bust(oid("s"), only_trade(market, "s"), at(5))
    again = SimExchange.restore(market.state())
    assert again.state() == market.state()
    assert again.amendments(ALPHA) == market.amendments(ALPHA)


@given(
    trades=st.lists(
        st.tuples(
            st.sampled_from([SPY, ES]),
            st.sampled_from(["buy", "sell"]),
            st.integers(1, 9),
            st.integers(-9, 9),
        ),
        min_size=1,
        max_size=8,
    ),
    fate=st.lists(st.sampled_from(["stands", "busted", "smaller"]), min_size=8, max_size=8),
    backward=st.booleans(),
)
def test_the_books_are_those_of_a_day_without_what_was_taken_back(
    trades: list[tuple[Symbol, str, int, int]], fate: list[str], backward: bool
) -> None:
    def day(*, amended: bool) -> SimExchange:
        market = exchange(check_cash=False)
        for number, (symbol, side, lots, ticks) in enumerate(trades):
            when = 10 * number + 1
            bid = Decimal(5000) + ticks * Decimal("0.25")
            market.on_market(quote(when, str(bid), str(bid), symbol=symbol))
            size = max(lots - 1, 1) if amended and fate[number] == "smaller" else lots
            if not (amended and fate[number] == "busted"):
                name = f"o{number}"
                market.submit(order(f"{side} {size} market", name, symbol=symbol), (), at(when + 1))
        return market

    noisy, clean = day(amended=False), day(amended=True)
    done = list(enumerate(noisy.executions(ALPHA)))
    for number, (id_, trade) in reversed(done) if backward else done:
        if fate[number] == "busted":
            noisy.bust(OrderId(id_), trade.id, at(1_000))
        elif fate[number] == "smaller":
            less = Nano(max(trade.quantity - 10**9, 10**9))
            noisy.correct(OrderId(id_), msgspec.structs.replace(trade, quantity=less), at(1_000))
    assert noisy.positions(ALPHA) == clean.positions(ALPHA)
    assert (noisy.cash(ALPHA), noisy.fees(ALPHA)) == (clean.cash(ALPHA), clean.fees(ALPHA))
    assert noisy.state().ledgers[ALPHA].holdings == clean.state().ledgers[ALPHA].holdings
