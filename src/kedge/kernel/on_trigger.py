"""An order that the engine itself holds has met its price, or is an exit that is to leave as soon as it can.

Everything of its plan is withdrawn and what is open leaves at the market, once. Where the venue keeps exits from
turning a position over, it leaves at once; elsewhere it waits until there is room for it: until what rests there can
no longer fill.
"""

from decimal import Decimal

import msgspec

from kedge.domain.events import CancelRefused, Event, OrderDoubted, OrderReleased, OrderTriggered
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.inputs import TriggerReached
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, Nano, to_nano
from kedge.domain.orders import Holder, Order, OrderRequest, OrderType, Role, TimeInForce
from kedge.kernel.cover import active_in, is_on_its_way, is_waiting
from kedge.kernel.pairs import left_in_pair, shares_a_place
from kedge.kernel.requests import answer_by, withdraw
from kedge.kernel.room import make_room, room
from kedge.kernel.sharing import is_opposed
from kedge.kernel.turn import Turn

_REFUSALS_TOLD = 2  # of a cancel that something waits for, in a row


def on_trigger(turn: Turn, reached: TriggerReached) -> None:
    """Let it go, or note that it goes as soon as it can."""
    order = turn.order(reached.order)
    if order is None or order.state is not OrderState.NEW or order.reached is not None:
        return
    if _leaves_with(turn, order) > ZERO:
        _let_go(turn, order, reached.price)
    elif active_in(turn.state, order) > ZERO and _waits_for_an_answer(turn, order):
        turn.emit(OrderTriggered(order=order.id, price=reached.price))
        _call(turn, order)


def release_waiting(turn: Turn, account: AccountId, instrument: Symbol) -> None:
    """Let go what met its price, or is to leave at once, and had to wait, if nothing is in its way any more."""
    for order in turn.state.open_orders(account, instrument):
        if not is_waiting(order):
            continue
        if _leaves_with(turn, order) > ZERO:
            _let_go(turn, order, order.reached)
        if is_waiting(order) and any(_is_bad_news(turn, event) for event in turn.events):
            _call(turn, order)


def _is_bad_news(turn: Turn, event: Event) -> bool:
    """The venue does not say what became of a request, or refuses to cancel for more than having been too late once."""
    if isinstance(event, CancelRefused):
        order = turn.order(event.order)
        return order is not None and order.refusals == _REFUSALS_TOLD
    return isinstance(event, OrderDoubted)


def _waits_for_an_answer(turn: Turn, order: Order) -> bool:
    """Whether something may be closing the position already, and the venue does not say."""
    others = turn.state.open_orders(order.request.account, order.request.instrument)
    return any(is_on_its_way(other) and other.state is OrderState.IN_DOUBT for other in others)


def _call(turn: Turn, order: Order) -> None:
    if order.request.role is Role.EXIT:
        turn.alarm(
            "EXIT_WAITS",
            order.id,
            "it is to leave, and waits for an order whose place it needs, which the venue does not answer for",
            instrument=order.request.instrument,
        )
        return
    turn.alarm(
        "STOP_WAITS",
        order.id,
        "its price was reached, and it waits for an exit that the venue does not answer for",
        instrument=order.request.instrument,
    )


def _let_go(turn: Turn, order: Order, price: Nano | None) -> None:
    for other in _to_withdraw(turn, order):
        if other.state is not OrderState.PENDING_CANCEL:
            withdraw(turn, other, f"{order.request.role} reached")
    quantity = _leaves_with(turn, order)
    if not turn.state.able(order.request.account).reduce_only and _has_to_wait(turn, order, quantity):
        if order.reached is None and price is not None:
            turn.emit(OrderTriggered(order=order.id, price=price))
        return
    turn.emit(OrderReleased(request=_leaving(turn, order, quantity), answer_by=answer_by(turn)))


def _has_to_wait(turn: Turn, order: Order, quantity: Decimal) -> bool:
    """Whether the venue may still fill what this would add up with to more than is open; room is made for it."""
    request = order.request
    needed = quantity - room(turn.state, request.account, request.instrument)
    if needed <= ZERO:
        return False
    make_room(turn, request.account, request.instrument, needed, f"makes room for the {request.role}")
    return True


