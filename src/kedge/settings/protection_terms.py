"""From the filled form to the terms by which positions are protected."""

from decimal import Decimal

from kedge.domain.accounts import Follow
from kedge.domain.adaptive import Adapt, Adjust, AdjustBy, Tighten, Widen
from kedge.domain.instants import SECOND, Span
from kedge.domain.protection import (
    Horizon,
    KeyLevels,
    LevelStop,
    Plan,
    StopMethod,
    TargetMethod,
    TargetPart,
    TargetPlan,
)
from kedge.market.length import parse_length
from kedge.settings.exits_form import StopForm
from kedge.settings.form import ProtectionForm

_STOP_PERCENT = Decimal(2)
_ATR_RANGES = Decimal("1.5")


def percent_of(stop: StopForm) -> Decimal:
    """Also for those that go by something else: what there is to go by when that is forgotten."""
    return stop.value if stop.method == "percent" and stop.value is not None else _STOP_PERCENT


def plan_of(form: ProtectionForm) -> Plan:
    """Where stops and targets go."""
    stop, target, near = form.stop, form.target, form.stop.key_levels
    by_market = stop.method in (*StopMethod,)
    return Plan(
        stop_ticks=stop.value if stop.method == "ticks" else None,
        level_stop=LevelStop(StopMethod(stop.method), stop.value or _ATR_RANGES, stop.beyond_ticks)
        if by_market
        else None,
        horizon=Horizon(
            None if form.bar is None else parse_length(form.bar),
            form.atr_bars,
            form.swing_bars,
            _span(60 * form.range_minutes),
        ),
        target=None if target.method == "none" else TargetPlan(TargetMethod(target.method), target.value),
        parts=tuple(TargetPart(part.at_r, part.pct) for part in form.partial_targets),
        fallback_percent=stop.fallback_pct,
        key_levels=None
        if near.within_ticks is None
        else KeyLevels(near.within_ticks, near.past_ticks, near.round_to, near.max_wider_pct),
    )


def follow_of(form: ProtectionForm) -> Follow:
    """How a stop follows."""
    trailing, minutes = form.trailing, form.time_exit_min
    return Follow(
        trail_percent=trailing.pct if trailing.amount is None else None,
        trail_amount=trailing.amount,
        after_r=trailing.after_r,
        break_even_r=form.break_even_after_r,
        time_exit=None if minutes is None else _span(60 * minutes),
    )


def adapt_of(form: ProtectionForm) -> Adapt:
    """What goes by the market while a position is open."""
    widen, tighten, adjust = form.widen, form.tighten, form.target.adjust
    return Adapt(
        None if widen.atr_multiple is None else Widen(widen.atr_multiple, widen.give_back),
        None if tighten.at_pct is None or tighten.to_pct is None else Tighten(tighten.at_pct, tighten.to_pct),
        None if adjust.by is None else Adjust(AdjustBy(adjust.by), adjust.multiple, adjust.min_r),
    )


def _span(seconds: Decimal) -> Span:
    return Span(int(seconds * SECOND))
