"""What a report settles: that an order lives, that it is dead, that it has new terms, and what hangs on each."""

from decimal import Decimal

from kedge.domain import inputs as i
from kedge.domain.events import OrderAccepted, OrderEnded, OrderNamed, OrderReplaced, OrderRevived
from kedge.domain.instants import NEVER
from kedge.domain.lifecycle import WORKING_STATES, Answer, Kind, OrderState, Report, is_final
from kedge.domain.numbers import ZERO, Nano, down_to, from_nano, to_nano
from kedge.domain.orders import Holder, Order, Role, Terms
from kedge.kernel.cover import ask_siblings, is_left_behind
from kedge.kernel.one_intent import step_back
from kedge.kernel.pairing import after_an_end
from kedge.kernel.requests import ENTRY_ENDED, POSITION_CLOSED, ask, cancel, cancel_later, replace
from kedge.kernel.turn import Turn, outcome

_UNNAMED = (OrderState.NEW, OrderState.PENDING_NEW, OrderState.IN_DOUBT)  # its acceptance names it


def accept(turn: Turn, order: Order, venue_order_id: str) -> None:
    believed, was_final = outcome(order, Report.ACCEPT), is_final(order.state)
    if believed.kind is Kind.STALE:
        name(turn, order, venue_order_id)
        return
    if believed.kind is Kind.ALARM:
        revive(turn, order, believed.state, "the venue accepts it")
    turn.emit(OrderAccepted(order=order.id, venue_order_id=venue_order_id, state=believed.state))
    if was_final:
        ask(
            turn, order
        )  # an acceptance that was overtaken by the end must not leave an order that lives for ever
    if order.cancel_at <= turn.at:
        cancel(turn, order, "engine", order.reason or "order timeout")


def name(turn: Turn, order: Order, venue_order_id: str) -> None:
    """A fill may be heard before the acceptance, and it does not say what the venue calls the order."""
    known = order.venue_order_id is not None or order.state in _UNNAMED
    if venue_order_id and not known:
        turn.emit(OrderNamed(order=order.id, venue_order_id=venue_order_id))


def revive(turn: Turn, order: Order, state: OrderState, why: str) -> None:
    """It was believed dead."""
    before = order.state
    if is_final(before):
        turn.emit(OrderRevived(order=order.id, state=state))
        step_back(turn, order)
    turn.alarm("ORDER_REVIVED", order.id, f"an order that was {before} is heard of again: {why}")


def owes_fills(turn: Turn, order: Order, filled: Nano | None) -> bool:
    """Whether the venue has traded more than it told us: then the end waits until it has told the rest."""
    if filled is None or from_nano(filled) <= order.filled:
        return False
    ask(turn, order, owed=filled)
    return True


def end(turn: Turn, order: Order, report: Report, reason: str) -> None:
    believed = outcome(order, report)
    if believed.kind is Kind.STALE:
        return
    alarm_if_absurd(turn, order, believed, report)
    if is_final(order.state):
        return
    state = believed.state
    if state is OrderState.REJECTED and order.filled:
        state = OrderState.CANCELLED  # what has traded was not rejected
    turn.emit(OrderEnded(order=order.id, state=state, reason=reason))
    after_end(turn, order, reason)


def after_end(turn: Turn, order: Order, reason: str) -> None:
    """What hangs on an order that is dead: the exits of an entry that never filled, the cover of a position."""
    request = order.request
    flat = turn.state.position(request.account, request.instrument) is None
    if request.role is Role.ENTRY and (flat or not order.filled):
        for leg in turn.state.open_orders(request.account, request.instrument):
            if leg.request.parent == order.id and leg.request.role is not Role.DISASTER:
                _end_leg(turn, order, leg, reason)
    elif request.role is Role.ENTRY:
        _shrink_targets(turn, order)
        _shrink_held_stop(turn, order)
    elif order.state is not OrderState.FILLED:
        after_an_end(turn, order)
        is_alone = request.role is Role.TARGET and order.pair is None
        if is_alone and order.state is OrderState.REJECTED and not is_left_behind(turn, order):
            turn.alarm("TARGET_LOST", order.id, "a target was rejected, and no other takes its place")
        ask_siblings(turn, order)


def _shrink_targets(turn: Turn, entry: Order) -> None:
    """An entry that ended half filled: each target is for its part of that.

    A venue cuts each of them down to what there is to close, so that the first one would take all of it. Where it can
    replace orders it is asked for their parts.
    """
    lot = turn.state.instruments[entry.request.instrument].lot
    able = turn.state.able(entry.request.account)
    targets = [
        order
        for order in turn.state.open_orders(entry.request.account, entry.request.instrument)
        if order.request.parent == entry.id
        and order.request.role is Role.TARGET
        and (order.state is OrderState.NEW or (able.replace and order.state in WORKING_STATES))
    ]
    whole = sum(map(_planned, targets), ZERO) >= entry.quantity
    left = entry.filled
    for number, target in enumerate(targets, 1):
        share = down_to(_planned(target) * entry.filled / entry.quantity, lot)
        quantity = left if whole and number == len(targets) else min(share, left)
        left -= quantity
        if target.state is not OrderState.NEW:
            if quantity != min(_planned(target), entry.filled):  # the venue's own cut
                _ask_for_part(turn, target, quantity)
        elif quantity > ZERO:
            turn.emit(
                OrderReplaced(order=target.id, terms=Terms(quantity=to_nano(quantity)), state=OrderState.NEW)
            )
        else:
            turn.emit(
                OrderEnded(order=target.id, state=OrderState.CANCELLED, reason="too little has filled for it")
            )


