"""What a venue changed while nobody listened: an engine that starts again ends with what the exchange has.

Whatever filled before the change is of before it, and is told ahead of it; each case here lost something by that once.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.builders import ALPHA, ENGINE_HELD, ES, NOON, SPY, account, alarms, nano
from tests.unit.kernel.pair import Pair

from kedge.domain import inputs as i
from kedge.domain.announcements import Split, SymbolChange
from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Order, Role
from kedge.domain.quotes import Quote
from kedge.domain.signals import SignalKind

META = Instrument(Symbol("META"), Decimal("0.01"))
ESZ = Instrument(
    Symbol("ESZ26"),
    ES.tick,
    ES.lot,
    ES.multiplier,
    ES.asset,
    margin=ES.margin,
    root="ES",
    expires=Instant(NOON + 10 * MINUTE),
)


def trading(**settings: bool) -> Pair:
    pair = Pair(SPY, META, ESZ, **settings)
    pair.quote("100.00", "100.01")
    pair.quote("5000", "5000.25", ESZ)
    return pair


def later(pair: Pair, seconds: int = 1) -> None:
    pair.desk.now = Instant(pair.desk.now + seconds * SECOND)


# -- an entry that filled unheard --


def split_4(pair: Pair) -> None:
    pair.split(4)


def reverse_split(pair: Pair) -> None:
    pair.split(1, 10)


def new_symbol(pair: Pair) -> None:
    pair.rename("META")


def split_and_new_symbol(pair: Pair) -> None:
    pair.split(4)
    later(pair)
    pair.rename("META")


@pytest.mark.parametrize("change", [split_4, reverse_split, new_symbol, split_and_new_symbol])
@pytest.mark.parametrize("pause", [0, 1], ids=["at that instant", "later"])
def test_an_entry_that_filled_before_it(change: Callable[[Pair], None], pause: int) -> None:
    pair = trading()
    pair.enter(limit=90, quantity=15, stop=85)
    pair.deaf = True
    pair.quote("89.98", "89.99")
    later(pair, pause)
    change(pair)
    pair.restart()
    assert pair.exchange.positions(ALPHA)
    pair.check()
    assert any(order.request.role is Role.STOP for order in pair.open())
    assert alarms(pair.desk.events) == []


def test_an_entry_that_filled_before_its_contract_expired() -> None:
    pair = trading()
    pair.enter(instrument="ESZ26", limit=4990, quantity=2, stop=4900)
    pair.deaf = True
    pair.quote("4989", "4989.25", ESZ)
    assert pair.exchange.positions(ALPHA)
    pair.wait(11 * 60)
    pair.restart()
    assert pair.desk.held("ESZ26") == 0
    pair.check()
    assert alarms(pair.desk.events) == []


def test_a_part_of_an_exit_that_filled_before_the_contract_expired() -> None:
    pair = trading(respect_size=True)
    count = ESZ.ticks
    wide = Quote(
        ESZ.symbol, pair.desk.now, count(Decimal(5000)), count(Decimal("5000.25")), nano(50), nano(50)
    )
    pair.hear(pair.exchange.on_market(wide))
    pair.enter(instrument="ESZ26", quantity=2, stop=4990)
    assert pair.desk.held("ESZ26") == 2
    pair.deaf = True
    narrow = Quote(
        ESZ.symbol, pair.desk.now, count(Decimal(4989)), count(Decimal("4989.25")), nano(1), nano(1)
    )
    pair.hear(pair.exchange.on_market(narrow))
    assert pair.exchange.positions(ALPHA) == {ESZ.symbol: 1}
    pair.wait(11 * 60)
    pair.restart()
    assert pair.desk.held("ESZ26") == 0
    pair.check()
    assert alarms(pair.desk.events) == []


# -- orders that ended by it --


@pytest.mark.parametrize(
    "wanted", [{"limit": 90, "quantity": 5, "stop": 85}, {"quantity": 5, "stop": 95, "target": 110}]
)
def test_orders_of_which_a_split_left_nothing(wanted: dict[str, Any]) -> None:
    pair = trading()
    pair.enter(**wanted)
    pair.deaf = True
    reverse_split(pair)
    pair.restart()
    assert pair.open() == []
    assert pair.desk.held() == 0
    pair.check()
    assert alarms(pair.desk.events) == []


def test_an_exit_that_ended_before_a_new_symbol_is_shown_under_the_old_one() -> None:
    pair = trading()
    pair.enter(limit=90, quantity=10, stop=85)
    (entry,) = (order for order in pair.open() if order.request.role is Role.ENTRY)
    pair.deaf = True
    pair.exchange.cancel(entry.id, pair.desk.now)
    pair.quote("100.00", "100.01", META)
    pair.restart()
    assert pair.open() == []
    pair.enter("s-2", quantity=10, stop=95)
    pair.deaf = True
    pair.quote("94.00", "94.01")
    later(pair)
    pair.deaf = False
    pair.give(i.VenueRenamed("x", ALPHA, SPY.symbol, META.symbol, at=pair.desk.now))  # the fill was lost
    pair.restart()
    assert pair.desk.held("META") == 0
    pair.check()
    assert alarms(pair.desk.events) == []


# -- stops that the engine holds --


def held_stop(pair: Pair) -> Order:
    (found,) = pair.desk.book.state.open_orders(ALPHA, SPY.symbol)
    return found


def test_a_stop_that_was_released_after_a_split_and_not_heard_of() -> None:
    pair = trading()
    pair.give(i.AccountDeclared(account(capabilities=ENGINE_HELD), at=pair.desk.now))
    pair.enter(quantity=10, stop=95)
    pair.split(4)
    pair.quote("24.00", "24.01")
    assert held_stop(pair).state is OrderState.NEW
    pair.deaf = True  # the stop goes off, and the engine dies before it hears
    pair.quote("23.70", "23.71")
    assert pair.exchange.positions(ALPHA) == {}
    pair.restart()
    assert pair.desk.held() == 0
    pair.check()


def test_a_stop_that_works_on_after_it_was_released_is_known_by_the_shares_that_it_was_sent_in() -> None:
    pair = trading(respect_size=True)
    pair.give(i.AccountDeclared(account(capabilities=ENGINE_HELD), at=pair.desk.now))
    show(pair, "99.00", "100.00", 50)
    pair.enter(quantity=10, stop=95)
    pair.split(4)
    pair.deaf = True
    show(pair, "23.70", "23.71", 30)  # thirty of forty find somebody
    pair.act(pair.desk.quote("23.70", "23.71"))
    assert pair.exchange.positions(ALPHA) == {SPY.symbol: 10}
    pair.restart()
    assert pair.desk.held() == 10
    assert held_stop(pair).state is OrderState.PARTIALLY_FILLED
    pair.check()


def show(pair: Pair, bid: str, ask: str, size: int) -> None:
    count = SPY.ticks
    sizes = nano(size), nano(size)
    quote = Quote(SPY.symbol, pair.desk.now, count(Decimal(bid)), count(Decimal(ask)), *sizes)
    pair.hear(pair.exchange.on_market(quote))


# -- what was known is not told again --


def test_more_changes_than_are_remembered() -> None:
    pair = trading()
    pair.enter(quantity=10)
    for _ in range(501):
        later(pair)
        pair.split(2)
        later(pair)
        pair.split(1, 2)
    later(pair)
    pair.split(2)
    assert pair.desk.held() == 20
    pair.restart()
    assert pair.desk.held() == 20
    pair.check()


def test_only_what_came_after_is_told_and_ahead_of_each_change_the_fills_that_were_asked_for() -> None:
    pair = trading()
    pair.enter("s-1", quantity=10)
    pair.split(4)
    pair.quote("25.00", "25.01")
    pair.enter("s-2", kind=SignalKind.EXIT, direction=None, quantity=4)
    later(pair)
    pair.split(2)
    first, second = pair.exchange.changes(ALPHA)
    assert isinstance(first, i.VenueSplit)
    assert pair.exchange.changes(ALPHA, first.id) == [second]
    orders = [id_ for id_, order in pair.desk.book.state.orders.items() if order.filled]
    told = pair.exchange.changes(ALPHA, "", orders)
    assert [type(each) for each in told] == [i.VenueFilled, i.VenueSplit, i.VenueFilled, i.VenueSplit]
    assert pair.exchange.changes(ALPHA, first.id, orders) == [told[0], *told[2:]]


# -- at one time --


def test_a_split_and_a_new_symbol_of_one_time_are_both_done() -> None:
    pair = trading()
    pair.enter(quantity=10, stop=95)
    at = pair.desk.now
    pair.announce(Split(SPY.symbol, at, 1, 2))
    pair.announce(SymbolChange(SPY.symbol, at, META.symbol))
    assert pair.exchange.positions(ALPHA) == {META.symbol: 5}
    pair.check()
