"""Where a stop goes by a method: the signal's, or else the account's."""

from decimal import Decimal
from typing import NamedTuple

from kedge.domain.codes import Code
from kedge.domain.numbers import from_nano, to_nano
from kedge.domain.orders import Side
from kedge.domain.protection import Levels, LevelStop, StopMethod, StopWord, TargetMethod
from kedge.domain.signals import SignalKind
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.protection.key_levels import beyond_key_levels
from kedge.protection.stops import market_stop, percent_away, ticks_away


class Placed(NamedTuple):
    """A stop, and the figures that it is measured by."""

    price: Decimal
    figures: Figures


class _Asked(NamedTuple):
    """By what the stop goes: the first of these that there is."""

    percent: Decimal
    ticks: Decimal | None = None
    by_market: LevelStop | None = None


def place_stop(draft: Draft, reference: Decimal, side: Side) -> Placed | Refusal:
    """Measured from a price, for a position of this side."""
    asked, tick = _asked(draft), draft.instrument.tick
    if asked.ticks is not None:
        figures: Figures = {"stop_ticks": to_nano(asked.ticks)}
        return Placed(ticks_away(reference, asked.ticks, side, tick), figures)
    if asked.by_market is None:
        figures = {"stop_percent": to_nano(asked.percent)}
        return Placed(percent_away(reference, asked.percent, side, tick), figures)
    figures = {"stop_by": asked.by_market.method.value, **known(draft.levels)}
    price = market_stop(asked.by_market, draft.levels, reference, side, tick)
    if price is not None:
        return Placed(price, figures)
    figures["not_known"] = lacking(asked.by_market.method, side)
    fallback = draft.terms.plan.fallback_percent
    if fallback is None or draft.signal.kind is SignalKind.STOP_ADJUSTMENT:  # what is open has a stop already
        return Refusal(Code.LEVEL_NOT_KNOWN, figures)
    figures["fallback_percent"] = to_nano(fallback)
    return Placed(percent_away(reference, fallback, side, tick), figures)


def past_key_levels(draft: Draft, placed: Placed, reference: Decimal) -> Placed:
    """Beyond the levels that are near, where the account asks for it; what was looked at stands in the figures."""
    rule = draft.terms.plan.key_levels
    if rule is None:
        return placed
    shift = beyond_key_levels(placed.price, rule, draft.levels, reference, draft.side, draft.instrument.tick)
    if shift.level is None:
        return placed
    figures: Figures = {"key_level": to_nano(shift.level), "stop_before": to_nano(placed.price)}
    if shift.is_too_wide:
        figures["max_wider_percent"] = to_nano(rule.max_wider_percent)
    return Placed(shift.stop, placed.figures | figures)


def _asked(draft: Draft) -> _Asked:
    """The signal's method, or the account's."""
    terms, wanted = draft.terms, draft.signal.stop_by
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


def known(levels: Levels) -> Figures:
    """What the market tells, as figures."""
    found = {name: getattr(levels, name) for name in Levels.__struct_fields__}
    return {name: level for name, level in found.items() if isinstance(level, int)}


def lacking(method: StopMethod | TargetMethod, side: Side) -> str:
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
