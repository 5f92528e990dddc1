"""The disaster stop: where the engine holds the stops, a wider one rests at the venue for when the engine is gone.

    something is open           ──at once──► the venue is asked for one
    more or less is open        ──at once──► it is made larger or smaller; where nothing can be replaced, withdrawn and
                                             asked for anew
    an exit leaves              ──at once──► it gives way; where the venue does not keep exits from turning a position
                                             over, the exit waits until it has (`room`)
    the position is closed      ──at once──► it is withdrawn
    the venue takes none        ──2, 4 s───► asked for again, three times in all; then a person is told, and the engine
                                             holds the stop as before
    it still takes none         ──15, 30,──► asked for once more, then each hour: what kept the venue from taking it may
                                  60 min     be over. Nobody is told again, unless one has stood meanwhile

It protects nothing while the engine lives: cover is counted without it. One is there at a time, and one request is
under way at a time.
"""

from msgspec.structs import replace as changed

from kedge.domain import events as e
from kedge.domain.disasters import DisasterStopEnded, DisasterStopNoted
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import MINUTE, NEVER, SECOND, Instant, Span
from kedge.domain.lifecycle import WORKING_STATES, OrderState, is_final
from kedge.domain.numbers import ZERO, from_nano, to_nano
from kedge.domain.orders import Order, OrderRequest, OrderType, Role, Side, Terms
from kedge.domain.positions import Position
from kedge.kernel.disaster_terms import DisasterTerms, rests_beside, terms_for
from kedge.kernel.overnight import must_wait
from kedge.kernel.requests import answer_by, replace
from kedge.kernel.room import give_way
from kedge.kernel.sharing import is_opposed
from kedge.kernel.state import BookState, Disaster
from kedge.kernel.stop_limit import as_taken, with_limit
from kedge.kernel.turn import Turn
from kedge.kernel.turned import is_turned_over

PLACED_MAX = 3
AGAIN_AFTER = Span(2 * SECOND)  # twice as long before each next
RARELY_AFTER = Span(15 * MINUTE)  # once a person is told; twice as long before each next,
DOUBLED_MAX = 2  # so often: an hour
STANDS_AFTER = Span(60 * SECOND)  # one that has stood for so long has not come to nothing
_GONE = "nothing is open that it is for"
_ELSEWHERE = "another takes its place"


def keep_disaster_stop(turn: Turn, account: AccountId, instrument: Symbol) -> None:
    """Have at the venue what has to be there."""
    state = turn.state
    position, known = state.position(account, instrument), state.disaster(account, instrument)
    if known is None and (position is None or not rests_beside(state, position)):
        return
    if position is None or is_turned_over(turn, position):
        _stand_down(turn, account, instrument, known)
        return
    known = _of_this(turn, position, known)
    wanted = None if known is not None and known.taken_by else terms_for(state, position)
    standing = None
    for order in _all_of(state, account, instrument)[::-1]:
        closes = order.request.side.sign * position.quantity < ZERO
        if wanted is None or not closes or standing is not None:
            give_way(turn, order, _GONE)
        else:
            standing = order
    if standing is not None and wanted is not None:
        _fit(turn, standing, wanted)
    elif wanted is not None:
        _ask(turn, position, wanted, known)
    _forget_tries(turn, position, known)


def look_at_disaster_stops(turn: Turn) -> None:
    """Time has passed: those that are to be asked for again."""
    due = [
        (account, instrument)
        for account, by_instrument in turn.state.disasters.items()
        for instrument, known in by_instrument.items()
        if known.look_at <= turn.at
    ]
    for account, instrument in due:
        keep_disaster_stop(turn, account, instrument)
        known = turn.state.disaster(account, instrument)
        if known is not None and known.look_at <= turn.at:  # nothing is to be done by now
            turn.emit(_noted(account, instrument, changed(known, look_at=NEVER)))


def next_disaster_look(state: BookState) -> Instant:
    """When the first of them is to be asked for again."""
    times = (each.look_at for by_instrument in state.disasters.values() for each in by_instrument.values())
    return min(times, default=NEVER)


def note_taken_away(turn: Turn, order: Order, who: str) -> None:
    """A person has cancelled it: none takes its place as long as the position is open."""
    request = order.request
    known = turn.state.disaster(request.account, request.instrument)
    if request.role is Role.DISASTER and known is not None and known.order == order.id:
        gone = changed(known, taken_by=who, look_at=NEVER)
        turn.emit(_noted(request.account, request.instrument, gone))


def _of_this(turn: Turn, position: Position, known: Disaster | None) -> Disaster | None:
    """What is known of this position's; under new terms of the account all is tried afresh."""
    if known is None or known.position != position.id:
        return None
    is_new = any(isinstance(event, e.AccountDefined) for event in turn.events)
    return changed(known, tries=0, told=False) if is_new else known


def _all_of(state: BookState, account: AccountId, instrument: Symbol) -> list[Order]:
    orders = state.open_orders(account, instrument)
    return [order for order in orders if order.request.role is Role.DISASTER]


