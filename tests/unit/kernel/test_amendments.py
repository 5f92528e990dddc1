"""A venue takes a trade back or says that it was another one: what becomes of order, position, exits and record."""

from decimal import Decimal

import msgspec
import pytest
from tests.builders import (
    ALPHA,
    ENGINE_HELD,
    ES,
    NOON,
    SPY,
    Desk,
    Ledger,
    account,
    alarms,
    execution,
    nano,
    signal,
)
from tests.unit.kernel.pair import Pair

from kedge.domain import amendments as a
from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.announcements import Split
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instants import SECOND, Instant
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.orders import Order, Role
from kedge.domain.signals import Outcome, SignalKind
from kedge.kernel.state import CHAPTERS_KEPT, PARTS_KEPT

META = msgspec.structs.replace(SPY, symbol=Symbol("META"))
ESZ = msgspec.structs.replace(ES, symbol=Symbol("ESZ26"), root="ES", expires=Instant(NOON + 600 * SECOND))


def bust(desk: Desk, order: OrderId, id_: str) -> list[e.Event]:
    return desk.give(i.VenueBusted(order, id_, "erroneous", at=desk.now))


def correct(
    desk: Desk, order: OrderId, id_: str, quantity: str | int, price: str | int, revision: int = 1
) -> list[e.Event]:
    now = execution(id_, quantity, price)
    return desk.give(i.VenueCorrected(order, id_, now, revision, at=desk.now))


def of(events: list[e.Event], kind: type) -> list[e.Event]:
    return [event for event in events if isinstance(event, kind)]


# -- every state has an answer --


def in_state(state: OrderState) -> tuple[Desk, OrderId]:
    """An entry in this state; where it can have filled, four of ten have, under the id `x`."""
    desk = Desk(account(allow_unprotected=True))
    if state is OrderState.NEW:
        desk = Desk(account(capabilities=ENGINE_HELD))
        return desk, desk.enter()[1]
    entry = desk.enter(accept=state is not OrderState.PENDING_NEW)[0]
    match state:
        case OrderState.IN_DOUBT:
            desk = Desk()
            entry = desk.enter(accept=False)[0]
            desk.silent(entry)
        case OrderState.REJECTED:
            desk = Desk()
            entry = desk.enter(accept=False)[0]
            desk.reject(entry)
        case OrderState.PARTIALLY_FILLED:
            desk.fill(entry, 4, id_="x")
        case OrderState.PENDING_CANCEL:
            desk.fill(entry, 4, id_="x")
            desk.ask_cancel(entry)
        case OrderState.PENDING_REPLACE:
            desk.fill(entry, 4, id_="x")
            desk.ask_replace(entry, quantity=12)
        case OrderState.FILLED:
            desk.fill(entry, 4, id_="x")
            desk.fill(entry, 6, id_="y")
        case OrderState.CANCELLED:
            desk.fill(entry, 4, id_="x")
            desk.cancelled(entry)
        case OrderState.EXPIRED:
            desk.fill(entry, 4, id_="x")
            desk.give(i.VenueExpired(entry, at=desk.now))
        case _:
            pass
    assert desk.state(entry) is state
    return desk, entry


@pytest.mark.parametrize("state", OrderState)
@pytest.mark.parametrize("kind", ["busted", "corrected"])
def test_an_order_in_any_state_takes_it(state: OrderState, kind: str) -> None:
    desk, order = in_state(state)
    had = "x" in desk.order(order).executions
    before = desk.order(order).filled
    events = bust(desk, order, "x") if kind == "busted" else correct(desk, order, "x", 3, 100)
    after = desk.order(order)
    if kind == "busted":
        assert after.filled == before - (4 if had else 0)
        expected = OrderState.ACCEPTED if state is OrderState.PARTIALLY_FILLED else state
        assert after.state is expected
        assert ("CONTRADICTION" in alarms(events)) is (state in (OrderState.NEW, OrderState.REJECTED))
        desk.fill(order, 4, id_="x")  # heard of late: it never was
        assert desk.order(order).filled == after.filled
    else:
        assert after.filled == before - (1 if had else -3)
        if had:
            assert after.state is state
    desk.check_record()


