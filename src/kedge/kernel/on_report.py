"""What a venue reports of an order, taken in by the life cycle's table."""

from collections.abc import Callable
from typing import Any

from kedge.domain import inputs as i
from kedge.domain.events import CancelPlanned, CancelRefused, ReplaceRefused
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import WORKING_STATES, Kind, OrderState, Report
from kedge.domain.orders import Order, Role
from kedge.kernel.on_answer import missing, showed
from kedge.kernel.on_bust import amend
from kedge.kernel.on_fill import fill
from kedge.kernel.on_market import close_late_arrival
from kedge.kernel.rejected import reject
from kedge.kernel.requests import ask, cancel, doubt
from kedge.kernel.settle import accept, alarm_if_absurd, end, owes_fills, take_new_terms
from kedge.kernel.stop_limit import note_met
from kedge.kernel.turn import Turn, outcome


def on_report(turn: Turn, report: i.OrderReport) -> None:
    """Find the order and let the report's own function take it in."""
    order = turn.order(report.order)
    if order is None:
        turn.alarm(
            "UNKNOWN_ORDER", report.order, f"{type(report).__name__} for an order that is not known here"
        )
        return
    _REPORTS[type(report)](turn, order, report)


def _accepted(turn: Turn, order: Order, report: i.VenueAccepted) -> None:
    accept(turn, order, report.venue_order_id)


def _rejected(turn: Turn, order: Order, report: i.VenueRejected) -> None:
    reject(turn, order, report)


def _filled(turn: Turn, order: Order, report: i.VenueFilled) -> None:
    fill(turn, order, report.execution)
    if order.request.role is Role.ENTRY:
        close_late_arrival(turn, order.request.account, order.request.instrument)
    note_met(turn, order, report.execution.price)  # where it has a limit: a part that fills proves as much
    if order.state in WORKING_STATES and order.cancel_at <= turn.at:
        cancel(turn, order, "engine", order.reason or "order timeout")


def _amended(turn: Turn, order: Order, report: i.Amendment) -> None:
    amend(turn, order, report)
    close_late_arrival(turn, order.request.account, order.request.instrument)


def _cancelled(turn: Turn, order: Order, report: i.VenueCancelled) -> None:
    if not owes_fills(turn, order, report.filled):
        end(turn, order, Report.CANCELLED, report.reason)


def _expired(turn: Turn, order: Order, report: i.VenueExpired) -> None:
    if not owes_fills(turn, order, report.filled):
        end(turn, order, Report.EXPIRE, report.reason)


def _refused(turn: Turn, order: Order, report: i.VenueRefused) -> None:
    match report.request:
        case i.Request.SUBMIT:
            reject(turn, order, i.VenueRejected(order.id, report.reason, at=report.at))
        case i.Request.CANCEL:
            believed = outcome(order, Report.CANCEL_REFUSED)
            if believed.kind is Kind.EXPECTED:
                replacing = order.pending is not None
                state = OrderState.PENDING_REPLACE if replacing else believed.state
                turn.emit(CancelRefused(order=order.id, reason=report.reason, state=state))
                ask(turn, order)  # "too late" means that something happened that we have not heard
                _give_up_later(turn, order)
            alarm_if_absurd(turn, order, believed, Report.CANCEL_REFUSED)
        case i.Request.REPLACE:
            believed = outcome(order, Report.REPLACE_REFUSED)
            if believed.kind is Kind.EXPECTED:
                turn.emit(ReplaceRefused(order=order.id, reason=report.reason, state=believed.state))
                ask(turn, order)  # as for a cancel: "already filled" may be the first that we hear of it
            alarm_if_absurd(turn, order, believed, Report.REPLACE_REFUSED)


def _give_up_later(turn: Turn, order: Order) -> None:
    """An entry that a refused cancel has left has its time to fill once more, and not for ever."""
    if order.request.role is Role.ENTRY:
        timeout = turn.state.accounts[order.request.account].terms.order_timeout
        at = Instant(turn.at + timeout)
        turn.emit(CancelPlanned(order=order.id, who="engine", why="order timeout", cancel_at=at))


def _silent(turn: Turn, order: Order, report: i.VenueSilent) -> None:
    doubt(turn, order, report.detail or f"no answer to the {report.request.value}")


_REPORTS: dict[type, Callable[[Turn, Order, Any], None]] = {
    i.VenueAccepted: _accepted,
    i.VenueRejected: _rejected,
    i.VenueFilled: _filled,
    i.VenueCancelled: _cancelled,
    i.VenueExpired: _expired,
    i.VenueReplaced: take_new_terms,
    i.VenueRefused: _refused,
    i.VenueSilent: _silent,
    i.VenueMissing: missing,
    i.VenueBusted: _amended,
    i.VenueCorrected: _amended,
    i.VenueShowed: showed,
}
