"""A venue's no: the order is over, and what it was for is tried again where that is safe.

    retry    the same again, after a pause that doubles: what stood in the way may be gone by then
    adjust   another order for the same intent, at once
    wait     the same again, when it may be taken, looked at with pauses that double; that is no attempt
    give up  everything else, and everything whose meaning is not known

An exit at the market is tried again whatever was said, for it takes risk away. That it was rejected for certain is
what makes a second order safe: nothing is sent for an order whose outcome is not known.
"""

from msgspec.structs import replace

from kedge.domain.events import OrderGivenUp, RetryPlanned
from kedge.domain.inputs import VenueRejected
from kedge.domain.instants import SECOND, Instant, Span
from kedge.domain.intents import Intent
from kedge.domain.lifecycle import OrderState, Report
from kedge.domain.numbers import ZERO, to_nano
from kedge.domain.orders import Order, OrderRequest, OrderType, Role
from kedge.domain.refusals import Course, RejectKind, course_of
from kedge.kernel.adjusting import Asked, Hints, adjusted
from kedge.kernel.holding import closes_by_clock
from kedge.kernel.requests import ASK_AGAIN_MAX
from kedge.kernel.settle import end, terms_of
from kedge.kernel.turn import Turn

EXIT_TRIES_MAX = 20
EXIT_TRIES_TOLD = 2  # in vain, before a person is called
WAIT_MAX = Span(60 * SECOND)
_WANTED = (OrderState.PENDING_NEW, OrderState.IN_DOUBT, OrderState.ACCEPTED)


def reject(turn: Turn, order: Order, report: VenueRejected) -> None:
    """End the order, and plan what follows."""
    wanted = _is_wanted(turn, order)
    exits = _exits_of(turn, order) if wanted and order.request.role is Role.ENTRY else ()
    end(turn, order, Report.REJECT, report.reason)
    if wanted and order.state is OrderState.REJECTED:
        if order.request.role is Role.ENTRY:
            _plan_entry(turn, order, exits, report)
        else:
            plan_exit(turn, order, report.kind)


def plan_exit(turn: Turn, order: Order, kind: RejectKind = RejectKind.UNKNOWN) -> None:
    """An exit at the market that came to nothing: after 1, 2, 4 ... 30 s, as long as its position is open."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if request.role is not Role.EXIT or request.type is not OrderType.MARKET or position is None:
        return
    if position.opened > order.created:
        return  # what it was to close is closed, and this is another one
    if request.signal is None or closes_by_clock(position, request.signal):
        return  # the guard's own, and what is closed by the clock, are tried again where they come from
    before = order.intent or Intent()
    tries = before.attempt + 1
    if tries == EXIT_TRIES_TOLD or tries > EXIT_TRIES_MAX:
        turn.alarm(
            "EXIT_REJECTED",
            order.id,
            "an exit was rejected again and again: what it was to close is still open",
            position=position.id,
            tries=str(tries),
        )
    if tries > EXIT_TRIES_MAX:
        turn.emit(OrderGivenUp(order=order.id, kind=kind, why="it was tried often enough"))
        return
    pause = min(SECOND << min(tries - 1, 5), ASK_AGAIN_MAX)
    turn.emit(
        RetryPlanned(
            order=order.id,
            kind=kind,
            course=Course.RETRY,
            due=Instant(turn.at + pause),
            request=request,
            intent=Intent(position=position.id, attempt=tries, after=order.id),
        )
    )


def _is_wanted(turn: Turn, order: Order) -> bool:
    """Whether the order was still meant to trade: nobody has asked for its end, and nothing of it has filled."""
    return order.state in _WANTED and order.filled == ZERO and turn.at < order.cancel_at


def _exits_of(turn: Turn, entry: Order) -> tuple[OrderRequest, ...]:
    """The exits that belong to it, with the prices that they have by now."""
    orders = [order for order in turn.state.orders.values() if order.request.parent == entry.id]
    exits = []
    for order in orders:
        if order.state is not OrderState.CANCELLED and order.state is not OrderState.EXPIRED:
            now = terms_of(order)
            exits.append(
                replace(
                    order.request,
                    quantity=now.quantity,
                    limit_price=now.limit_price,
                    stop_price=now.stop_price,
                )
            )
    return tuple(exits)


def _plan_entry(turn: Turn, order: Order, exits: tuple[OrderRequest, ...], report: VenueRejected) -> None:
    terms = turn.state.accounts[order.request.account].terms
    kind, course, intent = report.kind, course_of(report.kind), order.intent
    if intent is None or (course is Course.GIVE_UP and kind is RejectKind.UNKNOWN and not intent.attempt):
        return  # the reason that the venue gave says all there is to say
    waits = course is Course.WAIT
    attempt = intent.attempt + (not waits)
    if course is Course.GIVE_UP:
        why = "it would be a no again"
    elif attempt > terms.retry_attempts:
        why = f"it was tried again {intent.attempt} times" if intent.attempt else "retry_attempts is 0"
    elif not terms.allow_unprotected and all(leg.role is not Role.STOP for leg in exits):
        why = "its stop is gone"
    else:
        next_ = replace(intent, attempt=attempt, waits=intent.waits + waits, after=order.id)
        _plan(turn, order, exits, report, next_)
        return
    turn.emit(OrderGivenUp(order=order.id, kind=kind, why=why))


def _plan(
    turn: Turn, order: Order, exits: tuple[OrderRequest, ...], report: VenueRejected, intent: Intent
) -> None:
    account, instrument = order.request.account, order.request.instrument
    terms, course = turn.state.accounts[account].terms, course_of(report.kind)
    now = terms_of(order)
    request = replace(
        order.request,
        quantity=to_nano(order.quantity),
        limit_price=now.limit_price,
        stop_price=now.stop_price,
    )
    asked: Asked | str = Asked(request, exits, {})
    if course is Course.ADJUST:
        hints = Hints(report.fits, report.tick)
        assert isinstance(asked, Asked)
        asked = adjusted(asked, report.kind, hints, turn.state.instruments[instrument], terms, intent)
    if isinstance(asked, str):
        turn.emit(OrderGivenUp(order=order.id, kind=report.kind, why=asked))
        return
    due = Instant(turn.at + _pause(course, intent, terms.retry_delay))
    if due > intent.until:
        turn.emit(OrderGivenUp(order=order.id, kind=report.kind, why="its signal is too old by then"))
        return
    turn.emit(
        RetryPlanned(
            order=order.id,
            kind=report.kind,
            course=course,
            due=due,
            request=asked.request,
            intent=intent,
            legs=asked.legs,
            changes=asked.changes,
        )
    )


def _pause(course: Course, intent: Intent, delay: Span) -> int:
    match course:
        case Course.ADJUST:
            return 0
        case Course.WAIT:
            return min(delay << min(intent.waits - 1, 20), WAIT_MAX)
        case _:
            return delay << min(intent.attempt - 1, 20)
