"""An entry with its exits: held until something has filled, then active for exactly that, and one cancels the other."""

import pytest
from tests.unit.sim.builders import ALPHA, SPY, at, exchange, leg, lines, nano, oid, order, quote

from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import from_nano
from kedge.domain.orders import Terms
from kedge.sim.exchange import SimExchange


def bracket(entry: str = "buy 10 limit 100", *, tif: str = "day", sizes: str = "0 0") -> SimExchange:
    """Stop at 98, target at 102; the market is at 101 to 101.02 and sizes count."""
    market = exchange(respect_size=True)
    market.on_market(quote(1, "101.00", "101.02", sizes))
    legs = (leg("e", "sell 10 stop 98", "s"), leg("e", "sell 10 limit 102", "t"))
    assert lines(market.submit(order(entry, "e", tif=tif), legs, at(2)))[:3] == [
        "accepted e",
        "accepted s",
        "accepted t",
    ]
    return market


def test_exits_are_held_while_the_entry_has_not_filled() -> None:
    market = bracket()
    assert market.on_market(quote(3, "103.00", "103.02")) == []
    assert market.on_market(quote(4, "100.50", "100.52")) == []
    assert market.open_orders(ALPHA) == ["e", "s", "t"]


def test_exits_are_active_for_what_has_filled() -> None:
    market = bracket()
    assert lines(market.on_market(quote(3, "99.98", "100.00", "50 4"))) == ["filled e 4 @ 100"]
    assert lines(market.on_market(quote(4, "97.90", "100.02", "50 50"))) == [
        "filled s 4 @ 97.9",
        "replaced t: quantity 6",
    ]
    assert market.open_orders(ALPHA) == ["e", "s", "t"]


def test_exits_grow_with_each_fill_of_the_entry() -> None:
    market = bracket()
    market.on_market(quote(3, "99.98", "100.00", "50 4"))
    market.on_market(quote(4, "99.98", "100.00", "50 3"))
    assert lines(market.on_market(quote(5, "102.00", "102.02", "50 50"))) == [
        "filled t 7 @ 102",
        "replaced s: quantity 3",
    ]
    assert lines(market.on_market(quote(6, "99.98", "100.00", "50 50"))) == ["filled e 3 @ 100"]
    assert lines(market.on_market(quote(7, "97.00", "97.02", "50 50"))) == [
        "filled s 3 @ 97",
        "cancelled t: oco",
    ]
    assert market.positions(ALPHA) == {}


def test_a_stop_that_has_traded_is_armed_anew_for_what_the_entry_fills_later() -> None:
    market = bracket()
    market.on_market(quote(3, "99.98", "100.00", "50 4"))
    market.on_market(quote(4, "97.90", "100.02", "50 50"))
    assert lines(market.on_market(quote(5, "98.50", "99.00", "50 50"))) == ["filled e 6 @ 99"]
    assert lines(market.on_market(quote(6, "98.00", "98.02", "50 50"))) == [
        "filled s 6 @ 98",
        "cancelled t: oco",
    ]


def test_a_fill_of_one_exit_takes_as_much_from_the_other() -> None:
    market = bracket("buy 10 market")
    assert lines(market.on_market(quote(3, "102.00", "102.02", "4 50"))) == [
        "filled t 4 @ 102",
        "replaced s: quantity 6",
    ]
    shown = market.look_up(oid("s"))
    assert shown is not None
    assert (shown.terms.quantity, shown.state) == (nano(6), OrderState.ACCEPTED)
    assert lines(market.on_market(quote(4, "97.00", "97.02", "50 50"))) == [
        "filled s 6 @ 97",
        "cancelled t: oco",
    ]
    assert market.positions(ALPHA) == {}
    assert market.open_orders(ALPHA) == []


def test_a_complete_exit_cancels_the_other() -> None:
    market = bracket("buy 10 market")
    assert lines(market.on_market(quote(3, "102.00", "102.02"))) == ["filled t 10 @ 102", "cancelled s: oco"]


def test_a_cancelled_entry_takes_its_exits_with_it_when_nothing_has_filled() -> None:
    market = bracket()
    assert lines(market.cancel(oid("e"), at(3))) == [
        "cancelled e: cancelled on request",
        "cancelled s: entry cancelled",
        "cancelled t: entry cancelled",
    ]


def test_a_cancelled_entry_leaves_its_exits_what_had_filled() -> None:
    market = bracket()
    market.on_market(quote(3, "99.98", "100.00", "50 4"))
    assert lines(market.cancel(oid("e"), at(4))) == [
        "cancelled e: cancelled on request",
        "replaced s: quantity 4",
        "replaced t: quantity 4",
    ]
    assert lines(market.on_market(quote(5, "102.00", "102.02", "50 50"))) == [
        "filled t 4 @ 102",
        "cancelled s: oco",
    ]


