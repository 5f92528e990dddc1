"""Never naked: after every step, what is open has to be covered, and here is what happens when it is not.

    a stop has not been answered for ──COVER_WITHIN──► treated as missing
    a stop is missing                ──at once──────► the engine holds one in its place
                                     ──COVER_WITHIN─► a person is called; the venue is asked for another, three times
    the price is through the stop    ──next price───► what the engine holds goes off, at the market
    a stop with a limit has met its  ──COVER_WITHIN─► withdrawn, and what is open leaves at the market
    price and not filled                              (`stop_limit`)
    what went off is rejected        ──1, 2, 4 … 30 s► the engine holds one again
    a position that an exit opened   ──when proven──► closed at the market, again with such pauses (`turned`)

Once the plan's own stops cover all of it, what the engine holds instead is put away. When they have done so for
STANDS_AFTER, it is forgotten how often the venue was asked.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from kedge.domain import changes as c
from kedge.domain import events as e
from kedge.domain.adaptive import MovedBy
from kedge.domain.amendments import PositionRestated
from kedge.domain.capabilities import Way
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import NEVER, SECOND, Instant, Span
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import ZERO, plain, to_nano
from kedge.domain.orders import Order, OrderType, Role, TimeInForce
from kedge.domain.positions import Position
from kedge.kernel.closing import is_dust, leave_dust
from kedge.kernel.cover import Cover, active_in, cover_of, is_of_an_add, is_wanted, rests_stops, stop_price_of
from kedge.kernel.disaster import keep_disaster_stop
from kedge.kernel.moving import Move, move_stop
from kedge.kernel.on_trigger import release_waiting
from kedge.kernel.overnight import must_wait, wait_for_the_next_day
from kedge.kernel.requests import ASK_AGAIN_MAX, answer_by, withdraw
from kedge.kernel.resting import (
    ask_for_the_rest,
    has_lost_one,
    hold_at_once,
    keep_within,
    may_ask_at_once,
    note_loss,
)
from kedge.kernel.stand_in import COVER_WITHIN, arm, held_stop, may_act_at, note, way_out
from kedge.kernel.state import BookState, Exposure
from kedge.kernel.stop_limit import as_taken, leave_instead
from kedge.kernel.turn import Turn
from kedge.kernel.turned import ask_entry_first, call_for_proof, is_turned_over

PLACED_MAX = 3
STANDS_AFTER = Span(60 * SECOND)
COVERED_AGAIN = "the plan's own stops cover the position"
_Pair = tuple[AccountId, Symbol]
_NOTHING: Mapping[Symbol, Any] = MappingProxyType({})


def guard(turn: Turn) -> dict[_Pair, None]:
    """Look at every position that the events of this turn have touched; which they were."""
    positions, exposed = turn.state.positions, turn.state.exposed
    touched = touched_by(turn)
    for account, instrument in touched:
        if instrument in positions.get(account, _NOTHING) or instrument in exposed.get(account, _NOTHING):
            release_waiting(turn, account, instrument)
            _look(turn, account, instrument)
        keep_disaster_stop(turn, account, instrument)
    return touched


def look_at_exposures(turn: Turn) -> None:
    """Time has passed: look at those whose time has come."""
    due = [
        (account, instrument)
        for account, by_instrument in turn.state.exposed.items()
        for instrument, exposure in by_instrument.items()
        if exposure.look_at <= turn.at
    ]
    for account, instrument in due:
        _look(turn, account, instrument)


def next_look(state: BookState) -> Instant:
    """When the first exposure is to be looked at."""
    times = (each.look_at for by_instrument in state.exposed.values() for each in by_instrument.values())
    return min(times, default=NEVER)


def touched_by(turn: Turn) -> dict[tuple[AccountId, Symbol], None]:
    """The positions that the events of a turn may have changed, or what covers them."""
    touched: dict[tuple[AccountId, Symbol], None] = {}
    for event in turn.events:
        about = _ABOUT.get(type(event))
        if about is not None:
            found = about(turn, event)
            if found is not None:
                touched[found] = None
        elif isinstance(event, e.AccountDefined):  # its venue may be able to do other things than before
            for instrument in turn.state.positions.get(event.terms.id, _NOTHING):
                touched[event.terms.id, instrument] = None
        elif isinstance(event, e.MarketPhaseChanged):
            # Stops of the day end with it, and are placed again with the next.
            touched |= dict.fromkeys(_open_for_the_day(turn.state, event.market))
    return touched


def _open_for_the_day(state: BookState, market: str) -> list[_Pair]:
    return [
        (account, instrument)
        for account, by_instrument in state.positions.items()
        if by_instrument and state.able(account).lasting is TimeInForce.DAY
        for instrument in by_instrument
        if state.market_of(account, instrument) == market
    ]


def _of_the_request(_: Turn, event: Any) -> _Pair:
    return event.request.account, event.request.instrument


def _of_the_order(turn: Turn, event: Any) -> _Pair | None:
    order = turn.state.orders.get(event.order)
    return None if order is None else (order.request.account, order.request.instrument)


def _of_the_event(_: Turn, event: Any) -> _Pair:
    return event.account, event.instrument


# What may take cover away or bring it, and of which position.
_ABOUT: dict[type, Callable[[Turn, Any], _Pair | None]] = {
    **dict.fromkeys((e.OrderSubmitted, e.OrderHeld, e.OrderReleased), _of_the_request),
    **dict.fromkeys(
        (
            e.OrderAccepted,
            e.OrderFilled,
            e.OrderEnded,
            e.OrderProvenAbsent,
            e.AbsenceNoted,
            e.OrderConfirmed,
            e.OrderTriggered,
            e.OrderRevived,
            e.OrderDoubted,
            e.OrderReplaced,
            e.ReplaceSubmitted,
            e.ReplaceRefused,
            e.CancelSubmitted,
            e.CancelRefused,
            c.OrderRescaled,
        ),
        _of_the_order,
    ),
    **dict.fromkeys(
        (
            e.PositionOpened,
            e.PositionGrown,
            e.PositionReduced,
            e.PositionClosed,
            c.PositionRescaled,
            PositionRestated,
            e.StopMoved,
            e.RoomNoted,
        ),
        _of_the_event,
    ),
    c.SymbolChanged: lambda _, event: (event.account, event.new_symbol),
}


def _look(turn: Turn, account: AccountId, instrument: Symbol) -> None:
    state = turn.state
    position, known = state.position(account, instrument), state.exposure(account, instrument)
    if position is not None and is_dust(turn, position):
        leave_dust(turn, position)
        position = None
    turned = position is not None and is_turned_over(turn, position)
    if position is None or not (turned or is_wanted(state, position)):
        if known is not None:
            turn.emit(e.ExposureEnded(account=account, instrument=instrument))
        return
    rests = state.able(account).way is Way.RESTING and not turned
    if rests:
        keep_within(turn, position)
    cover = cover_of(state, position)
    if not turned and leave_instead(turn, position, cover, known):
        cover, known = cover_of(state, position), state.exposure(account, instrument)
    if rests and cover.uncovered > ZERO:
        hold_at_once(turn, position, cover, known)
        cover, known = cover_of(state, position), state.exposure(account, instrument)
    elif rests and cover.unprotected > ZERO and has_lost_one(turn, position):
        note_loss(turn, position, cover, known)
        known = state.exposure(account, instrument)
    if cover.missing <= ZERO:
        _rest(turn, position, cover, known)
    elif turned and (again := ask_entry_first(turn, position)) is not None:
        told = call_for_proof(turn, position, known)
        if known is None or (known.look_at, known.told) != (again, told):
            note(turn, position, cover, known, again, told=told)
    elif turned:
        _flatten(turn, position, cover, known)
    else:
        _see_to_what_is_missing(turn, position, cover, known, rests=rests)


def _see_to_what_is_missing(
    turn: Turn, position: Position, cover: Cover, known: Exposure | None, *, rests: bool
) -> None:
    if _is_to_be_watched(turn, cover, known):
        note(turn, position, cover, known, Instant(turn.at + COVER_WITHIN))
    elif known is not None and known.look_at <= turn.at and not (rests and known.overnight):
        _time_is_over(turn, position, cover, known)
    elif rests and _may_be_asked_for(turn, position, cover, known):
        ask_for_the_rest(turn, position, cover, known, told=known is not None and known.told)
    elif cover.coming < cover.missing:
        arm(turn, position, cover, known)
    elif known is None or known.look_at > turn.at + (COVER_WITHIN << PLACED_MAX):  # at rest, or only watched
        note(turn, position, cover, known, Instant(turn.at + COVER_WITHIN))


def _is_to_be_watched(turn: Turn, cover: Cover, known: Exposure | None) -> bool:
    """Whether a stop with a limit has met its price and nobody looks in time; where that is all, it has its time."""
    if cover.met <= ZERO:
        return False
    if known is not None and known.look_at <= turn.at:
        return cover.uncovered <= ZERO
    return cover.uncovered <= ZERO and (known is None or known.look_at > turn.at + COVER_WITHIN)


def _may_be_asked_for(turn: Turn, position: Position, cover: Cover, known: Exposure | None) -> bool:
    """At once where nothing has gone wrong; what was left alone while an answer was due is taken up once it came."""
    if known is None or may_ask_at_once(turn, position, known):
        return True
    return known.look_at == NEVER and cover.coming <= ZERO and known.placed < PLACED_MAX


def _rest(turn: Turn, position: Position, cover: Cover, known: Exposure | None) -> None:
    if cover.stopped >= cover.open and not _bring_up(turn, position, cover):
        for order in _in_place_of_the_plan_s(position, cover):
            turn.emit(e.OrderEnded(order=order.id, state=OrderState.CANCELLED, reason=COVERED_AGAIN))
        _withdraw_surplus(turn, position, cover)
    if known is None:
        return
    by_plan = rests_stops(turn.state, position.account) and cover.stopped >= cover.open
    if turn.state.able(position.account).way is Way.RESTING and not (known.armed or known.told):
        turn.emit(e.ExposureEnded(account=position.account, instrument=position.instrument))
    elif by_plan and known.placed and (known.armed or known.look_at > turn.at):
        if known.armed:  # a venue may end what it has just taken: what was tried is forgotten once one stands
            note(turn, position, cover, known, Instant(turn.at + STANDS_AFTER), armed=0)
    elif by_plan or not known.armed:
        turn.emit(e.ExposureEnded(account=position.account, instrument=position.instrument))
    elif known.look_at != NEVER:
        # What the engine holds covers it, or it is leaving. How often that was tried is not forgotten.
        note(turn, position, cover, known, NEVER)


def _in_place_of_the_plan_s(position: Position, cover: Cover) -> list[Order]:
    return [guard for guard in cover.guards if not is_of_an_add(position, guard)]


def _bring_up(turn: Turn, position: Position, cover: Cover) -> bool:
    """What the engine holds may have followed the market meanwhile: the venue's stop has to get there first."""
    sign = 1 if position.quantity > ZERO else -1
    best = max(
        (
            sign * guard.stop_price
            for guard in _in_place_of_the_plan_s(position, cover)
            if guard.stop_price is not None
        ),
        default=None,
    )
    if best is None:
        return False
    orders = turn.state.open_orders(position.account, position.instrument)
    if _is_there(turn, position, orders, best):
        return False  # by second stops beside those that are behind, which go as they are not needed
    behind = [
        order
        for order in orders
        if order.request.role is Role.STOP
        and order.state is not OrderState.NEW
        and order.stop_price is not None
        and not order.went_off
        and sign * order.stop_price < best
        and (not position.adds or order.request.signal is None)
    ]  # where entries were added, each one's own stop stays where it is
    for order in behind:
        move = Move(to_nano(sign * best), MovedBy.COVER, "engine", "to where the engine's own has got")
        move_stop(turn, order, move)
    return bool(behind)