def test_what_fills_an_order_by_a_correction_ends_it() -> None:
    desk = Desk()
    entry = desk.enter(filled=None)[0]
    desk.fill(entry, 4, id_="x")
    correct(desk, entry, "x", 10, 100)
    assert desk.state(entry) is OrderState.FILLED
    assert desk.held() == 10
    desk.check_record()


def test_more_than_was_asked_for_is_told() -> None:
    desk = Desk()
    entry = desk.enter(filled=10)[0]
    assert alarms(correct(desk, entry, "fill-1", 11, 100)) == ["OVERFILL"]
    assert desk.held() == 11


def test_a_correction_to_nothing_is_not_counted() -> None:
    desk = Desk()
    entry = desk.enter(filled=10)[0]
    assert alarms(correct(desk, entry, "fill-1", 0, 100)) == ["EMPTY_FILL"]
    assert desk.held() == 10


def test_of_two_corrections_the_later_one_holds_in_whatever_order_they_come() -> None:
    desk = Desk()
    entry = desk.enter(filled=10)[0]
    correct(desk, entry, "fill-1", 10, 102, revision=2)
    assert correct(desk, entry, "fill-1", 10, 101, revision=1) == []
    position = desk.position()
    assert position is not None
    assert position.cost == 1020


def test_a_corrected_trade_that_is_annulled_is_gone_for_good() -> None:
    desk = Desk(account(allow_unprotected=True))
    entry = desk.enter(filled=10)[0]
    correct(desk, entry, "fill-1", 10, 102)
    bust(desk, entry, "fill-1")
    assert correct(desk, entry, "fill-1", 10, 103, revision=2) == []
    assert bust(desk, entry, "fill-1") == []
    assert (desk.held(), desk.cash()) == (Decimal(0), Decimal(100_000))


def test_an_unknown_order_is_told_of() -> None:
    desk = Desk()
    assert alarms(bust(desk, OrderId("ghost"), "x")) == ["UNKNOWN_ORDER"]


# -- answers --


def test_an_answer_that_lacks_a_fill_takes_nothing_back() -> None:
    desk = Desk()
    entry = desk.enter(filled=4)[0]
    desk.give(i.VenueShowed(entry, "v", OrderState.ACCEPTED, at=desk.now))
    assert desk.held() == 4


def test_an_answer_that_says_so_takes_it_back() -> None:
    desk = Desk()
    entry = desk.enter(filled=4)[0]
    told = i.VenueBusted(entry, "fill-1", at=desk.now)
    desk.give(i.VenueShowed(entry, "v", OrderState.ACCEPTED, amended=(told,), at=desk.now))
    assert desk.held() == 0
    assert desk.state(entry) is OrderState.ACCEPTED


def test_other_figures_without_a_word_are_told_and_not_believed() -> None:
    desk = Desk()
    entry = desk.enter(filled=4)[0]
    shown = execution("fill-1", 4, 101)
    events = desk.give(
        i.VenueShowed(entry, "v", OrderState.PARTIALLY_FILLED, executions=(shown,), at=desk.now)
    )
    assert alarms(events) == ["FILL_DIFFERS"]
    position = desk.position()
    assert position is not None
    assert position.cost == 400


def test_an_answer_of_before_a_correction_is_no_news() -> None:
    desk = Desk()
    entry = desk.enter(filled=4)[0]
    correct(desk, entry, "fill-1", 4, 101)
    shown = execution("fill-1", 4, 100)
    events = desk.give(
        i.VenueShowed(entry, "v", OrderState.PARTIALLY_FILLED, executions=(shown,), at=desk.now)
    )
    assert alarms(events) == []


def test_an_order_whose_fills_were_taken_back_before_they_were_heard_of_ends_as_filled() -> None:
    desk = Desk()
    entry = desk.enter()[0]
    desk.give(
        i.VenueShowed(
            entry,
            "v",
            OrderState.FILLED,
            executions=(execution("x", 6, 100),),
            amended=(i.VenueBusted(entry, "y", at=desk.now),),
            at=desk.now,
        )
    )
    assert desk.state(entry) is OrderState.FILLED
    assert desk.held() == 6


# -- the exchange and the book together --


@pytest.fixture
def pair() -> Pair:
    """A market at 100.00 to 100.01, and an account that wants a stop for all of what it holds."""
    pair = Pair(SPY, respect_size=False)
    pair.give(i.AccountDeclared(account(), at=pair.desk.now))
    pair.quote("100.00", "100.01")
    return pair


