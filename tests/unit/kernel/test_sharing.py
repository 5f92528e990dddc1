"""Several accounts on one account at the venue: each has its own, and together they are what the venue says."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.builders import ALPHA, ES, NOON, SPY, Desk, account, alarms, nano, signal
from tests.unit.kernel.shared_pair import BETA, GAMMA, MAIN, SHARERS, Shared, sharer

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.changes import ContractSettled, SharesSplit, UnallocatedChanged
from kedge.domain.codes import Code
from kedge.domain.ids import AccountId, OrderId, Symbol, VenueName
from kedge.domain.instants import MINUTE, Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano
from kedge.domain.orders import OrderType, Role, Side
from kedge.domain.signals import Direction, WantedOrder
from kedge.kernel import allotting

D = Decimal
SHORT = Direction.SHORT
ESZ = msgspec.structs.replace(ES, symbol=Symbol("ESZ26"), root="ES", expires=Instant(NOON + 10 * MINUTE))
META = Instrument(Symbol("META"), Decimal("0.01"))


@pytest.fixture
def shared() -> Shared:
    """A market at 100.00 to 100.01."""
    shared = Shared(SPY, META, ESZ)
    shared.quote("100.00", "100.01")
    shared.quote("5000", "5000.25", ESZ)
    return shared


def heard(shared: Shared) -> list[str]:
    return alarms(shared.desk.events)


def last_judged(shared: Shared) -> e.SignalJudged:
    return next(each for each in reversed(shared.desk.events) if isinstance(each, e.SignalJudged))


def told(shared: Shared, kind: type) -> list[Any]:
    return [event for event in shared.desk.events if isinstance(event, kind)]


# -- each its own --


def test_each_has_its_own_position_and_money_of_one_account_at_the_venue(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.enter_for(BETA, "b", quantity=25, stop=96)
    assert shared.holdings(*SHARERS) == {ALPHA: 10, BETA: 25, GAMMA: 0}
    assert shared.exchange.positions(MAIN) == {Symbol("SPY"): D(35)}
    assert shared.cash_of(ALPHA) == D("98999.90")
    shared.check()
    shared.check_cash()
    assert heard(shared) == []


@pytest.mark.parametrize("way", ["exit", "stop", "person"])
def test_the_way_out_of_one_does_not_touch_the_other(shared: Shared, way: str) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.enter_for(BETA, "b", quantity=25, stop=90)
    match way:
        case "exit":
            shared.exit_for(ALPHA, "out")
        case "stop":
            shared.quote("94.90", "94.91")
        case "person":
            shared.exit_for(ALPHA, "half", quantity=4)
            assert shared.holdings(ALPHA, BETA) == {ALPHA: 6, BETA: 25}
            shared.exit_for(ALPHA, "rest")
    assert shared.holdings(ALPHA, BETA) == {ALPHA: 0, BETA: 25}
    assert shared.stop_of(BETA).leaves == 25
    shared.check()
    shared.check_cash()
    assert heard(shared) == []


def test_stop_and_target_of_one_never_sell_what_is_the_other_s(shared: Shared) -> None:
    """Both of them at the venue would be held back by reduce-only only once the other account was sold out, too."""
    shared.enter_for(ALPHA, "a", quantity=10, stop=95, target=110)
    shared.enter_for(BETA, "b", quantity=25, stop=90)
    stop, target = shared.open_of(ALPHA)
    assert (stop.pair, target.pair) == (target.id, stop.id)  # what one of them fills the other loses
    assert shared.exchange.open_orders(MAIN) == [stop.id, target.id, shared.stop_of(BETA).id]
    shared.quote("110.00", "110.01")
    shared.quote("94.00", "94.01")
    assert shared.holdings(ALPHA, BETA) == {ALPHA: 0, BETA: 25}
    shared.check()


def test_alone_on_its_account_everything_is_as_it_was() -> None:
    alone = Shared(SPY, accounts=(ALPHA,))
    assert alone.desk.book.state.able(ALPHA) == Capabilities()


def test_several_on_one_account_do_not_lean_on_reduce_only(shared: Shared) -> None:
    state = shared.desk.book.state
    assert {state.able(name).reduce_only for name in (ALPHA, BETA, GAMMA)} == {False}
    assert state.able(ALPHA) is state.able(BETA)  # made once: it is asked at every step
    assert msgspec.structs.replace(state.able(ALPHA), reduce_only=True) == Capabilities()


def test_who_goes_to_an_account_of_its_own_leaves_the_others_behind(shared: Shared) -> None:
    for name in (BETA, GAMMA):
        shared.give(i.AccountDeclared(msgspec.structs.replace(sharer(name), venue_account=""), at=NOON))
    state = shared.desk.book.state
    assert state.sharers == {MAIN: [ALPHA], BETA: [BETA], GAMMA: [GAMMA]}
    assert {state.able(name).reduce_only for name in (ALPHA, BETA, GAMMA)} == {True}
    shared.desk.check_record()


def test_a_bracket_from_before_the_account_was_shared_still_protects() -> None:
    shared = Shared(SPY, accounts=(ALPHA,))
    shared.quote("100.00", "100.01")
    shared.enter_for(ALPHA, "a", quantity=10, stop=95, target=110)
    assert len(shared.exchange.open_orders(MAIN)) == 2
    shared.give(i.AccountDeclared(sharer(BETA), at=shared.desk.now))
    shared.accounts = (ALPHA, BETA)
    shared.enter_for(BETA, "b", quantity=5, stop=90)
    judged = last_judged(shared)
    assert (judged.code, judged.checks[-1].figures["at_worst"]) == (Code.NET_OPPOSITE, nano(-10))
    shared.exit_for(ALPHA, "out")
    assert shared.held(ALPHA) == 0
    assert shared.exchange.open_orders(MAIN) == []
    shared.enter_for(BETA, "b2", quantity=5, stop=90)
    assert shared.held(BETA) == 5
    shared.check()


# -- both sides of one instrument --


def _holds(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)


def _is_short(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", direction=SHORT, quantity=10, stop=105)


def _is_on_its_way(shared: Shared) -> None:
    shared.mute = True
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)


def _is_in_doubt(shared: Shared) -> None:
    _is_on_its_way(shared)
    shared.wait(11)
    assert shared.open_of(ALPHA)[0].state is OrderState.IN_DOUBT


def _rests(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, stop=85, limit=90)


def _is_being_withdrawn(shared: Shared) -> None:
    _rests(shared)
    shared.mute = True
    shared.give(i.CancelAsked(shared.open_of(ALPHA)[0].id, "ann", "why not", at=shared.desk.now))
    assert shared.open_of(ALPHA)[0].state is OrderState.PENDING_CANCEL


def _is_leaving(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, unprotected=True)  # so that nothing has to be withdrawn first
    shared.mute = True
    shared.exit_for(ALPHA, "out")


OPPOSITE = {
    "another is long": (_holds, SHORT, D(10), D(10)),
    "another is short": (_is_short, Direction.LONG, D(-10), D(-10)),
    "an entry of another has not been answered for": (_is_on_its_way, SHORT, D(0), D(10)),
    "an entry of another is in doubt": (_is_in_doubt, SHORT, D(0), D(10)),
    "an entry of another rests": (_rests, SHORT, D(0), D(10)),
    "an entry of another is being withdrawn": (_is_being_withdrawn, SHORT, D(0), D(10)),
    "another is still leaving": (_is_leaving, SHORT, D(10), D(10)),
}


@pytest.mark.parametrize(("before", "direction", "held", "at_worst"), OPPOSITE.values(), ids=OPPOSITE)
def test_what_would_be_netted_is_refused(
    shared: Shared, before: Any, direction: Direction, held: Decimal, at_worst: Decimal
) -> None:
    before(shared)
    shared.enter_for(BETA, "b", direction=direction, quantity=5, unprotected=True)
    judged = last_judged(shared)
    assert (judged.code, judged.checks[-1].gate) == (Code.NET_OPPOSITE, "net_opposite")
    assert judged.checks[-1].figures == {
        "account": "alpha",
        "held": nano(str(held)),
        "at_worst": nano(str(at_worst)),
    }


def test_a_way_out_that_is_for_what_is_held_stands_against_nobody(shared: Shared) -> None:
    _is_leaving(shared)
    (leaving,) = (each for each in shared.open_of(ALPHA) if each.request.role is Role.EXIT)
    shared.desk.fill(leaving.id, 4)
    shared.enter_for(BETA, "b", quantity=5, unprotected=True)
    assert last_judged(shared).code == ""


@pytest.mark.parametrize("before", [_holds, _rests, _is_in_doubt, _is_leaving])
def test_the_same_side_may_be_entered_by_all(shared: Shared, before: Any) -> None:
    before(shared)
    shared.enter_for(BETA, "b", quantity=5, unprotected=True)
    assert last_judged(shared).code == ""


def test_the_other_side_may_be_entered_once_the_first_is_out(shared: Shared) -> None:
    _holds(shared)
    shared.exit_for(ALPHA, "out")
    shared.enter_for(BETA, "b", direction=SHORT, quantity=5, stop=105)
    assert shared.held(BETA) == -5
    shared.check()


def test_another_instrument_is_another_matter(shared: Shared) -> None:
    _holds(shared)
    shared.enter_for(BETA, "b", direction=SHORT, instrument="ESZ26", quantity=1, stop=5100)
    assert shared.held(BETA, ESZ) == -1


def test_where_the_venue_does_not_net_both_sides_may_be_held() -> None:
    hedging = Capabilities(nets=False)
    desk = Desk(sharer(capabilities=hedging))
    desk.give(i.AccountDeclared(sharer(BETA, capabilities=hedging), at=desk.now))
    desk.enter("a", filled=10)
    judged = desk.judge(signal("b", direction=SHORT, account=BETA, unprotected=True))
    assert judged.code == ""
    assert next(check.figures for check in judged.checks if check.gate == "net_opposite") == {
        "venue": "does not net"
    }


def test_accounts_of_other_venue_accounts_do_not_mind_each_other() -> None:
    desk = Desk(account(allow_unprotected=True))
    desk.give(i.AccountDeclared(msgspec.structs.replace(sharer(BETA), venue_account=""), at=desk.now))
    desk.enter("a", filled=10)
    assert desk.judge(signal("b", direction=SHORT, account=BETA, unprotected=True)).code == ""


# -- trading with oneself --


def order(type_: OrderType, **prices: Any) -> WantedOrder:
    nanos: dict[str, Any] = {name: nano(price) for name, price in prices.items()}
    return WantedOrder(type_, **nanos)


MET = {  # an exit of another rests at 101; the market is at 100.00 to 100.01
    "a limit beyond it": (order(OrderType.LIMIT, limit_price=102), True, nano(102)),
    "a limit at it": (order(OrderType.LIMIT, limit_price=101), True, nano(101)),
    "a limit before it": (order(OrderType.LIMIT, limit_price="100.99"), False, None),
    "the market": (WantedOrder(OrderType.MARKET), False, None),
    "a stop that goes off beyond it": (order(OrderType.STOP, stop_price=103), True, nano(103)),
    "a stop that goes off before it": (order(OrderType.STOP, stop_price="100.50"), False, None),
    "a stop whose limit lies beyond it": (
        order(OrderType.STOP_LIMIT, stop_price="100.50", limit_price=102),
        True,
        nano(102),
    ),
    "a stop that follows, to nobody knows where": (
        order(OrderType.TRAILING_STOP, trail_amount=1),
        True,
        "any price",
    ),
}


@pytest.mark.parametrize(("wanted", "is_met", "reach"), MET.values(), ids=MET)
def test_an_entry_that_could_meet_the_order_of_another_is_refused(
    shared: Shared, wanted: WantedOrder, is_met: bool, reach: Any
) -> None:
    _holds(shared)
    shared.exit_for(ALPHA, "out", limit=101)
    (resting,) = (each for each in shared.open_of(ALPHA) if each.request.role is Role.EXIT)
    shared.enter_for(BETA, "b", quantity=5, unprotected=True, order=wanted)
    judged = last_judged(shared)
    assert judged.code == (Code.SELF_MATCH if is_met else "")
    if is_met:
        assert judged.checks[-1].figures == {
            "reach": reach,
            "account": "alpha",
            "order": resting.id,
            "limit": nano(101),
        }


@pytest.mark.parametrize(("quoted", "code"), [(True, ""), (False, Code.SELF_MATCH)])
def test_without_a_price_an_entry_at_the_market_may_meet_anything(
    shared: Shared, quoted: bool, code: str
) -> None:
    _holds(shared)
    shared.exit_for(ALPHA, "out", limit=101)
    wanted = signal("b", account=BETA, quantity=5, unprotected=True, at=shared.desk.now)
    assert shared.desk.judge(wanted, quoted=quoted).code == code


def test_the_market_meets_what_rests_at_the_quote(shared: Shared) -> None:
    _holds(shared)
    shared.exit_for(ALPHA, "out", limit=101)
    wanted = signal("b", account=BETA, quantity=5, unprotected=True, at=shared.desk.now)
    judged = shared.desk.give(i.SignalArrived(wanted, SPY.ticks(D(101)), SPY.ticks(D("101.01")), at=NOON))[0]
    assert isinstance(judged, e.SignalJudged)
    assert judged.code == Code.SELF_MATCH


def test_a_price_that_is_still_asked_for_counts_as_well(shared: Shared) -> None:
    _holds(shared)
    shared.exit_for(ALPHA, "out", limit=105)
    (resting,) = (each for each in shared.open_of(ALPHA) if each.request.role is Role.EXIT)
    shared.mute = True
    shared.desk.ask_replace(resting.id, limit_price=101)
    shared.enter_for(BETA, "b", quantity=5, unprotected=True, limit=101)
    assert last_judged(shared).code == Code.SELF_MATCH


def test_ways_out_are_never_held_up(shared: Shared) -> None:
    _holds(shared)
    shared.enter_for(BETA, "b", quantity=5, limit=99, unprotected=True)
    shared.exit_for(ALPHA, "out", limit=99)
    assert last_judged(shared).code == ""
    assert shared.held(ALPHA) == 0


def test_a_person_cannot_move_an_entry_to_where_it_would_meet_the_order_of_another(shared: Shared) -> None:
    _holds(shared)
    shared.exit_for(ALPHA, "out", limit=101)
    shared.enter_for(BETA, "b", quantity=5, limit=90, unprotected=True)
    (entry,) = shared.open_of(BETA)
    refused = shared.desk.ask_replace(entry.id, limit_price=101)[0]
    assert isinstance(refused, e.RequestRefused)
    assert "could trade against" in refused.reason
    assert "account alpha" in refused.reason
    assert isinstance(shared.desk.ask_replace(entry.id, limit_price=100)[0], e.ReplaceSubmitted)


# -- what is nobody's --


def test_what_is_nobody_s_is_written_down_and_told_of_once(shared: Shared) -> None:
    _holds(shared)
    shared.by_hand(Side.BUY, 7, "hand-1")
    shared.compare()
    (changed,) = told(shared, UnallocatedChanged)
    assert (changed.venue, changed.account, changed.instrument) == (VenueName("paper"), MAIN, Symbol("SPY"))
    assert (changed.quantity, changed.held) == (nano(7), nano(17))
    assert heard(shared) == ["BOOKS_DIFFER"]
    assert shared.held(ALPHA) == 10
    shared.check()
    shared.compare()
    assert heard(shared) == ["BOOKS_DIFFER"]


def test_when_the_books_agree_again_that_is_written_down_without_an_alarm(shared: Shared) -> None:
    shared.by_hand(Side.BUY, 7, "hand-1")
    shared.compare()
    shared.by_hand(Side.SELL, 7, "hand-2")
    shared.compare()
    assert [each.quantity for each in told(shared, UnallocatedChanged)] == [nano(7), 0]
    assert heard(shared) == ["BOOKS_DIFFER"]
    assert shared.desk.book.state.unallocated_in(MAIN, Symbol("SPY")) == 0
    shared.check()


def test_while_something_is_under_way_both_sides_may_be_right(shared: Shared) -> None:
    shared.deaf = True
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.by_hand(Side.BUY, 2, "hand-1", ESZ)
    shared.compare()
    assert [each.instrument for each in told(shared, UnallocatedChanged)] == [Symbol("ESZ26")]
    shared.deaf = False
    shared.hear(shared.missed)
    shared.compare()
    assert len(told(shared, UnallocatedChanged)) == 1
    shared.check()


def test_an_answer_that_is_older_than_a_fill_says_nothing(shared: Shared) -> None:
    asked = shared.desk.now
    _holds(shared)
    shared.give(i.VenueHeld(VenueName("paper"), MAIN, {}, asked, at=shared.desk.now))
    assert told(shared, UnallocatedChanged) == []


def test_a_fill_that_was_never_told_is_asked_for_before_anybody_is_called(shared: Shared) -> None:
    _rests(shared)
    shared.wait(59)
    shared.deaf = True
    shared.quote("89.90", "89.91")
    shared.deaf, shared.missed = False, []
    shared.wait(0.5)
    assert shared.held(ALPHA) == 0
    shared.desk.now = Instant(shared.desk.now + 2 * MINUTE)
    shared.compare()
    assert shared.held(ALPHA) == 10
    assert heard(shared) == []
    shared.compare()
    assert told(shared, UnallocatedChanged) == []
    shared.check()


def test_what_rests_and_has_not_filled_does_not_hide_what_is_nobody_s(shared: Shared) -> None:
    shared.give(i.AccountDeclared(sharer(order_timeout=Span(60 * MINUTE)), at=shared.desk.now))
    _rests(shared)
    shared.wait(120)
    shared.by_hand(Side.BUY, 7, "hand-1")
    shared.compare()
    assert heard(shared) == []
    shared.compare()
    assert heard(shared) == ["BOOKS_DIFFER"]
    shared.check()


def test_an_answer_of_another_venue_is_not_held_against_these(shared: Shared) -> None:
    _holds(shared)
    shared.wait(1)
    shared.give(i.VenueHeld(VenueName("other"), MAIN, {}, shared.desk.now, at=shared.desk.now))
    assert told(shared, UnallocatedChanged) == []


@pytest.mark.parametrize(("side", "direction"), [(Side.BUY, SHORT), (Side.SELL, Direction.LONG)])
def test_nothing_is_entered_against_what_is_nobody_s(
    shared: Shared, side: Side, direction: Direction
) -> None:
    shared.by_hand(side, 7, "hand-1")
    shared.compare()
    shared.enter_for(BETA, "b", direction=direction, quantity=5, unprotected=True)
    judged = last_judged(shared)
    sign = 1 if side is Side.BUY else -1
    assert (judged.code, judged.checks[-1].figures) == (Code.NET_OPPOSITE, {"unallocated": nano(sign * 7)})


# -- both sides all the same --


def _opposed(shared: Shared) -> None:
    """Alpha was out and beta went short; then the venue takes alpha's exit back."""
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.exit_for(ALPHA, "out")
    out, done = shared.exchange.executions(MAIN)[-1]
    shared.enter_for(BETA, "b", direction=SHORT, quantity=6, stop=105)
    shared.bust(out, done.id)
    assert shared.holdings(ALPHA, BETA) == {ALPHA: 10, BETA: -6}


