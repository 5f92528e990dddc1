"""What a venue reports of an order, taken in by the life cycle's table."""

from collections.abc import Callable
from typing import Any

from kedge.domain import inputs as i
from kedge.domain.events import (
    AbsenceNoted,
    CancelRefused,
    OrderAccepted,
    OrderConfirmed,
    OrderEnded,
    OrderProvenAbsent,
    OrderReplaced,
    OrderRevived,
    ReplaceRefused,
)
from kedge.domain.instants import NEVER, Instant
from kedge.domain.lifecycle import WORKING_STATES, Answer, Kind, OrderState, Report, is_final
from kedge.domain.numbers import ZERO, Nano, from_nano, to_nano
from kedge.domain.orders import Absence, Order, Role, Terms
from kedge.domain.positions import Position
from kedge.kernel.cover import check_cover
from kedge.kernel.on_fill import fill
from kedge.kernel.requests import ask, cancel, cancel_later, doubt
from kedge.kernel.turn import Turn, outcome

ABSENCES_NEEDED = 2  # by every endpoint: one "not found" is a hint, a repeated one is evidence


def on_report(turn: Turn, report: i.VenueReport) -> None:
    """Find the order and let the report's own function take it in."""
    order = turn.order(report.order)
    if order is None:
        turn.alarm(
            "UNKNOWN_ORDER", report.order, f"{type(report).__name__} for an order that is not known here"
        )
        return
    _REPORTS[type(report)](turn, order, report)


def _accepted(turn: Turn, order: Order, report: i.VenueAccepted) -> None:
    _accept(turn, order, report.venue_order_id)


def _accept(turn: Turn, order: Order, venue_order_id: str) -> None:
    believed, was_final = outcome(order, Report.ACCEPT), is_final(order.state)
    if believed.kind is Kind.STALE:
        return
    if believed.kind is Kind.ALARM:
        _revive(turn, order, believed.state, "the venue accepts it")
    turn.emit(OrderAccepted(order=order.id, venue_order_id=venue_order_id, state=believed.state))
    if was_final:
        ask(
            turn, order
        )  # an acceptance that was overtaken by the end must not leave an order that lives for ever
    if order.cancel_at <= turn.at:
        cancel(turn, order, "engine", order.reason or "order timeout")


def _revive(turn: Turn, order: Order, state: OrderState, why: str) -> None:
    before = order.state
    if is_final(before):
        turn.emit(OrderRevived(order=order.id, state=state))
    turn.alarm("ORDER_REVIVED", order.id, f"an order that was {before} is heard of again: {why}")


def _rejected(turn: Turn, order: Order, report: i.VenueRejected) -> None:
    _end(turn, order, Report.REJECT, report.reason)


def _filled(turn: Turn, order: Order, report: i.VenueFilled) -> None:
    fill(turn, order, report.execution)
    if not is_final(order.state):
        _check_cover(turn, order)
    if order.state in WORKING_STATES and order.cancel_at <= turn.at:
        cancel(turn, order, "engine", order.reason or "order timeout")


def _cancelled(turn: Turn, order: Order, report: i.VenueCancelled) -> None:
    if not _owes_fills(turn, order, report.filled):
        _end(turn, order, Report.CANCELLED, report.reason)


def _expired(turn: Turn, order: Order, report: i.VenueExpired) -> None:
    if not _owes_fills(turn, order, report.filled):
        _end(turn, order, Report.EXPIRE, report.reason)


def _owes_fills(turn: Turn, order: Order, filled: Nano | None) -> bool:
    """Whether the venue has traded more than it told us: then the end waits until it has told the rest."""
    if filled is None or from_nano(filled) <= order.filled:
        return False
    ask(turn, order)
    return True


def _end(turn: Turn, order: Order, report: Report, reason: str) -> None:
    believed = outcome(order, report)
    if believed.kind is Kind.STALE:
        return
    _alarm_if_absurd(turn, order, believed, report)
    if is_final(order.state):
        return
    turn.emit(OrderEnded(order=order.id, state=believed.state, reason=reason))
    _after_end(turn, order, reason)


def _after_end(turn: Turn, order: Order, reason: str) -> None:
    """What hangs on an order that is dead: the exits of an entry that never filled, the cover of a position."""
    request = order.request
    flat = turn.state.position(request.account, request.instrument) is None
    if request.role is Role.ENTRY and (flat or not order.filled):
        for leg in turn.state.open_orders(request.account, request.instrument):
            if leg.request.parent == order.id:
                _end_leg(turn, leg, reason)
    elif request.role is Role.EXIT and order.state is not OrderState.FILLED:
        check_cover(turn, order, f"an exit ended as {order.state}: {reason}")
    elif request.role.is_protective and order.state is not OrderState.FILLED:
        _look_at_cover(turn, order)


