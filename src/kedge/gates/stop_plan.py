"""Where is the way out? An entry without a stop does not leave the engine unless the account allows it."""

from decimal import Decimal
from typing import NamedTuple

from kedge.domain.codes import Code
from kedge.domain.numbers import UNIT, ZERO, from_nano, on_grid, to_nano
from kedge.domain.orders import Side
from kedge.domain.protection import R_BELOW, Levels, LevelStop, StopMethod, StopWord, TargetMethod
from kedge.domain.signals import WantedTarget
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.gates.reference import reference_price, worst_stop
from kedge.protection.stops import market_stop, percent_away, ticks_away
from kedge.protection.targets import Share, gain_away, in_lots, planned

_HUNDRED = Decimal(100)


def stop_plan(draft: Draft) -> Figures | Refusal:
    """Settle the stop and the targets (the signal's, or those of the account's plan), each on its right side."""
    signal = draft.signal
    reference = reference_price(draft)
    figures: Figures = {"reference": "none" if reference is None else to_nano(reference)}
    if signal.unprotected:
        if not draft.account.terms.allow_unprotected:
            return Refusal(Code.UNPROTECTED_NOT_ALLOWED, figures | {"allow_unprotected": "false"})
        figures["stop"] = "none"
    elif signal.stop is not None:
        draft.stop = from_nano(signal.stop)
    elif signal.stop_by is not None and (fault := signal.stop_by.fault):
        return Refusal(Code.PROTECTION_INVALID, figures | {"stop": fault})
    elif reference is None:
        return Refusal(Code.NO_REFERENCE_PRICE, figures)
    else:
        figures |= _planned_stop(draft, reference)
        by_market = _asked(draft).by_market
        if draft.stop is None and by_market is not None:
            figures["not_known"] = _lacking(by_market.method, draft.side)
            return Refusal(Code.LEVEL_NOT_KNOWN, figures)
    if draft.position is not None and (refused := _no_worse(draft, figures)) is not None:
        return refused
    shares = []
    for wanted in signal.targets:
        place = _place(wanted, draft, reference)
        if isinstance(place, Refusal):
            return Refusal(place.code, figures | place.figures)
        shares.append(Share(place, from_nano(wanted.pct)))
    if sum((share.pct for share in shares), ZERO) > _HUNDRED or any(share.pct <= 0 for share in shares):
        total = sum((share.pct for share in shares), ZERO)
        return Refusal(Code.TARGETS_EXCEED, figures | {"targets": len(shares) * UNIT, "pct": to_nano(total)})
    plan = draft.account.terms.plan
    if not shares and reference is None and (plan.target is not None or plan.parts):
        return Refusal(Code.NO_REFERENCE_PRICE, figures)  # its targets are not left behind in silence
    if not shares and reference is not None:
        tick = draft.instrument.tick
        found = planned(plan, draft.levels, reference, draft.stop, draft.side, tick)
        if found is None and plan.target is not None:
            figures["target_by"] = plan.target.method.value
            figures["not_known"] = _lacking(plan.target.method, draft.side)
            return Refusal(Code.LEVEL_NOT_KNOWN, figures)
        shares = found or []
    draft.targets = tuple(in_lots(shares, draft.quantity, draft.instrument.lot))
    return _wrong_price(draft, shares, reference, figures) or figures


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


def _planned_stop(draft: Draft, reference: Decimal) -> Figures:
    """The account's, and the figure that it is measured by."""
    asked, tick = _asked(draft), draft.instrument.tick
    if asked.ticks is not None:
        draft.stop = ticks_away(reference, asked.ticks, draft.side, tick)
        return {"stop_ticks": to_nano(asked.ticks)}
    if asked.by_market is not None:
        draft.stop = market_stop(asked.by_market, draft.levels, reference, draft.side, tick)
        return {"stop_by": asked.by_market.method.value} | _known(draft.levels)
    draft.stop = percent_away(reference, asked.percent, draft.side, tick)
    return {"stop_percent": to_nano(asked.percent)}


class _Asked(NamedTuple):
    """By what the stop goes: the first of these that there is."""

    percent: Decimal
    ticks: Decimal | None = None
    by_market: LevelStop | None = None


def _asked(draft: Draft) -> _Asked:
    """The signal's method, or the account's."""
    terms, wanted = draft.account.terms, draft.signal.stop_by
    if wanted is None:
        return _Asked(terms.stop_percent, terms.plan.stop_ticks, terms.plan.level_stop)
    value = None if wanted.value is None else from_nano(wanted.value)
    if wanted.method is StopWord.PERCENT:
        return _Asked(value or terms.stop_percent)
    if wanted.method is StopWord.TICKS:
        return _Asked(terms.stop_percent, value)
    usual = LevelStop(StopMethod(wanted.method))
    beyond = usual.beyond_ticks if wanted.beyond_ticks is None else wanted.beyond_ticks
    return _Asked(
        terms.stop_percent, by_market=LevelStop(usual.method, value or usual.value, beyond_ticks=beyond)
    )


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


def _known(levels: Levels) -> Figures:
    found = {name: getattr(levels, name) for name in Levels.__struct_fields__}
    return {name: level for name, level in found.items() if isinstance(level, int)}


def _lacking(method: StopMethod | TargetMethod, side: Side) -> str:
    """Which level it is that the market does not tell."""
    buys = side is Side.BUY
    match method:
        case StopMethod.STRUCTURE:
            return "swing_low" if buys else "swing_high"
        case StopMethod.OPPOSITE_RANGE:
            return "range_low" if buys else "range_high"
        case TargetMethod.RESISTANCE:
            return "a swing_high above the entry" if buys else "a swing_low below the entry"
        case TargetMethod.RANGE:
            return "range_high" if buys else "range_low"
        case _:
            return "atr"


def _wrong_price(
    draft: Draft, shares: list[Share], reference: Decimal | None, figures: Figures
) -> Refusal | None:
    loss_is_below = draft.side is Side.BUY
    stops = [("stop", draft.stop, Code.STOP_ON_WRONG_SIDE, loss_is_below)]
    targets = [
        (
            "target" if not number else f"target_{number + 1}",
            each.price,
            Code.TARGET_ON_WRONG_SIDE,
            not loss_is_below,
        )
        for number, each in enumerate(shares)
    ]
    for name, price, code, wants_below in stops + targets:
        if price is None:
            continue
        figures[name] = to_nano(price)
        if price <= 0:
            return Refusal(Code.PRICE_NOT_POSITIVE, figures)
        if not on_grid(price, draft.instrument.tick):
            return Refusal(Code.PRICE_OFF_TICK, figures | {"tick": to_nano(draft.instrument.tick)})
        if reference is not None and (price >= reference if wants_below else price <= reference):
            return Refusal(code, figures)
    return None
