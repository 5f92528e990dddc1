"""Could the entry trade against an order of another account of the same venue account? That is a trade with oneself."""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.numbers import UNIT, Nano, from_nano, to_nano
from kedge.domain.orders import OrderType, Side
from kedge.gates.gate import Draft, Figures, Refusal, Resting


def self_match(draft: Draft) -> Figures | Refusal:
    """Resting limits of the other side that the entry reaches; where nobody knows how far it reaches, all of them."""
    others = [
        (other, resting)
        for other in draft.neighbours
        for resting in other.limits
        if resting.side is not draft.side
    ]
    if not others:
        return {"against": 0 * UNIT}
    reach = _reach(draft)
    figures: Figures = {"reach": "any price" if reach is None else to_nano(reach)}
    for other, resting in others:
        if is_met(resting, reach):
            return Refusal(
                Code.SELF_MATCH,
                figures | {"account": other.account, "order": resting.order, "limit": to_nano(resting.price)},
            )
    return figures | {"against": len(others) * UNIT}


def is_met(resting: Resting, reach: Decimal | None) -> bool:
    """Whether an order of the other side that trades up to (or down to) this price would meet the resting one."""
    if reach is None:
        return True
    return resting.price <= reach if resting.side is Side.SELL else resting.price >= reach


def _reach(draft: Draft) -> Decimal | None:
    """The worst price at which the entry may trade; None where that is not known."""
    wanted, buys = draft.signal.order, draft.side is Side.BUY
    if wanted.limit_price is not None:
        return from_nano(wanted.limit_price)
    market = draft.ask if buys else draft.bid
    if market is None or wanted.type is OrderType.TRAILING_STOP:
        return None
    trigger = _price(wanted.stop_price)
    if trigger is None:
        return market
    return max(market, trigger) if buys else min(market, trigger)


def _price(number: Nano | None) -> Decimal | None:
    return None if number is None else from_nano(number)