def exit_of(pair: Pair, role: Role) -> Order:
    orders = pair.desk.book.state.orders.values()
    return next(order for order in reversed([*orders]) if order.request.role is role)


def last_trade(pair: Pair) -> tuple[OrderId, str]:
    order, done = pair.trades()[-1]
    return order, done.id


def test_an_entry_that_never_was_takes_its_exits_along(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95, target=110)
    pair.bust(*last_trade(pair))
    pair.wait(5)
    assert pair.desk.held() == 0
    assert pair.open() == []
    assert pair.desk.cash() == 100_000
    pair.check()


def test_an_entry_of_less_leaves_exits_for_less(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95, target=110)
    pair.correct(*last_trade(pair), quantity=nano(4))
    assert pair.desk.held() == 4
    assert exit_of(pair, Role.STOP).leaves == exit_of(pair, Role.TARGET).leaves == 4
    pair.check()
    pair.quote("94.00", "94.01")
    assert pair.desk.held() == 0
    pair.check()


def test_a_stop_that_never_filled_is_followed_by_another(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95, target=110)
    pair.quote("94.00", "94.01")
    assert pair.desk.held() == 0
    before = len(pair.desk.events)
    pair.bust(*last_trade(pair))
    assert pair.desk.held() == 10
    events = pair.desk.events[before:]
    (held,) = of(events, e.OrderHeld)
    assert isinstance(held, e.OrderHeld)
    assert (held.request.role, held.request.quantity, held.request.stop_price) == (
        Role.STOP,
        nano(10),
        nano(95),
    )
    (annulled,) = of(events, a.TradeAnnulled)
    assert isinstance(annulled, a.TradeAnnulled)
    state = pair.desk.book.state.accounts[ALPHA]
    assert (state.trades, state.wins, state.losses) == (0, 0, 0)
    pair.check()
    pair.enter("x-1", kind=SignalKind.EXIT, direction=None)
    assert pair.desk.held() == 0
    assert state.trades == 1
    pair.check()


def test_a_position_that_is_back_in_part_has_its_stop_grown(pair: Pair) -> None:
    """The stop was cut by what the target had traded; that never was, so the stop is for all of it again."""
    pair = Pair(SPY, respect_size=True)
    pair.give(i.AccountDeclared(account(), at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95, target=110)
    target = exit_of(pair, Role.TARGET)
    done = execution("t-1", 4, 110)
    pair.desk.give(i.VenueFilled(target.id, done, at=pair.desk.now))
    stop = exit_of(pair, Role.STOP)
    pair.desk.replaced(stop.id, quantity=6)
    assert stop.leaves == 6
    events = pair.desk.give(i.VenueBusted(target.id, "t-1", at=pair.desk.now))
    assert pair.desk.held() == 10
    (asked,) = of(events, e.ReplaceSubmitted)
    assert isinstance(asked, e.ReplaceSubmitted)
    assert (asked.order, asked.terms.quantity) == (stop.id, nano(10))
    assert "NAKED_POSITION" not in alarms(events)


def test_a_stop_that_the_engine_holds_is_grown_at_once() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    entry, stop, _target = desk.enter(filled=6)
    desk.ask_replace(stop, quantity=6)
    correct(desk, entry, "fill-1", 8, 100)
    assert desk.order(stop).leaves == 8
    desk.check_record()


def test_a_stop_that_the_engine_holds_never_turns_what_is_left_over() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    entry, _stop, _target = desk.enter(filled=10)
    correct(desk, entry, "fill-1", 4, 100)
    desk.quote("94.00", "94.01")
    released = [event for event in desk.events if isinstance(event, e.OrderReleased)]
    assert [event.request.quantity for event in released] == [nano(4)]


def test_what_the_engine_holds_for_an_entry_that_never_was_is_withdrawn() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    entry, stop, target = desk.enter(filled=10)
    bust(desk, entry, "fill-1")
    assert [desk.state(stop), desk.state(target)] == [OrderState.CANCELLED] * 2


def test_what_the_engine_holds_for_an_entry_that_still_works_stays() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD))
    entry, stop, target = desk.enter(filled=4)
    bust(desk, entry, "fill-1")
    assert [desk.state(each) for each in (entry, stop, target)] == [
        OrderState.ACCEPTED,
        OrderState.NEW,
        OrderState.NEW,
    ]
    desk.fill(entry, 10)
    assert desk.held() == 10


