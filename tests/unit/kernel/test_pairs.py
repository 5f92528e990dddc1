"""Where a venue takes pairs of exits and no brackets, a target rests there beside its stop: what one of them fills the
other loses, and neither takes the place of the other.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.builders import ALPHA, SPY, Desk, account, alarms, names, nano, signal, submitted
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId
from kedge.domain.inputs import Request
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Execution, Holder, Order, OrderType, Role
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import Signal, SignalKind, WantedTarget
from kedge.kernel.cover import cover_of
from kedge.kernel.pairing import BESIDE_ITS_STOP, PAIRS_MAX
from kedge.kernel.room import room
from kedge.sim.abilities import Abilities

D = Decimal
S = OrderState
PAIRED = Capabilities(bracket=False, reduce_only=False)
HALVES = (WantedTarget(nano(110), pct=nano(50)), WantedTarget(nano(120), pct=nano(50)))
MAY_TURN, ONLY_REDUCES = Abilities(bracket=False, reduce_only=False), Abilities(bracket=False)
both = pytest.mark.parametrize(
    "able", [MAY_TURN, ONLY_REDUCES], ids=["exits may turn it over", "exits only reduce"]
)


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk(account(capabilities=PAIRED))


def living(desk: Desk, role: Role, *, here: bool = False) -> list[Order]:
    """At the venue, or held `here`."""
    orders = desk.book.state.open_orders(ALPHA, SPY.symbol)
    return [each for each in orders if each.request.role is role and (each.state is S.NEW) is here]


def asked(desk: Desk, filled: int = 10) -> tuple[Order, Order]:
    """Long ten from 100: the stop and the target that the venue is asked for."""
    desk.enter(filled=filled)
    (stop,), (target,) = living(desk, Role.STOP), living(desk, Role.TARGET)
    return stop, target


def rested(desk: Desk) -> tuple[Order, Order]:
    stop, target = asked(desk)
    desk.accept(stop.id)
    desk.accept(target.id)
    return stop, target


def uncovered(desk: Desk) -> Decimal:
    position = desk.position()
    return ZERO if position is None else cover_of(desk.book.state, position).uncovered


def at_exchange(able: Abilities, **entry: Any) -> Pair:
    """Long ten from 100.01 at an exchange with these abilities, the stop at 95 and a target at 110 unless told."""
    pair = Pair(SPY, abilities=able)
    pair.give(i.AccountDeclared(account(capabilities=able.capabilities), at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.enter(**({"quantity": 10, "stop": 95, "target": 110} | entry))
    return pair


def tell(pair: Pair, wanted: Signal) -> None:
    """A signal at the prices of this moment."""
    bid, ask = pair.desk.book.quote(wanted.instrument)
    pair.give(i.SignalArrived(wanted, bid, ask, at=pair.desk.now))


def resting(pair: Pair) -> dict[str, tuple[Decimal, Decimal | None]]:
    """What lives at the exchange: how much of it is left, and its price."""
    return {
        f"{order.request.role} {number}": (order.leaves, order.stop_price or order.limit_price)
        for number, order in enumerate(pair.open())
    }


# -- when --


@pytest.mark.parametrize(
    ("able", "pairs"),
    [
        (PAIRED, True),
        (Capabilities(bracket=False), True),
        (Capabilities(), False),  # brackets do it by themselves
        (Capabilities(bracket=False, oco=False), False),
        (Capabilities(bracket=False, replace=False), False),  # each move of the stop would take both away
        (Capabilities(bracket=False, order_types=(OrderType.MARKET, OrderType.STOP)), False),
        (Capabilities(bracket=False, order_types=(OrderType.MARKET, OrderType.LIMIT)), False),
        (Capabilities(bracket=False, hold=Holder.ENGINE), False),
    ],
)
def test_a_venue_that_takes_pairs_and_no_brackets_is_asked_for_them(able: Capabilities, pairs: bool) -> None:
    assert able.pairs is pairs


def test_stop_and_target_leave_in_one_request_and_the_engine_holds_the_target_no_more(desk: Desk) -> None:
    stop, target = asked(desk)
    (sent,) = [event for event in desk.events if isinstance(event, e.OrderSubmitted) and event.legs]
    assert (sent.request, sent.legs) == (stop.request, (target.request,))
    assert (stop.pair, target.pair) == (target.id, stop.id)
    assert (stop.stop_price, target.limit_price, stop.leaves, target.leaves) == (D(95), D(110), D(10), D(10))
    assert (target.request.type, target.request.tif) == (OrderType.LIMIT, stop.request.tif)
    ended = [event for event in desk.events if isinstance(event, e.OrderEnded)]
    assert [event.reason for event in ended] == [BESIDE_ITS_STOP]
    assert living(desk, Role.TARGET, here=True) == []
    assert [order.leaves for order in living(desk, Role.STOP, here=True)] == [D(10)]  # until both rest there
    desk.accept(stop.id)
    desk.accept(target.id)
    assert living(desk, Role.STOP, here=True) == []
    desk.check()


def test_while_the_entry_may_fill_its_stop_is_asked_for_alone(desk: Desk) -> None:
    entry, *_ = desk.enter(filled=4)
    (first,) = living(desk, Role.STOP)
    assert (first.pair, first.leaves, living(desk, Role.TARGET)) == (None, D(4), [])
    desk.accept(first.id)
    desk.fill(entry, 6)
    (paired,) = living(desk, Role.TARGET)
    assert (paired.leaves, paired.pair) == (D(6), living(desk, Role.STOP)[1].id)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(4)]
    assert uncovered(desk) == ZERO
    desk.check()


def test_each_target_has_its_own_stop(desk: Desk) -> None:
    desk.enter(filled=10, target=None, targets=HALVES)
    (stop,), (near,) = living(desk, Role.STOP), living(desk, Role.TARGET)
    assert (near.limit_price, near.leaves, stop.leaves) == (D(110), D(5), D(5))
    desk.accept(stop.id)
    desk.accept(near.id)
    assert [(each.limit_price, each.leaves) for each in living(desk, Role.TARGET)] == [
        (D(110), D(5)),
        (D(120), D(5)),
    ]
    assert [each.leaves for each in living(desk, Role.STOP)] == [D(5), D(5)]
    desk.check()


def test_there_are_no_more_pairs_than_so_many(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=PAIRED, quantity=20))
    shares = tuple(WantedTarget(nano(110 + place), pct=nano(10)) for place in range(10))
    desk.enter(filled=20, target=None, targets=shares)
    for _ in range(30):
        waiting = [
            each for each in desk.book.state.open_orders(ALPHA, SPY.symbol) if each.state is S.PENDING_NEW
        ]
        for order in waiting:
            desk.accept(order.id)
    assert [order.leaves for order in living(desk, Role.STOP)] == [D(2)] * PAIRS_MAX + [D(4)]
    assert len(living(desk, Role.TARGET)) == PAIRS_MAX
    assert len(living(desk, Role.TARGET, here=True)) == 2


def test_what_was_added_to_has_no_pair(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=PAIRED, max_adds=2))
    _, target = rested(desk)
    desk.quote("104.00", "104.01")
    added = desk.enter("s-2", filled=10, stop=99, target=115)
    assert desk.held() == D(20) and added
    assert [order.id for order in living(desk, Role.TARGET)] == [target.id]
    assert uncovered(desk) == ZERO


# -- at an exchange --


@both
def test_the_target_fills_and_the_stop_is_gone(able: Abilities) -> None:
    pair = at_exchange(able)
    assert [order.request.role for order in pair.open()] == [Role.STOP, Role.TARGET]
    pair.quote("110.00", "110.01")
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()
    assert alarms(pair.desk.events) == []


@both
def test_the_stop_fills_and_the_target_is_gone(able: Abilities) -> None:
    pair = at_exchange(able)
    pair.quote("94.99", "95.00")
    pair.wait(5)
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()
    assert alarms(pair.desk.events) == []


@both
def test_half_is_taken_at_the_first_target_and_the_stop_of_the_rest_stays(able: Abilities) -> None:
    pair = at_exchange(able, target=None, targets=HALVES)
    pair.quote("110.00", "110.01")
    assert pair.desk.held() == D(5)
    assert resting(pair) == {"stop 0": (D(5), D(95)), "target 1": (D(5), D(120))}
    pair.quote("94.00", "94.01")
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()


@both
def test_an_exit_for_a_part_takes_the_pair_apart_and_another_covers_the_rest(able: Abilities) -> None:
    pair = at_exchange(able)
    pair.give(
        i.SignalArrived(
            signal("half", SignalKind.EXIT, quantity=4, at=pair.desk.now), None, None, at=pair.desk.now
        )
    )
    for _ in range(3):
        pair.wait(1)
    assert pair.desk.held() == D(6)
    pair.check()
    size = D(10) if able is ONLY_REDUCES else D(6)  # there they close no more than is open anyway
    assert resting(pair) == {"stop 0": (size, D(95)), "target 1": (size, D(110))}
    assert living(pair.desk, Role.TARGET, here=True) == []  # nor is one held for what has left
    pair.quote("110.00", "110.01")
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    assert alarms(pair.desk.events) == []


@both
def test_the_stop_is_moved_and_its_target_stays_beside_it(able: Abilities) -> None:
    pair = at_exchange(able)
    pair.quote("105.00", "105.01")
    tell(pair, signal("up", SignalKind.STOP_ADJUSTMENT, direction=None, stop=101, at=pair.desk.now))
    assert resting(pair) == {"stop 0": (D(10), D(101)), "target 1": (D(10), D(110))}
    pair.quote("100.50", "100.51")
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()


@both
def test_a_target_that_is_to_be_smaller_waits_in_the_engine(able: Abilities) -> None:
    pair = at_exchange(able)
    pair.quote("101.00", "101.01")
    tell(
        pair,
        signal("aim", SignalKind.STOP_ADJUSTMENT, direction=None, targets=HALVES, at=pair.desk.now),
    )
    pair.quote("110.00", "110.01")
    assert pair.desk.held() == D(5)
    pair.quote("120.00", "120.01")
    pair.wait(2)
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()


@both
def test_s49_of_both_exits_one_fills_while_the_engine_is_gone(able: Abilities) -> None:
    pair = at_exchange(able)
    pair.deaf = True
    pair.quote("110.00", "110.01")
    pair.restart()
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()


@both
def test_everything_that_is_told_twice_changes_nothing(able: Abilities) -> None:
    pair = Pair(SPY, abilities=able)
    pair.give(i.AccountDeclared(account(capabilities=able.capabilities), at=pair.desk.now))
    pair.echo = True
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95, targets=HALVES)
    pair.quote("110.00", "110.01")
    assert pair.desk.held() == D(5)
    pair.quote("120.00", "120.01")
    pair.wait(2)
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()


# -- a person --


@both
def test_a_target_that_a_person_cancels_stays_away_and_the_stop_stays(able: Abilities) -> None:
    pair = at_exchange(able)
    target = pair.open()[1]
    pair.give(i.CancelAsked(target.id, "jane", "let it run", at=pair.desk.now))
    assert resting(pair) == {"stop 0": (D(10), D(95))}
    assert living(pair.desk, Role.TARGET, here=True) == []
    pair.quote("110.00", "110.01")
    assert pair.desk.held() == D(10)
    pair.check()


def test_the_quantity_of_one_of_a_pair_is_not_changed_by_hand(desk: Desk) -> None:
    stop, target = rested(desk)
    for order in (stop, target):
        (refused,) = desk.ask_replace(order.id, quantity=4 if order is target else 12)
        assert isinstance(refused, e.RequestRefused)
        assert "only its price can be changed" in refused.reason
    assert names(desk.ask_replace(target.id, limit_price=111)) == ["TargetMoved", "ReplaceSubmitted"]


# -- what goes wrong --


def test_a_pair_that_the_venue_rejects_is_followed_by_a_stop_alone(desk: Desk) -> None:
    stop, target = asked(desk)
    desk.reject(stop.id)
    assert target.state is S.REJECTED  # they are taken together or not at all
    (held,) = living(desk, Role.TARGET, here=True)
    assert (held.limit_price, held.leaves, held.request.holder) == (D(110), D(10), Holder.ENGINE)
    desk.wait(2)
    (alone,) = living(desk, Role.STOP)
    assert (alone.pair, living(desk, Role.TARGET)) == (None, [])
    desk.accept(alone.id)
    assert "TARGET_LOST" not in alarms(desk.events)
    assert uncovered(desk) == ZERO
    assert not desk.reject(target.id)
    desk.check()


def test_a_target_that_is_rejected_alone_comes_back_and_its_stop_stays(desk: Desk) -> None:
    stop, target = asked(desk)
    desk.accept(stop.id)
    desk.reject(target.id)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(10)]
    assert [order.id for order in living(desk, Role.STOP)] == [stop.id]
    assert "TARGET_LOST" not in alarms(desk.events)


def test_a_pair_that_could_not_leave_is_over_at_once(desk: Desk) -> None:
    stop, target = asked(desk)
    desk.give(i.VenueRejected(stop.id, "not sent: no line", RejectKind.NOT_SENT, at=desk.now))
    assert (stop.state, target.state) == (S.REJECTED, S.REJECTED)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(10)]


def test_without_its_stop_a_target_is_withdrawn_and_comes_back(desk: Desk) -> None:
    stop, target = rested(desk)
    desk.cancelled(stop.id, "by the venue")
    assert target.state is S.PENDING_CANCEL
    assert uncovered(desk) == ZERO  # by the engine
    assert living(desk, Role.TARGET, here=True) == []  # the one there may still fill
    desk.cancelled(target.id)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(10)]
    told = desk.wait(2)
    assert "STOP_LOST" in alarms(told)
    assert [order.leaves for order in living(desk, Role.TARGET)] == [D(10)]  # with another stop
    desk.check()


def test_a_venue_that_ends_what_it_has_just_taken_is_not_asked_for_ever(desk: Desk) -> None:
    for _ in range(30):
        for order in living(desk, Role.STOP) + living(desk, Role.TARGET):
            if order.state is S.PENDING_NEW:
                desk.accept(order.id)
            if not is_final(order.state):
                desk.cancelled(order.id, "nothing left to reduce")
        if desk.position() is None:
            desk.enter(filled=10)
        desk.wait(1)
    pairs = [
        event
        for event in desk.events
        if isinstance(event, e.OrderSubmitted) and event.request.role is Role.STOP
    ]
    assert 2 <= len(pairs) <= 4
    assert "NAKED_POSITION" in alarms(desk.events)
    assert uncovered(desk) == ZERO


def test_of_a_target_that_fills_in_part_the_stop_counts_for_the_rest_before_the_venue_says_so(
    desk: Desk,
) -> None:
    stop, target = rested(desk)
    desk.fill(target.id, 4, 110)
    position = desk.position()
    assert position is not None and stop.leaves == D(10)
    assert cover_of(desk.book.state, position).stopped == room_taken(desk) == D(6)
    desk.replaced(stop.id, quantity=6)
    assert cover_of(desk.book.state, position).stopped == room_taken(desk) == D(6)
    assert "UNASKED_REPLACE" not in alarms(desk.events)


def room_taken(desk: Desk) -> Decimal:
    return abs(desk.held()) - room(desk.book.state, ALPHA, SPY.symbol)


def test_what_the_venue_took_from_the_stop_does_not_come_back_with_a_trade_that_is_annulled() -> None:
    desk = Desk(account(capabilities=PAIRED))
    _, target = rested(desk)
    desk.fill(target.id, 4, 110)
    (execution,) = target.executions
    desk.give(i.VenueBusted(target.id, execution, "erroneous", at=desk.now))
    assert desk.held() == D(10)
    position = desk.position()
    assert position is not None
    assert cover_of(desk.book.state, position).stopped == D(6)
    assert [order.leaves for order in living(desk, Role.STOP, here=True)] == [D(4)]
    assert uncovered(desk) == ZERO
    desk.check_record()


def test_when_the_word_that_the_other_is_gone_is_lost_the_engine_takes_it_away(desk: Desk) -> None:
    desk.enter(filled=10, target=None, targets=HALVES)
    for _ in range(2):
        for order in living(desk, Role.STOP) + living(desk, Role.TARGET):
            if order.state is S.PENDING_NEW:
                desk.accept(order.id)
    (stop, _), (target, _) = living(desk, Role.STOP), living(desk, Role.TARGET)
    desk.fill(target.id, 5, 110)
    assert not [
        event for event in desk.events if isinstance(event, e.CancelSubmitted)
    ]  # the venue has a moment
    events = desk.wait(1)
    assert [event.order for event in events if isinstance(event, e.CancelSubmitted)] == [stop.id]


def test_two_of_a_pair_that_both_fill_turn_the_position_over_and_that_is_closed(desk: Desk) -> None:
    """Not by the venue's own word; but a race is a race."""
    stop, target = rested(desk)
    desk.fill(target.id, 10, 110)
    events = desk.fill(stop.id, 10, 95)
    assert desk.held() == D(-10)
    assert "POSITION_TURNED" in alarms(events)
    assert [request.role for request in submitted(events + desk.wait(2))] == [Role.EXIT]


