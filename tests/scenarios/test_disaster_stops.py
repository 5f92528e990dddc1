"""The engine is gone, or blind, while the market falls: what rests at the venue for that, and what it must not do."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from tests.builders import ALPHA, SPY, account, alarms
from tests.scenarios.stage import MONTH, both, calm, leave, made, of_role, settled, there
from tests.unit.engine.paper import Paper
from tests.unit.engine.stage import entry
from tests.unit.kernel.pair import Pair

from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Holder, Role
from kedge.domain.quotes import Quote
from kedge.sim.abilities import Abilities

S = OrderState
REDUCING = Abilities()
PLAIN = Abilities(bracket=False, oco=False, reduce_only=False)
FIXED = Abilities(bracket=False, oco=False, reduce_only=False, replace=False)
EVERY = pytest.mark.parametrize("abilities", [REDUCING, PLAIN, FIXED], ids=["reducing", "plain", "fixed"])


def held_back(abilities: Abilities) -> Capabilities:
    return msgspec.structs.replace(abilities.capabilities, hold=Holder.ENGINE)


def long(abilities: Abilities, **settings: bool) -> Pair:
    """Long ten at 100.01, with a stop at 95 and a target at 110 in the engine, and a disaster stop at 89.99."""
    pair = Pair(SPY, abilities=abilities, **settings)
    terms = account(capabilities=held_back(abilities), order_timeout=MONTH, max_adds=2)
    pair.give(i.AccountDeclared(terms, at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95, target=110)
    (disaster,) = of_role(pair, Role.DISASTER)
    assert both(pair) == (10, 10)
    assert (disaster.state, disaster.leaves) == (S.ACCEPTED, Decimal(10))
    return pair


@EVERY
def test_the_market_falls_while_the_engine_is_gone(abilities: Abilities) -> None:
    pair = long(abilities)
    before = made(pair)
    pair.deaf = pair.mute = True
    pair.hear(pair.exchange.on_market(Quote(SPY.symbol, pair.desk.now, Ticks(8_800), Ticks(8_801))))
    assert there(pair) == 0
    pair.restart()
    assert both(pair) == (0, 0)
    pair.quote("88.00", "88.01")  # below the stop that the engine held
    calm(pair)
    assert made(pair) == before
    settled(pair, 0)


@EVERY
def test_the_engine_is_back_before_the_market_is_there(abilities: Abilities) -> None:
    pair = long(abilities)
    before = made(pair)
    for _ in range(3):
        pair.restart()
    assert made(pair) == before
    pair.quote("94.00", "94.01")
    calm(pair)
    assert made(pair) == before + 1
    settled(pair, 0)
    assert alarms(pair.desk.events) == []


@EVERY
def test_the_price_leaps_over_both(abilities: Abilities) -> None:
    """The exchange trades first: when the engine sees the price, nothing is left that it could sell."""
    pair = long(abilities)
    pair.quote("80.00", "80.01")
    calm(pair)
    assert not pair.exchange.open_orders(ALPHA)
    settled(pair, 0)


@EVERY
def test_half_of_it_goes_and_then_the_rest(abilities: Abilities) -> None:
    pair = long(abilities)
    leave(pair, "half", 5)
    (disaster,) = of_role(pair, Role.DISASTER)
    assert (both(pair), disaster.leaves) == ((5, 5), Decimal(5))
    leave(pair, "all")
    assert not pair.exchange.open_orders(ALPHA)
    settled(pair, 0)


@EVERY
def test_the_venue_ends_it_while_the_engine_is_gone(abilities: Abilities) -> None:
    pair = long(abilities)
    (first,) = of_role(pair, Role.DISASTER)
    pair.deaf = True
    pair.hear(pair.exchange.cancel(first.id, pair.desk.now))
    pair.restart()
    calm(pair)
    (again,) = of_role(pair, Role.DISASTER)
    assert (again.state, again.leaves) == (S.ACCEPTED, Decimal(10))
    leave(pair)
    settled(pair, 0)


def test_a_venue_that_takes_none_is_asked_three_times_and_the_stop_goes_off_as_ever() -> None:
    pair = Pair(SPY, abilities=msgspec.structs.replace(PLAIN, stop_orders=False))
    pair.give(i.AccountDeclared(account(capabilities=held_back(PLAIN)), at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95)
    calm(pair)
    asked = [o for o in pair.desk.book.state.orders.values() if o.request.role is Role.DISASTER]
    assert [order.state for order in asked] == [S.REJECTED] * 3
    assert alarms(pair.desk.events) == ["DISASTER_STOP_REFUSED"]
    pair.quote("94.00", "94.01")
    settled(pair, 0)


@EVERY
async def test_it_rests_over_the_end_of_a_process_and_is_not_placed_twice(
    abilities: Abilities, tmp_path: Path
) -> None:
    """The record on disk and the exchange are all that is left of the first process."""
    first = Paper(held_back(abilities), tmp_path, abilities=abilities)
    await first.start()
    await first.show(10_000, 10_001)
    await first.engine.signal(entry(stop="95", targets=[]))
    await first.until_held(10)
    await first.until(lambda: len(first.exchange.open_orders(ALPHA)) == 1)
    (disaster,) = first.exchange.open_orders(ALPHA)
    await first.engine.stop()
    second = Paper(held_back(abilities), tmp_path, abilities=abilities)
    await second.start()
    assert second.exchange.open_orders(ALPHA) == [disaster]
    order = second.engine.book.state.orders[disaster]
    await second.until(lambda: not order.asked)
    assert (order.request.role, order.state) == (Role.DISASTER, S.ACCEPTED)
    await second.show(9_400, 9_401)
    await second.until_held(0)
    await second.until(lambda: not second.exchange.open_orders(ALPHA))
    await second.engine.stop()
