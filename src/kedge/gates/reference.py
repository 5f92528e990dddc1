"""Prices that several gates go by: at which the entry is expected to fill, and where the position is stopped."""

from decimal import Decimal

from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano, from_nano
from kedge.domain.orders import Order, Role, Side
from kedge.gates.gate import Draft


def worst_stop(draft: Draft) -> Decimal | None:
    """Where the position's stop is, of several the one that is farthest from the market."""
    prices = [
        order.stop_price
        for order in draft.open_orders
        if _is_a_stop(order) and order.request.side is draft.side.opposite and order.stop_price is not None
    ]
    return min(prices, key=lambda price: price * draft.side.sign, default=None)


def _is_a_stop(order: Order) -> bool:
    return order.request.role is Role.STOP and order.state is not OrderState.PENDING_CANCEL


def reference_price(draft: Draft) -> Decimal | None:
    """The price at which the entry is expected to fill: the market's, as far as the order lets it.

    A limit beyond the market fills at the market, and so does a stop behind it: a stop loss measured from the sender's
    own price would lie far away, or already be reached. Without a market the sender's price has to do.
    """
    order, buys = draft.signal.order, draft.side is Side.BUY
    market = draft.ask if buys else draft.bid
    limit, trigger = _price(order.limit_price), _price(order.stop_price)
    if market is None:
        return limit or trigger or _price(draft.signal.expected_price)
    if trigger is not None:
        market = max(market, trigger) if buys else min(market, trigger)
    if limit is not None:
        market = min(market, limit) if buys else max(market, limit)
    return market


def _price(number: Nano | None) -> Decimal | None:
    return None if number is None else from_nano(number)