def test_a_submit_without_an_answer_leaves_both_in_doubt_and_what_is_open_covered(desk: Desk) -> None:
    stop, target = asked(desk)
    desk.silent(stop.id, Request.SUBMIT)
    desk.wait(11)
    assert (stop.state, target.state) == (S.IN_DOUBT, S.IN_DOUBT)
    assert uncovered(desk) == ZERO
    assert len(living(desk, Role.STOP)) == 1  # none is asked for before it is known what became of this one
    for order in (stop, target):
        for _ in range(2):
            desk.wait(2)
            for endpoint in ("by_id", "listing"):
                desk.missing(order.id, endpoint)
    assert (stop.state, target.state) == (S.REJECTED, S.REJECTED)
    desk.wait(30)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(10)]
    assert uncovered(desk) == ZERO
    desk.check()


# -- beside others --


def grown(desk: Desk) -> list[Order]:
    """Long ten: a stop alone for four, which filled first, and pairs for five (to 110) and for one (to 120)."""
    entry, *_ = desk.enter(filled=4, target=None, targets=HALVES)
    (alone,) = living(desk, Role.STOP)
    desk.accept(alone.id)
    desk.fill(entry, 6)
    for _ in range(2):
        for order in living(desk, Role.STOP) + living(desk, Role.TARGET):
            if order.state is S.PENDING_NEW:
                desk.accept(order.id)
    assert [order.leaves for order in living(desk, Role.STOP)] == [D(4), D(5), D(1)]
    assert [order.leaves for order in living(desk, Role.TARGET)] == [D(5), D(1)]
    return [alone, *living(desk, Role.STOP)[1:]]