def test_an_exit_that_is_on_its_way_is_not_taken_for_refused_when_its_entry_never_filled() -> None:
    """It left for a position that never was; it may trade, so it is asked about and cancelled, not forgotten."""
    desk = Desk(account(capabilities=ENGINE_HELD))
    entry, stop, _target = desk.enter(filled=4)
    desk.quote("94.00", "94.01")
    assert desk.state(stop) is OrderState.PENDING_NEW
    bust(desk, entry, "fill-1")
    desk.cancelled(entry)
    assert desk.state(stop) is OrderState.PENDING_NEW
    desk.accept(stop)
    desk.wait(2)
    assert desk.state(stop) is OrderState.PENDING_CANCEL


def test_an_exit_in_a_bracket_is_not_either() -> None:
    desk = Desk()
    entry, stop, _target = desk.enter(accept=False)
    desk.accept(entry)
    desk.fill(entry, 4)
    bust(desk, entry, "fill-1")
    desk.cancelled(entry)
    assert desk.state(stop) is OrderState.PENDING_NEW


def test_a_position_keeps_its_name_and_its_first_stop_when_its_first_fill_never_was() -> None:
    desk = Desk()
    entry = desk.enter(filled=4)[0]
    desk.fill(entry, 6, 101)
    before = desk.position()
    assert before is not None
    name, stop = before.id, before.stop
    bust(desk, entry, "fill-1")
    after = desk.position()
    assert after is not None
    assert (after.id, after.stop, after.quantity) == (name, stop, Decimal(6))


def test_a_name_is_given_to_one_position_only() -> None:
    """Without its first fill the order opens twice: the first time under the old name, then under a new one."""
    desk = Ledger(SPY).desk
    bought, sold = OrderId("SPY-buy"), OrderId("SPY-sell")
    desk.fill(bought, 4, id_="first")
    desk.fill(bought, 4)
    position = desk.position()
    assert position is not None
    name = position.id
    desk.fill(sold, 4)
    desk.fill(bought, 4)
    events = bust(desk, bought, "first")
    (trade,) = of(events, a.TradeRestated)
    assert isinstance(trade, a.TradeRestated)
    position = desk.position()
    assert position is not None
    assert (trade.position, position.quantity) == (name, Decimal(4))
    assert position.id != name
    assert desk.book.state.position_id() != position.id
    desk.check_record()


def test_an_exit_on_its_way_is_cut_where_the_venue_does_not_see_to_it() -> None:
    able = msgspec.structs.replace(ENGINE_HELD, reduce_only=False, replace=True)
    desk = Desk(account(capabilities=able))
    entry = desk.enter(filled=10)[0]
    (out,) = desk.exit()
    desk.accept(out)
    events = correct(desk, entry, "fill-1", 4, 100)
    (asked,) = of(events, e.ReplaceSubmitted)
    assert isinstance(asked, e.ReplaceSubmitted)
    assert (asked.order, asked.terms.quantity) == (out, nano(4))


def test_a_position_that_the_exit_has_opened_after_all_is_told_of_and_closed(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95, target=110)
    entry = last_trade(pair)
    pair.enter("x-1", kind=SignalKind.EXIT, direction=None)
    assert pair.desk.held() == 0
    before = len(pair.desk.events)
    pair.bust(*entry)
    events = pair.desk.events[before:]
    (restated,) = of(events, a.PositionRestated)
    assert isinstance(restated, a.PositionRestated)
    assert restated.holding is not None
    assert restated.holding.quantity == nano(-10)
    assert alarms(events) == ["POSITION_TURNED"]
    assert pair.desk.held() == 0, "it is nobody's wish, so it is closed"
    pair.check()


