"""After a fill was annulled or corrected: the exits of what is open now are to fit it.

Exits never turn a position over: what is too large shrinks, unless the venue itself lets exits only reduce. A stop
that covers too little grows where that can be done; else `kedge.kernel.guard` puts another beside it.
"""

from decimal import Decimal

from kedge.domain.ids import OrderId, Symbol
from kedge.domain.lifecycle import WORKING_STATES, OrderState, is_final
from kedge.domain.numbers import ZERO, plain, to_nano
from kedge.domain.orders import Order, Role, Terms
from kedge.domain.positions import Position
from kedge.kernel.closing import may_fill
from kedge.kernel.cover import active_in
from kedge.kernel.pairs import left_in_pair, open_partner_of, shares_a_place
from kedge.kernel.requests import POSITION_CLOSED, cancel, cancel_later, replace
from kedge.kernel.room import give_way
from kedge.kernel.turn import Turn

_WHY = "a fill was annulled or corrected"


def follow_up(turn: Turn, order: Order, symbol: Symbol, held: Decimal, *, turned: bool) -> None:
    """See to the exits; `held` is what was open before, `turned`: an exit has opened what is open now."""
    account = order.request.account
    position = turn.state.position(account, symbol)
    exits = [
        other
        for other in turn.state.open_orders(account, symbol)
        if other.request.role is not Role.ENTRY and not is_final(other.state)
    ]
    if position is None:
        for each in exits:
            if not may_fill(turn, each.request.parent):
                cancel_later(turn, each, POSITION_CLOSED)
        return
    if turned or held * position.quantity < ZERO:
        turn.alarm(
            "POSITION_TURNED",
            order.id,
            "without an annulled or corrected fill a position is open on the other side",
            instrument=symbol,
            quantity=plain(position.quantity),
        )
    closing = [each for each in exits if each.request.side.sign * position.quantity < ZERO]
    for each in exits:
        if each not in closing:
            cancel_later(turn, each, POSITION_CLOSED)
    _shrink(turn, position, closing)
    _cover(turn, position, closing)


def guarding_entry(turn: Turn, position: Position) -> OrderId:
    """The entry whose exits guard a position: two that became one may have those of the second only."""
    parents = [
        other.request.parent
        for other in turn.state.open_orders(position.account, position.instrument)
        if other.request.role is Role.STOP
        and other.request.side.sign * position.quantity < ZERO
        and active_in(turn.state, other) > ZERO  # that of what has brought nothing yet guards nothing
    ]
    if position.entry_order in parents:
        return position.entry_order
    return next((parent for parent in parents if parent is not None), position.entry_order)


def _shrink(turn: Turn, position: Position, exits: list[Order]) -> None:
    """What the engine holds is cut down when it leaves; what rests at the venue may have to be now."""
    able = turn.state.able(position.account)
    if able.reduce_only:
        return
    room = abs(position.quantity)
    for each in sorted(exits, key=lambda one: one.request.role is Role.DISASTER):  # that one gives way first
        if each.state is OrderState.NEW or shares_a_place(turn.state, each):
            continue
        place = left_in_pair(turn.state, each)
        allowed = min(place, room)
        room -= allowed
        if allowed == place:
            continue
        other = open_partner_of(turn.state, each)
        if other is not None:
            give_way(turn, other, _WHY)
            give_way(turn, each, _WHY)
        elif allowed and able.replace and each.state in WORKING_STATES:
            replace(turn, each, Terms(quantity=to_nano(each.filled + allowed)), "engine", _WHY)
        else:
            cancel(turn, each, "engine", _WHY)


def _cover(turn: Turn, position: Position, exits: list[Order]) -> None:
    """Let the plan's own stop be for all of it where that can be; what is missing else is seen to by the guard."""
    able = turn.state.able(position.account)
    stops = [each for each in exits if each.request.role is Role.STOP]
    missing = abs(position.quantity) - sum((active_in(turn.state, each) for each in stops), ZERO)
    if missing <= ZERO:
        return
    for stop in stops:
        wanted = stop.quantity + missing
        brings = active_in(turn.state, stop) > ZERO  # else it covers nothing, however large
        if brings and _can_grow(turn, stop, wanted, venue_replaces=able.replace):
            replace(turn, stop, Terms(quantity=to_nano(wanted)), "engine", _WHY)
            return


def _can_grow(turn: Turn, stop: Order, wanted: Decimal, *, venue_replaces: bool) -> bool:
    """A venue lets an exit be for no more than its own entry has filled; nor does more of it count while that fills."""
    if stop.state is OrderState.NEW:
        return active_in(turn.state, stop) == stop.leaves
    entry = None if stop.request.parent is None else turn.order(stop.request.parent)
    is_there = stop.state in WORKING_STATES and not stop.went_off and stop.pair is None
    return venue_replaces and is_there and entry is not None and wanted <= entry.filled