def test_for_an_exit_a_stop_alone_gives_way_before_a_pair(desk: Desk) -> None:
    alone, *paired = grown(desk)
    desk.exit(quantity=4)
    assert alone.state is S.PENDING_CANCEL
    assert [order.state for order in paired] == [S.ACCEPTED, S.ACCEPTED]


def test_a_target_in_the_engine_takes_what_is_for_none_that_rests(desk: Desk) -> None:
    alone, *paired = grown(desk)
    desk.quote("120.00", "120.01")
    assert alone.state is S.PENDING_CANCEL
    assert [order.state for order in [*paired, *living(desk, Role.TARGET)]] == [S.ACCEPTED] * 4
    (released,) = [event for event in desk.cancelled(alone.id) if isinstance(event, e.OrderReleased)]
    assert released.request.quantity == nano(4)


def test_a_target_in_the_engine_leaves_nothing_when_all_that_is_open_is_for_others(desk: Desk) -> None:
    alone, *paired = grown(desk)
    exit_, *_ = desk.exit(quantity=4)
    desk.cancelled(alone.id)
    desk.accept(exit_)
    desk.fill(exit_, 4)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(4)]
    desk.quote("120.00", "120.01")
    assert [order.state for order in [*paired, *living(desk, Role.TARGET)]] == [S.ACCEPTED] * 4