def _is_there(turn: Turn, position: Position, orders: list[Order], best: Decimal) -> bool:
    """Whether stops at the venue that are as near to the market cover all of it: what is behind them is surplus."""
    sign = 1 if position.quantity > ZERO else -1
    near = [
        active_in(turn.state, order)
        for order in orders
        if order.request.role is Role.STOP
        and order.state in WORKING_STATES
        and not order.went_off
        and not order.absences
        and order.stop_price is not None
        and sign * order.stop_price >= best
    ]
    return sum(near, ZERO) >= abs(position.quantity)


def _withdraw_surplus(turn: Turn, position: Position, cover: Cover) -> None:
    """A stop that a newer one at the venue has taken the place of, as far as what is open stays covered."""
    if not rests_stops(turn.state, position.account):
        return
    orders = turn.state.open_orders(position.account, position.instrument)
    standing = [each for each in orders if each.request.role is Role.STOP and each.state in WORKING_STATES]
    if any(order.asked for order in standing):
        return  # one of them may not be there
    spare = cover.stopped - cover.open
    for order in standing[:-1]:  # oldest first
        if order.request.parent in position.entries and order.leaves <= spare:
            spare -= order.leaves
            withdraw(turn, order, "a newer stop has taken its place")


def _time_is_over(turn: Turn, position: Position, cover: Cover, known: Exposure) -> None:
    if must_wait(turn.state, position, turn.at):
        wait_for_the_next_day(turn, position, cover, known)
        return
    arm(turn, position, cover, known)
    known = turn.state.exposure(position.account, position.instrument) or known
    at_venue = rests_stops(turn.state, position.account)
    if not known.told:
        _call(turn, position, cover)
    if not at_venue or cover.coming > ZERO:  # nothing is to be done before something is heard
        is_held = held_stop(turn, position) is not None
        note(turn, position, cover, known, NEVER if is_held else may_act_at(known), told=True)
    elif known.placed < PLACED_MAX:
        _place(turn, position, cover, known)
    else:
        turn.alarm(
            "NAKED_POSITION",
            position.entry_order,
            "the venue has taken no stop: what the engine holds is all there is",
            position=position.id,
            asked=str(known.placed),
        )
        note(turn, position, cover, known, NEVER, told=True)


