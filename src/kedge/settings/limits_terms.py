"""From the filled form to the terms by which an account is held back."""

from decimal import Decimal

from kedge.domain.governor import DailyLoss, DayClock, Drawdown, Governor, Tier
from kedge.domain.ids import Symbol
from kedge.domain.instants import MILLISECOND, SECOND, Span
from kedge.domain.limits import WHOLE, Filters, Limits, Routing, SizeMethod, Sizing, Trial
from kedge.settings.fields import minutes_of
from kedge.settings.form import AccountForm
from kedge.settings.limits_form import DrawdownForm, FiltersForm, GovernorForm, RiskForm, SizingForm
from kedge.settings.prop_profiles import profiles


def sizing_of(form: SizingForm) -> Sizing:
    """The fixed quantity is a term of the account itself."""
    pct = {SizeMethod.EQUITY_PCT: form.equity_pct, SizeMethod.RISK: form.risk_pct}
    return Sizing(form.method, pct.get(form.method, form.risk_pct))


def routing_of(form: AccountForm) -> Routing:
    """Which signals may become orders."""
    return Routing(
        one_symbol=form.one_symbol,
        auto_execute=form.auto_execute,
        approve_within=_span(form.approve_within_seconds),
        min_strength=form.min_signal_strength,
        allow=tuple(map(Symbol, form.risk.allow)),
        deny=tuple(map(Symbol, form.risk.deny)),
        strategies=tuple(form.strategies),
    )


def limits_of(form: RiskForm) -> Limits:
    """How much may be at risk."""
    return Limits(
        max_order_value=form.max_order_value,
        max_price_deviation_pct=form.max_price_deviation_pct,
        max_positions=form.max_positions,
        max_position_pct=form.max_position_pct,
        max_exposure_pct=form.max_exposure_pct,
        max_leverage=form.max_leverage,
        max_open_risk_pct=form.max_open_risk_pct,
        min_cash=form.min_cash,
        max_active_orders=form.max_active_orders,
        repeat_window=Span(form.repeat_window_ms * MILLISECOND),
        exposure=form.exposure,
    )


def trials_of(form: RiskForm) -> tuple[Trial, ...]:
    """What single strategies may do."""
    return tuple(
        Trial(
            each.strategy,
            each.max_position_size,
            each.max_order_value,
            each.max_entries_per_day,
            tuple(map(Symbol, each.allow)),
        )
        for each in form.by_strategy
    )


def filters_of(form: FiltersForm) -> Filters:
    """In which market."""
    return Filters(form.max_spread_bps, form.max_slippage_bps, Span(form.max_quote_age_ms * MILLISECOND))


def clock_of(form: AccountForm) -> DayClock:
    """By which clock."""
    window = form.filters.window
    opens, closes = (None, None) if window is None else map(minutes_of, window.split("-"))
    days = form.governor
    return DayClock(days.timezone, minutes_of(days.day_starts), opens, closes, form.filters.timezone or "")


def governor_of(form: AccountForm) -> Governor:
    """What stops it; what is given in percent of the beginning is money from here on, where money is meant."""
    rules = form.governor
    return Governor(
        daily_loss=_daily_loss(rules),
        drawdown=_drawdown(rules.trailing_drawdown),
        profit_target=_target(rules, form.cash),
        max_day_profit=rules.max_day_profit,
        best_day_pct=rules.best_day_pct,
        profile=profiles()[form.prop_profile].dated if form.prop_profile else "",
        tiers=tuple(Tier(tier.profit, tier.contracts) for tier in rules.tiers),
        cooldown_losses=rules.cooldown_losses,
        cooldown=_span(60 * rules.cooldown_minutes),
        max_entries_per_minute=rules.max_entries_per_minute,
        max_entries_per_hour=rules.max_entries_per_hour,
        max_entries_per_day=rules.max_entries_per_day,
        max_daily_orders=form.risk.max_daily_orders,
        max_rejections=rules.max_rejections,
        max_refusals=rules.max_refusals,
        max_repeats=rules.max_repeats,
    )


def _daily_loss(form: GovernorForm) -> DailyLoss | None:
    rule = form.daily_loss
    limit = form.daily_loss_limit if rule.pct is None else rule.pct
    if limit is None:
        return None
    return DailyLoss(limit, rule.pct is not None, rule.basis, rule.ends, rule.flatten, rule.of)


def _drawdown(form: DrawdownForm) -> Drawdown | None:
    limit = form.amount if form.pct is None else form.pct
    if limit is None:
        return None
    return Drawdown(limit, form.pct is not None, form.mode, form.lock_at, form.ends, form.flatten)


def _target(form: GovernorForm, cash: Decimal) -> Decimal | None:
    if form.profit_target_pct is not None:
        return cash * form.profit_target_pct / WHOLE
    return form.profit_target


def _span(seconds: Decimal) -> Span:
    return Span(int(seconds * SECOND))
