"""Where a venue takes pairs of exits and no brackets, a target rests there beside its stop: what one of them fills the
other loses, and neither takes the place of the other."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from tests.builders import ALPHA, SPY, Desk, account, names, nano, signal
from tests.unit.kernel.paired import HALVES, PAIRED, asked, living, rested, uncovered

from kedge.domain import events as e
from kedge.domain.capabilities import Capabilities
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Holder, Order, OrderType, Role
from kedge.domain.signals import SignalKind, WantedTarget
from kedge.kernel.pairing import BESIDE_ITS_STOP, PAIRS_MAX

D = Decimal
S = OrderState


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk(account(capabilities=PAIRED))


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


# -- a person --


def test_the_quantity_of_one_of_a_pair_is_not_changed_by_hand(desk: Desk) -> None:
    stop, target = rested(desk)
    for order in (stop, target):
        (refused,) = desk.ask_replace(order.id, quantity=4 if order is target else 12)
        assert isinstance(refused, e.RequestRefused)
        assert "only its price can be changed" in refused.reason
    assert names(desk.ask_replace(target.id, limit_price=111)) == ["TargetMoved", "ReplaceSubmitted"]


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


def test_the_venue_has_a_moment_to_take_the_other_away(desk: Desk) -> None:
    stop, target = rested(desk)
    assert "CancelSubmitted" not in names(desk.fill(target.id, 10, 110))
    assert desk.position() is None
    assert names(desk.wait(1)) == ["CancelSubmitted"]
    assert stop.state is S.PENDING_CANCEL


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