def _call(turn: Turn, position: Position, cover: Cover) -> None:
    turn.alarm(
        "STOP_LOST",
        position.entry_order,
        "a part of what is open has no stop of its plan: the engine holds one for it",
        position=position.id,
        quantity=plain(cover.missing),
        stop=plain(stop_price_of(turn.state, position)),
    )


def _place(turn: Turn, position: Position, cover: Cover, known: Exposure) -> None:
    """Ask the venue for a stop; what the engine holds stays until it is there."""
    if turn.state.able(position.account).way is Way.RESTING:
        ask_for_the_rest(turn, position, cover, known, told=True)
        return
    request = as_taken(turn.state, way_out(turn, position, cover.missing, Role.STOP, OrderType.STOP))
    turn.emit(e.OrderSubmitted(request=request, answer_by=answer_by(turn)))
    look_at = Instant(turn.at + (COVER_WITHIN << known.placed))
    note(turn, position, cover, known, look_at, placed=known.placed + 1, told=True)


def _flatten(turn: Turn, position: Position, cover: Cover, known: Exposure | None) -> None:
    again_at = may_act_at(known)
    if turn.at < again_at:
        if known is not None and known.look_at != again_at:
            note(turn, position, cover, known, again_at)
        return
    quantity = cover.missing - cover.withdrawing  # what somebody withdraws may still fill
    if quantity <= ZERO:
        if known is None or not turn.at < known.look_at < NEVER:
            note(turn, position, cover, known, Instant(turn.at + ASK_AGAIN_MAX))
        return
    request = way_out(turn, position, quantity, Role.EXIT, OrderType.MARKET)
    turn.emit(e.OrderSubmitted(request=request, answer_by=answer_by(turn)))
    tries = 1 if known is None else known.armed + 1
    note(turn, position, cover, known, Instant(turn.at + COVER_WITHIN), armed=tries)
