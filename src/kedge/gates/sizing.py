"""How much: the signal's quantity as it stands, or the account's own size, cut down to what its limits let through.

A quantity that a person or program names is never changed: when it is too large it is refused, by the limits. The
account's own is rounded down to the lot, so that what is left out is risk and not added to it.
"""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.limits import WHOLE, SizeMethod
from kedge.domain.numbers import ZERO, down_to, from_nano, money, on_grid, to_nano
from kedge.domain.stakes import exposure_of, risk_between
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.gates.room import ONE, hold, rooms, smallest
from kedge.protection.least import large_enough
from kedge.protection.targets import Target, in_lots


def sizing(draft: Draft) -> Figures | Refusal:
    """Settle the quantity, and with it how it is shared among the targets."""
    if draft.reference is None:
        return Refusal(Code.NO_REFERENCE_PRICE, {"reference": "none"})
    lot = draft.instrument.lot
    figures: Figures = {
        "lot": to_nano(lot),
        "max_position_size": to_nano(draft.account.terms.max_position_size),
    }
    if draft.signal.pct is not None:  # a part of nothing must not become the account's own size
        return Refusal(Code.SIZE_MISSING, {"pct": draft.signal.pct, "signal": "none"})
    if draft.signal.quantity is not None:
        quantity, figures["source"] = from_nano(draft.signal.quantity), "signal"
    else:
        wanted = _own_size(draft, draft.reference, figures)
        if wanted is None:
            return Refusal(Code.SIZE_MISSING, {"signal": "none", "account": "none"})
        quantity = _within_limits(draft, draft.reference, wanted, figures)
    figures["quantity"] = to_nano(quantity)
    if quantity <= ZERO:
        return Refusal(Code.SIZE_ROUNDS_TO_NOTHING, figures)
    draft.quantity = quantity
    draft.targets = tuple(_targets(draft, draft.reference))
    return figures


def _targets(draft: Draft, reference: Decimal) -> list[Target]:
    """In lots, and none that would be for less than the venue takes, or leave so little."""
    instrument, targets = draft.instrument, in_lots(draft.shares, draft.quantity, draft.instrument.lot)
    if instrument.min_quantity is None and instrument.min_value is None:
        return targets
    return large_enough(targets, draft.quantity, lambda part: instrument.is_too_small(part, reference))


def lots(draft: Draft) -> Figures | Refusal:
    """An odd rest that a venue has made can be left as it is, whole; all else is in lots."""
    figures: Figures = {"quantity": to_nano(draft.quantity), "lot": to_nano(draft.instrument.lot)}
    if not on_grid(draft.quantity, draft.instrument.lot) and not _closes_all(draft):
        return Refusal(Code.QUANTITY_OFF_LOT, figures)
    return figures


def _own_size(draft: Draft, price: Decimal, figures: Figures) -> Decimal | None:
    terms = draft.terms
    method, equity = terms.sizing.method, max(draft.equity, ZERO)
    if method is SizeMethod.FIXED:
        own = draft.strategy is not None and draft.strategy.quantity is not None
        figures["source"] = "strategy" if own else "account"
        return terms.quantity
    budget = equity * terms.sizing.pct / WHOLE
    figures |= {"source": method.value, "equity": to_nano(equity), "budget": to_nano(money(budget))}
    if method is SizeMethod.EQUITY_PCT:
        each = exposure_of(draft.instrument, ONE, price, terms.limits.exposure)
    else:
        each = risk_between(draft.instrument, draft.side, ONE, price, draft.stop)
        figures["risk_each"] = to_nano(each)
    return budget / each if each > ZERO else ZERO


def _within_limits(draft: Draft, price: Decimal, wanted: Decimal, figures: Figures) -> Decimal:
    lot = draft.instrument.lot
    quantity = down_to(wanted, lot)
    draft.rooms = found = rooms(draft, price)
    if quantity <= ZERO or hold(found, quantity):
        return quantity
    room = smallest(found)
    figures["cut_by"] = room.kind.name
    return down_to(room.fits, lot)


def _closes_all(draft: Draft) -> bool:
    position = draft.position
    return (
        position is not None
        and draft.quantity == abs(position.quantity)
        and draft.side.sign * position.quantity < 0
    )