def test_an_entry_that_expires_unfilled_takes_its_exits_with_it() -> None:
    market = bracket()
    assert lines(market.close_session(at(3))) == [
        "expired e: the session has closed",
        "cancelled s: entry expired",
        "cancelled t: entry expired",
    ]


def test_an_entry_that_takes_what_there_is_at_once_leaves_exits_for_that() -> None:
    market = bracket("buy 10 limit 101.02", tif="ioc", sizes="5 5")
    assert market.look_up(oid("e")).state is OrderState.CANCELLED  # type: ignore[union-attr]
    for name in ("s", "t"):
        shown = market.look_up(oid(name))
        assert shown is not None and shown.terms.quantity == nano(5)


def test_an_exit_that_has_traded_all_ends_with_its_cancelled_entry() -> None:
    market = bracket()
    market.on_market(quote(3, "99.98", "100.00", "50 4"))
    market.on_market(quote(4, "97.90", "100.02", "50 50"))
    assert lines(market.cancel(oid("e"), at(5))) == [
        "cancelled e: cancelled on request",
        "cancelled s: oco",
        "cancelled t: oco",
    ]
    shown = market.look_up(oid("s"))
    assert shown is not None and from_nano(shown.executions[0].quantity) == 4


def test_one_exit_can_be_cancelled_alone() -> None:
    market = bracket("buy 10 market")
    assert lines(market.cancel(oid("t"), at(3))) == ["cancelled t: cancelled on request"]
    assert lines(market.on_market(quote(4, "97.00", "97.02"))) == ["filled s 10 @ 97"]


def test_a_stop_behind_the_market_is_hit_as_soon_as_the_entry_has_filled() -> None:
    market = exchange()
    market.on_market(quote(1, "101.00", "101.02"))
    legs = (leg("e", "sell 10 limit 103", "t"), leg("e", "sell 10 stop 101.01", "s"))
    assert lines(market.submit(order("buy 10 market", "e"), legs, at(2)))[3:] == [
        "filled e 10 @ 101.02",
        "filled s 10 @ 101",
        "cancelled t: oco",
    ]


def test_of_two_exits_that_the_market_has_passed_the_stop_is_taken() -> None:
    market = exchange()
    market.on_market(quote(1, "101.00", "101.02"))
    legs = (leg("e", "sell 10 limit 100", "t"), leg("e", "sell 10 stop 102", "s"))
    assert lines(market.submit(order("buy 10 market", "e"), legs, at(2)))[4:] == [
        "filled s 10 @ 101",
        "cancelled t: oco",
    ]


def test_exits_end_with_their_entry_when_the_position_was_turned_over_meanwhile() -> None:
    market = bracket()
    market.on_market(quote(3, "99.98", "100.00", "50 4"))
    market.submit(order("sell 10 market", "x"), (), at(4))
    assert lines(market.cancel(oid("e"), at(5))) == [
        "cancelled e: cancelled on request",
        "replaced s: quantity 4",
        "replaced t: quantity 4",
        "cancelled s: nothing left to reduce",
        "cancelled t: nothing left to reduce",
    ]


def test_a_short_entry_is_protected_above() -> None:
    market = exchange()
    market.on_market(quote(1, "101.00", "101.02"))
    legs = (leg("e", "buy 10 stop 103", "s"), leg("e", "buy 10 limit 99", "t"))
    market.submit(order("sell 10 market", "e"), legs, at(2))
    assert lines(market.on_market(quote(3, "103.00", "103.02"))) == [
        "filled s 10 @ 103.02",
        "cancelled t: oco",
    ]


def test_a_manual_exit_leaves_nothing_for_the_exits_to_reduce() -> None:
    market = bracket("buy 10 market")
    assert lines(market.submit(order("sell 10 market", "x", reduce_only=True), (), at(3))) == [
        "accepted x",
        "filled x 10 @ 101",
        "cancelled s: nothing left to reduce",
        "cancelled t: nothing left to reduce",
    ]


def test_a_manual_exit_of_a_part_filled_entry_leaves_the_exits_for_the_rest() -> None:
    market = bracket()
    market.on_market(quote(3, "99.98", "100.00", "50 4"))
    assert lines(market.submit(order("sell 4 market", "x", reduce_only=True), (), at(4)))[1:] == [
        "filled x 4 @ 99.98"
    ]
    assert market.on_market(quote(5, "102.00", "102.02")) == []  # there is nothing to close just now
    market.on_market(quote(6, "99.98", "100.00", "50 50"))
    market.on_market(quote(7, "97.00", "97.02"))
    assert market.positions(ALPHA) == {}
    assert market.open_orders(ALPHA) == []


