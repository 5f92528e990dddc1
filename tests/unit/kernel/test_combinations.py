"""What was built side by side, together: each case joins parts that have their own tests elsewhere."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.builders import (
    ALPHA,
    ENGINE_HELD,
    NO_REPLACE,
    RESTING,
    SPY,
    Desk,
    account,
    alarms,
    names,
    nano,
    signal,
    submitted,
)
from tests.unit.kernel.shared_pair import BETA, MAIN, sharer
from tests.unit.kernel.test_coins import BTC
from tests.unit.kernel.test_day_stops import DAY, NIGHT, expired
from tests.unit.kernel.test_resting_stop import covered, rested, there

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.announcements import Split
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId, Symbol, VenueName
from kedge.domain.instants import SECOND, Span
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import Phase
from kedge.domain.numbers import from_nano
from kedge.domain.orders import Holder, Order, OrderType, Role, Terms, TimeInForce
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import SignalKind, WantedOrder

D, S, K = Decimal, OrderState, RejectKind
NEWS = Instrument(Symbol("NEWS"), D("0.01"))


def exits(desk: Desk) -> list[OrderId]:
    """The exits that were sent or wait to be, oldest first."""
    orders = desk.book.state.orders.values()
    return [order.id for order in orders if order.request.role is Role.EXIT]


# --- an exit that is rejected, and ---


@pytest.mark.parametrize("able", [RESTING, NO_REPLACE])
def test_a_resting_stop_that_gives_way_each_time(open_desk: Callable[..., Desk], able: Capabilities) -> None:
    desk = open_desk(account(capabilities=able))
    stop = rested(desk)
    desk.exit()
    desk.cancelled(stop.id)
    pauses: list[int] = []
    for _ in range(3):
        order = exits(desk)[-1]
        assert desk.state(order) is S.PENDING_NEW
        (planned,) = [one for one in desk.reject(order, "no", K.BUSY) if isinstance(one, e.RetryPlanned)]
        pauses.append(round((planned.due - desk.book.state.last_at) / SECOND))
        for coming in there(desk):
            desk.accept(coming.id)  # meanwhile the venue holds a stop again
        desk.wait(pauses[-1])
        for going in there(desk):
            desk.cancelled(going.id)
    assert pauses == [1, 2, 4]
    assert alarms(desk.events) == ["EXIT_REJECTED"]
    assert [desk.order(one).intent for one in exits(desk)].count(None) == 1


@pytest.mark.parametrize("other", [-5, 5])
def test_what_is_nobody_s_at_the_venue_account(other: int) -> None:
    """It may be ours that somebody has closed: what is tried again opens nothing there either."""
    desk = Desk(sharer(ALPHA))
    desk.give(i.AccountDeclared(sharer(BETA), at=desk.now))
    desk.enter(stop=None, target=None, unprotected=True, filled=10)
    desk.wait(120)
    desk.give(i.VenueHeld(VenueName("paper"), MAIN, {SPY.symbol: nano(10 + other)}, desk.now, at=desk.now))
    (exit_,) = desk.exit()
    desk.reject(exit_, "no", K.BUSY)
    (request,) = submitted(desk.wait(1))
    assert (request.role, request.quantity, request.reduce_only) == (Role.EXIT, nano(10), True)


def test_a_split_before_it_is_tried_again() -> None:
    desk = Desk()
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.reject(exit_, "no", K.BUSY)
    split = Split(SPY.symbol, desk.now, 2, 1)
    desk.give(i.VenueSplit("c1", ALPHA, split, quantity=nano(20), at=desk.now))
    assert [from_nano(request.quantity) for request in submitted(desk.wait(1))] == [D(20)]
    desk.check_record()


def test_another_symbol_before_it_is_tried_again() -> None:
    desk = Desk(instruments=(SPY, NEWS))
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.reject(exit_, "no", K.BUSY)
    desk.give(i.VenueRenamed("c1", ALPHA, SPY.symbol, NEWS.symbol, at=desk.now))
    assert [request.instrument for request in submitted(desk.wait(1))] == [NEWS.symbol]
    desk.check_record()


def test_another_position_that_is_open_when_the_no_is_heard(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.fill(stop, 10, 95)
    desk.enter("s-2", filled=10)
    assert "RetryPlanned" not in names(desk.reject(exit_, "nothing to reduce", K.INVALID))
    assert submitted(desk.wait(60)) == []
    assert desk.held() == D(10)


def test_a_fee_in_coins_that_leaves_no_whole_lots() -> None:
    desk = Desk(account(quantity=1), (BTC,))
    entry, *_, target = desk.enter(instrument="BTC", quantity="1")
    desk.fill(entry, 1, 100, fee_base="0.0005")
    (exit_,) = desk.exit(instrument="BTC")
    desk.reject(exit_, "no", K.BUSY)
    desk.fill(target, "0.5", 110)
    assert [from_nano(request.quantity) for request in submitted(desk.wait(1))] == [D("0.499")]


# --- and the rest ---


def test_an_entry_is_tried_again_at_a_venue_that_takes_brackets_by_now(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk(account(capabilities=RESTING))
    entry, *_ = desk.enter(accept=False)
    desk.reject(entry, "no", K.BUSY)
    desk.give(i.AccountDeclared(account(), at=desk.now))
    (sent,) = [event for event in desk.wait(5) if isinstance(event, e.OrderSubmitted)]
    assert [(leg.role, leg.holder) for leg in sent.legs] == [
        (Role.STOP, Holder.VENUE),
        (Role.TARGET, Holder.VENUE),
    ]


def test_the_time_of_a_position_was_over_long_before_its_resting_exit_could_be_withdrawn(
    open_desk: Callable[..., Desk],
) -> None:
    follow = Follow(time_exit=Span(60 * SECOND))
    desk = open_desk(account(follow=follow, order_timeout=Span(3600 * SECOND)))
    desk.enter(filled=10)
    (exit_,) = desk.exit(order=WantedOrder(OrderType.LIMIT, limit_price=nano(120)))
    desk.accept(exit_)
    desk.wait(600)  # the engine was away
    desk.cancelled(exit_)
    desk.wait(5)
    (out,) = [order for order in exits(desk) if order != exit_]
    assert desk.order(out).request.type is OrderType.MARKET


def test_a_venue_that_holds_stops_over_night_by_now(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=DAY, calendar="XNYS"))
    desk.phase(Phase.OPEN, minutes=360, opens_in=360 + NIGHT, closes_in=360)
    stop = rested(desk)
    desk.wait(360 * 60)
    expired(desk, stop.id)
    desk.phase(Phase.CLOSED, minutes=NIGHT, opens_in=NIGHT)
    desk.give(i.AccountDeclared(account(calendar="XNYS"), at=desk.now))
    desk.wait(NIGHT * 60 + 1)
    assert desk.book.next_deadline() > desk.now
    assert [desk.order(order.id).request.tif for order in there(desk)] == [TimeInForce.GTC]


def test_dust_is_no_difference_to_what_the_venue_holds() -> None:
    desk = Desk(account(quantity=1), (BTC,))
    entry, stop, target = desk.enter(instrument="BTC", quantity="1")
    desk.fill(entry, 1, 100, fee_base="0.0005")
    desk.fill(target, "0.999", 110)
    desk.cancelled(stop)
    desk.cancelled(target)
    assert desk.book.state.dust
    desk.wait(120)
    rest = {BTC.symbol: nano("0.0005")}
    assert names(desk.give(i.VenueHeld(VenueName("paper"), ALPHA, rest, desk.now, at=desk.now))) == []
    assert alarms(desk.give(i.VenueHeld(VenueName("paper"), ALPHA, {}, desk.now, at=desk.now))) == [
        "BOOKS_DIFFER"
    ]


def test_a_stop_that_would_not_go_and_one_that_is_asked_for_beside_it(open_desk: Callable[..., Desk]) -> None:
    """It is asked for where the engine's own lies: elsewhere it would be moved there, and the next one, without end."""
    desk = open_desk(account(capabilities=NO_REPLACE))
    entry, *_ = desk.enter(filled=4)
    (stop,) = there(desk)
    desk.accept(stop.id)
    desk.send(signal("a-1", SignalKind.STOP_ADJUSTMENT, None, at=desk.now, stop=98))
    desk.refused(stop.id, i.Request.CANCEL, "busy")
    desk.fill(entry, 6)
    desk.reject(there(desk)[-1].id, "busy")
    desk.showed(stop.id)  # it was heard of last
    desk.wait(3)
    (beside,) = [order for order in there(desk) if order.id != stop.id]
    assert beside.stop_price == D(98)
    desk.accept(beside.id)
    assert desk.state(beside.id) is S.ACCEPTED


