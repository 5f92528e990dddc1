"""A fill: what it makes of the order, the position and the cash, and what has to follow.

A fill counts once, by the venue's execution id, and it counts in every state of the order. What it does to the
position is worked out here, once; the events carry the results.
"""

from decimal import Decimal

from kedge.domain.events import (
    OrderFilled,
    OrderRevived,
    PositionClosed,
    PositionGrown,
    PositionOpened,
    PositionReduced,
)
from kedge.domain.ids import OrderId
from kedge.domain.lifecycle import Kind, OrderState, Report, answer, is_final
from kedge.domain.numbers import ZERO, from_nano, money, plain, to_nano
from kedge.domain.orders import Execution, Order, Role
from kedge.domain.positions import Part, Position, cash_flow, gain, split
from kedge.domain.signals import Direction
from kedge.kernel.cover import check_cover
from kedge.kernel.requests import POSITION_CLOSED, ask, cancel, cancel_later
from kedge.kernel.turn import Turn


def fill(turn: Turn, order: Order, execution: Execution) -> None:
    """Take one execution in, unless it is known."""
    if execution.id in order.executions:
        return
    quantity = from_nano(execution.quantity)
    if quantity <= ZERO:
        turn.alarm(
            "EMPTY_FILL", order.id, "a fill of nothing was reported and not counted", execution=execution.id
        )
        return
    rest = order.leaves - quantity
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
    if rest < ZERO:
        turn.alarm("OVERFILL", order.id, "more was filled than was asked for", excess=plain(-rest))
    _trade(turn, order, execution)


def _trade(turn: Turn, order: Order, execution: Execution) -> None:
    """The fill's effect on the position: one part, or two when it turns the position over."""
    request = order.request
    instrument = turn.state.instruments[request.instrument]
    position = turn.state.position(request.account, request.instrument)
    held = ZERO if position is None else position.quantity
    signed = from_nano(execution.quantity) * request.side.sign
    parts = split(held, signed, from_nano(execution.price), from_nano(execution.fee), instrument)
    for part in parts:
        if part.closes:
            _close_part(turn, order, part)
        else:
            _open_part(turn, order, part)
            if request.role is Role.ENTRY:
                check_cover(turn, order, "an entry filled")
    if request.role is not Role.ENTRY and (len(parts) > 1 or not parts[0].closes):
        turn.alarm(
            "POSITION_TURNED",
            order.id,
            "an order that was to reduce a position has opened one",
            instrument=request.instrument,
            quantity=plain(parts[-1].quantity),
        )
    elif request.role is not Role.ENTRY and is_final(order.state):
        check_cover(turn, order, "a way out has filled and closed a part only")


def _open_part(turn: Turn, order: Order, part: Part) -> None:
    request, state = order.request, turn.state
    cash = _cash_after(turn, order, part, ZERO)
    position = state.position(request.account, request.instrument)
    if position is not None:
        turn.emit(
            PositionGrown(
                account=request.account,
                instrument=request.instrument,
                order=order.id,
                quantity=to_nano(position.quantity + part.quantity),
                cost=to_nano(position.cost + part.value),
                fee=to_nano(part.fee),
                cash=to_nano(cash),
            )
        )
        return
    stop = _initial_stop(turn, order)
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
        )
    )


def _close_part(turn: Turn, order: Order, part: Part) -> None:
    request, state = order.request, turn.state
    position = state.position(request.account, request.instrument)
    assert position is not None, "a closing part has a position to close"
    released, gained = gain(position, part)
    cash = _cash_after(turn, order, part, gained)
    rest = position.quantity + part.quantity
    if rest:
        turn.emit(
            PositionReduced(
                account=request.account,
                instrument=request.instrument,
                order=order.id,
                quantity=to_nano(rest),
                cost=to_nano(position.cost - released),
                gained=to_nano(gained),
                value=to_nano(part.value),
                fee=to_nano(part.fee),
                cash=to_nano(cash),
            )
        )
        return
    turn.emit(_closing(turn, order, position, part, gained, cash))
    _withdraw_the_rest(turn, order)


def _withdraw_the_rest(turn: Turn, order: Order) -> None:
    """Flat: what is left of the entry goes at once, and its exits only when it can no longer fill."""
    request = order.request
    for other in turn.state.open_orders(request.account, request.instrument):
        if other.id == order.id or is_final(other.state):
            continue
        if other.request.role is Role.ENTRY:
            if other.state is not OrderState.PENDING_CANCEL:
                cancel(turn, other, "engine", POSITION_CLOSED)
        elif not _may_fill(turn, other.request.parent):
            cancel_later(turn, other, POSITION_CLOSED)


def _may_fill(turn: Turn, entry: OrderId | None) -> bool:
    order = None if entry is None else turn.order(entry)
    return order is not None and not is_final(order.state)


def _closing(
    turn: Turn, order: Order, position: Position, part: Part, gained: Decimal, cash: Decimal
) -> PositionClosed:
    request = order.request
    unit = position.entered * turn.state.instruments[request.instrument].multiplier
    fees = position.fees + part.fee
    entry = turn.order(position.entry_order)
    return PositionClosed(
        position=position.id,
        account=request.account,
        instrument=request.instrument,
        order=order.id,
        gained=to_nano(gained),
        value=to_nano(part.value),
        fee=to_nano(part.fee),
        cash=to_nano(cash),
        direction=Direction.LONG if position.quantity > ZERO else Direction.SHORT,
        opened=position.opened,
        entry_order=position.entry_order,
        quantity=to_nano(position.entered),
        entry_price=to_nano(money(position.entry_value / unit)),
        exit_price=to_nano(money((position.exit_value + part.value) / unit)),
        pnl=to_nano(position.realised + gained - fees),
        fees=to_nano(fees),
        exit_reason=request.role.value,
        strategy=request.strategy if entry is None else entry.request.strategy,
        stop=None if position.stop is None else to_nano(position.stop),
    )


def _cash_after(turn: Turn, order: Order, part: Part, gained: Decimal) -> Decimal:
    request = order.request
    account = turn.state.accounts[request.account]
    return account.cash + cash_flow(turn.state.instruments[request.instrument], part, gained)


def _initial_stop(turn: Turn, order: Order) -> Decimal | None:
    """The stop that belongs to this entry: what one R of the trade is measured by."""
    for other in turn.state.open_orders(order.request.account, order.request.instrument):
        if other.request.parent == order.id and other.request.role is Role.STOP:
            return other.stop_price
    return None