def test_partial_targets_share_one_stop() -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.00"))
    legs = (
        leg("e", "sell 10 stop 98", "s"),
        leg("e", "sell 5 limit 102", "t1"),
        leg("e", "sell 5 limit 104", "t2"),
    )
    market.submit(order("buy 10 market", "e"), legs, at(2))
    assert lines(market.on_market(quote(3, "102.00", "102.02"))) == [
        "filled t1 5 @ 102",
        "replaced s: quantity 5",
    ]
    assert lines(market.on_market(quote(4, "104.00", "104.02"))) == ["filled t2 5 @ 104", "cancelled s: oco"]


def test_a_stop_with_a_target_for_half_lives_on_when_the_target_is_done() -> None:
    market = exchange()
    market.on_market(quote(1, "100.00", "100.00"))
    legs = (leg("e", "sell 10 stop 98", "s"), leg("e", "sell 5 limit 102", "t"))
    market.submit(order("buy 10 market", "e"), legs, at(2))
    market.on_market(quote(3, "102.00", "102.02"))
    assert lines(market.on_market(quote(4, "98.00", "98.02"))) == ["filled s 5 @ 98"]


def test_exits_can_be_moved_while_held_and_while_active() -> None:
    market = bracket()
    assert lines(market.replace(oid("s"), Terms(stop_price=nano("98.50")), at(3))) == [
        "replaced s: stop_price 98.5"
    ]
    market.on_market(quote(4, "99.98", "100.00"))
    market.replace(oid("s"), Terms(stop_price=nano("99.00")), at(5))
    assert lines(market.on_market(quote(6, "99.00", "99.02"))) == ["filled s 10 @ 99", "cancelled t: oco"]


def test_an_exit_made_larger_than_its_entry_is_cut_back() -> None:
    market = bracket("buy 10 market")
    assert lines(market.replace(oid("s"), Terms(quantity=nano(15)), at(3))) == [
        "replaced s: quantity 15",
        "replaced s: quantity 10",
    ]


def test_an_entry_made_smaller_takes_its_exits_along() -> None:
    market = bracket()
    assert lines(market.replace(oid("e"), Terms(quantity=nano(6)), at(3))) == [
        "replaced e: quantity 6",
        "replaced s: quantity 6",
        "replaced t: quantity 6",
    ]


def test_exits_of_the_day_expire_with_it_and_those_that_last_do_not() -> None:
    market = exchange()
    market.on_market(quote(1, "101.00", "101.02"))
    legs = (leg("e", "sell 10 stop 98", "s"), leg("e", "sell 10 limit 102", "t", tif="day"))
    market.submit(order("buy 10 market", "e"), legs, at(2))
    assert lines(market.close_session(at(3))) == ["expired t: the session has closed"]
    assert market.open_orders(ALPHA) == ["s"]


def test_a_delayed_entry_has_its_exits_at_once_when_it_fills() -> None:
    market = exchange(fill_delay=5)
    market.on_market(quote(1, "101.00", "101.02"))
    legs = (leg("e", "sell 10 stop 98", "s"), leg("e", "sell 10 limit 101", "t"))
    market.submit(order("buy 10 market", "e"), legs, at(2))
    assert lines(market.advance(at(7))) == ["filled e 10 @ 101.02", "filled t 10 @ 101", "cancelled s: oco"]


REFUSED = [
    ("another parent", "e", leg("x", "sell 10 stop 98", "s"), "leg s names x as its parent, not the entry e"),
    ("the side of its entry", "e", leg("e", "buy 10 stop 98", "s"), "leg s is on the side of its entry"),
    ("a market order", "e", leg("e", "sell 10 market", "s"), "leg s is a market order"),
    ("at once or never", "e", leg("e", "sell 10 stop 98", "s", tif="ioc"), "leg s is ioc"),
    ("larger than its entry", "e", leg("e", "sell 11 stop 98", "s"), "leg s is larger than its entry"),
]


@pytest.mark.parametrize(
    ("entry", "exit_order", "reason"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_a_bracket_is_refused_as_a_whole(entry: str, exit_order: object, reason: str) -> None:
    market = exchange()
    market.on_market(quote(1, "101.00", "101.02"))
    good = leg("e", "sell 10 limit 102", "t")
    reports = lines(market.submit(order("buy 10 market", entry), (good, exit_order), at(2)))  # type: ignore[arg-type]
    assert [line.partition(": ")[0] for line in reports] == ["rejected e", "rejected t", "rejected s"]
    assert all(line.partition(": ")[2].startswith(reason) for line in reports)
    assert market.open_orders(ALPHA) == []
    assert SPY not in market.positions(ALPHA)


def test_a_leg_for_another_account_is_refused() -> None:
    market = exchange()
    other = leg("e", "sell 10 stop 98", "s", account=oid("beta"))  # type: ignore[arg-type]
    reports = lines(market.submit(order("buy 10 market", "e"), (other,), at(2)))
    assert reports[0] == "rejected e: leg s is for another account or instrument than its entry"
