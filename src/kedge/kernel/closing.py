"""Closing a part of a position, or all of it, and what has to follow when it is flat."""

from decimal import Decimal
from typing import NamedTuple

from kedge.domain.capabilities import Way
from kedge.domain.events import DustLeft, PositionClosed, PositionReduced
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO, plain, to_nano
from kedge.domain.orders import Order, Role
from kedge.domain.positions import Part, Position, cash_flow, gain, mean_price, without_rest
from kedge.domain.signals import Direction
from kedge.kernel.pairs import partner_of
from kedge.kernel.requests import POSITION_CLOSED, cancel, cancel_later
from kedge.kernel.turn import Turn

DUST = "dust"  # why a position is over of which only so much is left that it cannot be sold


class By(NamedTuple):
    """What closes: an order of ours, or (order None) the venue by itself."""

    order: OrderId | None
    reason: str
    strategy: str | None = None


def close_part(turn: Turn, position: Position, part: Part, by: By) -> None:
    """Take a part off the position; when nothing is left it is a trade."""
    released, gained = gain(position, part)
    cash = cash_after(turn, position.account, position.instrument, part, gained)
    rest = position.quantity + part.quantity
    if rest:
        turn.emit(
            PositionReduced(
                account=position.account,
                instrument=position.instrument,
                order=by.order,
                quantity=to_nano(rest),
                cost=to_nano(position.cost - released),
                gained=to_nano(gained),
                value=to_nano(part.value),
                fee=to_nano(part.fee),
                cash=to_nano(cash),
            )
        )
        return
    turn.emit(_closing(turn, position, part, by, gained, cash))
    if by.order is not None:
        withdraw_the_rest(turn, position, by.order)


def cash_after(turn: Turn, account: AccountId, instrument: Symbol, part: Part, gained: Decimal) -> Decimal:
    """What the account has after this part."""
    return turn.state.accounts[account].cash + cash_flow(turn.state.instruments[instrument], part, gained)


def _closing(
    turn: Turn, position: Position, part: Part, by: By, gained: Decimal, cash: Decimal
) -> PositionClosed:
    unit = position.entered * turn.state.instruments[position.instrument].multiplier
    fees = position.fees + part.fee
    entry = turn.order(position.entry_order)
    return PositionClosed(
        position=position.id,
        account=position.account,
        instrument=position.instrument,
        order=by.order,
        gained=to_nano(gained),
        value=to_nano(part.value),
        fee=to_nano(part.fee),
        cash=to_nano(cash),
        direction=Direction.LONG if position.quantity > ZERO else Direction.SHORT,
        opened=position.opened,
        entry_order=position.entry_order,
        quantity=to_nano(position.entered),
        entry_price=to_nano(mean_price(position.entry_value, unit)),
        exit_price=to_nano(mean_price(position.exit_value + part.value, unit)),
        pnl=to_nano(position.realised + gained - fees),
        fees=to_nano(fees),
        exit_reason=by.reason,
        strategy=by.strategy if entry is None else entry.request.strategy,
        stop=None if position.stop is None else to_nano(position.stop),
        risk=None if position.risk is None else to_nano(position.risk),
        adds=len(position.adds),
    )


def leave_dust(turn: Turn, position: Position) -> None:
    """Only so much is left that it cannot be sold: the round trip is over, and that much is counted apart.

    It keeps what it cost. Nothing was traded, so the cash and the gains are what they were.
    """
    instrument = turn.state.instruments[position.instrument]
    rest, entry = without_rest(position, instrument), turn.order(position.entry_order)
    quantity, cost = to_nano(position.quantity), to_nano(position.cost)
    nothing = to_nano(ZERO)
    turn.emit(
        PositionClosed(
            position=position.id,
            account=position.account,
            instrument=position.instrument,
            order=None,
            gained=nothing,
            value=nothing,
            fee=nothing,
            cash=to_nano(turn.state.accounts[position.account].cash),
            direction=Direction.LONG if position.quantity > ZERO else Direction.SHORT,
            opened=position.opened,
            entry_order=position.entry_order,
            quantity=to_nano(rest.quantity),
            entry_price=to_nano(rest.entry_price),
            exit_price=to_nano(rest.exit_price),
            pnl=to_nano(position.realised - position.fees),
            fees=to_nano(position.fees),
            exit_reason=DUST,
            strategy=None if entry is None else entry.request.strategy,
            stop=None if position.stop is None else to_nano(position.stop),
            risk=None if position.risk is None else to_nano(position.risk),
            adds=len(position.adds),
        )
    )
    turn.emit(
        DustLeft(
            position=position.id,
            account=position.account,
            instrument=position.instrument,
            quantity=quantity,
            cost=cost,
        )
    )
    turn.alarm(
        "DUST",
        position.entry_order,
        "what is left is too little to be sold: it is held on, and is no position any more",
        position=position.id,
        instrument=position.instrument,
        quantity=plain(position.quantity),
    )
    withdraw_the_rest(turn, position)


def is_dust(turn: Turn, position: Position) -> bool:
    """Whether nobody takes what is left, by the price that it cost.

    Not while more of its entry can come, nor while an exit that the venue has taken may close what is there.
    """
    instrument, held = turn.state.instruments[position.instrument], abs(position.quantity)
    sellable = instrument.tradable(held)
    if sellable > ZERO and instrument.min_quantity is instrument.min_value is None:
        return False
    if not instrument.is_too_small(sellable, mean_price(position.cost, held * instrument.multiplier)):
        return False
    orders = turn.state.open_orders(position.account, position.instrument)
    adds = position.quantity > ZERO
    if any((each.request.side.sign > 0) is adds for each in orders):
        return False
    return sellable <= ZERO or all(each.state is OrderState.NEW for each in orders)


def withdraw_the_rest(turn: Turn, position: Position, closed_by: OrderId | None = None) -> None:
    """Flat: what is left of the entry goes at once, and its exits only when it can no longer fill."""
    for other in turn.state.open_orders(position.account, position.instrument):
        if other.id == closed_by or is_final(other.state) or other.request.role is Role.DISASTER:
            continue  # that one follows what is open by itself (`disaster`)
        if other.request.role is Role.ENTRY:
            if other.state is not OrderState.PENDING_CANCEL:
                cancel(turn, other, "engine", POSITION_CLOSED)
        elif _rests_by_itself(turn, other):
            if other.state is not OrderState.PENDING_CANCEL:
                cancel(
                    turn, other, "engine", POSITION_CLOSED
                )  # nobody else takes it away, and it could open one
        elif not may_fill(turn, other.request.parent):
            cancel_later(turn, other, POSITION_CLOSED)


def _rests_by_itself(turn: Turn, order: Order) -> bool:
    able = turn.state.able(order.request.account)
    if able.reduce_only or able.way is not Way.RESTING or order.state is OrderState.NEW:
        return False
    other = partner_of(turn.state, order)
    return other is None or other.state is not OrderState.FILLED  # else the venue takes it away


def may_fill(turn: Turn, entry: OrderId | None) -> bool:
    """Whether more of an entry may come."""
    order = None if entry is None else turn.order(entry)
    return order is not None and not is_final(order.state)