def test_two_round_trips_become_one_and_keep_the_stop_of_the_second(pair: Pair) -> None:
    pair.enter("s-1", quantity=10, stop=95, target=110)
    pair.enter("x-1", kind=SignalKind.EXIT, direction=None)
    out = last_trade(pair)
    pair.enter("s-2", quantity=5, stop=96, target=109)
    pair.bust(*out)
    position = pair.desk.position()
    assert position is not None
    assert position.quantity == 15
    stops = [order for order in pair.open() if order.request.role is Role.STOP]
    assert len(stops) == 1
    assert position.entry_order == stops[0].request.parent
    assert stops[0].leaves == 5  # the venue lets it be for no more than its own entry
    (held,) = of(pair.desk.events, e.OrderHeld)
    assert isinstance(held, e.OrderHeld)
    assert held.request.quantity == nano(10)  # the engine has one for the rest
    pair.wait(60)
    pair.check()
    assert not is_final(stops[0].state)
    assert sum(order.leaves for order in pair.open() if order.request.role is Role.STOP) == 15


def test_a_bust_that_was_missed_is_heard_of_after_an_absence(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95, target=110)
    pair.deaf = True
    pair.bust(*last_trade(pair))
    assert pair.desk.held() == 10
    pair.catch_up()
    pair.wait(5)
    assert pair.desk.held() == 0
    pair.check()


def test_a_settlement_of_what_a_bust_brings_back_is_told_after_it() -> None:
    """The contract has expired, so what is open again is closed at the price of that day."""
    pair = Pair(ESZ)
    pair.quote("5000", "5000.25", ESZ)
    pair.enter("s-1", instrument="ESZ26", quantity=2, stop=4990)
    pair.enter("x-1", instrument="ESZ26", kind=SignalKind.EXIT, direction=None)
    out = last_trade(pair)
    pair.quote("5010", "5010.25", ESZ)
    pair.wait(600)
    pair.bust(*out)
    assert pair.desk.held("ESZ26") == 0
    pair.check()
    assert pair.desk.cash() == 100_000 + Decimal("9.75") * 2 * 50


def test_what_was_settled_at_expiry_is_settled_as_much_as_it_was_after_all() -> None:
    pair = Pair(ESZ)
    pair.quote("5000", "5000.25", ESZ)
    pair.enter("s-1", instrument="ESZ26", quantity=2, stop=4990)
    entry = last_trade(pair)
    pair.quote("5010", "5010.25", ESZ)
    pair.wait(600)
    pair.correct(*entry, quantity=nano(1))
    assert pair.desk.held("ESZ26") == 0
    pair.check()
    assert pair.desk.cash() == 100_000 + Decimal("9.75") * 50


# -- splits --


def test_a_bust_after_a_split_counts_in_new_shares(pair: Pair) -> None:
    pair.enter("s-1", quantity=10, stop=95, target=110)
    first = last_trade(pair)
    pair.split(2)
    pair.quote("50.00", "50.01")
    pair.correct(*first, quantity=nano(8))
    assert pair.desk.held() == 16
    pair.check()


def test_what_a_bust_brings_back_after_a_split_is_in_new_shares(pair: Pair) -> None:
    """Nothing was held when the shares were split, and the account is told all the same: it has traded them."""
    pair.enter("s-1", quantity=10, stop=95, target=110)
    pair.enter("x-1", kind=SignalKind.EXIT, direction=None)
    out = last_trade(pair)
    pair.wait(5)
    pair.split(2)
    pair.quote("50.00", "50.01")
    pair.bust(*out)
    assert pair.desk.held() == 20
    pair.check()


def test_what_a_bust_brings_back_after_a_new_symbol_goes_by_it() -> None:
    pair = Pair(SPY, META)
    pair.quote("100.00", "100.01")
    pair.enter("s-1", quantity=10, stop=95, target=110)
    pair.enter("x-1", kind=SignalKind.EXIT, direction=None)
    out = last_trade(pair)
    pair.wait(5)
    pair.rename("META")
    pair.bust(*out)
    assert (pair.desk.held("SPY"), pair.desk.held("META")) == (Decimal(0), Decimal(10))
    pair.check()


def test_exits_on_the_wrong_side_are_withdrawn(pair: Pair) -> None:
    """Two entries, of which the first never was: what is open is what the exit of the first has opened."""
    pair.enter("s-1", quantity=10, stop=95, target=110)
    entry = last_trade(pair)
    pair.enter("x-1", kind=SignalKind.EXIT, direction=None)
    pair.enter("s-2", quantity=5, stop=96, target=109)
    before = len(pair.desk.events)
    pair.bust(*entry)
    assert alarms(pair.desk.events[before:]) == ["POSITION_TURNED"]
    assert pair.desk.held() == 0
    pair.wait(5)
    assert [order for order in pair.open() if order.request.side.sign < 0] == []
    pair.check()


