"""The kinds of line about an order that exists: requests of a person and reports of a venue, as the kernel takes them.

One row a kind in `REPORTS`: the form of the line, and the inputs that it stands for.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import to_nano
from kedge.domain.orders import Execution, Order, Terms
from kedge.lab import script_form as form

ABLE = Capabilities()  # of the venue that a script plays
WHO = "script"


class Report(NamedTuple):
    """How a kind of line is written, and what the kernel hears."""

    form: type[form.OrderLine]
    inputs: Callable[[Order, Any, Instant], Sequence[i.Input]]


def _replace(order: Order, line: form.TermsLine, now: Instant) -> Sequence[i.Input]:
    return [i.ReplaceAsked(order.id, line.terms, WHO, "asked for", at=now)]


def _cancel(order: Order, line: form.OrderLine, now: Instant) -> Sequence[i.Input]:
    return [i.CancelAsked(order.id, WHO, "asked for", at=now)]


def _ack(order: Order, line: form.OrderLine, now: Instant) -> Sequence[i.Input]:
    return [i.VenueAccepted(order.id, _name_there(order), at=now)]


def _reject(order: Order, line: form.ReasonLine, now: Instant) -> Sequence[i.Input]:
    return [i.VenueRejected(order.id, line.reason, at=now)]


def _fill(order: Order, line: form.FillLine, now: Instant) -> Sequence[i.Input]:
    done = Execution(line.id or _next_fill(order), to_nano(line.quantity), to_nano(line.price))
    return [i.VenueFilled(order.id, done, at=now)]


def _cancelled(order: Order, line: form.EndLine, now: Instant) -> Sequence[i.Input]:
    return [i.VenueCancelled(order.id, line.reason, form.maybe(line.filled), at=now)]


def _expired(order: Order, line: form.EndLine, now: Instant) -> Sequence[i.Input]:
    return [i.VenueExpired(order.id, line.reason, form.maybe(line.filled), at=now)]


def _replaced(order: Order, line: form.TermsLine, now: Instant) -> Sequence[i.Input]:
    """Without terms of its own it confirms those that were asked for."""
    terms = line.terms if line.terms != Terms() else order.pending or Terms()
    return [i.VenueReplaced(order.id, terms, at=now)]


def _cancel_rejected(order: Order, line: form.ReasonLine, now: Instant) -> Sequence[i.Input]:
    return [i.VenueRefused(order.id, i.Request.CANCEL, line.reason, at=now)]


def _replace_rejected(order: Order, line: form.ReasonLine, now: Instant) -> Sequence[i.Input]:
    return [i.VenueRefused(order.id, i.Request.REPLACE, line.reason, at=now)]


def _showed(order: Order, line: form.ShowedLine, now: Instant) -> Sequence[i.Input]:
    fills = tuple(Execution(each.id, to_nano(each.quantity), to_nano(each.price)) for each in line.fills)
    state = OrderState(line.state)
    return [i.VenueShowed(order.id, _name_there(order), state, fills, line.terms, line.reason, at=now)]


def _bust(order: Order, line: form.BustLine, now: Instant) -> Sequence[i.Input]:
    return [i.VenueBusted(order.id, line.id, line.reason, at=now)]


def _correct(order: Order, line: form.CorrectLine, now: Instant) -> Sequence[i.Input]:
    corrected = Execution(line.id, to_nano(line.quantity), to_nano(line.price))
    return [i.VenueCorrected(order.id, line.id, corrected, order.revisions.get(line.id, 0) + 1, at=now)]


def _missing(order: Order, line: form.OrderLine, now: Instant) -> Sequence[i.Input]:
    """Asked in every way that can prove an absence, each of which does find other orders."""
    ways = ABLE.absence_endpoints
    return [i.VenueMissing(order.id, way, control=True, asked=now, at=now) for way in ways]


def _silent(order: Order, line: form.OrderLine, now: Instant) -> Sequence[i.Input]:
    return [i.VenueSilent(order.id, _UNDER_WAY.get(order.state, i.Request.SUBMIT), at=now)]


def _name_there(order: Order) -> str:
    return f"v-{order.id}"


def _next_fill(order: Order) -> str:
    return next(id_ for number in count(1) if (id_ := f"fill-{number}") not in order.executions)


_UNDER_WAY = {
    OrderState.PENDING_CANCEL: i.Request.CANCEL,
    OrderState.PENDING_REPLACE: i.Request.REPLACE,
}
REPORTS: dict[str, Report] = {
    "replace": Report(form.TermsLine, _replace),
    "cancel": Report(form.OrderLine, _cancel),
    "ack": Report(form.OrderLine, _ack),
    "reject": Report(form.ReasonLine, _reject),
    "fill": Report(form.FillLine, _fill),
    "cancelled": Report(form.EndLine, _cancelled),
    "expired": Report(form.EndLine, _expired),
    "replaced": Report(form.TermsLine, _replaced),
    "cancel_rejected": Report(form.ReasonLine, _cancel_rejected),
    "replace_rejected": Report(form.ReasonLine, _replace_rejected),
    "showed": Report(form.ShowedLine, _showed),
    "missing": Report(form.OrderLine, _missing),
    "silent": Report(form.OrderLine, _silent),
    "bust": Report(form.BustLine, _bust),
    "correct": Report(form.CorrectLine, _correct),
}
