"""A fill: what it makes of the order, the position and the cash, and what has to follow.

A fill counts once, by the venue's execution id, and it counts in every state of the order. What it does to the
position is worked out here, once; the events carry the results.
"""

from decimal import Decimal

from kedge.domain.events import OrderFilled, OrderRevived, PositionGrown, PositionOpened
from kedge.domain.lifecycle import Kind, Report, answer, is_final
from kedge.domain.numbers import ZERO, added, from_nano, plain, to_nano
from kedge.domain.orders import Execution, Order, Role
from kedge.domain.positions import Part, effect_of, risk_of, split
from kedge.kernel.closing import By, cash_after, close_part
from kedge.kernel.dust import sell_apart, take_up
from kedge.kernel.on_change import in_shares_of_now, in_shares_of_the_order
from kedge.kernel.one_intent import step_back, tell_doubled
from kedge.kernel.pairing import after_the_last_fill
from kedge.kernel.requests import ask
from kedge.kernel.turn import Turn


def fill(turn: Turn, order: Order, execution: Execution) -> None:
    """Take one execution in, unless it is known."""
    if execution.id in order.executions:
        return
    now = in_shares_of_now(turn, order, execution)
    execution = in_shares_of_the_order(turn, order, execution)
    quantity = from_nano(execution.quantity)
    if not 0 <= execution.fee_base < execution.quantity:
        turn.alarm(
            "EMPTY_FILL", order.id, "a fill of nothing was reported and not counted", execution=execution.id
        )
        return
    rest = _wanted(order) - order.filled - quantity
    before = order.state
    # Once this fill counts something has filled, whatever was before.
    believed = answer(before, Report.FILL if rest > ZERO else Report.FILL_ALL, filled=True)
    unexpected = believed.kind is Kind.ALARM
    turn.emit(OrderFilled(order=order.id, execution=execution, state=believed.state, late=unexpected))
    if unexpected:
        turn.alarm(
            "UNEXPECTED_FILL", order.id, f"a fill came for an order that was {before}", execution=execution.id
        )
    if is_final(before) and not is_final(believed.state):
        turn.emit(OrderRevived(order=order.id, state=believed.state))
        ask(turn, order)
    if is_final(before):
        step_back(turn, order)
    is_retry = order.intent is not None and order.intent.after is not None
    if len(order.executions) == 1 and (is_retry or is_final(before)):
        tell_doubled(turn, order)
    if rest < ZERO:
        turn.alarm("OVERFILL", order.id, "more was filled than was asked for", excess=plain(-rest))
    _trade(turn, order, now)
    after_the_last_fill(turn, order)


def _wanted(order: Order) -> Decimal:
    """What it is for; while a replace to more is under way that may be what the venue works for already."""
    more = None if order.pending is None else order.pending.quantity
    return order.quantity if more is None else max(order.quantity, from_nano(more))


def _trade(turn: Turn, order: Order, execution: Execution) -> None:
    """The fill's effect on the position: one part, or two when it turns the position over."""
    request = order.request
    instrument = turn.state.instruments[request.instrument]
    position = turn.state.position(request.account, request.instrument)
    effect = effect_of(execution, request.side, instrument)
    signed, price, fee = effect
    if position is not None:
        take_up(turn, order, position, signed)
    elif sell_apart(turn, order, effect):
        return
    held = ZERO if position is None else position.quantity
    parts = split(held, signed, price, fee, instrument)
    for part in parts:
        if part.closes:
            assert position is not None, "a closing part has a position to close"
            close_part(turn, position, part, By(order.id, request.role.value, request.strategy))
        else:
            _open_part(turn, order, part)
    if request.role is not Role.ENTRY and (len(parts) > 1 or not parts[0].closes):
        turn.alarm(
            "POSITION_TURNED",
            order.id,
            "an order that was to reduce a position has opened one",
            instrument=request.instrument,
            quantity=plain(parts[-1].quantity),
        )


def _open_part(turn: Turn, order: Order, part: Part) -> None:
    request, state = order.request, turn.state
    cash = cash_after(turn, request.account, request.instrument, part, ZERO)
    position = state.position(request.account, request.instrument)
    stop = _initial_stop(turn, order)
    risk = None if stop is None else risk_of(part, stop, state.instruments[request.instrument])
    if position is not None:
        in_all = added(position.risk, risk)
        turn.emit(
            PositionGrown(
                account=request.account,
                instrument=request.instrument,
                order=order.id,
                quantity=to_nano(position.quantity + part.quantity),
                cost=to_nano(position.cost + part.value),
                fee=to_nano(part.fee),
                cash=to_nano(cash),
                stop=None if stop is None else to_nano(stop),
                risk=None if in_all is None else to_nano(in_all),
                adds=request.role is Role.ENTRY and order.id not in position.entries,
            )
        )
        return
    turn.emit(
        PositionOpened(
            position=state.position_id(),
            account=request.account,
            instrument=request.instrument,
            order=order.id,
            quantity=to_nano(part.quantity),
            cost=to_nano(part.value),
            fee=to_nano(part.fee),
            cash=to_nano(cash),
            stop=None if stop is None else to_nano(stop),
            risk=None if risk is None else to_nano(risk),
        )
    )


def _initial_stop(turn: Turn, order: Order) -> Decimal | None:
    """The stop that belongs to this entry: what one R of the trade is measured by."""
    state, request = turn.state, order.request
    # One that was refused before the entry filled says all the same what was meant.
    for others in (state.open_orders(request.account, request.instrument), state.orders.values()):
        for other in others:
            if other.request.parent == order.id and other.request.role is Role.STOP:
                return other.stop_price
    return None
