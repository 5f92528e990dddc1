"""Splits, new symbols and expiry at the exchange: what rests there, what is held, and what comes too late."""

from decimal import Decimal

import msgspec
import pytest
from tests.unit.sim.builders import (
    ALPHA,
    BETA,
    ES,
    INSTRUMENTS,
    SPY,
    at,
    fills,
    leg,
    lines,
    nano,
    oid,
    order,
    quote,
)

from kedge.domain.announcements import Action, Split, SymbolChange
from kedge.domain.ids import Symbol
from kedge.domain.inputs import VenueRenamed, VenueSettled, VenueSplit
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Quote
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings

OTHER, ESZ = Symbol("SPYX"), Symbol("ESZ")
LISTED = (
    *INSTRUMENTS,
    msgspec.structs.replace(INSTRUMENTS[0], symbol=OTHER),
    msgspec.structs.replace(INSTRUMENTS[1], symbol=ESZ, expires=at(100)),
)


def opened() -> SimExchange:
    """A market at 100.00 to 100.02, seen at the first instant."""
    market = SimExchange(LISTED, {ALPHA: Decimal(10**6), BETA: Decimal(10**6)}, SimSettings(), 7)
    market.on_market(quote(1, "100.00", "100.02"))
    return market


def other_quote(when: int, bid: int, ask: int, symbol: Symbol) -> Quote:
    return Quote(symbol, at(when), Ticks(bid), Ticks(ask))


def split(new: int, old: int = 1, when: int = 5) -> Split:
    return Split(SPY, at(when), new, old)


def test_nothing_trades_at_a_price_of_before_the_split() -> None:
    market = opened()
    market.announce(split(4), at(5))
    assert lines(market.submit(order("buy 1 market"), (), at(6))) == ["accepted o"]
    assert fills(market.on_market(quote(7, "25.00", "25.01"))) == ["filled o 1 @ 25.01"]


def test_a_stop_sleeps_through_the_split() -> None:
    market = opened()
    market.submit(order("buy 10 market"), (leg("o", "sell 10 stop 99.00", "s"),), at(2))
    (told,) = market.announce(split(4), at(5))
    assert isinstance(told, VenueSplit)
    assert (told.quantity, told.paid, told.orders[0].stop_price) == (nano(40), 0, nano("24.75"))
    assert market.on_market(quote(6, "24.76", "24.78")) == []
    assert fills(market.on_market(quote(7, "24.75", "24.77"))) == ["filled s 40 @ 24.75"]


def test_a_trailing_stop_keeps_its_distance_in_new_money() -> None:
    market = opened()
    market.submit(order("buy 10 market"), (leg("o", "sell 10 trail 4.00", "s"),), at(2))
    market.on_market(quote(3, "104.00", "104.02"))
    market.announce(split(4), at(5))
    assert market.on_market(quote(6, "25.01", "25.02")) == []
    assert market.on_market(quote(7, "27.00", "27.02")) == []
    assert fills(market.on_market(quote(8, "26.00", "26.02"))) == ["filled s 40 @ 26"]


def test_of_a_pair_both_are_rescaled_and_one_still_ends_the_other() -> None:
    market = opened()
    market.submit(order("buy 10 market"), (), at(2))
    target = order("sell 10 limit 110", "t", tif="gtc", reduce_only=True)
    market.submit_oco((target, order("sell 10 stop 90", "s", tif="gtc", reduce_only=True)), at(3))
    market.announce(split(2), at(5))
    told = lines(market.on_market(quote(6, "55.00", "55.02")))
    assert told == ["filled t 20 @ 55", "cancelled s: oco"]


def test_what_is_done_stays_as_it_ended() -> None:
    market = opened()
    market.submit(order("buy 10 market"), (), at(2))
    market.announce(split(4), at(5))
    showed = market.look_up(oid("o"))
    assert showed is not None
    assert (showed.terms.quantity, showed.splits) == (nano(10), 0)


@pytest.mark.parametrize(
    "action",
    [
        Split(Symbol("NONE"), at(9), 4),
        Split(SPY, at(0), 4),  # prices of after it were acted on already
        SymbolChange(SPY, at(9), Symbol("NONE")),
        SymbolChange(SPY, at(9), ES),  # another grid
    ],
    ids=["unknown", "too late", "no such new symbol", "other grid"],
)
def test_what_cannot_be_done_is_counted_and_changes_nothing(action: Action) -> None:
    market = opened()
    market.submit(order("buy 10 market"), (), at(2))
    before = market.state()
    assert market.announce(action, at(9)) == []
    assert market.data_ignored == 1
    assert market.positions(ALPHA) == {SPY: 10}
    assert msgspec.structs.replace(market.state(), now=before.now, data_ignored=0) == before


def test_the_same_split_is_done_once() -> None:
    market = opened()
    market.submit(order("buy 10 market"), (), at(2))
    assert len(market.announce(split(4), at(5))) == 1
    assert market.announce(split(4), at(6)) == []
    assert SimExchange.restore(market.state()).announce(split(4), at(7)) == []
    assert market.positions(ALPHA) == {SPY: 40}


def test_each_holder_is_told_and_nobody_else() -> None:
    market = opened()
    market.submit(order("buy 10 market"), (), at(2))
    market.submit(order("buy 1 limit 90", "b", account=BETA), (), at(3))
    told = market.announce(split(4), at(5))
    assert [(one.account, one.id) for one in told if isinstance(one, VenueSplit)] == [
        (ALPHA, f"sim-c1-{at(5)}"),  # with the time, for an exchange that is founded anew counts anew
        (BETA, f"sim-c2-{at(5)}"),
    ]
    assert market.changes(ALPHA) == told[:1]


def test_an_order_goes_on_under_the_new_symbol() -> None:
    market = opened()
    market.submit(order("buy 10 market"), (leg("o", "sell 10 stop 99.00", "s"),), at(2))
    (told,) = market.announce(SymbolChange(SPY, at(5), OTHER), at(5))
    assert isinstance(told, VenueRenamed)
    assert market.positions(ALPHA) == {OTHER: 10}
    assert market.on_market(quote(6, "90.00", "90.02")) == []
    assert fills(market.on_market(other_quote(7, 9_800, 9_802, OTHER))) == ["filled s 10 @ 98"]


def test_a_restored_exchange_settles_what_expired_while_it_was_away() -> None:
    market = opened()
    market.on_market(other_quote(1, 20_000, 20_002, ESZ))
    market.submit(order("buy 2 market", symbol=ESZ), (), at(2))
    assert market.next_due == 100
    again = SimExchange.restore(market.state())
    (told,) = again.advance(at(200))
    assert isinstance(told, VenueSettled)
    assert (told.at, told.price, told.quantity) == (100, nano("5000.25"), nano(2))
    assert again.cash(ALPHA) == 10**6 - Decimal("25.00")
    assert again.positions(ALPHA) == {}
    assert again.advance(at(300)) == []


def test_nothing_trades_in_an_expired_contract() -> None:
    market = opened()
    market.on_market(other_quote(1, 20_000, 20_002, ESZ))
    market.submit(order("buy 2 limit 4000", "early", symbol=ESZ, tif="gtc"), (), at(2))
    assert lines(market.advance(at(100))) == ["expired early: the contract has expired"]
    told = market.submit(order("buy 2 market", symbol=ESZ), (), at(101))
    assert lines(told) == ["rejected o: the contract has expired"]
