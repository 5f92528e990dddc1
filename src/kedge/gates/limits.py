"""Would this entry, on top of all that is open and under way, breach a limit of the account?"""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.limits import WHOLE
from kedge.domain.numbers import UNIT, ZERO, from_nano, money_nano, to_nano
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.gates.room import rooms


def limits(draft: Draft) -> Figures | Refusal:
    """Counts first, then what money and size come to; the figures are what would be left."""
    terms, total, here = draft.account.terms.limits, draft.total, draft.stake
    assert draft.reference is not None, "an entry without a reference price has been refused"
    figures: Figures = {
        "equity": money_nano(draft.equity),
        "quantity": to_nano(draft.quantity),
        "price": to_nano(draft.reference),
    }
    positions = total.used + (not here.used)
    if positions > terms.max_positions:
        return Refusal(
            Code.TOO_MANY_POSITIONS,
            figures | {"positions": positions * UNIT, "max_positions": terms.max_positions * UNIT},
        )
    orders = total.orders + 1 + (draft.stop is not None) + len(draft.targets)
    if orders > terms.max_active_orders:
        most = terms.max_active_orders * UNIT
        return Refusal(
            Code.TOO_MANY_ACTIVE_ORDERS, figures | {"orders": orders * UNIT, "max_active_orders": most}
        )
    for room in draft.rooms or rooms(draft, draft.reference):
        left = room.left(draft.quantity)
        if left < ZERO:
            needed = draft.quantity * room.each
            compared = {"used": money_nano(room.used), "needed": money_nano(needed)}
            return Refusal(room.kind.code, figures | {room.kind.name: money_nano(room.limit)} | compared)
        figures[room.kind.left] = money_nano(left)
    return figures


def collar(draft: Draft) -> Figures | Refusal:
    """A price that is far from the market is a slip of the pen, or of a feed."""
    reference, pct = draft.market_price, draft.account.terms.limits.max_price_deviation_pct
    figures: Figures = {"max_price_deviation_pct": to_nano(pct)}
    if reference is None:
        return figures | {"market": "none"}
    figures["market"] = to_nano(reference)
    wanted = draft.signal.order
    for name, price in (("limit_price", wanted.limit_price), ("stop_price", wanted.stop_price)):
        if price is not None and _is_far(from_nano(price), reference, pct):
            return Refusal(Code.PRICE_TOO_FAR, figures | {name: price})
    return figures


def _is_far(price: Decimal, reference: Decimal, pct: Decimal) -> bool:
    """By multiplication: a division would refuse what lies exactly on the collar."""
    return abs(price - reference) * WHOLE > reference * pct