def test_what_is_left_of_both_is_less_by_what_both_have_filled(desk: Desk) -> None:
    stop, target = rested(desk)
    desk.fill(stop.id, 4, 95)
    desk.cancelled(target.id)
    assert [order.leaves for order in living(desk, Role.TARGET, here=True)] == [D(6)]


def test_the_venue_has_a_moment_to_take_the_other_away(desk: Desk) -> None:
    stop, target = rested(desk)
    assert "CancelSubmitted" not in names(desk.fill(target.id, 10, 110))
    assert desk.position() is None
    assert names(desk.wait(1)) == ["CancelSubmitted"]
    assert stop.state is S.PENDING_CANCEL


def test_what_was_added_to_gets_none_either_when_one_is_lost(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=PAIRED, max_adds=2))
    stop, target = rested(desk)
    desk.quote("104.00", "104.01")
    desk.enter("s-2", filled=10, stop=99, target=115)
    desk.cancelled(stop.id, "by the venue")
    desk.cancelled(target.id)
    desk.wait(3)
    assert living(desk, Role.STOP) and living(desk, Role.TARGET) == []
    assert uncovered(desk) == ZERO


def aim(desk: Desk, *targets: tuple[int, int]) -> list[e.Event]:
    """A signal that wants these targets: price, and per cent of what is open."""
    wanted = tuple(WantedTarget(nano(price), pct=nano(share)) for price, share in targets)
    events, _ = desk.send(
        signal("aim", SignalKind.STOP_ADJUSTMENT, direction=None, targets=wanted, at=desk.now)
    )
    return events


