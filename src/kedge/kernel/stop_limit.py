"""A stop with a limit that rests at a venue: it may meet its price and not fill, so it is watched from then on.

    the venue takes no plain stops           ──► a protective stop has a limit, as far beyond its price as is set
    the price is at it, or a part has filled ──► it covers nothing any more (`OrderTriggered`), and has its time to fill
    not all of it has filled                 ──COVER_WITHIN──► it is withdrawn, and what is open leaves at the market

So it is with one to which the venue itself has given a limit.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from msgspec.structs import replace as changed

from kedge.domain.events import CancelPlanned, CancelSubmitted, OrderTriggered
from kedge.domain.inputs import TriggerReached
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import ZERO, Nano, from_nano, plain, to_nano
from kedge.domain.orders import Holder, Order, OrderRequest, OrderType, Role, Side, Terms
from kedge.domain.positions import Position
from kedge.kernel.cover import Cover, active_in, closing, may_fill_yet
from kedge.kernel.on_trigger import on_trigger
from kedge.kernel.stand_in import COVER_WITHIN, arm, held_stop
from kedge.kernel.state import BookState, Exposure
from kedge.kernel.turn import Turn

_HUNDRED = Decimal(100)
_THERE = (*WORKING_STATES, OrderState.PENDING_REPLACE)
_STOPS = (Role.STOP, Role.DISASTER)
_WHY = "it has met its price and has not filled"


def as_taken(state: BookState, request: OrderRequest) -> OrderRequest:
    """A protective stop as the venue takes it."""
    if request.role not in _STOPS or request.holder is Holder.ENGINE:
        return request
    if state.able(request.account).stop_type is OrderType.STOP:
        return request
    limit = None if request.stop_price is None else _limit_for(state, request, request.stop_price)
    return changed(request, type=OrderType.STOP_LIMIT, limit_price=limit)


def with_limit(state: BookState, order: Order, terms: Terms) -> Terms:
    """New terms of a protective stop: the limit that it was given goes where its price goes."""
    request = order.request
    own = request.role in _STOPS and request.type is OrderType.STOP_LIMIT
    if not own or order.state is OrderState.NEW or terms.stop_price is None or terms.limit_price is not None:
        return terms
    return changed(terms, limit_price=_limit_for(state, request, terms.stop_price))


def on_price(turn: Turn, reached: TriggerReached) -> None:
    """The price of an order is met: what the engine holds goes, what rests at the venue with a limit is watched."""
    order = turn.order(reached.order)
    if order is not None and order.state is not OrderState.NEW:
        note_met(turn, order, reached.price)
    else:
        on_trigger(turn, reached)


def note_met(turn: Turn, order: Order, price: Nano) -> None:
    """From here on it covers nothing; what has not filled of it in time is withdrawn."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    is_stop = request.role is Role.STOP and request.holder is Holder.VENUE
    if not is_stop or order.limit_price is None or order.reached is not None:
        return
    if position is None or order.state not in _THERE or active_in(turn.state, order) <= ZERO:
        return  # what leaves with an entry works for what has filled of that
    turn.emit(OrderTriggered(order=order.id, price=price, at_venue=True))
    until = Instant(turn.at + COVER_WITHIN)
    turn.emit(CancelPlanned(order=order.id, who="engine", why=_WHY, cancel_at=until))


def leave_instead(turn: Turn, position: Position, cover: Cover, known: Exposure | None) -> bool:
    """Its time is over: what is open leaves at the market, once or again after a pause. Whether anything was done."""
    over = [
        order for order in closing(turn.state, position) if order.met_its_limit and not may_fill_yet(order)
    ]
    if not over or cover.uncovered <= ZERO:
        return False
    if known is None or not known.armed or _is_just_over(turn, over[0]):
        turn.alarm(
            "STOP_UNFILLED",
            over[0].id,
            "its price was reached and its limit keeps it from filling: what is open leaves at the market",
            position=position.id,
            quantity=plain(cover.uncovered),
        )
    arm(turn, position, cover, known)
    held = held_stop(turn, position)
    if held is not None and over[0].reached is not None:
        on_trigger(turn, TriggerReached(held.id, over[0].reached, at=turn.at))
    return True


def _is_just_over(turn: Turn, order: Order) -> bool:
    """Whether it is withdrawn in this turn, for the first time: what was missing before was another stop."""
    asked = any(isinstance(event, CancelSubmitted) and event.order == order.id for event in turn.events)
    return asked and not order.refusals


def _limit_for(state: BookState, request: OrderRequest, stop: Nano) -> Nano:
    """So far beyond the price as the account says, and on the tick: rather further than nearer."""
    tick = state.instruments[request.instrument].tick
    sells = request.side is Side.SELL
    share = state.accounts[request.account].terms.stop_limit_percent / _HUNDRED
    ticks = from_nano(stop) * (1 - share if sells else 1 + share) / tick
    whole = ticks.to_integral_value(ROUND_FLOOR if sells else ROUND_CEILING)
    return to_nano(max(whole, Decimal(1)) * tick)