def _leaving(turn: Turn, order: Order, quantity: Decimal) -> OrderRequest:
    request = order.request
    reduces = not is_opposed(turn.state, request.account, request.instrument)
    if request.role is Role.EXIT:  # as it was asked for; it is the venue's from here on
        return msgspec.structs.replace(
            request, quantity=to_nano(quantity), holder=Holder.VENUE, reduce_only=reduces
        )
    return msgspec.structs.replace(
        request,
        type=OrderType.MARKET,
        quantity=to_nano(quantity),
        limit_price=None,
        stop_price=None,
        tif=TimeInForce.DAY,  # whatever does not fill at once stays on its way out
        reduce_only=reduces,
    )


def _to_withdraw(turn: Turn, order: Order) -> list[Order]:
    """What must not fill beside it: all of its plan, and what else rests on its side."""
    request = order.request
    if request.role is Role.EXIT:
        return []
    able = turn.state.able(request.account)
    others = [
        other
        for other in turn.state.open_orders(request.account, request.instrument)
        if other.id != order.id
        and not is_on_its_way(other)
        and other.request.role is not Role.DISASTER  # it follows what is open by itself
        and (able.reduce_only or not (_rests_as_stop(other) or shares_a_place(turn.state, other)))
    ]
    is_for_a_part = _leaves_with(turn, order) < _closable(turn, order)
    if request.role is Role.TARGET and is_for_a_part:
        return [other for other in others if _is_against_a_part(turn, order, other)]
    if is_for_a_part:  # what rests is for the rest, and may go off as well
        others = [other for other in others if not _rests_as_stop(other)]
    return [
        other
        for other in others
        if request.parent in (other.id, other.request.parent)
        or (other.request.side is request.side and not _is_of_another_entry(turn, order, other))
    ]


def _is_of_another_entry(turn: Turn, stop: Order, other: Order) -> bool:
    """A stop for what one entry has brought leaves the exits of the position's other entries as they are."""
    position = turn.state.position(stop.request.account, stop.request.instrument)
    if position is None or not position.adds or _leaves_with(turn, stop) >= _closable(turn, stop):
        return False
    return other.request.role.is_protective and other.request.parent != stop.request.parent


def _is_against_a_part(turn: Turn, target: Order, other: Order) -> bool:
    """A target for a part leaves the plan's stop and its other targets; what is left of the entry is not wanted."""
    able = turn.state.able(target.request.account)
    rests_there = other.request.side is target.request.side and other.state is not OrderState.NEW
    return other.id == target.request.parent or (rests_there and not able.reduce_only)


def _rests_as_stop(order: Order) -> bool:
    """One that goes by itself when its price is met; it gives way as far as room is needed."""
    return order.request.role is Role.STOP and order.state is not OrderState.NEW


def _leaves_with(turn: Turn, order: Order) -> Decimal:
    """How much of the position it may close."""
    instrument = turn.state.instruments[order.request.instrument]
    open_ = _closable(turn, order) - _for_other_targets(turn, order)
    return instrument.tradable(min(open_, active_in(turn.state, order)))


def _closable(turn: Turn, order: Order) -> Decimal:
    """What is open and not on its way out already.

    An exit that nobody answers for may have arrived or not. Where the venue itself keeps exits from turning a position
    over, another one may leave beside it; elsewhere both could fill, so that nothing is safe but to wait and to call.
    """
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if position is None or (position.quantity > ZERO) == (request.side.sign > 0):
        return ZERO
    leaving, is_behind = ZERO, False
    able = turn.state.able(request.account)
    for other in turn.state.open_orders(request.account, request.instrument):  # oldest first
        if other.id == order.id:
            is_behind = request.role is Role.EXIT  # those that wait, too, leave one after the other
        elif able.reduce_only and other.state is OrderState.IN_DOUBT:
            continue  # the venue itself keeps both from closing more than there is
        elif is_on_its_way(other) and not (is_waiting(other) and is_behind):
            leaving += other.leaves
    return abs(position.quantity) - leaving


def _for_other_targets(turn: Turn, order: Order) -> Decimal:
    """What is for the targets that rest beside their stops is not for one that the engine holds."""
    if order.request.role is not Role.TARGET:
        return ZERO
    others = turn.state.open_orders(order.request.account, order.request.instrument)
    paired = [left_in_pair(turn.state, other) for other in others if shares_a_place(turn.state, other)]
    return sum(paired, ZERO)