def test_a_smaller_target_is_another_one(desk: Desk) -> None:
    _, target = rested(desk)
    events = aim(desk, (112, 40))
    assert names(events)[1:] == ["CancelSubmitted", "OrderHeld"]
    assert target.state is S.PENDING_CANCEL
    assert [(each.limit_price, each.leaves) for each in living(desk, Role.TARGET, here=True)] == [
        (D(112), D(4))
    ]
    desk.cancelled(target.id)
    assert len(living(desk, Role.TARGET, here=True)) == 1


def test_a_larger_target_is_so_by_another_one(desk: Desk) -> None:
    grown(desk)
    events = aim(desk, (115, 100))
    (moved,) = [event.terms for event in events if isinstance(event, e.ReplaceSubmitted)]
    assert (moved.limit_price, moved.quantity) == (nano(115), None)


def test_a_part_that_is_too_small_to_stand_alone_gets_no_pair(open_desk: Callable[..., Desk]) -> None:
    at_least_four = msgspec.structs.replace(SPY, min_quantity=D(4))
    desk = open_desk(account(capabilities=PAIRED), [at_least_four])
    entry, *_ = desk.enter(filled=4, target=None, targets=HALVES)
    (stop,) = living(desk, Role.STOP)
    desk.accept(stop.id)
    desk.fill(entry, 6)  # five for the first target would leave one
    assert stop.pending is not None and stop.pending.quantity == nano(10)
    assert living(desk, Role.TARGET) == []


