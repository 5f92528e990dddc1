"""The time of a retry has come: it leaves as a new order, unless anything speaks against it by now.

What was planned is state with a deadline, so it survives a restart. An entry passes the gates that can have changed
their mind: the state of trading, the session, the contract, and that nothing else is open, pending or in doubt there.
"""

from decimal import Decimal

from msgspec.structs import replace

from kedge.domain.codes import Code
from kedge.domain.events import OrderRetried, RetryPlanned
from kedge.domain.ids import OrderId
from kedge.domain.instants import NEVER, Instant
from kedge.domain.numbers import ZERO, from_nano, to_nano
from kedge.domain.orders import Holder, Role, Side
from kedge.domain.refusals import Course
from kedge.gates import RETRY_GATES, Approved, Draft, Held, Refused, Waiting, walk
from kedge.kernel.as_signal import as_signal
from kedge.kernel.cover import is_on_its_way
from kedge.kernel.on_signal import draft_of, give_up_at, send_entry, send_exit
from kedge.kernel.one_intent import give_up
from kedge.kernel.rejected import WAIT_MAX
from kedge.kernel.sharing import is_opposed
from kedge.kernel.state import BookState, Retry
from kedge.kernel.turn import Turn

_MAY_PASS = (Code.INSTRUMENT_HALTED, Code.MARKET_CLOSED, Code.MARKET_UNKNOWN)


def next_retry(state: BookState) -> Instant:
    """When the first of them is due: hardly ever any."""
    return min((retry.due for retry in state.retries.values()), default=NEVER)


def try_again(turn: Turn) -> None:
    """Each that is due leaves, waits on, or is given up."""
    due = [(order, retry) for order, retry in turn.state.retries.items() if retry.due <= turn.at]
    for order, retry in due:
        if order not in turn.state.retries:
            continue
        if retry.request.role is Role.EXIT:
            _exit_again(turn, order, retry)
        else:
            _enter_again(turn, order, retry)


def _enter_again(turn: Turn, order: OrderId, retry: Retry) -> None:
    if turn.at > retry.intent.until:
        give_up(turn, order, "its signal is too old by now", Code.SIGNAL_EXPIRED)
        return
    position = turn.state.position(retry.request.account, retry.request.instrument)
    if position is not None:
        is_add = position.opened <= retry.planned
        why = (
            "what was to be added to a position is not tried again"
            if is_add
            else "a position is open there by now"
        )
        give_up(turn, order, why, Code.POSITION_OPEN)
        return
    if _is_another(turn, retry):
        give_up(turn, order, "the instrument was changed meanwhile", Code.INSTRUMENT_CHANGED)
        return
    draft = draft_of(turn, as_signal(retry.request, retry.planned), None, None, None)
    draft.account = turn.state.accounts[retry.request.account]
    draft.instrument = turn.state.instruments[retry.request.instrument]
    draft.side, draft.quantity = retry.request.side, from_nano(retry.request.quantity)
    draft.reference, draft.stop = _expected(retry), _stop_of(retry)
    verdict = walk(RETRY_GATES, draft)
    if isinstance(verdict, Approved):
        _send(turn, order, retry, draft)
    elif retry.course is Course.WAIT and verdict.code in _MAY_PASS:
        _wait_on(turn, order, retry, verdict)
    else:
        give_up(turn, order, "a gate speaks against it by now", verdict.code)


def _expected(retry: Retry) -> Decimal:
    """The price at which its limits are counted: its own, else the one that was expected of the market."""
    for price in (retry.request.limit_price, retry.request.expected, retry.intent.reference):
        if price is not None:
            return from_nano(price)
    return ZERO


def _stop_of(retry: Retry) -> Decimal | None:
    stops = (leg.stop_price for leg in retry.legs if leg.role is Role.STOP)
    return next((from_nano(price) for price in stops if price is not None), None)


def _is_another(turn: Turn, retry: Retry) -> bool:
    """Whether a split or a new symbol lies between."""
    request, state = retry.request, turn.state
    changed = state.changed_at(request.instrument)
    renamed = len(state.goes_by(request.account, request.instrument)) > 1
    return renamed or (changed is not None and changed >= retry.planned)


def _send(turn: Turn, order: OrderId, retry: Retry, draft: Draft) -> None:
    id_ = turn.state.order_id()
    legs = tuple(
        replace(leg, id=turn.state.order_id(1 + place), parent=id_, holder=Holder.VENUE)
        for place, leg in enumerate(retry.legs)
    )
    request = replace(retry.request, id=id_)
    send_entry(turn, request, legs, give_up_at(draft, request.tif), retry.intent)
    turn.emit(OrderRetried(order=order, by=id_))


def _wait_on(turn: Turn, order: OrderId, retry: Retry, verdict: Refused | Waiting | Held) -> None:
    """Its market has not come round: looked at again after twice the time."""
    due = Instant(turn.at + min(2 * max(retry.due - retry.planned, 1), WAIT_MAX))
    if due > retry.intent.until:
        give_up(turn, order, "its signal is too old by then", verdict.code)
        return
    turn.emit(
        RetryPlanned(
            order=order,
            kind=retry.kind,
            course=retry.course,
            due=due,
            request=retry.request,
            intent=retry.intent,
            legs=retry.legs,
        )
    )


def _exit_again(turn: Turn, order: OrderId, retry: Retry) -> None:
    request = retry.request
    position = turn.state.position(request.account, request.instrument)
    if position is None or position.id != retry.intent.position:
        give_up(turn, order, "what it was to close is closed")
        return
    orders = turn.state.open_orders(request.account, request.instrument)
    leaving = sum((other.leaves for other in orders if is_on_its_way(other)), ZERO)
    instrument = turn.state.instruments[request.instrument]
    quantity = min(instrument.tradable(abs(position.quantity) - leaving), from_nano(request.quantity))
    if quantity <= ZERO or (position.quantity > ZERO) == (request.side is Side.BUY):
        give_up(turn, order, "another exit is closing it")
        return
    reduces = not is_opposed(turn.state, request.account, request.instrument)
    again = replace(
        request,
        id=turn.state.order_id(),
        quantity=to_nano(quantity),
        reduce_only=reduces,
        holder=Holder.VENUE,
    )
    send_exit(turn, again, NEVER, retry.intent)
    turn.emit(OrderRetried(order=order, by=again.id))
