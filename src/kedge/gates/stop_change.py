"""Can the stop be moved to where the signal wants it, now?"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from kedge.domain.capabilities import Way
from kedge.domain.codes import Code
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import ZERO, from_nano, on_grid, to_nano
from kedge.domain.orders import Order, Role, Side
from kedge.domain.positions import Position
from kedge.domain.protection import StopWord, WantedStop
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.gates.stop_place import Placed, place_stop


def stop_change(draft: Draft) -> Figures | Refusal:
    """One stop order is replaced; the old price holds until the venue has confirmed the new one. It may be given more
    room, never more than it had at entry. A signal that names targets only leaves it.
    """
    signal, tick = draft.signal, draft.instrument.tick
    if signal.stop is None and signal.stop_by is None:
        if signal.targets and not signal.unprotected:
            return {"stop": "stays"}
        return Refusal(Code.STOP_MISSING, {"stop": "none"})
    placed = _placed(draft)
    if isinstance(placed, Refusal):
        return placed
    price, market = placed.price, market_of(draft)
    figures: Figures = placed.figures | {"stop": to_nano(price), "tick": to_nano(tick)}
    if price <= 0:
        return Refusal(Code.PRICE_NOT_POSITIVE, figures)
    if not on_grid(price, tick):
        return Refusal(Code.PRICE_OFF_TICK, figures)
    if market is not None and (price >= market if draft.side is Side.SELL else price <= market):
        return Refusal(Code.STOP_ON_WRONG_SIDE, figures | {"market": to_nano(market)})
    first = None if draft.position is None else draft.position.stop
    if first is not None and (price < first if draft.side is Side.SELL else price > first):
        return Refusal(Code.STOP_BEYOND_RISK, figures | {"at_entry": to_nano(first)})
    # The newest of each entry; of several entries the one that is farthest from the market.
    found = _stops(draft)
    stops = {order.request.parent: order for order in found if not order.went_off}
    if not stops and found:
        return Refusal(Code.ALREADY_EXITING, figures | {"order": found[-1].id, "state": found[-1].state})
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


def market_of(draft: Draft) -> Decimal | None:
    """The price at which the position could be closed now."""
    return draft.bid if draft.side is Side.SELL else draft.ask


def mean_of(draft: Draft, position: Position) -> Decimal:
    """What the entry cost, for each one held."""
    return position.cost / (abs(position.quantity) * draft.instrument.multiplier)


def _placed(draft: Draft) -> Placed | Refusal:
    """The signal's price, or where its method puts the stop, measured from the price of now."""
    signal, market = draft.signal, market_of(draft)
    wanted: WantedStop | None = signal.stop_by
    if signal.stop is not None or wanted is None:
        return Placed(from_nano(signal.stop or to_nano(Decimal(0))), {})
    if wanted.fault:
        return Refusal(Code.PROTECTION_INVALID, {"stop": wanted.fault})
    if wanted.method is StopWord.BREAK_EVEN and draft.position is not None:
        cost, tick = mean_of(draft, draft.position), draft.instrument.tick
        away = ROUND_FLOOR if draft.side is Side.SELL else ROUND_CEILING
        return Placed((cost / tick).to_integral_value(away) * tick, {"stop_by": wanted.method.value})
    if market is None:
        return Refusal(Code.NO_REFERENCE_PRICE, {"reference": "none"})
    placed = place_stop(draft, market, draft.side.opposite)
    reference: Figures = {"reference": to_nano(market)}
    if isinstance(placed, Refusal):
        return Refusal(placed.code, reference | placed.figures)
    return Placed(placed.price, reference | placed.figures)