def test_a_stop_that_is_lost_again_while_one_to_move_it_is_on_its_way(open_desk: Callable[..., Desk]) -> None:
    """The venue's new stop is being watched for a minute: what is missing meanwhile is not left alone for so long."""
    desk = open_desk(account(capabilities=Capabilities(replace=False)))
    _, stop, _ = desk.enter(filled=10)
    desk.cancelled(stop)
    desk.wait(2)
    (placed,) = there(desk)
    desk.accept(placed.id)
    desk.send(signal("a-1", SignalKind.STOP_ADJUSTMENT, None, at=desk.now, stop=98))
    desk.cancelled(placed.id)
    assert not covered(desk)  # by what the venue has not answered for
    desk.wait(2)
    assert covered(desk)


def test_an_entry_that_the_venue_has_cut_down_to_what_it_filled_leaves_no_exits_of_nothing(
    open_desk: Callable[..., Desk],
) -> None:
    desk = open_desk()
    entry, stop, target = desk.enter(filled=4)
    desk.fill(target, 4, 110)
    desk.refused(entry, i.Request.CANCEL, "it is done")
    desk.showed(entry, S.FILLED, terms=Terms(quantity=nano(4)))
    assert desk.state(entry) is S.FILLED
    desk.wait(2)
    assert [desk.state(stop), desk.state(target)] == [S.PENDING_CANCEL] * 2


