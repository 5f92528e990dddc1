"""B: fills that were not heard, and lines that were cut, told as it went wrong for others."""

import pytest
from tests.builders import ALPHA, Desk, alarms
from tests.scenarios.stage import (
    both,
    calm,
    leave,
    long,
    made,
    of_role,
    settled,
    sized,
    there,
    trading,
)
from tests.unit.kernel.pair import Pair

from kedge.domain import inputs as i
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Role

S = OrderState


def test_s15_what_filled_while_the_line_was_cut_is_known_once_it_is_back() -> None:
    pair = trading()
    pair.enter(limit=99, quantity=10, stop=95, target=110)
    pair.deaf = True
    pair.quote("98.99", "99.00")
    assert both(pair) == (0, 10)
    pair.reconnect()
    calm(pair)
    settled(pair, 10)


def missed_stop() -> Pair:
    """The stop closed the position, and that one word was lost on a line that is up."""
    pair = long()
    pair.deaf = True
    pair.quote("94.00", "94.01")
    pair.deaf = False
    assert both(pair) == (10, 0)
    return pair


def test_s16_a_lost_fill_of_a_stop_makes_one_exit_for_each_wish_and_never_a_loop() -> None:
    pair = missed_stop()
    before = made(pair)
    leave(pair)
    for _ in range(120):
        pair.wait(30)
        pair.quote("93.00", "93.01")
    assert made(pair) == before + 1
    assert there(pair) == 0


def test_s16_a_lost_fill_is_found_out_by_the_exit_that_has_nothing_to_close() -> None:
    pair = missed_stop()
    leave(pair)
    calm(pair)
    settled(pair, 0)


def test_s17_of_eighteen_that_filled_and_four_that_were_heard_all_eighteen_count() -> None:
    pair = trading(respect_size=True)
    sized(pair, "100.00", "100.01", 4)
    pair.enter(quantity=18, stop=95)
    assert pair.desk.held() == 4
    pair.deaf = True
    for size in (3, 5, 6):
        sized(pair, "100.00", "100.01", size)
    assert both(pair) == (4, 18)
    pair.reconnect()
    calm(pair)
    settled(pair, 18)


def test_s18_a_fill_that_is_lost_while_a_change_is_under_way_is_heard_of_by_the_refusal() -> None:
    pair = trading()
    pair.enter(limit=99, quantity=10, stop=95)
    (entry,) = of_role(pair, Role.ENTRY)
    pair.deaf = True
    pair.quote("98.99", "99.00")
    pair.deaf = False
    for price in ("98.50", "98.40", "98.30"):
        pair.act(pair.desk.ask_replace(entry.id, limit_price=price))
    calm(pair)
    assert entry.state is S.FILLED
    settled(pair, 10)


def test_s20_a_line_that_comes_back_without_ever_having_been_told_to_be_cut_is_asked_all_the_same() -> None:
    pair = long()
    pair.deaf = True
    pair.quote("111.00", "111.01")
    assert both(pair) == (10, 0)
    pair.reconnect()
    calm(pair)
    settled(pair, 0)


def test_s23_every_word_that_is_told_twice_counts_once() -> None:
    pair = trading(respect_size=True)
    pair.echo = True
    sized(pair, "100.00", "100.01", 4)
    pair.enter(quantity=10, stop=95, target=110)
    sized(pair, "100.00", "100.01", 6)
    settled(pair, 10)
    (stop,) = of_role(pair, Role.STOP)
    pair.act(pair.desk.ask_replace(stop.id, stop_price=96))
    sized(pair, "95.99", "96.00", 50)
    calm(pair)
    settled(pair, 0)
    assert alarms(pair.desk.events) == []


def test_s24_a_stop_whose_end_is_never_told_does_not_live_on_after_the_target() -> None:
    desk = Desk()
    _, stop, target = desk.enter(filled=10)
    desk.fill(target, 10, 110)
    desk.wait(2)
    assert desk.state(stop) is S.PENDING_CANCEL
    desk.refused(stop, i.Request.CANCEL, "not open")
    desk.showed(stop, S.CANCELLED)
    assert is_final(desk.state(stop))
    assert desk.held() == ZERO
    assert desk.wait(3600) == []
    desk.check()


def test_s25_an_order_that_is_done_and_is_shown_anew_after_a_restart_adds_nothing() -> None:
    pair = long()
    for _ in range(3):
        pair.restart()
        for id_ in list(pair.desk.book.state.orders):
            shown = pair.exchange.look_up(id_, pair.desk.now)
            assert shown is not None
            pair.give(shown)
    assert len(pair.trades()) == 1
    assert alarms(pair.desk.events) == []
    settled(pair, 10)


def test_s26_a_bracket_that_closed_in_a_gap_that_nobody_noticed_is_found_out() -> None:
    """The line seems to be up, and nobody tells: what the venue holds does not fit, so its orders are asked about."""
    pair = long()
    pair.deaf = True
    pair.quote("94.00", "94.01")
    pair.deaf = False
    pair.missed = []
    pair.wait(60)
    pair.compare()
    settled(pair, 0)
    assert "BOOKS_DIFFER" not in alarms(pair.desk.events), "nobody is called for what an answer explains"


@pytest.mark.parametrize("lost", ["deaf", "mute"])
def test_s28_whether_an_unanswered_order_was_placed_is_known_after_the_line_is_back(lost: str) -> None:
    pair = trading()
    setattr(pair, lost, True)
    pair.enter(limit=90, quantity=10, stop=85)
    pair.wait(11)
    pair.reconnect()
    calm(pair)
    pair.check()
    placed = lost == "deaf"
    assert len(of_role(pair, Role.ENTRY)) == placed
    pair.enter("s-2", limit=90, quantity=10, stop=85)
    assert len(of_role(pair, Role.ENTRY)) == 1, "what never was does not stand in the way of the next"
    assert len(pair.exchange.open_orders(ALPHA)) == 2