def test_who_comes_to_stand_against_another_is_told_of(shared: Shared) -> None:
    _opposed(shared)
    anomaly = next(each for each in told(shared, e.Anomaly) if each.kind == "SIDES_OPPOSED")
    assert anomaly.figures == {
        "instrument": "SPY",
        "account": "alpha",
        "held": "10",
        "other": "beta",
        "held_there": "-6",
    }
    assert heard(shared).count("SIDES_OPPOSED") == 1
    shared.check()


@pytest.mark.parametrize("way", ["exit", "stop"])
def test_a_way_out_is_not_held_back_by_what_stands_against_it(shared: Shared, way: str) -> None:
    """A reduce-only would close what the venue nets, which is four of alpha's ten."""
    _opposed(shared)
    if way == "exit":
        shared.exit_for(ALPHA, "again")
    else:
        shared.quote("94.00", "94.01")
    assert shared.holdings(ALPHA, BETA) == {ALPHA: 0, BETA: -6}
    shared.exit_for(BETA, "out-too")
    assert shared.holdings(ALPHA, BETA) == {ALPHA: 0, BETA: 0}
    shared.check()
    shared.check_cash()


def test_a_way_out_against_another_that_is_rejected_is_tried_again(shared: Shared) -> None:
    """It is no reduce-only, and an exit all the same: an entry would be given up, for a position is open."""
    _opposed(shared)
    (rejected,) = shared.desk.exit("again")
    assert not shared.desk.order(rejected).request.reduce_only
    shared.desk.reject(rejected)
    events = shared.desk.wait(5)
    (retried,) = [event for event in events if isinstance(event, e.OrderRetried)]
    assert retried.order == rejected
    again = shared.desk.order(retried.by).request  # held until the stop that lies there has made room
    assert (again.role, again.side, again.quantity) == (Role.EXIT, Side.SELL, nano(10))


