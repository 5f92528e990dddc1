"""A: a request without an answer, told as it went wrong for others."""

from decimal import Decimal

import pytest
from tests.builders import ALPHA, Desk, alarms, execution, signal
from tests.scenarios.stage import both, calm, leave, long, made, of_role, refused, settled, there, trading
from tests.unit.kernel.pair import Pair

from kedge.domain.ids import Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Role
from kedge.domain.signals import Direction

S = OrderState
BRACKET = 3  # an entry, its stop and its target


def settled_resting(pair: Pair) -> None:
    """One entry rests at the exchange, and nothing is held."""
    pair.check()
    assert both(pair) == (0, 0)
    assert len(of_role(pair, Role.ENTRY)) == 1


def test_s01_a_time_out_is_no_failure_and_nothing_is_placed_a_second_time() -> None:
    pair = trading()
    pair.deaf = True
    pair.enter(limit=90, quantity=10, stop=85, target=110)
    pair.wait(11)
    for again in ("s-2", "s-3"):
        pair.enter(again, limit=90, quantity=10, stop=85, target=110)
        assert refused(pair) == "ORDER_IN_DOUBT"
    assert made(pair) == BRACKET
    pair.deaf = False
    calm(pair)
    assert [order.state for order in of_role(pair, Role.ENTRY)] == [S.ACCEPTED]
    settled_resting(pair)


def test_s02_an_order_is_not_given_up_however_often_its_answer_times_out() -> None:
    pair = trading()
    pair.deaf = True
    pair.enter(limit=90, quantity=10, stop=85)
    for _ in range(200):
        pair.wait(60)
    assert [order.state for order in of_role(pair, Role.ENTRY)] == [S.IN_DOUBT]
    pair.deaf = False
    calm(pair)
    assert [order.state for order in of_role(pair, Role.ENTRY)] == [S.ACCEPTED]
    settled_resting(pair)


def test_s03_an_entry_that_seemed_dead_and_fills_is_one_position_with_its_stop() -> None:
    pair = trading()
    pair.deaf = True
    for number in range(6):
        pair.enter(f"s-{number}", limit=99, quantity=10, stop=95, target=110)
        pair.wait(30)
    pair.quote("98.99", "99.00")
    assert there(pair) == 10
    pair.deaf = False
    calm(pair)
    settled(pair, 10)


def test_s04_six_sells_that_were_accepted_unheard_are_six_known_shorts() -> None:
    six = [Instrument(Symbol(f"S{number}"), Decimal("0.01")) for number in range(6)]
    pair = Pair(*six)
    for each in six:
        pair.quote("100.00", "100.01", each)
    pair.deaf = True
    for each in six:
        pair.enter(
            f"sell {each.symbol}", instrument=each.symbol, direction=Direction.SHORT, quantity=10, stop=105
        )
    pair.wait(120)
    assert pair.desk.book.state.positions.get(ALPHA, {}) == {}
    pair.reconnect()
    calm(pair)
    assert pair.exchange.positions(ALPHA) == {each.symbol: -10 for each in six}
    pair.check()
    assert sorted(order.request.instrument for order in pair.open() if order.request.role is Role.STOP) == [
        each.symbol for each in six
    ]


def test_s05_a_request_that_arrives_twice_makes_one_order() -> None:
    pair = trading()
    pair.echo = True
    pair.enter(quantity=10, stop=95, target=110)
    pair.wait(60)
    assert made(pair) == BRACKET
    assert len(pair.trades()) == 1
    settled(pair, 10)


def test_s06_not_found_right_after_the_submit_frees_nothing_for_a_second_order() -> None:
    desk = Desk()
    entry, *_ = desk.enter(accept=False)
    desk.silent(entry)
    for way in ("by_id", "listing", "by_id", "listing"):
        desk.missing(entry, way)
        desk.wait(0.2)
    assert desk.judge(signal("s-2", at=desk.now, stop=95)).code == "ORDER_IN_DOUBT"
    desk.showed(entry, S.FILLED, execution("a", 10, 100))
    assert desk.state(entry) is S.FILLED
    assert desk.held() == 10
    desk.check()


def test_s07_an_executed_stop_that_is_not_found_is_announced_and_no_second_one_is_sold() -> None:
    desk = Desk()
    _, stop, _ = desk.enter(filled=10)
    desk.start()
    told = [kind for way in ("by_id", "listing") for kind in alarms(desk.missing(stop, way))]
    assert told == ["ORDER_VANISHED"]
    assert desk.state(stop) is S.ACCEPTED
    desk.fill(stop, 10, 95)
    assert desk.held() == 0
    desk.check()


def test_s08_a_read_time_out_after_placing_does_not_order_again() -> None:
    pair = trading()
    pair.deaf = True
    pair.enter(quantity=10, stop=95)
    assert there(pair) == 10
    pair.wait(3600)
    assert len(pair.trades()) == 1
    pair.deaf = False
    calm(pair)
    assert len(pair.trades()) == 1
    settled(pair, 10)


@pytest.mark.parametrize("lost", ["deaf", "mute"])
def test_s09_a_change_without_an_answer_leaves_one_order_of_the_intent(lost: str) -> None:
    pair = trading()
    pair.enter(limit=90, quantity=10, stop=85)
    (entry,) = of_role(pair, Role.ENTRY)
    setattr(pair, lost, True)
    pair.act(pair.desk.ask_replace(entry.id, limit_price=91))
    pair.wait(30)
    pair.reconnect()
    calm(pair)
    assert [order.id for order in of_role(pair, Role.ENTRY)] == [entry.id]
    assert len(pair.exchange.open_orders(ALPHA)) == len(pair.open()) == 2
    pair.check()
    assert entry.limit_price == (91 if lost == "deaf" else 90)


def test_s10_an_order_that_was_given_up_and_trades_all_the_same_is_a_position_with_a_stop() -> None:
    pair = trading()
    pair.mute = True
    pair.enter(quantity=10, stop=95)
    pair.wait(11)
    sent = pair.lost[0]
    pair.mute, pair.lost = False, [sent]
    for _ in range(5):
        pair.wait(30)
    assert of_role(pair, Role.ENTRY) == [], "proven absent"
    pair.arrive()
    pair.wait(10)
    assert "UNEXPECTED_FILL" in alarms(pair.desk.events) or "ORDER_REVIVED" in alarms(pair.desk.events)
    settled(pair, 10)


@pytest.mark.parametrize("between", ["restart", "wait"])
def test_s11_an_exit_whose_answer_was_lost_is_not_sent_again(between: str) -> None:
    pair = long()
    pair.deaf = True
    leave(pair)
    assert there(pair) == 0
    pair.desk.start() if between == "restart" else pair.wait(30)
    leave(pair, "out again")
    assert refused(pair) == "ALREADY_EXITING"
    pair.deaf = False
    calm(pair)
    assert len(pair.trades()) == 2
    settled(pair, 0)


def test_s14_two_fills_that_did_happen_are_both_counted() -> None:
    desk = Desk()
    entry, *_ = desk.enter()
    desk.fill(entry, 10, id_="first")
    assert alarms(desk.fill(entry, 10, id_="second")) == ["UNEXPECTED_FILL", "OVERFILL"]
    assert desk.held() == 20
    assert (
        sum(
            order.leaves
            for order in map(desk.order, desk.book.state.open[ALPHA][Symbol("SPY")])
            if order.request.role is Role.STOP
        )
        >= 20
    )
    desk.check()