def test_an_exit_is_annulled_while_another_entry_is_on_its_way() -> None:
    """What is open again is covered by a stop of its own, not by that of an entry which has brought nothing."""
    desk = Desk(account(capabilities=ENGINE_HELD))
    _, stop, _ = desk.enter(filled=10)
    desk.quote("95", "95.01")
    desk.fill(stop, 10, 95, "out")
    later, own, _ = desk.enter("s-2", accept=False, stop=90)
    desk.give(i.VenueBusted(stop, "out", at=desk.now))
    assert desk.held() == D(10)
    assert covered(desk)
    assert desk.order(own).quantity == D(10)
    desk.fill(later, 10)
    assert desk.held() == D(20)
    assert covered(desk)


def test_what_is_open_again_keeps_its_stop_when_another_entry_comes_to_nothing() -> None:
    """Its stop is not one of that entry's exits, which end with it."""
    desk = Desk(account(capabilities=ENGINE_HELD))
    _, stop, _ = desk.enter(filled=10)
    desk.quote("95", "95.01")
    desk.fill(stop, 10, 95, "out")
    later, *_ = desk.enter("s-2", accept=False, stop=90)
    desk.give(i.VenueBusted(stop, "out", at=desk.now))
    own = [order.request.parent for order in guards(desk)]
    assert later not in own
    desk.reject(later)
    assert covered(desk)


def guards(desk: Desk) -> list[Order]:
    """What the engine holds for the position that was open before."""
    orders = desk.book.state.open_orders(ALPHA, SPY.symbol)
    return [order for order in orders if order.request.role is Role.STOP and order.stop_price != D(90)]


def test_a_stop_of_an_entry_that_still_fills_is_not_made_larger_for_what_is_open_again() -> None:
    """More of it would cover nothing more: the engine holds another for that, once."""
    desk = Desk(account(capabilities=ENGINE_HELD))
    desk.enter("s-1", filled=10, target=None)
    (exit_,) = desk.exit()
    desk.accept(exit_)
    desk.fill(exit_, 10, 100, "out")
    entry, stop = desk.enter("s-2", limit=99, stop=94, target=None)
    desk.fill(entry, 3, 99)
    desk.give(i.VenueBusted(exit_, "out", at=desk.now))
    assert desk.held() == 13

    def stops() -> dict[OrderId, Decimal]:
        orders = desk.book.state.open_orders(ALPHA, SPY.symbol)
        return {order.id: order.quantity for order in orders if order.request.role is Role.STOP}

    held = stops()
    assert held[stop] == 10
    assert sum(held.values()) == 20
    desk.fill(entry, 2, 99)
    desk.wait(60)
    assert stops() == held
    assert covered(desk)


def test_what_has_gone_off_is_not_made_larger_for_what_fills_after_it() -> None:
    """It leaves at the market: more of it would be sold, and no stop would rest for what has come."""
    desk = Desk(account(capabilities=RESTING))
    entry, *_ = desk.enter(target=None)
    desk.fill(entry, 5)
    (at_venue,) = there(desk)
    desk.reject(at_venue.id, "no")
    desk.quote("94.00", "94.01")
    (out,) = (order for order in there(desk) if order.request.type is OrderType.MARKET)
    desk.accept(out.id)
    desk.fill(out.id, 3, 94)
    desk.fill(entry, 4, 95)
    for _ in range(8):
        desk.wait(2)
    assert desk.order(out.id).pending is None
    asked = [event.order for event in desk.events if isinstance(event, e.ReplaceSubmitted)]
    assert out.id not in asked
    assert covered(desk)


def test_a_stop_of_nothing_that_a_person_has_made_larger_is_withdrawn_all_the_same() -> None:
    desk = Desk(account())
    entry, stop, target = desk.enter()
    desk.fill(entry, 10, id_="in")
    desk.give(i.VenueBusted(entry, "in", at=desk.now))
    desk.cancelled(target)
    desk.wait(1)
    desk.refused(stop, i.Request.CANCEL, "busy")
    desk.ask_replace(stop, quantity=11)
    desk.replaced(stop, quantity=11)
    desk.wait(1)
    assert desk.state(stop) is S.PENDING_CANCEL
