"""D: entries with exits that fill in parts, told as it went wrong for others."""

import pytest
from tests.builders import alarms
from tests.scenarios.stage import calm, of_role, settled, sized, the_stop, trading
from tests.unit.kernel.pair import Pair

from kedge.domain import inputs as i
from kedge.domain.capabilities import Way
from kedge.domain.orders import Role

HELD = pytest.mark.parametrize("held", [*Way])


def half_filled(*, held: Way = Way.NATIVE) -> Pair:
    """Four of ten are bought; the rest waits."""
    pair = trading(held=held, respect_size=True)
    sized(pair, "100.00", "100.01", 4)
    pair.enter(quantity=10, stop=95, target=110)
    assert pair.desk.held() == 4
    return pair


@HELD
def test_s50_the_exits_work_for_what_has_filled_and_for_no_more(held: Way) -> None:
    pair = half_filled(held=held)
    settled(pair, 4, at_exchange=held is not Way.ENGINE)
    (entry,) = of_role(pair, Role.ENTRY)
    pair.hear(pair.exchange.cancel(entry.id, pair.desk.now))
    settled(pair, 4, at_exchange=held is not Way.ENGINE)
    sized(pair, "94.00", "94.01", 50)
    calm(pair)
    settled(pair, 0)


@HELD
def test_s51_each_of_several_fast_fills_is_covered(held: Way) -> None:
    pair = half_filled(held=held)
    for _ in range(6):
        sized(pair, "100.00", "100.01", 1)
        settled(pair, int(pair.desk.held()), at_exchange=held is not Way.ENGINE)
    settled(pair, 10, at_exchange=held is not Way.ENGINE)
    sized(pair, "94.00", "94.01", 50)
    calm(pair)
    settled(pair, 0)


@HELD
def test_s52_a_stop_that_is_hit_under_a_half_filled_entry_sells_that_half(held: Way) -> None:
    pair = trading(held=held, respect_size=True)
    pair.enter(limit=99, quantity=10, stop=95, target=110)
    sized(pair, "98.99", "99.00", 4)
    assert pair.desk.held() == 4
    (entry,) = of_role(pair, Role.ENTRY)
    pair.act(pair.desk.ask_cancel(entry.id))
    sized(pair, "94.99", "95.00", 4)
    calm(pair)
    settled(pair, 0)
    assert [done.quantity for _, done in pair.trades()] == [4 * 10**9] * 2


def test_s53_a_fill_of_a_target_that_is_told_again_leaves_the_stop_alone() -> None:
    pair = trading(respect_size=True)
    sized(pair, "100.00", "100.01", 50)
    pair.enter(quantity=10, stop=95, target=110)
    sized(pair, "110.00", "110.01", 4)
    assert pair.desk.held() == 6
    for _ in range(3):
        for order, done in pair.trades():
            pair.give(i.VenueFilled(order, done, at=pair.desk.now))
        pair.reconnect()
        calm(pair)
    settled(pair, 6)
    assert the_stop(pair).leaves == 6
    assert alarms(pair.desk.events) == []


@HELD
def test_s54_a_stop_for_the_first_hundred_covers_the_second_hundred_too(held: Way) -> None:
    pair = trading(held=held, respect_size=True)
    sized(pair, "100.00", "100.01", 100)
    pair.enter(quantity=200, stop=95)
    assert pair.desk.held() == 100
    sized(pair, "100.00", "100.01", 100)
    settled(pair, 200, at_exchange=held is not Way.ENGINE)
    sized(pair, "94.00", "94.01", 500)
    calm(pair)
    settled(pair, 0)
