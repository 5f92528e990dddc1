"""May this entry add to what is open? Only to a winner that has its stop, so often as the account says, never to one
that is being closed.
"""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import UNIT, ZERO, Nano, from_nano, money, to_nano
from kedge.domain.orders import Holder, Order, Role, Side
from kedge.domain.positions import Position
from kedge.gates.gate import Draft, Figures, Refusal


def may_add(draft: Draft, position: Position) -> Figures | Refusal:
    """The position's open result has to be a gain at the price at which the added part is expected to fill."""
    most = draft.account.terms.max_adds
    figures: Figures = {"position": position.id, "quantity": to_nano(position.quantity)}
    if not most or position.quantity * draft.side.sign < ZERO:
        return Refusal(Code.POSITION_OPEN, figures)
    figures |= {"adds": len(position.adds) * UNIT, "max_adds": most * UNIT}
    for order in draft.open_orders:
        released = order.request.holder is Holder.ENGINE and order.state is not OrderState.NEW
        if order.request.role is Role.EXIT or released or order.reached is not None:
            return Refusal(Code.ALREADY_EXITING, {"order": order.id, "state": order.state})
    if draft.signal.unprotected or position.waived:
        return Refusal(Code.UNPROTECTED_NOT_ALLOWED, figures)
    if worst_stop(draft) is None:
        return Refusal(Code.NO_STOP_TO_ADJUST, figures)
    if len(position.adds) >= most:
        return Refusal(Code.ADDS_EXHAUSTED, figures)
    price = reference_price(draft)
    if price is None:
        return Refusal(Code.NO_REFERENCE_PRICE, figures)
    size, multiplier = abs(position.quantity), draft.instrument.multiplier
    figures |= {"price": to_nano(price), "mean": to_nano(money(position.cost / (size * multiplier)))}
    gained = (draft.instrument.value(size, price) - position.cost) * draft.side.sign
    figures["gained"] = to_nano(gained)
    return figures if gained > ZERO else Refusal(Code.ADDS_TO_LOSER, figures)


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
