"""Can the targets be put where the signal wants them, now?"""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import UNIT, ZERO, from_nano, on_grid, to_nano
from kedge.domain.orders import Order, Role, Side
from kedge.domain.positions import Position
from kedge.domain.protection import R_BELOW
from kedge.domain.signals import WantedTarget
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.gates.stop_change import market_of, mean_of
from kedge.protection.targets import Share, gain_away, in_lots

_HUNDRED = Decimal(100)


def target_change(draft: Draft) -> Figures | Refusal:
    """All of a position's targets are replaced by those of the signal, for their parts of what is open now."""
    signal, position = draft.signal, draft.position
    if not signal.targets or position is None:
        return {"targets": "stay"}
    figures: Figures = {"open": to_nano(abs(position.quantity))}
    shares = []
    for number, wanted in enumerate(signal.targets, 1):
        name = "target" if number == 1 else f"target_{number}"
        placed = _placed(wanted, draft, position, name)
        if isinstance(placed, Refusal):
            return Refusal(placed.code, figures | placed.figures)
        figures[name] = to_nano(placed)
        if fault := _fault(draft, placed):
            market = market_of(draft)
            return Refusal(fault, figures | ({} if market is None else {"market": to_nano(market)}))
        shares.append(Share(placed, from_nano(wanted.pct)))
    total = sum((share.pct for share in shares), ZERO)
    if total > _HUNDRED or any(share.pct <= 0 for share in shares):
        return Refusal(Code.TARGETS_EXCEED, figures | {"targets": len(shares) * UNIT, "pct": to_nano(total)})
    draft.targets = tuple(in_lots(shares, abs(position.quantity), draft.instrument.lot))
    if not draft.targets:
        return Refusal(Code.SIZE_ROUNDS_TO_NOTHING, figures | {"pct": to_nano(total)})
    for order in draft.open_orders:
        if _is_in_the_way(order, position, replaces=draft.account.terms.capabilities.replace):
            return Refusal(Code.TARGET_NOT_ADJUSTABLE, figures | {"order": order.id, "state": order.state})
    return figures


def _placed(wanted: WantedTarget, draft: Draft, position: Position, name: str) -> Decimal | Refusal:
    if wanted.price is not None:
        return from_nano(wanted.price)
    if wanted.at_r is None or not 0 < wanted.at_r < R_BELOW * UNIT:
        told = "neither a price nor at_r" if wanted.at_r is None else wanted.at_r
        return Refusal(Code.PROTECTION_INVALID, {f"{name}_at_r": told})
    if position.stop is None:
        return Refusal(Code.LEVEL_NOT_KNOWN, {"not_known": "the risk: there was no stop at entry"})
    mean = mean_of(draft, position)
    distance = from_nano(wanted.at_r) * abs(mean - position.stop)
    return gain_away(mean, distance, draft.side.opposite, draft.instrument.tick)


def _fault(draft: Draft, price: Decimal) -> Code | None:
    market = market_of(draft)
    if price <= 0:
        return Code.PRICE_NOT_POSITIVE
    if not on_grid(price, draft.instrument.tick):
        return Code.PRICE_OFF_TICK
    if market is not None and (price <= market if draft.side is Side.SELL else price >= market):
        return Code.TARGET_ON_WRONG_SIDE
    return None


def _is_in_the_way(order: Order, position: Position, *, replaces: bool) -> bool:
    """A target that cannot be moved now, or an entry of which more may come."""
    if order.id in position.entries:
        return True
    if order.request.role is not Role.TARGET or order.request.parent not in position.entries:
        return False
    return order.state is not OrderState.NEW and (order.state not in WORKING_STATES or not replaces)
