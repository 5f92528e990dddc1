"""Where is the way out? An entry without a stop does not leave the engine unless the account allows it."""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.numbers import UNIT, ZERO, from_nano, on_grid, to_nano
from kedge.domain.orders import Side
from kedge.domain.protection import R_BELOW, StopWord, WantedStop
from kedge.domain.signals import WantedTarget
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.gates.reference import reference_price, worst_stop
from kedge.gates.stop_place import lacking, past_key_levels, place_stop
from kedge.protection.targets import Share, gain_away, planned

_HUNDRED = Decimal(100)


def stop_plan(draft: Draft) -> Figures | Refusal:
    """Settle the stop and the targets (the signal's, or those of the account's plan), each on its right side."""
    signal = draft.signal
    draft.reference = reference = reference_price(draft)
    figures: Figures = {"reference": "none" if reference is None else to_nano(reference)}
    if signal.unprotected:
        if not draft.account.terms.allow_unprotected:
            return Refusal(Code.UNPROTECTED_NOT_ALLOWED, figures | {"allow_unprotected": "false"})
        figures["stop"] = "none"
    elif signal.stop is not None:
        draft.stop = from_nano(signal.stop)
    elif signal.stop_by is not None and (fault := _fault(signal.stop_by)):
        return Refusal(Code.PROTECTION_INVALID, figures | {"stop": fault})
    elif reference is None:
        return Refusal(Code.NO_REFERENCE_PRICE, figures)
    else:
        placed = place_stop(draft, reference, draft.side)
        if isinstance(placed, Refusal):
            return Refusal(placed.code, figures | placed.figures)
        placed = past_key_levels(draft, placed, reference)
        draft.stop = placed.price
        figures |= placed.figures
    if draft.position is not None and (refused := _no_worse(draft, figures)) is not None:
        return refused
    shares, total, least = [], ZERO, _HUNDRED
    for wanted in signal.targets:
        place = _place(wanted, draft, reference)
        if isinstance(place, Refusal):
            return Refusal(place.code, figures | place.figures)
        pct = from_nano(wanted.pct)
        shares.append(Share(place, pct))
        total, least = total + pct, min(least, pct)
    if total > _HUNDRED or least <= ZERO:
        return Refusal(Code.TARGETS_EXCEED, figures | {"targets": len(shares) * UNIT, "pct": to_nano(total)})
    plan = draft.terms.plan
    if not shares and reference is None and (plan.target is not None or plan.parts):
        return Refusal(Code.NO_REFERENCE_PRICE, figures)  # its targets are not left behind in silence
    if not shares and reference is not None:
        tick = draft.instrument.tick
        found = planned(plan, draft.levels, reference, draft.stop, draft.side, tick)
        if found is None and plan.target is not None:
            figures["target_by"] = plan.target.method.value
            figures["not_known"] = lacking(plan.target.method, draft.side)
            return Refusal(Code.LEVEL_NOT_KNOWN, figures)
        shares = found or []
    draft.shares = shares
    return _wrong_price(draft, shares, reference, figures) or figures


def _fault(wanted: WantedStop) -> str:
    if wanted.method is StopWord.BREAK_EVEN:
        return "break_even: an entry has cost nothing yet"
    return wanted.fault


def _no_worse(draft: Draft, figures: Figures) -> Refusal | None:
    """What is added is stopped no farther away than what it is added to: a planned stop is brought up to there."""
    worst, sign = worst_stop(draft), draft.side.sign
    if draft.stop is None or worst is None or draft.stop * sign >= worst * sign:
        return None
    figures["position_stop"] = to_nano(worst)
    if draft.signal.stop is not None:
        return Refusal(Code.STOP_BEYOND_RISK, figures | {"stop": draft.signal.stop})
    draft.stop = worst
    return None


def _place(wanted: WantedTarget, draft: Draft, reference: Decimal | None) -> Decimal | Refusal:
    """Where the signal wants a target."""
    if wanted.price is not None:
        return from_nano(wanted.price)
    if wanted.at_r is None or not 0 < wanted.at_r < R_BELOW * UNIT:
        told = "neither a price nor at_r" if wanted.at_r is None else wanted.at_r
        return Refusal(Code.PROTECTION_INVALID, {"target_at_r": told})
    if reference is None:
        return Refusal(Code.NO_REFERENCE_PRICE, {})
    if draft.stop is None:
        return Refusal(Code.LEVEL_NOT_KNOWN, {"not_known": "the risk: there is no stop"})
    risk = abs(reference - draft.stop)
    return gain_away(reference, from_nano(wanted.at_r) * risk, draft.side, draft.instrument.tick)


def _wrong_price(
    draft: Draft, shares: list[Share], reference: Decimal | None, figures: Figures
) -> Refusal | None:
    tick, loss_is_below = draft.instrument.tick, draft.side is Side.BUY
    prices = [] if draft.stop is None else [("stop", draft.stop, loss_is_below)]
    for number, share in enumerate(shares, 1):
        prices.append(("target" if number == 1 else f"target_{number}", share.price, not loss_is_below))
    for name, price, wants_below in prices:
        figures[name] = to_nano(price)
        if price <= ZERO:
            return Refusal(Code.PRICE_NOT_POSITIVE, figures)
        if not on_grid(price, tick):
            return Refusal(Code.PRICE_OFF_TICK, figures | {"tick": to_nano(tick)})
        if reference is not None and (price >= reference if wants_below else price <= reference):
            code = Code.STOP_ON_WRONG_SIDE if name == "stop" else Code.TARGET_ON_WRONG_SIDE
            return Refusal(code, figures)
    return None