def test_a_fill_that_came_after_a_split_is_corrected_in_the_shares_in_which_it_counts() -> None:
    desk = Desk(account(allow_unprotected=True))
    entry = desk.enter(limit=90, quantity=10, stop=85)[0]
    traded = Instant(desk.now)
    desk.now = Instant(desk.now + SECOND)
    split = Split(SPY.symbol, desk.now, 2)
    desk.give(i.VenueSplit("c", ALPHA, split, orders=(i.Rescaled(entry, nano(20), nano(45)),), at=desk.now))
    old = msgspec.structs.replace(execution("x", 10, 90), at=traded)
    desk.give(i.VenueFilled(entry, old, at=desk.now))
    assert desk.held() == 20
    now = msgspec.structs.replace(old, quantity=nano(5))
    desk.give(i.VenueCorrected(entry, "x", now, at=desk.now))
    assert desk.held() == 10
    assert desk.order(entry).leaves == 10
    desk.check_record()


# -- what cannot be worked out any more --


def is_blocked(desk: Desk) -> bool:
    return desk.book.state.accounts[ALPHA].state is TradingState.HALTED


def test_a_rest_that_a_split_would_have_paid_otherwise_blocks_the_account(pair: Pair) -> None:
    pair.enter("s-1", quantity=10, stop=95, target=110)
    entry, id_ = last_trade(pair)
    pair.split(1, 10)
    desk = pair.desk
    assert desk.held() == 1
    events = correct(desk, entry, id_, 5, "100.01")
    assert alarms(events) == ["AMENDMENT_UNSETTLED"]
    assert is_blocked(desk)
    assert desk.held() == 1
    assert correct(desk, entry, id_, 5, "100.01") == []  # told once
    desk.check_record()


def test_a_fill_that_has_left_the_memory_blocks_the_account() -> None:
    desk = Desk(account(allow_unprotected=True))
    first = desk.enter("s-0", filled=10)[0]
    for number in range(1, CHAPTERS_KEPT + 2):
        out = desk.exit(f"x-{number}")[0]
        desk.accept(out)
        desk.fill(out, 10)
        for leg in [order.id for order in desk.book.state.open_orders(ALPHA, SPY.symbol)]:
            desk.cancelled(leg)
        desk.enter(f"s-{number}", filled=10)
    held = (desk.held(), desk.cash())
    events = bust(desk, first, "fill-1")
    assert alarms(events) == ["AMENDMENT_UNSETTLED"]
    assert is_blocked(desk)
    assert (desk.held(), desk.cash()) == held
    assert bust(desk, first, "fill-1") == []
    judged = desk.judge(signal("late", at=desk.now, instrument="ES", stop=4990))
    assert (judged.outcome, judged.code) == (Outcome.REFUSED, "TRADING_HALTED")


def test_a_position_that_has_lost_its_beginning_blocks_the_account() -> None:
    desk = Desk(account(allow_unprotected=True))
    entry = desk.enter(quantity=1000)[0]
    for _ in range(PARTS_KEPT + 2):
        desk.fill(entry, "0.5")
    last = f"fill-{desk._fills}"
    events = bust(desk, entry, last)
    assert alarms(events) == ["AMENDMENT_UNSETTLED"]
    (told,) = of(events, a.AmendmentUnsettled)
    assert isinstance(told, a.AmendmentUnsettled)
    assert told.why == "the beginning of the position has left the book's memory"
    assert is_blocked(desk)


def test_a_story_that_does_not_lead_to_what_is_held_blocks_the_account() -> None:
    desk = Desk(account(allow_unprotected=True))
    entry = desk.enter(filled=4)[0]
    other = msgspec.structs.replace(SPY, multiplier=Decimal(3))
    desk.give(i.InstrumentDeclared(other, at=desk.now))
    desk.fill(entry, 4)
    assert alarms(bust(desk, entry, "fill-1")) == ["AMENDMENT_UNSETTLED"]
    assert is_blocked(desk)


def test_a_new_symbol_carries_the_story_along() -> None:
    pair = Pair(SPY, META)
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95, target=110)
    first = last_trade(pair)
    pair.rename("META")
    pair.correct(*first, quantity=nano(4))
    assert pair.desk.held("META") == 4
    pair.check()
