"""An order that the engine itself holds has met its price.

Everything of its plan is withdrawn and what is open leaves at the market, once. Where the venue keeps exits from
turning a position over, it leaves at once; elsewhere it waits until what rests there can no longer fill.
"""

from decimal import Decimal

import msgspec

from kedge.domain.events import OrderDoubted, OrderReleased, OrderTriggered
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.inputs import TriggerReached
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO, Nano, to_nano
from kedge.domain.orders import Order, OrderType, Role, TimeInForce
from kedge.kernel.cover import active_in, is_on_its_way
from kedge.kernel.requests import answer_by, withdraw
from kedge.kernel.sharing import is_opposed
from kedge.kernel.turn import Turn


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
    """Let go what met its price and had to wait, if nothing is in its way any more."""
    for order in turn.state.open_orders(account, instrument):
        if order.state is not OrderState.NEW or order.reached is None:
            continue
        if _leaves_with(turn, order) > ZERO:
            _let_go(turn, order, order.reached)
        went = any(isinstance(event, OrderReleased) and event.request.id == order.id for event in turn.events)
        if not went and any(isinstance(event, OrderDoubted) for event in turn.events):
            _call(turn, order)


def _waits_for_an_answer(turn: Turn, order: Order) -> bool:
    """Whether something may be closing the position already, and the venue does not say."""
    others = turn.state.open_orders(order.request.account, order.request.instrument)
    return any(is_on_its_way(other) and other.state is OrderState.IN_DOUBT for other in others)


def _call(turn: Turn, order: Order) -> None:
    turn.alarm(
        "STOP_WAITS",
        order.id,
        "its price was reached, and it waits for an exit that the venue does not answer for",
        instrument=order.request.instrument,
    )


def _let_go(turn: Turn, order: Order, price: Nano) -> None:
    in_the_way = False
    for other in _to_withdraw(turn, order):
        if other.state is not OrderState.PENDING_CANCEL:
            withdraw(turn, other, f"{order.request.role} reached")
        in_the_way |= other.request.side is order.request.side and not is_final(other.state)
    able = turn.state.able(order.request.account)
    if in_the_way and not able.reduce_only:
        if order.reached is None:
            turn.emit(OrderTriggered(order=order.id, price=price))
        return
    leaving = msgspec.structs.replace(
        order.request,
        type=OrderType.MARKET,
        quantity=to_nano(_leaves_with(turn, order)),
        limit_price=None,
        stop_price=None,
        tif=TimeInForce.DAY,  # whatever does not fill at once stays on its way out
        reduce_only=not is_opposed(turn.state, order.request.account, order.request.instrument),
    )
    turn.emit(OrderReleased(request=leaving, answer_by=answer_by(turn)))


def _to_withdraw(turn: Turn, order: Order) -> list[Order]:
    """What must not fill beside it: all of its plan, and what else rests on its side."""
    request = order.request
    others = [
        other
        for other in turn.state.open_orders(request.account, request.instrument)
        if other.id != order.id and not is_on_its_way(other)
    ]
    if request.role is Role.TARGET and _leaves_with(turn, order) < _closable(turn, order):
        return [other for other in others if _is_against_a_part(turn, order, other)]
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


def _leaves_with(turn: Turn, order: Order) -> Decimal:
    """How much of the position it may close."""
    instrument = turn.state.instruments[order.request.instrument]
    return instrument.tradable(min(_closable(turn, order), active_in(turn.state, order)))


def _closable(turn: Turn, order: Order) -> Decimal:
    """What is open and not on its way out already.

    An exit that nobody answers for may have arrived or not. Where the venue itself keeps exits from turning a position
    over, another one may leave beside it; elsewhere both could fill, so that nothing is safe but to wait and to call.
    """
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if position is None or (position.quantity > ZERO) == (request.side.sign > 0):
        return ZERO
    others = turn.state.open_orders(request.account, request.instrument)
    able = turn.state.able(request.account)
    leaving = sum(
        (
            other.leaves
            for other in others
            if is_on_its_way(other) and not (able.reduce_only and other.state is OrderState.IN_DOUBT)
        ),
        ZERO,
    )
    return abs(position.quantity) - leaving
