"""Going on from a saved state is the same as never having stopped."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sim.builders import ALPHA, BETA, at, bar, exchange, fills, leg, order, quote
from tests.unit.sim.scripts import Deed, clock_after, days, listed_exchange, perform, sim_settings

from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings
from kedge.sim.state import SimState


@given(days, sim_settings(), st.integers(0, 5), st.data())
def test_a_restored_exchange_reports_what_an_unbroken_one_does(
    day: list[Deed], settings: SimSettings, seed: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(day)))
    unbroken = listed_exchange(settings, seed)
    perform(unbroken, day[:cut])
    stored = msgspec.json.encode(unbroken.state())
    restored = SimExchange.restore(msgspec.json.decode(stored, type=SimState))
    clock = clock_after(day[:cut])
    assert perform(restored, day, cut, clock) == perform(unbroken, day, cut, clock)
    assert restored.state() == unbroken.state()
    for account in (ALPHA, BETA):
        assert restored.executions(account) == unbroken.executions(account)
        assert restored.positions(account) == unbroken.positions(account)
        assert restored.cash(account) == unbroken.cash(account)
        assert restored.open_orders(account) == unbroken.open_orders(account)


@given(days, sim_settings())
def test_a_state_does_not_change_with_the_exchange_it_was_taken_from(
    day: list[Deed], settings: SimSettings
) -> None:
    market = listed_exchange(settings, 1)
    half = len(day) // 2
    perform(market, day[:half])
    state = market.state()
    before = msgspec.json.encode(state)
    perform(market, day, half, clock_after(day[:half]))
    assert msgspec.json.encode(state) == before
    restored = SimExchange.restore(state)
    perform(restored, day, half, clock_after(day[:half]))
    assert msgspec.json.encode(state) == before


def test_execution_ids_go_on_counting() -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    market.submit(order("buy 1 market", "a"), (), at(2))
    restored = SimExchange.restore(market.state())
    restored.submit(order("buy 1 market", "b"), (), at(3))
    assert [execution.id for _, execution in restored.executions(ALPHA)] == ["sim-x1", "sim-x2"]


def test_a_held_exit_a_trail_and_a_delay_survive() -> None:
    market = exchange(fill_delay=5)
    market.on_market(quote(1, "100.00", "100.02"))
    market.submit(order("buy 5 market", "e"), (leg("e", "sell 5 trail 1", "s"),), at(2))
    market = SimExchange.restore(market.state())
    assert market.next_due == 7
    assert fills(market.advance(at(7))) == ["filled e 5 @ 100.02"]
    market.on_market(quote(8, "103.00", "103.02"))
    market = SimExchange.restore(market.state())
    assert fills(market.on_market(quote(9, "102.00", "102.02"))) == ["filled s 5 @ 102"]


def test_counts_survive() -> None:
    market = exchange()
    market.submit(
        order("buy 1 market", "e"),
        (leg("e", "sell 1 stop 98", "s"), leg("e", "sell 1 limit 102", "t")),
        at(10),
    )
    market.on_market(bar(20, "100 103 97 101"))
    market.on_market(bar(15, "100 103 97 101"))
    restored = SimExchange.restore(market.state())
    assert (restored.ambiguous_bars, restored.data_ignored) == (1, 1)
