"""The kill switch: what it takes away and what it leaves, and that it is over when the venue says so, not before."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.builders import ALPHA, SPY, account, alarms
from tests.scenarios.stage import LACKS, MONTH, of_role, there
from tests.unit.kernel.pair import Pair
from tests.unit.kernel.shared_pair import BETA, MAIN, Shared

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.capabilities import Way
from kedge.domain.commands import CancelOrder, Command, SubmitOrder
from kedge.domain.ids import AccountId, OrderId, Symbol, VenueName
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.kill import ALL, KillChecked, KillConfirmed, KillExtended, KillMode, KillOrdered, KillReport
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano, to_nano
from kedge.domain.orders import Order, Role
from kedge.domain.refusals import RejectKind
from kedge.kernel.kill_report import report_of

PAPER = VenueName("paper")
BLOCK, CANCEL, FLATTEN = KillMode
S = OrderState
OTHERS = tuple(Instrument(Symbol(f"S{number}"), Decimal("0.01")) for number in range(3))


class Stubborn(Pair):
    """An exchange that will not cancel some orders, and takes no exits when it is told not to."""

    keeps: Iterable[OrderId] = ()
    exits_fail = False

    def _answer(self, command: Command | None) -> list[i.VenueReport]:
        if isinstance(command, CancelOrder) and command.order in self.keeps:
            return [i.VenueRefused(command.order, i.Request.CANCEL, "not now", at=self.desk.now)]
        if isinstance(command, SubmitOrder) and command.request.role is Role.EXIT and self.exits_fail:
            return [i.VenueRejected(command.request.id, "no exits today", at=self.desk.now)]
        return super()._answer(command)


def busy(held: Way = Way.NATIVE) -> Stubborn:
    """Long ten of SPY with a stop and a target; an entry rests in each of three others."""
    pair = Stubborn(SPY, *OTHERS, abilities=LACKS[held])
    terms = account(capabilities=LACKS[held].capabilities, order_timeout=MONTH)
    pair.give(i.AccountDeclared(terms, at=pair.desk.now))
    for each in (SPY, *OTHERS):
        pair.quote("100.00", "100.01", each)
    pair.enter("in", quantity=10, stop=95, target=110)
    for each in OTHERS:
        pair.enter(f"more {each.symbol}", instrument=each.symbol, limit=90, quantity=1, stop=80)
    assert (int(pair.desk.held()), len(entries(pair))) == (10, len(OTHERS))
    return pair


def entries(pair: Pair) -> list[Order]:
    """Those that may still fill, as the book has them."""
    state = pair.desk.book.state
    found = [state.orders[id_] for ids in state.open.get(ALPHA, {}).values() for id_ in ids]
    return [order for order in found if order.request.role is Role.ENTRY]


def kill(pair: Pair, mode: KillMode = CANCEL, whose: AccountId | None = None) -> None:
    pair.give(i.KillAsked(mode, "ann", "drill", whose, at=pair.desk.now))


def listed(pair: Pair, held_at: AccountId = ALPHA, **said: Any) -> list[e.Event]:
    """The venue says what is open there, as it is now unless told."""
    held = {symbol: to_nano(each) for symbol, each in pair.exchange.positions(held_at).items() if each}
    told = i.VenueListed(
        PAPER, held_at, tuple(pair.exchange.open_orders(held_at)), held, pair.desk.now, at=pair.desk.now
    )
    events = pair.desk.give(msgspec.structs.replace(told, **said))
    pair.act(events)
    return events


def report(pair: Pair, scope: AccountId = ALL) -> KillReport:
    told = report_of(pair.desk.book.state, scope)
    assert told is not None
    return told


def over(events: list[e.Event]) -> bool:
    return any(isinstance(event, KillConfirmed) for event in events)


# -- what each mode does --


def test_block_touches_no_order_and_no_position() -> None:
    pair = busy()
    kill(pair, BLOCK)
    pair.wait(60)
    assert pair.desk.book.state.trading is TradingState.HALTED
    assert (len(entries(pair)), int(there(pair)), len(of_role(pair, Role.STOP))) == (3, 10, 1)
    pair.enter("new", instrument="S0", quantity=1, stop=95)
    judged = next(event for event in reversed(pair.desk.events) if isinstance(event, e.SignalJudged))
    assert judged.code == "TRADING_HALTED"


@pytest.mark.parametrize("held", Way)
def test_cancel_withdraws_entries_and_leaves_what_is_open_its_stop_and_target(held: Way) -> None:
    pair = busy(held)
    kill(pair)
    pair.wait(60)
    assert entries(pair) == []
    assert (len(of_role(pair, Role.STOP)), len(of_role(pair, Role.TARGET))) == (1, 1)
    assert pair.desk.held() == there(pair) == 10
    assert over(listed(pair))
    pair.quote("94.00", "94.01")
    pair.wait(5)
    assert there(pair) == 0, "the stop has been left, and works"
    pair.check()


@pytest.mark.parametrize("held", Way)
def test_flatten_withdraws_entries_and_closes_positions_with_their_stops(held: Way) -> None:
    pair = busy(held)
    kill(pair, FLATTEN)
    pair.wait(60)
    assert entries(pair) == []
    assert pair.desk.held() == there(pair) == 0
    assert pair.exchange.open_orders(ALPHA) == []
    assert over(listed(pair))
    told = report(pair)
    assert (told.confirmed, told.orders, told.cancelled, told.positions, told.closed) == (True, 3, 3, 1, 1)
    pair.check()


@pytest.mark.parametrize("held", Way)
def test_a_position_that_cannot_be_closed_keeps_a_stop_and_is_named(held: Way) -> None:
    pair = busy(held)
    pair.exits_fail = True
    kill(pair, FLATTEN)
    pair.wait(60)
    for _ in range(20):
        pair.wait(60)
        assert of_role(pair, Role.STOP), "a position that stays has its stop"
    assert not over(listed(pair))
    (left,) = report(pair).positions_left
    assert (left.account, left.instrument, left.id) == (ALPHA, SPY.symbol, pair.desk.position().id)  # type: ignore[union-attr]
    assert left.why
    pair.exits_fail = False
    for _ in range(3):
        pair.wait(60)
    assert there(pair) == 0, "it is never given up"
    assert over(listed(pair))


def test_an_exit_passes_while_the_kill_switch_is_on() -> None:
    pair = busy()
    kill(pair)
    pair.enter("out", kind="EXIT", direction=None)
    assert there(pair) == 0


# -- that it is over is the venue's word --


def test_it_is_not_over_before_the_venue_has_said_so() -> None:
    pair = busy()
    kill(pair)
    pair.wait(60)
    assert entries(pair) == []
    assert (report(pair).confirmed, report(pair).silent) == (False, (ALPHA,))
    assert over(listed(pair))
    assert (report(pair).confirmed, report(pair).silent) == (True, ())
    assert not listed(pair), "what is over is not looked at again"


def test_an_answer_of_before_it_proves_nothing() -> None:
    pair = busy()
    before = Instant(pair.desk.now - 1)
    kill(pair)
    assert listed(pair, asked=before) == []
    assert not report(pair).confirmed


def test_an_answer_that_is_older_than_what_was_heard_since_is_passed_over() -> None:
    pair = busy()
    resting = tuple(pair.exchange.open_orders(ALPHA))
    pair.deaf = True
    kill(pair)
    asked = pair.desk.now
    pair.deaf = False
    pair.hear(pair.missed)
    assert entries(pair) == []
    assert listed(pair, asked=asked, orders=resting) == []
    assert over(listed(pair))


def test_an_order_that_the_venue_shows_is_named_asked_about_and_withdrawn_again() -> None:
    pair = busy()
    (first, *_) = [order.id for order in entries(pair)]
    pair.mute = True
    kill(pair)
    pair.lost.clear()
    pair.mute = False
    for order in entries(pair):  # told wrongly, as by a venue whose stream has lost its way
        pair.give(i.VenueCancelled(order.id, at=pair.desk.now))
    assert entries(pair) == []
    assert len(pair.exchange.open_orders(ALPHA)) > 3
    events = listed(pair)
    (checked,) = [event for event in events if isinstance(event, KillChecked)]
    assert "the venue shows it as open" in checked.left[first]
    assert not over(events)
    pair.wait(60)
    assert not [id_ for id_ in pair.exchange.open_orders(ALPHA) if id_ in checked.left]
    assert over(listed(pair))
    pair.check()


def test_an_order_that_the_venue_does_not_show_is_asked_about() -> None:
    pair = busy()
    pair.deaf = True
    kill(pair)
    pair.wait(1)
    pair.deaf, pair.missed = False, []
    assert len(entries(pair)) == 3, "the answers were lost"
    assert not over(listed(pair))
    assert entries(pair) == [], "asked about, and found to be gone"
    assert over(listed(pair))


def test_an_order_of_somebody_else_is_named_and_not_touched() -> None:
    pair = busy()
    kill(pair)
    strange = OrderId("by hand")
    events = listed(pair, orders=(*pair.exchange.open_orders(ALPHA), strange))
    assert not over(events)
    assert report(pair).foreign == (strange,)
    assert over(listed(pair))


def test_what_the_venue_holds_beyond_the_book_is_named_unless_it_was_known() -> None:
    pair = busy()
    kill(pair, FLATTEN)
    pair.wait(5)
    more = {SPY.symbol: Nano(5 * 10**9)}
    assert not over(listed(pair, held=more))
    (left,) = report(pair).positions_left
    assert left.why == "the venue holds 5, and 5 of it is no account's here"
    pair.wait(120)
    pair.give(i.VenueHeld(PAPER, ALPHA, more, pair.desk.now, at=pair.desk.now))
    assert "BOOKS_DIFFER" in alarms(pair.desk.events)
    assert over(listed(pair, held=more)), "somebody's own shares in the account hold up nothing"


# -- a venue that refuses, answers late, or has filled --


def test_what_could_not_be_cancelled_is_named_with_the_venues_reason_and_asked_again() -> None:
    pair = busy()
    (first, *_) = pair.keeps = [entries(pair)[0].id]
    kill(pair)
    pair.wait(1)
    events = listed(pair)
    assert not over(events)
    told = report(pair)
    assert (told.orders, told.cancelled) == (3, 2)
    assert [(left.id, left.why) for left in told.orders_left] == [(first, "the venue refuses: not now")]
    asked = [
        event for event in pair.desk.events if isinstance(event, e.CancelSubmitted) and event.order == first
    ]
    for _ in range(10):
        pair.wait(30)
    again = [
        event for event in pair.desk.events if isinstance(event, e.CancelSubmitted) and event.order == first
    ]
    assert len(again) >= len(asked) + 5
    pair.keeps = ()
    pair.wait(30)
    assert entries(pair) == []
    assert over(listed(pair))


def test_an_entry_in_doubt_is_withdrawn_when_it_turns_out_to_live() -> None:
    pair = Stubborn(SPY, *OTHERS)
    pair.quote("100.00", "100.01")
    pair.deaf = True
    pair.enter("late", limit=90, quantity=1, stop=80)
    pair.wait(11)
    assert [order.state for order in of_role(pair, Role.ENTRY)] == [S.IN_DOUBT]
    kill(pair)
    assert not over(listed(pair))
    pair.deaf, pair.missed = False, []
    pair.wait(60)
    assert pair.exchange.open_orders(ALPHA) == []
    assert over(listed(pair))


def test_an_entry_that_fills_before_its_cancel_is_closed_as_well() -> None:
    pair = busy()
    pair.mute = True
    kill(pair, FLATTEN)
    pair.quote("89.00", "89.01", OTHERS[0])
    pair.arrive()
    pair.wait(60)
    assert any(isinstance(event, KillExtended) and event.positions for event in pair.desk.events)
    assert (pair.exchange.positions(ALPHA), pair.exchange.open_orders(ALPHA)) == ({}, [])
    assert over(listed(pair))
    assert (report(pair).filled, report(pair).positions) == (1, 2)
    pair.check()


def test_an_entry_that_fills_before_its_cancel_keeps_its_stop_where_positions_stay() -> None:
    pair = busy()
    pair.mute = True
    kill(pair)
    pair.quote("89.00", "89.01", OTHERS[0])
    pair.arrive()
    pair.wait(60)
    state = pair.desk.book.state
    stops = [order for order in state.open_orders(ALPHA, OTHERS[0].symbol) if order.request.role is Role.STOP]
    assert [order.leaves for order in stops] == [1]
    assert over(listed(pair))
    assert (report(pair).filled, report(pair).cancelled) == (1, 2)


def test_what_was_to_be_tried_again_is_given_up() -> None:
    pair = Stubborn(SPY)
    terms = account(order_timeout=MONTH, retry_attempts=5)
    pair.give(i.AccountDeclared(terms, at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.mute = True
    pair.enter(limit=90, quantity=1, stop=80)
    (order,) = [event.request.id for event in pair.lost if isinstance(event, e.OrderSubmitted)]
    pair.lost.clear()
    pair.mute = False
    pair.give(i.VenueRejected(order, "busy", RejectKind.BUSY, at=pair.desk.now))
    assert pair.desk.book.state.retries
    kill(pair)
    assert not pair.desk.book.state.retries
    pair.wait(600)
    assert pair.exchange.open_orders(ALPHA) == []


# -- it holds --


@pytest.mark.parametrize("mode", [CANCEL, FLATTEN])
def test_killed_in_the_middle_it_goes_on_after_the_restart(mode: KillMode) -> None:
    pair = busy()
    pair.mute = True
    kill(pair, mode)
    assert len(pair.exchange.open_orders(ALPHA)) > 3, "the record has it, and nothing has left"
    pair.restart()
    assert pair.desk.book.state.trading is TradingState.HALTED
    assert entries(pair) == []
    assert there(pair) == (0 if mode is FLATTEN else 10)
    assert len(of_role(pair, Role.STOP)) == (0 if mode is FLATTEN else 1)
    assert over(listed(pair))
    pair.desk.check()


def test_it_ends_when_a_person_says_so_and_only_then() -> None:
    pair = busy()
    pair.keeps = [entries(pair)[0].id]
    kill(pair)
    pair.restart()
    pair.wait(3600)
    assert pair.desk.book.state.trading is TradingState.HALTED
    assert not report(pair).confirmed
    pair.give(i.TradingStateAsked(TradingState.REDUCING, "ann", "w", None, at=pair.desk.now))
    assert report_of(pair.desk.book.state, ALL) is not None, "who still reduces withdraws on"
    pair.give(i.TradingStateAsked(TradingState.ACTIVE, "ann", "over", None, at=pair.desk.now))
    assert report_of(pair.desk.book.state, ALL) is None
    pair.keeps = ()
    pair.wait(3600)
    assert len(entries(pair)) <= 1


def test_asked_for_again_it_looks_anew_and_does_not_do_less() -> None:
    pair = busy()
    kill(pair, FLATTEN)
    pair.wait(5)
    assert over(listed(pair))
    kill(pair, CANCEL)
    told = report(pair)
    assert (told.mode, told.confirmed, told.silent) == (FLATTEN, False, (ALPHA,))
    assert over(listed(pair))
    assert sum(isinstance(event, KillOrdered) for event in pair.desk.events) == 2


def test_the_record_has_who_and_why() -> None:
    pair = busy()
    kill(pair)
    (ordered,) = [event for event in pair.desk.events if isinstance(event, KillOrdered)]
    assert (ordered.who, ordered.why, len(ordered.orders)) == ("ann", "drill", 3)
    cancels = [event for event in pair.desk.events if isinstance(event, e.CancelSubmitted)]
    assert {(event.who, event.why) for event in cancels} == {("ann", "kill switch: drill")}
    events = listed(pair)
    (checked,) = [event for event in events if isinstance(event, KillChecked)]
    assert checked.settled == dict.fromkeys(ordered.orders, S.CANCELLED)


# -- one account --


def test_one_account_is_stopped_and_the_others_go_on() -> None:
    pair = Shared(SPY, *OTHERS)
    for each in (SPY, *OTHERS):
        pair.quote("100.00", "100.01", each)
    pair.enter_for(ALPHA, "a", instrument="S0", limit=90, quantity=1)
    pair.enter_for(BETA, "b", instrument="S1", limit=90, quantity=1)
    pair.enter_for(ALPHA, "c", quantity=3)
    pair.enter_for(BETA, "d", quantity=4)
    kill(pair, FLATTEN, ALPHA)
    pair.wait(30)
    state = pair.desk.book.state
    assert state.trading is TradingState.ACTIVE
    assert [state.accounts[each].state for each in (ALPHA, BETA)] == [
        TradingState.HALTED,
        TradingState.ACTIVE,
    ]
    assert (state.positions[ALPHA], state.open[ALPHA]) == ({}, {})
    assert state.position(BETA, SPY.symbol) is not None
    assert over(listed(pair, MAIN))
    assert (report(pair, ALPHA).closed, report(pair, ALPHA).cancelled) == (1, 1)
    assert report_of(state, ALL) is None
    pair.give(i.TradingStateAsked(TradingState.ACTIVE, "ann", "over", None, at=pair.desk.now))
    assert report_of(state, ALPHA) is not None, "it is the account's own"


def test_an_account_that_is_traded_no_more_and_is_flat_holds_up_nothing() -> None:
    pair = busy()
    old = msgspec.structs.replace(account(), id=BETA)
    pair.give(i.AccountDeclared(old, at=pair.desk.now))
    pair.give(i.KillAsked(CANCEL, "ann", "drill", None, (ALPHA,), at=pair.desk.now))
    assert over(listed(pair))
    pair.give(i.KillAsked(CANCEL, "ann", "drill", None, (BETA,), at=pair.desk.now))
    assert report(pair).silent == (ALPHA, BETA), "what is open there is asked for all the same"


def test_an_unknown_account_is_an_alarm() -> None:
    pair = busy()
    kill(pair, FLATTEN, AccountId("nobody"))
    assert alarms(pair.desk.events)[-1:] == ["UNKNOWN_ACCOUNT"]
    assert pair.desk.book.state.kills == {}
    assert there(pair) == 10