@pytest.mark.parametrize("way", ["exit", "stop"])
def test_what_somebody_has_closed_by_hand_is_not_sold_a_second_time(shared: Shared, way: str) -> None:
    """What is nobody's on the other side is as likely ours that is gone: an exit must not open what has no stop."""
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.by_hand(Side.SELL, 8, "hand-1")
    shared.compare()
    if way == "exit":
        shared.exit_for(ALPHA, "out")
    else:
        shared.quote("94.00", "94.01")
    for _ in range(40):
        shared.wait(30)
    assert shared.held(ALPHA) == 8
    assert shared.exchange.positions(MAIN) == {}, "nothing is left there that could be lost on"


def test_ways_out_are_reduce_only_where_nobody_stands_against_them(shared: Shared) -> None:
    _holds(shared)
    shared.enter_for(BETA, "b", quantity=5, stop=90)
    shared.exit_for(ALPHA, "out")
    exit_ = next(each for each in shared.desk.book.state.orders.values() if each.request.role is Role.EXIT)
    assert exit_.request.reduce_only


# -- what the venue does to the account as a whole --


def test_a_settlement_closes_what_each_has(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", instrument="ESZ26", quantity=1, stop=4900)
    shared.enter_for(BETA, "b", instrument="ESZ26", quantity=3, stop=4900)
    shared.wait(11 * 60)
    assert shared.holdings(ALPHA, BETA, instrument=ESZ) == {ALPHA: 0, BETA: 0}
    assert [each.quantity for each in told(shared, ContractSettled)] == [nano(1), nano(3), 0]
    shared.check()
    shared.check_cash()
    assert heard(shared) == []


def test_a_settlement_of_more_than_is_held_is_announced(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", instrument="ESZ26", quantity=1, stop=4900)
    shared.by_hand(Side.BUY, 2, "hand-1", ESZ)
    shared.wait(11 * 60)
    assert heard(shared) == ["SETTLEMENT_DIFFERS"]
    assert shared.held(ALPHA, ESZ) == 0
    shared.check()


def test_what_was_known_to_be_nobody_s_is_settled_with_the_rest(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", instrument="ESZ26", quantity=1, stop=4900)
    shared.by_hand(Side.BUY, 2, "hand-1", ESZ)
    shared.compare()
    shared.wait(11 * 60)
    assert heard(shared) == ["BOOKS_DIFFER"]
    assert [each.quantity for each in told(shared, UnallocatedChanged)] == [nano(2), 0]
    shared.check()


def test_a_split_changes_what_each_has(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.enter_for(BETA, "b", quantity=25, stop=90)
    shared.split(4)
    assert shared.holdings(ALPHA, BETA) == {ALPHA: 40, BETA: 100}
    assert shared.stop_of(ALPHA).leaves == 40
    assert len(told(shared, SharesSplit)) == 3
    shared.check()
    shared.check_cash()
    assert heard(shared) == []


FRACTIONS = {
    # quantities of alpha, beta and gamma; old shares for one; what each has then
    "all of whole lots": ((20, 30, 0), 10, (2, 3, 0)),
    "a rest of one": ((20, 35, 0), 10, (2, 3, 0)),
    "fractions that make a lot together": ((25, 15, 0), 10, (3, 1, 0)),
    "the larger fraction has it": ((14, 36, 0), 10, (1, 4, 0)),
    "two lots for three": ((17, 18, 15), 10, (2, 2, 1)),
    "less than a lot each, and one together": ((4, 6, 0), 10, (0, 1, 0)),
    "less than a lot together": ((4, 3, 0), 10, (0, 0, 0)),
}


@pytest.mark.parametrize(("before", "old", "after"), FRACTIONS.values(), ids=FRACTIONS)
@pytest.mark.parametrize("direction", [Direction.LONG, SHORT])
def test_lots_that_fractions_make_together_go_to_the_largest(
    shared: Shared, direction: Direction, before: tuple[int, ...], old: int, after: tuple[int, ...]
) -> None:
    sign = 1 if direction is Direction.LONG else -1
    for name, quantity in zip(shared.accounts, before, strict=True):
        if quantity:
            shared.enter_for(name, f"s-{name}", direction=direction, quantity=quantity, unprotected=True)
    shared.split(1, old)
    wanted = {name: sign * share for name, share in zip(SHARERS, after, strict=True)}
    assert shared.holdings(*SHARERS) == wanted
    shared.check()
    shared.check_cash()
    assert heard(shared) == []


def test_a_split_counts_once_for_all_who_share_the_account(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.enter_for(BETA, "b", quantity=25, stop=90)
    shared.split(4)
    shared.restart()
    assert shared.holdings(ALPHA, BETA) == {ALPHA: 40, BETA: 100}
    for change in shared.exchange.changes(MAIN):
        shared.give(change)
    assert shared.holdings(ALPHA, BETA) == {ALPHA: 40, BETA: 100}
    shared.check()


def test_who_joins_later_is_not_changed_by_what_was_before(shared: Shared) -> None:
    late = AccountId("late")
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.split(4)
    shared.give(i.AccountDeclared(sharer(late), at=shared.desk.now))
    shared.accounts = (*shared.accounts, late)
    shared.quote("25.00", "25.01")
    shared.enter_for(late, "l", quantity=10, unprotected=True)
    for change in shared.exchange.changes(MAIN):
        shared.give(change)
    assert shared.held(late) == 10
    shared.check()


def test_a_split_that_cannot_be_divided_is_announced(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.by_hand(Side.BUY, 5, "hand-1")
    shared.split(2)
    assert heard(shared) == ["SPLIT_DIFFERS"]
    assert shared.held(ALPHA) == 20
    assert shared.desk.book.state.unallocated_in(MAIN, Symbol("SPY")) == 10
    shared.check()


def test_what_is_nobody_s_is_split_too(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.by_hand(Side.BUY, 5, "hand-1")
    shared.compare()
    shared.split(2)
    assert heard(shared) == ["BOOKS_DIFFER"]
    assert shared.desk.book.state.unallocated_in(MAIN, Symbol("SPY")) == 10
    shared.check()


def test_a_new_symbol_is_carried_by_all(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.enter_for(BETA, "b", quantity=25, stop=90)
    shared.by_hand(Side.BUY, 5, "hand-1")
    shared.compare()
    shared.rename("META")
    assert shared.holdings(ALPHA, BETA, instrument=META) == {ALPHA: 10, BETA: 25}
    assert shared.desk.book.state.unallocated == {MAIN: {Symbol("META"): D(5)}}
    assert heard(shared) == ["BOOKS_DIFFER"]
    shared.check()


def test_a_restart_finds_everybody_s_own(shared: Shared) -> None:
    shared.enter_for(ALPHA, "a", quantity=10, stop=95)
    shared.enter_for(BETA, "b", quantity=25, stop=90, limit="99.50")
    shared.deaf = True
    shared.quote("99.40", "99.41")
    shared.by_hand(Side.BUY, 5, "hand-1")
    shared.restart()
    assert shared.holdings(ALPHA, BETA) == {ALPHA: 10, BETA: 25}
    shared.compare()  # after a restart what rests is asked about first
    shared.compare()
    shared.check()
    shared.desk.book = shared.desk.folded()
    shared.exit_for(BETA, "out")
    assert shared.holdings(ALPHA, BETA) == {ALPHA: 10, BETA: 0}
    shared.check()


def test_money_is_divided_to_the_last_digit() -> None:
    cases: list[tuple[str, list[str], list[str]]] = [
        ("10.00", ["0.5", "0.5"], ["5", "5"]),
        ("10.01", ["0.5", "0.5"], ["5.01", "5"]),
        ("10", ["0.1", "0.1", "0.1"], ["3.34", "3.33", "3.33"]),
        ("0.01", ["0.3", "0.7"], ["0", "0.01"]),
        ("500.025", ["0.25", "0.75"], ["125", "375.025"]),
        ("7", ["-0.5", "0.5"], ["0", "7"]),
        ("7", ["0", "0"], ["0", "0"]),
    ]
    for paid, parts, shares in cases:
        assert allotting.money(D(paid), [D(part) for part in parts]) == [D(share) for share in shares], (
            paid,
            parts,
        )


def test_an_id_of_nobody_is_no_news() -> None:
    desk = Desk(sharer())
    assert desk.give(i.VenueHeld(VenueName("paper"), ALPHA, {Symbol("SPY"): Nano(1)}, NOON, at=NOON)) == []
    assert desk.give(i.VenueRejected(OrderId("x"), "no", at=NOON)) != []
