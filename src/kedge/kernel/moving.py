"""Moving a stop without a moment in which what is open has none; how depends on what the venue can do.

the engine holds it          ──► its price is changed
the venue can replace        ──► a replace: the old price holds until the venue has confirmed the new one
it keeps exits from turning  ──► a second stop beside the first, which goes once the second is there
a position over
neither                      ──► the engine holds one at the new price, the old one is withdrawn, a new one is asked for

Why it moves is recorded first (`StopMoved`), with the figures that the decision rests on.
"""

from typing import NamedTuple

from msgspec.structs import replace as changed

from kedge.domain.adaptive import MovedBy
from kedge.domain.capabilities import Capabilities, Way
from kedge.domain.events import OrderHeld, OrderSubmitted, StopMoved
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import Figure, Nano, from_nano, to_nano
from kedge.domain.orders import Holder, Order, OrderType, Role, Terms
from kedge.domain.positions import Position
from kedge.kernel.requests import answer_by, asked_again_at, cancel, replace
from kedge.kernel.stop_limit import as_taken, with_limit
from kedge.kernel.turn import Turn
from kedge.kernel.upward import Upward, price_of

_GAINS = (MovedBy.TRAIL, MovedBy.BREAK_EVEN)
_WORDS = (MovedBy.SIGNAL, MovedBy.PERSON)


class Move(NamedTuple):
    """Where a stop goes, and why."""

    price: Nano
    by: MovedBy
    who: str
    why: str
    figures: dict[str, Figure] = {}  # noqa: RUF012 (never changed)


def can_be_moved(order: Order, able: Capabilities) -> bool:
    """Whether it can be moved now: not while the venue has not answered for it, nor when it has gone off."""
    if order.went_off:
        return False
    by_itself = able.replace or able.reduce_only or able.way is Way.RESTING
    return order.state is OrderState.NEW or (order.state in WORKING_STATES and by_itself)


def move_stop(turn: Turn, order: Order, move: Move, market: Nano | None = None) -> None:
    """Move it, if that is possible now; `market` is the price at which a person or a strategy has said so."""
    able = turn.state.able(order.request.account)
    if not can_be_moved(order, able):
        return
    if move.by not in _WORDS and turn.at < _may_move_at(turn, order):
        return  # the venue would not have it a moment ago; a later price will move it
    if order.state is OrderState.NEW or able.replace:
        note_move(turn, order, move, market)
        terms = with_limit(turn.state, order, Terms(stop_price=move.price))
        replace(turn, order, terms, move.who, move.why)
    elif not able.reduce_only:
        note_move(turn, order, move, market)
        _move_by_way_of_the_engine(turn, order, move)
    elif not _one_is_coming(turn, order):
        note_move(turn, order, move, market)
        request = changed(
            order.request,
            id=turn.state.order_id(),
            quantity=to_nano(order.leaves),
            stop_price=move.price,
            signal=None,
        )
        turn.emit(OrderSubmitted(request=as_taken(turn.state, request), answer_by=answer_by(turn)))


def _move_by_way_of_the_engine(turn: Turn, order: Order, move: Move) -> None:
    """Two stops must not rest there at once: from here on the engine holds one, and the guard asks for another."""
    held = _held_beside(turn, order)
    if held is None:
        request = changed(
            order.request,
            id=turn.state.order_id(),
            type=OrderType.STOP,
            quantity=to_nano(order.leaves),
            limit_price=None,
            stop_price=move.price,
            signal=None,
            holder=Holder.ENGINE,
        )
        turn.emit(OrderHeld(request=request))
    else:
        terms = Terms(quantity=to_nano(held.quantity + order.leaves), stop_price=move.price)
        replace(turn, held, terms, move.who, move.why)
    cancel(turn, order, move.who, move.why)


def _held_beside(turn: Turn, order: Order) -> Order | None:
    for other in turn.state.open_orders(order.request.account, order.request.instrument):
        own = other.request.role is Role.STOP and other.request.parent == order.request.parent
        if own and other.state is OrderState.NEW and other.reached is None:
            return other
    return None


def note_move(turn: Turn, order: Order, move: Move, market: Nano | None = None) -> None:
    """Record why the stop of what is open goes elsewhere; one of nothing that is open yet is moved without a word."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if position is None or request.parent not in position.entries:
        return
    word, until = _word(turn, position, order, move, market)
    before = price_of(order)
    turn.emit(
        StopMoved(
            account=request.account,
            instrument=request.instrument,
            order=order.id,
            price=move.price,
            by=move.by,
            who=move.who,
            why=move.why,
            before=None if before is None else to_nano(before),
            figures=move.figures,
            locked=_locked(position, move),
            word=word,
            until=until,
        )
    )


def _locked(position: Position, move: Move) -> Nano | None:
    """What trailing and break-even have reached by now."""
    known = None if position.locked is None else to_nano(position.locked)
    if move.by not in _GAINS:
        return known
    best = max if position.quantity > 0 else min
    return move.price if known is None else best(known, move.price)


def _word(
    turn: Turn, position: Position, order: Order, move: Move, market: Nano | None
) -> tuple[Nano | None, Nano | None]:
    """Whose word holds from here on, and until which price: one that was given goes on where another follows it."""
    word = position.word
    if move.by is MovedBy.COVER and word is not None:
        return to_nano(word.stop), None if word.until is None else to_nano(word.until)
    if move.by not in _WORDS:
        return None, None
    view = Upward(turn.state, position, order)
    until = view.resumes_at(None if market is None else from_nano(market))
    return move.price, None if until is None else to_nano(until)


def _may_move_at(turn: Turn, order: Order) -> Instant:
    """Not at every price, when the venue refuses to move it or rejects the stops that were to take its place."""
    parent = order.request.parent
    rejected = [
        other.updated
        for other in turn.state.orders.values()
        if other.request.parent == parent
        and other.request.role is Role.STOP
        and other.state is OrderState.REJECTED
        and other.created >= order.created
    ]
    tries, last = len(rejected), max(rejected, default=Instant(0))
    return max(asked_again_at(order.refusals, order.refused_at), asked_again_at(tries, last))


def _one_is_coming(turn: Turn, order: Order) -> bool:
    others = turn.state.open_orders(order.request.account, order.request.instrument)
    waiting = (OrderState.PENDING_NEW, OrderState.IN_DOUBT)
    return any(other.request.role is Role.STOP and other.state in waiting for other in others)