def _look_at_cover(turn: Turn, order: Order) -> None:
    """A position has lost an exit: its other exit may have filled without our hearing of it, so that one is asked."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if position is None or position.entry_order != request.parent:
        return
    live = [
        other
        for other in turn.state.open_orders(request.account, request.instrument)
        if other.request.parent == request.parent and other.state is not OrderState.NEW
    ]
    for other in live:
        if not other.asked:
            ask(turn, other)
    if not live and request.role is Role.STOP:
        _alarm_uncovered(turn, order, position)
    elif not live:
        check_cover(turn, order, f"its target ended as {order.state}")


def _alarm_uncovered(turn: Turn, order: Order, position: Position) -> None:
    turn.alarm("STOP_LOST", order.id, "a position is open and its stop is gone", position=position.id)


def _end_leg(turn: Turn, leg: Order, reason: str) -> None:
    if leg.state is OrderState.NEW or leg.state is OrderState.PENDING_NEW or leg.state is OrderState.IN_DOUBT:
        ended = OrderState.CANCELLED if leg.state is OrderState.NEW else OrderState.REJECTED
        turn.emit(OrderEnded(order=leg.id, state=ended, reason=f"entry ended: {reason}"))
    else:
        cancel_later(turn, leg, "entry ended")


def _replaced(turn: Turn, order: Order, report: i.VenueReplaced) -> None:
    believed = outcome(order, Report.REPLACED)
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
    _check_cover(turn, order)


def _follows_its_entry(order: Order, terms: Terms) -> bool:
    """A venue cuts the exits of an entry that ended half filled down to what there is to protect."""
    cut = terms.quantity is not None and from_nano(terms.quantity) <= order.quantity
    return cut and order.request.parent is not None and not is_final(order.state)


def _refused(turn: Turn, order: Order, report: i.VenueRefused) -> None:
    match report.request:
        case i.Request.SUBMIT:
            _end(turn, order, Report.REJECT, report.reason)
        case i.Request.CANCEL:
            believed = outcome(order, Report.CANCEL_REFUSED)
            if believed.kind is Kind.EXPECTED:
                turn.emit(CancelRefused(order=order.id, reason=report.reason, state=believed.state))
                ask(turn, order)  # "too late" means that something happened that we have not heard
            _alarm_if_absurd(turn, order, believed, Report.CANCEL_REFUSED)
        case i.Request.REPLACE:
            believed = outcome(order, Report.REPLACE_REFUSED)
            if believed.kind is Kind.EXPECTED:
                turn.emit(ReplaceRefused(order=order.id, reason=report.reason, state=believed.state))
                _check_cover(turn, order)
            _alarm_if_absurd(turn, order, believed, Report.REPLACE_REFUSED)


def _alarm_if_absurd(turn: Turn, order: Order, believed: Answer, report: Report) -> None:
    if believed.kind is Kind.ALARM:
        turn.alarm(
            "CONTRADICTION", order.id, f"{report.value} was reported for an order that is {order.state}"
        )


def _silent(turn: Turn, order: Order, report: i.VenueSilent) -> None:
    doubt(turn, order, report.detail or f"no answer to the {report.request.value}")


def _missing(turn: Turn, order: Order, report: i.VenueMissing) -> None:
    if order.state is not OrderState.IN_DOUBT:
        if order.asked and not is_final(order.state):
            turn.alarm("ORDER_VANISHED", order.id, f"the venue does not find an order that was {order.state}")
        return
    turn.emit(AbsenceNoted(order=order.id, absence=Absence(report.endpoint, report.control, turn.at)))
    if _is_proven_absent(turn, order):
        turn.emit(OrderProvenAbsent(order=order.id, evidence=tuple(order.absences)))
        _after_end(turn, order, "the venue never had the order")


def _is_proven_absent(turn: Turn, order: Order) -> bool:
    """Late enough, by every endpoint, repeatedly, and from endpoints that do see other orders."""
    able = turn.state.accounts[order.request.account].terms.capabilities
    late_enough = Instant(order.sent_at + max(able.visibility_delay, able.request_lifetime))
    evidence = [seen for seen in order.absences if seen.control and seen.at >= late_enough]
    for endpoint in able.absence_endpoints:
        times = {seen.at: None for seen in evidence if seen.endpoint == endpoint}
        if len(times) < ABSENCES_NEEDED:
            return False
    return bool(able.absence_endpoints)  # a venue that cannot be asked proves nothing


def _showed(turn: Turn, order: Order, report: i.VenueShowed) -> None:
    """The answer to a question: first every fill that was missed, then the state, then what is still owed."""
    _adopt_terms(turn, order, report)
    for execution in report.executions:
        fill(turn, order, execution)
    if is_final(order.state):
        if not is_final(report.state):
            _accept(turn, order, report.venue_order_id)
    elif report.state is OrderState.REJECTED:
        _end(turn, order, Report.REJECT, report.reason)
    elif report.state is OrderState.EXPIRED:
        _end(turn, order, Report.EXPIRE, report.reason)
    elif report.state is OrderState.CANCELLED:
        _end(turn, order, Report.CANCELLED, report.reason)
    elif report.state is OrderState.FILLED:
        _shown_filled(turn, order)
    else:
        _still_live(turn, order, report)


def _shown_filled(turn: Turn, order: Order) -> None:
    if order.leaves <= ZERO:  # its terms were cut down to what had filled
        turn.emit(OrderEnded(order=order.id, state=OrderState.FILLED))
        return
    turn.alarm("FILLS_MISSING", order.id, "the venue says filled, but its fills do not add up to the order")
    if order.deadline == NEVER:
        ask(turn, order)


def _adopt_terms(turn: Turn, order: Order, report: i.VenueShowed) -> None:
    """The venue's terms hold; those of a replace that is under way are settled by themselves."""
    if is_final(order.state) or order.state is OrderState.PENDING_REPLACE:
        return
    if not _shows(_terms_of(order), report.terms):
        turn.emit(OrderReplaced(order=order.id, terms=report.terms, state=order.state))