# -- a trade that is taken back --


def test_an_entry_that_brought_less_takes_both_away() -> None:
    desk = Desk(account(capabilities=PAIRED))
    stop, target = rested(desk)
    entry = desk.order(OrderId(str(stop.request.parent)))
    (execution,) = entry.executions
    less = Execution(execution, nano(6), nano(100))
    desk.give(i.VenueCorrected(entry.id, execution, less, 1, at=desk.now))
    assert desk.held() == D(6)
    assert (stop.state, target.state) == (S.PENDING_CANCEL, S.PENDING_CANCEL)
    assert uncovered(desk) == ZERO


def test_a_stop_that_the_venue_has_cut_is_not_made_larger_for_an_annulled_trade() -> None:
    desk = Desk(account(capabilities=PAIRED))
    stop, target = rested(desk)
    desk.fill(target.id, 4, 110)
    desk.replaced(stop.id, quantity=6)
    (execution,) = target.executions
    events = desk.give(i.VenueBusted(target.id, execution, "erroneous", at=desk.now))
    assert "ReplaceSubmitted" not in names(events)
    assert stop.leaves == D(6)
    assert uncovered(desk) == ZERO


# -- what a company does --


@both
@pytest.mark.parametrize(("bid", "ask"), [("56.00", "56.01"), ("40.00", "40.01")], ids=["target", "stop"])
def test_a_split_leaves_a_pair_what_it_was(able: Abilities, bid: str, ask: str) -> None:
    pair = at_exchange(able)
    pair.split(2)
    assert resting(pair) == {"stop 0": (D(20), D("47.5")), "target 1": (D(20), D(55))}
    assert uncovered(pair.desk) == ZERO
    pair.quote("50.00", "50.01")
    pair.quote(bid, ask)
    pair.wait(3)
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    assert alarms(pair.desk.events) == []
    pair.check()


