"""The venue's answer to a question: it shows the order as it stands, or it does not find it."""

from kedge.domain import inputs as i
from kedge.domain.events import (
    AbsenceNoted,
    OrderConfirmed,
    OrderEnded,
    OrderMissed,
    OrderProvenAbsent,
    OrderReplaced,
    ReplaceRefused,
)
from kedge.domain.instants import NEVER, Instant
from kedge.domain.lifecycle import OrderState, Report, is_final
from kedge.domain.numbers import ZERO, from_nano
from kedge.domain.orders import Absence, Order, Terms
from kedge.kernel.cover import is_left_behind
from kedge.kernel.on_bust import amend, shown
from kedge.kernel.rejected import plan_exit, reject
from kedge.kernel.requests import POSITION_CLOSED, ask, cancel, cancel_later
from kedge.kernel.settle import accept, after_end, end, name, revive, shows, take_new_terms, terms_of
from kedge.kernel.stop_limit import note_met
from kedge.kernel.turn import Turn, outcome


def missing(turn: Turn, order: Order, report: i.VenueMissing) -> None:
    """A piece of evidence, if the order is in doubt and the endpoint is shown to see others."""
    if is_final(order.state) or not order.asked:
        return
    in_doubt = order.state is OrderState.IN_DOUBT
    able = turn.state.able(order.request.account)
    is_first = order.asked == 1 and report.endpoint in able.absence_endpoints[:1]
    asked = turn.at if report.asked is None else report.asked
    counts = report.control and asked >= _late_enough(turn, order)
    begins = is_first or (counts and order.asked > 1 and not order.absences)
    if begins and not in_doubt and not order.missed:
        turn.emit(OrderMissed(order=order.id))
        turn.alarm("ORDER_VANISHED", order.id, f"the venue does not find an order that was {order.state}")
    if not counts:
        return  # proves nothing, now or later
    if not in_doubt and is_proven_absent(turn, order):
        return  # as much as it takes for a person to end it is there already
    turn.emit(AbsenceNoted(order=order.id, absence=Absence(report.endpoint, report.control, asked)))
    if not in_doubt or not is_proven_absent(turn, order):
        return
    if order.filled:  # what has traded was not rejected: the rest of it is gone
        reason = "the venue does not know the order any more"
        turn.emit(OrderEnded(order=order.id, state=OrderState.CANCELLED, reason=reason))
    else:
        reason = "the venue never had the order"
        turn.emit(OrderProvenAbsent(order=order.id, evidence=tuple(order.absences)))
    after_end(turn, order, reason)
    if order.state is OrderState.REJECTED:
        plan_exit(turn, order)


def is_proven_absent(turn: Turn, order: Order) -> bool:
    """Twice by every endpoint, the second time so much later that an accepted order would have become visible."""
    able = turn.state.able(order.request.account)
    for endpoint in able.absence_endpoints:
        times = [seen.at for seen in order.absences if seen.endpoint == endpoint]
        if not times or max(times) - min(times) < max(able.visibility_delay, 1):
            return False
    return bool(able.absence_endpoints)  # a venue that cannot be asked proves nothing


def _late_enough(turn: Turn, order: Order) -> Instant:
    """From when on a "not found" can count: the submit can no longer arrive, and if it did it is visible."""
    able = turn.state.able(order.request.account)
    return Instant(order.sent_at + max(able.visibility_delay, able.request_lifetime))


def showed(turn: Turn, order: Order, report: i.VenueShowed) -> None:
    """The answer to a question: first every fill that was missed, then the state, then what is still owed."""
    if _is_not_ours(turn, order, report):
        turn.alarm(
            "FOREIGN_CONTENT", order.id, "the venue's order of this id is not the one that was asked for"
        )
        return
    if report.splits != len(order.rescaled_at):
        return  # seen on the other side of a split that one of us has not heard of; it is asked again
    _adopt_terms(turn, order, report)
    for amendment in report.amended:
        amend(turn, order, amendment)
    for execution in report.executions:
        shown(turn, order, execution)
    if is_final(order.state):
        if not is_final(report.state):
            _lives_after_all(turn, order, report)
    elif report.state is OrderState.REJECTED:
        reject(turn, order, i.VenueRejected(order.id, report.reason, at=report.at))
    elif report.state is OrderState.EXPIRED:
        end(turn, order, Report.EXPIRE, report.reason)
    elif report.state is OrderState.CANCELLED:
        end(turn, order, Report.CANCELLED, report.reason)
    elif report.state is OrderState.FILLED:
        _shown_filled(turn, order, report)
    elif not _is_of_before_its_end(order, report):
        _still_live(turn, order, report)
    if report.executions:
        note_met(turn, order, report.executions[-1].price)
    name(turn, order, report.venue_order_id)