def _terms_of(order: Order) -> Terms:
    return Terms(
        quantity=to_nano(order.quantity),
        limit_price=None if order.limit_price is None else to_nano(order.limit_price),
        stop_price=None if order.stop_price is None else to_nano(order.stop_price),
    )


def _still_live(turn: Turn, order: Order, report: i.VenueShowed) -> None:
    if order.state in (OrderState.NEW, OrderState.PENDING_NEW, OrderState.IN_DOUBT):
        _accept(turn, order, report.venue_order_id)
    elif order.state is OrderState.PENDING_CANCEL:
        cancel(turn, order, "engine", order.reason or "cancel again: the venue still shows the order live")
    elif order.state is OrderState.PENDING_REPLACE:
        _settle_replace(turn, order, report)
    else:
        turn.emit(OrderConfirmed(order=order.id))
        if order.cancel_at <= turn.at:
            cancel(turn, order, "engine", order.reason or "order timeout")
    _check_cover(turn, order)


def _check_cover(turn: Turn, order: Order) -> None:
    """A target that lives on beside an open position without a stop."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if request.role is not Role.TARGET or position is None or position.entry_order != request.parent:
        return
    for other in turn.state.open_orders(request.account, request.instrument):
        if other.request.parent == request.parent and other.request.role is Role.STOP:
            return
    if position.stop is not None:
        _alarm_uncovered(turn, order, position)


def _settle_replace(turn: Turn, order: Order, report: i.VenueShowed) -> None:
    """New terms shown: done. Old terms shown: refused, once the request can no longer arrive."""
    pending = order.pending or Terms()
    if _shows(report.terms, pending):
        _replaced(turn, order, i.VenueReplaced(order.id, pending, at=report.at))
        return
    if not _names(report.terms, pending):
        return  # the answer says nothing of what was to change: asked again
    able = turn.state.accounts[order.request.account].terms.capabilities
    if turn.at >= order.sent_at + able.request_lifetime:
        believed = outcome(order, Report.REPLACE_REFUSED)
        reason = "the venue shows the old terms"
        turn.emit(ReplaceRefused(order=order.id, reason=reason, state=believed.state))
        _adopt_terms(turn, order, report)


def _names(shown: Terms, wanted: Terms) -> bool:
    return not any(
        getattr(wanted, name) is not None and getattr(shown, name) is None for name in Terms.__struct_fields__
    )


def _shows(shown: Terms, wanted: Terms) -> bool:
    pairs: tuple[tuple[Nano | None, Nano | None], ...] = (
        (wanted.quantity, shown.quantity),
        (wanted.limit_price, shown.limit_price),
        (wanted.stop_price, shown.stop_price),
    )
    return all(want is None or want == got for want, got in pairs)


_REPORTS: dict[type, Callable[[Turn, Order, Any], None]] = {
    i.VenueAccepted: _accepted,
    i.VenueRejected: _rejected,
    i.VenueFilled: _filled,
    i.VenueCancelled: _cancelled,
    i.VenueExpired: _expired,
    i.VenueReplaced: _replaced,
    i.VenueRefused: _refused,
    i.VenueSilent: _silent,
    i.VenueMissing: _missing,
    i.VenueShowed: _showed,
}
