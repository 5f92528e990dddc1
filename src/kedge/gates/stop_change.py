"""Can the stop be moved to where the signal wants it, now?"""

from kedge.domain.capabilities import Way
from kedge.domain.codes import Code
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import ZERO, from_nano, on_grid, to_nano
from kedge.domain.orders import Order, Role, Side
from kedge.gates.gate import Draft, Figures, Refusal


def stop_change(draft: Draft) -> Figures | Refusal:
    """One stop order is replaced; the old price holds until the venue has confirmed the new one. It may be given more
    room, never more than it had at entry.
    """
    signal, tick = draft.signal, draft.instrument.tick
    if signal.stop is None:
        return Refusal(Code.STOP_MISSING, {"stop": "none"})
    price = from_nano(signal.stop)
    figures: Figures = {"stop": to_nano(price), "tick": to_nano(tick)}
    if price <= 0:
        return Refusal(Code.PRICE_NOT_POSITIVE, figures)
    if not on_grid(price, tick):
        return Refusal(Code.PRICE_OFF_TICK, figures)
    market = draft.bid if draft.side is Side.SELL else draft.ask
    if market is not None and (price >= market if draft.side is Side.SELL else price <= market):
        return Refusal(Code.STOP_ON_WRONG_SIDE, figures | {"market": to_nano(market)})
    first = None if draft.position is None else draft.position.stop
    if first is not None and (price < first if draft.side is Side.SELL else price > first):
        return Refusal(Code.STOP_BEYOND_RISK, figures | {"at_entry": to_nano(first)})
    # The newest of each entry; of several entries the one that is farthest from the market.
    stops = {order.request.parent: order for order in _stops(draft)}
    if not stops:
        return Refusal(Code.NO_STOP_TO_ADJUST, figures)
    order = max(stops.values(), key=lambda stop: (stop.stop_price or ZERO) * draft.side.sign)
    figures |= {"order": order.id, "state": order.state}
    if order.stop_price is not None:
        figures["from"] = to_nano(order.stop_price)
    terms = draft.account.terms.capabilities
    # By a replace, by a second stop beside the first, or by way of one that the engine holds.
    able = terms.replace or terms.reduce_only or terms.way is Way.RESTING
    if order.state is not OrderState.NEW and (order.state not in WORKING_STATES or not able):
        figures["venue_can_move_it"] = str(able).lower()
        return Refusal(Code.STOP_NOT_ADJUSTABLE, figures)
    draft.stop = price
    draft.stop_order = order
    return figures


def _stops(draft: Draft) -> list[Order]:
    """One that is being withdrawn says nothing while another stands."""
    stops = [order for order in draft.open_orders if order.request.role is Role.STOP]
    return [order for order in stops if order.state is not OrderState.PENDING_CANCEL] or stops