def test_pairs_that_the_venue_ends_in_turn_are_not_asked_for_ever(desk: Desk) -> None:
    """That it takes the one is no leave to ask at once for what the other has lost."""
    desk.enter(filled=10, target=None, targets=HALVES)
    for _ in range(40):
        for order in living(desk, Role.STOP) + living(desk, Role.TARGET):
            if order.state is S.PENDING_NEW:
                desk.accept(order.id)
        stop = living(desk, Role.STOP)[0] if living(desk, Role.STOP) else None
        if stop is not None and stop.state is S.ACCEPTED:
            desk.cancelled(stop.id, "nothing left to reduce")
            desk.cancelled(OrderId(str(stop.pair)), "nothing left to reduce")
    stops = [one for one in submitted(desk.events) if one.role is Role.STOP]
    assert len(stops) <= 4
    assert uncovered(desk) == ZERO
    assert "STOP_LOST" in alarms(desk.wait(2))


def test_a_stop_that_goes_with_its_filled_target_is_no_loss(desk: Desk) -> None:
    desk.enter(filled=10, target=None, targets=HALVES)
    (stop,), (near,) = living(desk, Role.STOP), living(desk, Role.TARGET)
    desk.accept(stop.id)
    desk.accept(near.id)
    desk.fill(near.id, 5, 110)  # the second pair is on its way still
    desk.cancelled(stop.id, "oco")
    known = desk.book.state.exposure(ALPHA, SPY.symbol)
    assert known is not None and known.armed == 0
    for order in living(desk, Role.STOP) + living(desk, Role.TARGET):
        desk.accept(order.id)
    assert desk.book.state.exposure(ALPHA, SPY.symbol) is None
    assert alarms(desk.events) == []
