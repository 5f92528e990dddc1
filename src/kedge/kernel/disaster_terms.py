"""What a disaster stop has to be: for how much, and at which price; see `kedge.kernel.disaster`.

It is for what is open, less what leaves: an exit on its way, one that waits for its place, and, where the venue does
not keep exits from turning a position over, whatever else may close there. Where stops rest at the venue it is for no
more than what was added to a position, whose own stop the engine holds. It lies so many times the distance from
the entry to the stop away as the account says, and always beyond the engine's own; it does not follow the market.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from kedge.domain.capabilities import Way
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Role
from kedge.domain.positions import Position
from kedge.kernel.cover import (
    active_in,
    closing,
    is_of_an_add,
    is_on_its_way,
    is_waiting,
    is_wanted,
    stop_price_of,
)
from kedge.kernel.room import may_fill_of
from kedge.kernel.state import BookState


class DisasterTerms(NamedTuple):
    """For how much, and where."""

    quantity: Decimal
    price: Decimal


def rests_beside(state: BookState, position: Position) -> bool:
    """Whether a disaster stop is to rest at the venue beside stops that the engine holds."""
    able = state.able(position.account)
    holds_some = able.way is Way.ENGINE or (able.way is Way.RESTING and bool(position.adds))
    return (
        holds_some and able.takes_stops and state.accounts[position.account].terms.disaster_stop is not None
    )


def terms_for(state: BookState, position: Position) -> DisasterTerms | None:
    """What there has to be by now; None: nothing."""
    if not rests_beside(state, position) or not is_wanted(state, position):
        return None
    quantity, price = _quantity(state, position), _price(state, position)
    instrument = state.instruments[position.instrument]
    if price is None or instrument.is_too_small(quantity, price):
        return None
    return DisasterTerms(quantity, price)


def _quantity(state: BookState, position: Position) -> Decimal:
    able = state.able(position.account)
    left, of_adds = abs(position.quantity), ZERO
    for order in closing(state, position):
        if order.request.role is Role.DISASTER:
            continue
        if order.state is OrderState.NEW:
            left -= order.leaves if is_waiting(order) else ZERO
            if order.request.role is Role.STOP and is_of_an_add(position, order):
                of_adds += active_in(state, order)
        elif is_on_its_way(order) or order.request.role is Role.STOP or not able.reduce_only:
            left -= may_fill_of(order)
    if able.way is Way.RESTING:
        left = min(left, of_adds)
    return state.instruments[position.instrument].tradable(max(left, ZERO))


def _price(state: BookState, position: Position) -> Decimal | None:
    """On the tick: rather further than nearer. None where there is no room beyond the stop."""
    factor = state.accounts[position.account].terms.disaster_stop
    assert factor is not None, "a disaster stop rests there"
    instrument, long = state.instruments[position.instrument], position.quantity > ZERO
    sign = 1 if long else -1
    stop = _farthest_stop(state, position, sign)
    mean = position.entry_value / (position.entered * instrument.multiplier)
    away = (factor - 1) * max(abs(mean - stop), instrument.tick)
    ticks = (stop - sign * away) / instrument.tick
    price = max(ticks.to_integral_value(ROUND_FLOOR if long else ROUND_CEILING), Decimal(1)) * instrument.tick
    return price if sign * (stop - price) > ZERO else None


def _farthest_stop(state: BookState, position: Position, sign: int) -> Decimal:
    """Of those that the engine holds, and of where the stop was at entry: so that trailing moves nothing there."""
    prices = [
        order.stop_price
        for order in closing(state, position)
        if order.request.role is Role.STOP
        and order.request.parent in position.entries
        and order.stop_price is not None
    ]
    if position.stop is not None:
        prices.append(position.stop)
    return min(prices, key=lambda price: sign * price, default=None) or stop_price_of(state, position)