def _planned(target: Order) -> Decimal:
    """What a target was for; what rests at the venue may have been cut already."""
    return target.quantity if target.state is OrderState.NEW else from_nano(target.request.quantity)


def _ask_for_part(turn: Turn, target: Order, quantity: Decimal) -> None:
    if quantity <= ZERO:
        cancel(turn, target, "engine", "too little has filled for it")
    elif target.filled < quantity != target.quantity:
        terms = Terms(quantity=to_nano(quantity))
        replace(turn, target, terms, "engine", "its part of what has filled")


def _shrink_held_stop(turn: Turn, entry: Order) -> None:
    """The same for the stop, where other entries have brought a part of the position: they have stops of their own."""
    request = entry.request
    position = turn.state.position(request.account, request.instrument)
    if position is None or not position.adds:
        return
    for order in turn.state.open_orders(request.account, request.instrument):
        own = order.request.parent == entry.id and order.request.role is Role.STOP
        if own and order.state is OrderState.NEW and order.quantity > entry.filled:
            less = Terms(quantity=to_nano(entry.filled))
            turn.emit(OrderReplaced(order=order.id, terms=less, state=OrderState.NEW))


def _end_leg(turn: Turn, entry: Order, leg: Order, reason: str) -> None:
    unanswered = leg.state is OrderState.PENDING_NEW or leg.state is OrderState.IN_DOUBT
    # One that left by itself, or whose entry had filled before that was annulled, may be at the venue and trade.
    never_worked = leg.request.holder is Holder.VENUE and not entry.busted
    if leg.state is OrderState.NEW or (unanswered and never_worked):
        ended = OrderState.CANCELLED if leg.state is OrderState.NEW else OrderState.REJECTED
        turn.emit(OrderEnded(order=leg.id, state=ended, reason=f"entry ended: {reason}"))
    else:
        cancel_later(turn, leg, ENTRY_ENDED)


def take_new_terms(turn: Turn, order: Order, report: i.VenueReplaced) -> None:
    believed = outcome(order, Report.REPLACED)
    if order.state is not OrderState.PENDING_REPLACE and shows(terms_of(order), report.terms):
        return  # an echo: the answer and the stream tell the same replace
    if _is_old(order, report.terms):
        if order.pending is None and not order.asked and not is_final(order.state):
            ask(turn, order)  # the last word is the venue's
        return
    if _is_of_the_venue_s_own(order, report.terms):
        state = OrderState.PENDING_REPLACE  # what was asked for has still to be answered
        turn.emit(OrderReplaced(order=order.id, terms=report.terms, state=state))
        return
    if believed.kind is Kind.ALARM and not _follows_its_entry(order, report.terms):
        turn.alarm("UNASKED_REPLACE", order.id, f"the venue changed an order that is {order.state}")
        if is_final(order.state):
            ask(turn, order)
            return
    turn.emit(
        OrderReplaced(
            order=order.id, terms=report.terms, state=believed.state, venue_order_id=report.venue_order_id
        )
    )
    if order.leaves <= ZERO and order.deadline == NEVER:
        ask(turn, order)  # nothing is left to fill: it must have ended there
    elif order.state in WORKING_STATES and order.cancel_at == NEVER and is_left_behind(turn, order):
        cancel_later(turn, order, POSITION_CLOSED)  # what was to be withdrawn, and was changed meanwhile


def _is_old(order: Order, terms: Terms) -> bool:
    """Whether it tells, late or twice, of terms that another replace has followed."""
    if order.pending is None:
        return not any(shows(terms, newest) for newest in order.wanted[-1:]) and _was_wanted(order, terms)
    if shows(terms, order.pending):
        return False
    return shows(terms_of(order), terms) or _was_wanted(order, terms)


def _was_wanted(order: Order, terms: Terms) -> bool:
    return any(shows(terms, earlier) for earlier in order.wanted[:-1])


def _is_of_the_venue_s_own(order: Order, terms: Terms) -> bool:
    """A cut of the quantity that comes while something else is asked for: its other exit has filled in part."""
    wanted = order.pending
    if order.state is not OrderState.PENDING_REPLACE or wanted is None or shows(terms, wanted):
        return False
    return terms.quantity is not None and _follows_its_entry(order, terms)


def _follows_its_entry(order: Order, terms: Terms) -> bool:
    """A venue cuts the exits of an entry that ended half filled down to what there is to protect."""
    cut = terms.quantity is not None and from_nano(terms.quantity) <= order.quantity
    return cut and order.request.parent is not None and not is_final(order.state)


def alarm_if_absurd(turn: Turn, order: Order, believed: Answer, report: Report) -> None:
    if believed.kind is Kind.ALARM:
        turn.alarm(
            "CONTRADICTION", order.id, f"{report.value} was reported for an order that is {order.state}"
        )


def terms_of(order: Order) -> Terms:
    return Terms(
        quantity=to_nano(order.quantity),
        limit_price=None if order.limit_price is None else to_nano(order.limit_price),
        stop_price=None if order.stop_price is None else to_nano(order.stop_price),
    )


def shows(shown: Terms, wanted: Terms) -> bool:
    pairs: tuple[tuple[Nano | None, Nano | None], ...] = (
        (wanted.quantity, shown.quantity),
        (wanted.limit_price, shown.limit_price),
        (wanted.stop_price, shown.stop_price),
    )
    return all(want is None or want == got for want, got in pairs)
