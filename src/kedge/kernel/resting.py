"""A stop that rests at a venue as an order of its own (`Way.RESTING`): it is asked for, and follows what is open.

    an entry fills                 ──at once──► the engine holds a stop; the venue is asked for one, with a target
                                                where it takes pairs (`pairing`)
    more fills                     ──at once──► the engine holds one for that; the venue's is made larger, or gets a
                                                second one beside it
    it rests there                 ──at once──► what the engine holds for the same is put away
    another exit needs its place   ──at once──► the engine holds one; the venue's is made smaller or withdrawn
    the venue rejects or loses it  ──COVER_WITHIN──► as for any stop that is missing (`kedge.kernel.guard`)

One request is under way at a time: what fills meanwhile is asked for once that is answered.
"""

from decimal import Decimal

from msgspec.structs import replace as changed

from kedge.domain import events as e
from kedge.domain.instants import NEVER, Instant
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import ZERO, to_nano
from kedge.domain.orders import Holder, Order, OrderRequest, OrderType, Role, Terms
from kedge.domain.positions import Position
from kedge.kernel.cover import Cover, is_on_its_way
from kedge.kernel.overnight import ended_with_the_day, must_wait, wait_for_the_next_day
from kedge.kernel.pairing import as_leg, take_along, target_for
from kedge.kernel.pairs import left_in_pair
from kedge.kernel.requests import answer_by, replace
from kedge.kernel.room import make_room, room
from kedge.kernel.stand_in import COVER_WITHIN, arm, held_stop, note, way_out
from kedge.kernel.state import Exposure
from kedge.kernel.stop_limit import as_taken
from kedge.kernel.turn import Turn


def keep_within(turn: Turn, position: Position) -> None:
    """No more rests there than is open, where the venue does not see to that by itself."""
    if turn.state.able(position.account).reduce_only:
        return
    excess = -room(turn.state, position.account, position.instrument)
    if excess > ZERO:
        make_room(turn, position.account, position.instrument, excess, "less is open")


def hold_at_once(turn: Turn, position: Position, cover: Cover, known: Exposure | None) -> None:
    """Nothing is left uncovered until the venue has answered."""
    is_planned = cover.unprotected <= cover.yielded
    is_no_loss = is_planned or _has_grown(turn, position) or ended_with_the_day(turn, position)
    arm(turn, position, cover, known, lost=not is_no_loss)


def note_loss(turn: Turn, position: Position, cover: Cover, known: Exposure | None) -> None:
    """The venue has ended a stop by itself; that the engine held one already does not make it a lesser loss.

    Else the acceptance of one would be taken for leave to ask at once for what another has just lost, without an end.
    """
    look_at = Instant(turn.at + COVER_WITHIN)
    armed, due = (1, look_at) if known is None else (known.armed + 1, min(known.look_at, look_at))
    note(turn, position, cover, known, due, armed=armed)


def has_lost_one(turn: Turn, position: Position) -> bool:
    """Whether the venue has ended a stop of the position in this turn that nobody had asked it to end."""
    for event in turn.events:
        if isinstance(event, e.OrderEnded) and event.state is OrderState.CANCELLED:
            order = turn.state.orders[event.order]
            own = order.request.role is Role.STOP and order.request.parent == position.entry_order
            was_there = order.request.holder is Holder.VENUE and not order.withdrawn
            if own and was_there and left_in_pair(turn.state, order) > ZERO:
                return True
    return False


def may_ask_at_once(turn: Turn, position: Position, known: Exposure | None) -> bool:
    """Whether nothing has gone wrong: what is missing there was never asked for."""
    if known is None:
        return True
    if known.overnight:
        return True
    return not known.armed and not known.told and (not known.placed or _has_answered(turn, position))


def ask_for_the_rest(
    turn: Turn, position: Position, cover: Cover, known: Exposure | None, *, told: bool = False
) -> None:
    """Ask the venue for what it should hold and does not, if its day is on."""
    if must_wait(turn.state, position, turn.at):
        wait_for_the_next_day(turn, position, cover, known)
        return
    tries = 0 if known is None or may_ask_at_once(turn, position, known) else known.placed
    look_at = Instant(turn.at + (COVER_WITHIN << tries))
    if cover.coming <= ZERO and _ask(turn, position, cover):
        note(turn, position, cover, known, look_at, placed=tries + 1, told=told)
    elif known is None or known.look_at == NEVER or known.look_at <= turn.at:
        note(turn, position, cover, known, look_at, told=told)


def _ask(turn: Turn, position: Position, cover: Cover) -> bool:
    able = turn.state.able(position.account)
    wanted = cover.unprotected - cover.yielded
    if not able.reduce_only:
        wanted = min(wanted, room(turn.state, position.account, position.instrument))
    if wanted <= ZERO:
        return False
    beside = target_for(turn, position, wanted)
    if beside is not None:
        request = _stop_for(turn, position, beside.quantity)
        leg = as_leg(turn, position, beside, request)
        turn.emit(e.OrderSubmitted(request=request, legs=(leg,), answer_by=answer_by(turn)))
        take_along(turn, position, beside, cover.open - cover.leaving)
        return True
    stop = _that_can_grow(turn, position)
    if stop is not None and able.replace:
        replace(turn, stop, Terms(quantity=to_nano(stop.quantity + wanted)), "engine", "more is open")
        return True
    turn.emit(e.OrderSubmitted(request=_stop_for(turn, position, wanted), answer_by=answer_by(turn)))
    return True


def _stop_for(turn: Turn, position: Position, quantity: Decimal) -> OrderRequest:
    request = way_out(turn, position, quantity, Role.STOP, OrderType.STOP)
    own = held_stop(turn, position)
    if own is not None and own.stop_price is not None:  # elsewhere it would only have to be moved there
        request = changed(request, stop_price=to_nano(own.stop_price))
    return as_taken(turn.state, request)


def _that_can_grow(turn: Turn, position: Position) -> Order | None:
    for order in turn.state.open_orders(position.account, position.instrument):
        own = order.request.role is Role.STOP and order.request.parent == position.entry_order
        rests = order.state in WORKING_STATES and not is_on_its_way(order)
        if own and rests and order.pair is None and not order.refusals and order.cancel_at == NEVER:
            return order
    return None


def _has_grown(turn: Turn, position: Position) -> bool:
    return any(
        isinstance(event, e.PositionOpened | e.PositionGrown)
        and (event.account, event.instrument) == (position.account, position.instrument)
        for event in turn.events
    )


def _has_answered(turn: Turn, position: Position) -> bool:
    """Whether a stop has come to rest there in this turn."""
    for event in turn.events:
        if isinstance(event, e.OrderAccepted | e.OrderReplaced):
            order = turn.order(event.order)
            if order is not None and order.request.role is Role.STOP and order.state is not OrderState.NEW:
                return True
    return False