def _is_not_ours(turn: Turn, order: Order, report: i.VenueShowed) -> bool:
    request, symbol = order.request, report.instrument
    if symbol is not None and request.instrument not in turn.state.goes_by(request.account, symbol):
        return True  # one that ended before its instrument got a new symbol is shown under the old one
    return report.side is not None and report.side is not request.side


def _lives_after_all(turn: Turn, order: Order, report: i.VenueShowed) -> None:
    """An order that had ended. One that was asked about since then is believed; else the answer is an old one.

    So is one that shows an order of no more than what has filled: there is nothing left of it that could live.
    """
    shown_quantity = report.terms.quantity
    quantity = order.quantity if shown_quantity is None else from_nano(shown_quantity)
    if not order.asked or quantity <= order.filled:
        accept(turn, order, report.venue_order_id)
        return
    state = OrderState.PARTIALLY_FILLED if order.filled else OrderState.ACCEPTED
    revive(turn, order, state, "the venue shows it live")
    _adopt_terms(turn, order, report)
    ask(turn, order)


def _shown_filled(turn: Turn, order: Order, report: i.VenueShowed) -> None:
    if order.pending is not None and not shows(
        terms_of(order), report.terms
    ):  # the replace was done before it filled
        turn.emit(OrderReplaced(order=order.id, terms=report.terms, state=OrderState.PARTIALLY_FILLED))
    taken_back = order.busted or order.revisions  # filled as it was told first, and less since
    if order.leaves <= ZERO or taken_back:  # or its terms were cut down to what had filled
        turn.emit(OrderEnded(order=order.id, state=OrderState.FILLED))
        after_end(turn, order, "filled")
        return
    turn.alarm("FILLS_MISSING", order.id, "the venue says filled, but its fills do not add up to the order")
    if order.deadline == NEVER:
        ask(turn, order)


def _adopt_terms(turn: Turn, order: Order, report: i.VenueShowed) -> None:
    """The venue's terms hold; those of a replace that is under way are settled by themselves."""
    if is_final(order.state) or order.state is OrderState.PENDING_REPLACE:
        return
    if not shows(terms_of(order), report.terms):
        turn.emit(OrderReplaced(order=order.id, terms=report.terms, state=order.state))


def _is_of_before_its_end(order: Order, report: i.VenueShowed) -> bool:
    """Whether less had filled when it was seen than when the venue said that it is over: it is asked again."""
    return sum(from_nano(done.quantity) for done in report.executions) < order.owed


def _still_live(turn: Turn, order: Order, report: i.VenueShowed) -> None:
    if order.state in (OrderState.NEW, OrderState.PENDING_NEW, OrderState.IN_DOUBT):
        accept(turn, order, report.venue_order_id)
    elif order.state is OrderState.PENDING_CANCEL:
        cancel(turn, order, "engine", order.reason or "cancel again: the venue still shows the order live")
    elif order.state is OrderState.PENDING_REPLACE:
        _settle_replace(turn, order, report)
    else:
        turn.emit(OrderConfirmed(order=order.id, asked=report.asked))
        if order.cancel_at <= turn.at:
            cancel(turn, order, "engine", order.reason or "order timeout")
        elif is_left_behind(turn, order):
            cancel_later(turn, order, POSITION_CLOSED)


def _settle_replace(turn: Turn, order: Order, report: i.VenueShowed) -> None:
    """New terms shown: done. Old terms shown: refused, once the request can no longer arrive."""
    pending = order.pending or Terms()
    if shows(report.terms, pending):
        take_new_terms(turn, order, i.VenueReplaced(order.id, pending, at=report.at))
        _adopt_terms(turn, order, report)  # those that were not to change
        return
    if not _names(report.terms, pending):
        return  # the answer says nothing of what was to change: asked again
    able = turn.state.able(order.request.account)
    if turn.at >= order.sent_at + able.request_lifetime:
        believed = outcome(order, Report.REPLACE_REFUSED)
        reason = "the venue shows the old terms"
        turn.emit(ReplaceRefused(order=order.id, reason=reason, state=believed.state))
        _adopt_terms(turn, order, report)


def _names(shown: Terms, wanted: Terms) -> bool:
    return not any(
        getattr(wanted, name) is not None and getattr(shown, name) is None for name in Terms.__struct_fields__
    )