def _stand_down(turn: Turn, account: AccountId, instrument: Symbol, known: Disaster | None) -> None:
    left = _all_of(turn.state, account, instrument)
    for order in left:
        give_way(turn, order, _GONE)
    if not left and known is not None:
        turn.emit(DisasterStopEnded(account=account, instrument=instrument))


def _fit(turn: Turn, order: Order, wanted: DisasterTerms) -> None:
    """Make it what it has to be: by a replace where that can be, else it goes and another is asked for."""
    able = turn.state.able(order.request.account)
    if order.state in WORKING_STATES:
        if (order.leaves, order.stop_price) == wanted:
            return
        if able.replace and not order.refusals:
            quantity = None if order.leaves == wanted.quantity else to_nano(order.filled + wanted.quantity)
            price = None if order.stop_price == wanted.price else to_nano(wanted.price)
            terms = Terms(quantity=quantity, stop_price=price)
            replace(turn, order, with_limit(turn.state, order, terms), "engine", "it follows its position")
        else:
            give_way(turn, order, _ELSEWHERE)
    elif not able.reduce_only and _will_have(order) > to_nano(wanted.quantity):
        give_way(turn, order, "less is open")  # where exits could turn it over nothing waits for an answer


def _will_have(order: Order) -> int:
    """What it has left once what is under way is done."""
    pending = None if order.pending is None else order.pending.quantity
    return to_nano((order.quantity if pending is None else from_nano(pending)) - order.filled)


def _ask(turn: Turn, position: Position, wanted: DisasterTerms, known: Disaster | None) -> None:
    state, tries = turn.state, _in_vain(turn.state, known)
    if must_wait(state, position, turn.at):
        return
    last = None if known is None or known.order is None else state.orders.get(known.order)
    due = Instant(last.updated + _pause(tries)) if last is not None and tries else turn.at
    if known is not None and last is not None and tries >= PLACED_MAX and not known.told:
        _tell(turn, position, known, last, due)
        return
    if known is not None and turn.at < due:
        if known.look_at != due:
            turn.emit(_noted(position.account, position.instrument, changed(known, look_at=due)))
        return
    request = _request(turn, position, wanted)
    turn.emit(e.OrderSubmitted(request=request, answer_by=answer_by(turn)))
    told = known is not None and known.told and (last is None or not _has_stood(last))
    asked = Disaster(position.id, request.id, tries + 1, NEVER, told=told)
    turn.emit(_noted(position.account, position.instrument, asked))


def _pause(tries: int) -> Span:
    """After so many in vain: first it is likely to be a moment's trouble, then a reason that stays."""
    if tries < PLACED_MAX:
        return Span(AGAIN_AFTER << tries - 1)
    return Span(RARELY_AFTER << min(tries - PLACED_MAX, DOUBLED_MAX))


def _tell(turn: Turn, position: Position, known: Disaster, last: Order, again_at: Instant) -> None:
    turn.alarm(
        "DISASTER_STOP_REFUSED",
        last.id,
        "the venue has taken no disaster stop: the engine holds the stop as before, and nothing rests at the venue "
        "should the engine end; from now on it is asked for rarely",
        position=position.id,
        instrument=position.instrument,
        asked=str(known.tries),
        reason=last.reason or "",
    )
    turn.emit(_noted(position.account, position.instrument, changed(known, told=True, look_at=again_at)))


def _in_vain(state: BookState, known: Disaster | None) -> int:
    """How many in a row have come to nothing."""
    order = None if known is None or known.order is None else state.orders.get(known.order)
    if known is None or order is None or order.state is OrderState.FILLED or not is_final(order.state):
        return 0
    return 0 if _has_stood(order) else known.tries


def _has_stood(order: Order) -> bool:
    return order.state is not OrderState.REJECTED and order.updated - order.created >= STANDS_AFTER


def _forget_tries(turn: Turn, position: Position, known: Disaster | None) -> None:
    """One that the engine withdraws has not come to nothing."""
    order = None if known is None or known.order is None else turn.order(known.order)
    if known is not None and known.tries and order is not None and order.state is OrderState.PENDING_CANCEL:
        turn.emit(_noted(position.account, position.instrument, changed(known, tries=0)))


def _request(turn: Turn, position: Position, wanted: DisasterTerms) -> OrderRequest:
    state = turn.state
    entry = turn.order(position.entry_order)
    request = OrderRequest(
        id=state.order_id(),
        account=position.account,
        instrument=position.instrument,
        side=Side.SELL if position.quantity > ZERO else Side.BUY,
        type=OrderType.STOP,
        quantity=to_nano(wanted.quantity),
        stop_price=to_nano(wanted.price),
        tif=state.able(position.account).lasting,
        reduce_only=not is_opposed(state, position.account, position.instrument),
        role=Role.DISASTER,
        parent=position.entry_order,
        strategy=None if entry is None else entry.request.strategy,
    )
    return as_taken(state, request)


def _noted(account: AccountId, instrument: Symbol, known: Disaster) -> DisasterStopNoted:
    return DisasterStopNoted(
        position=known.position,
        account=account,
        instrument=instrument,
        order=known.order,
        tries=known.tries,
        look_at=known.look_at,
        told=known.told,
        taken_by=known.taken_by,
    )
