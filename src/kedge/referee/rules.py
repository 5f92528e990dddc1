"""Every limit, and what it is held against when an entry leaves or is to become larger."""

from collections.abc import Iterator
from fractions import Fraction

from kedge.referee.books import SIDES, ZERO, Books, Holder, Order, other
from kedge.referee.terms import MINUTE, SECOND, DailyLoss, Drawdown, Limits, Owner
from kedge.referee.verdict import Rule
from kedge.referee.worst import (
    NOTHING,
    Stake,
    balance_of,
    equity_of,
    exposure_of,
    is_used,
    stake_in,
    stake_of,
    value_of,
)

_HOUR = 60 * MINUTE
_NEVER_MORE = ZERO  # of what may not happen at all


def at_once(books: Books, order: Order, at: int, *, is_new: bool) -> Iterator[Rule]:
    """What has to hold at the very event by which it leaves: locks, and what may be sent in a time."""
    holder = books.holders[order.request.account]
    yield _no("trading_state", not books.trading == holder.state == "ACTIVE")
    yield _no("locks", bool(holder.locks))
    yield _no("cooldown", is_new and at < holder.cooling_until)
    yield _no("day", is_new and at >= holder.until)
    yield _no("paused_strategy", order.request.strategy in books.paused)
    yield from _floors(books, holder)
    yield from _messages(books, holder, at)
    if is_new:
        yield from _pace(holder, order, at)


def together(books: Books, order: Order) -> Iterator[Rule]:
    """What has to hold once all is recorded that was decided with it: everything on its way filled."""
    request = order.request
    holder, instrument = books.holders[request.account], books.instruments[request.instrument]
    here, total = stake_in(books, holder, request.instrument), stake_of(books, holder)
    size = max(here.of(side) for side in SIDES)
    yield Rule("max_position_size", size, Fraction(holder.terms.max_position_size))
    if (limits := holder.terms.limits) is not None:
        yield from _stakes(books, holder, order, here, total)
        worth = exposure_of(instrument, order.may_fill, max(order.prices), limits)
        yield Rule("max_order_value", worth, Fraction(limits.max_order_value))
    yield from _tier(holder, total)
    worth = value_of(instrument, order.may_fill, max(order.prices))
    for trial in holder.terms.trials:
        if trial.strategy != request.strategy:
            continue
        if trial.max_position_size is not None:
            yield Rule("trial.max_position_size", here.of(request.side), Fraction(trial.max_position_size))
        if trial.max_order_value is not None:
            yield Rule("trial.max_order_value", worth, Fraction(trial.max_order_value))
        if trial.max_entries_per_day is not None:
            made = Fraction(holder.by_strategy.get(trial.strategy, 0))
            yield Rule("trial.max_entries_per_day", made, Fraction(trial.max_entries_per_day))
    owner = books.owners.get(holder.terms.owner)
    if owner is not None:
        yield from _owned(books, owner, holder, order)


def _no(name: str, happened: bool) -> Rule:  # noqa: FBT001 (a rule that says no to something)
    return Rule(name, Fraction(happened), _NEVER_MORE)


def _stakes(books: Books, holder: Holder, order: Order, here: Stake, total: Stake) -> Iterator[Rule]:
    limits = holder.terms.limits or Limits()
    equity = max(equity_of(books, holder), ZERO)
    yield Rule("max_position_pct", here.exposure, equity * Fraction(limits.max_position_pct) / 100)
    yield Rule("max_exposure_pct", total.exposure, equity * Fraction(limits.max_exposure_pct) / 100)
    yield Rule("max_leverage", total.exposure, equity * Fraction(limits.max_leverage))
    yield Rule("max_open_risk_pct", total.risk, equity * Fraction(limits.max_open_risk_pct) / 100)
    lent = max(Fraction(limits.max_leverage) - 1, ZERO) * equity
    free = holder.cash + min(total.unsettled, ZERO) + lent - Fraction(limits.min_cash)
    yield Rule("buying_power", total.tied, free)
    used = sum(is_used(holder, symbol) for symbol in holder.symbols)
    yield Rule("max_positions", Fraction(used), Fraction(limits.max_positions))
    at_venue = sum(each.is_at_venue for symbol in holder.symbols for each in holder.of(symbol))
    yield Rule("max_active_orders", Fraction(at_venue), Fraction(limits.max_active_orders))
    asset = books.instruments[order.request.instrument].asset
    for share in limits.by_asset:
        if share.asset == asset:
            of_asset = sum(
                stake_in(books, holder, symbol).exposure
                for symbol in holder.symbols
                if books.instruments[symbol].asset == asset
            )
            most = equity * Fraction(share.pct) / 100
            yield Rule(f"max_exposure_by_asset.{asset}", Fraction(of_asset), most)


def _tier(holder: Holder, total: Stake) -> Iterator[Rule]:
    rules = holder.terms.governor
    if rules is not None and rules.tiers:
        profit = holder.day_balance - holder.initial
        allowed = [Fraction(each.contracts) for each in rules.tiers if Fraction(each.profit) <= profit]
        yield Rule("tier", total.buys + total.sells, max(allowed, default=ZERO))


def _owned(books: Books, owner: Owner, holder: Holder, order: Order) -> Iterator[Rule]:
    symbol, members = order.request.instrument, books.members(owner.name)
    equity = max(sum((equity_of(books, each) for each in members), ZERO), ZERO)
    total = sum((stake_of(books, each) for each in members), NOTHING)
    here = sum((stake_in(books, each, symbol) for each in members), NOTHING)
    yield Rule("owner.max_exposure_pct", total.exposure, equity * Fraction(owner.max_exposure_pct) / 100)
    yield Rule("owner.max_open_risk_pct", total.risk, equity * Fraction(owner.max_open_risk_pct) / 100)
    yield Rule("owner.max_position_pct", here.exposure, equity * Fraction(owner.max_position_pct) / 100)
    if owner.max_exposure is not None:
        yield Rule("owner.max_exposure", total.exposure, Fraction(owner.max_exposure))
    if owner.max_open_risk is not None:
        yield Rule("owner.max_open_risk", total.risk, Fraction(owner.max_open_risk))
    if owner.max_position_size is not None:
        size = here.of(order.request.side)
        yield Rule("owner.max_position_size", size, Fraction(owner.max_position_size))
    if not owner.allow_opposite:
        against = other(order.request.side)
        others = (stake_in(books, each, symbol).of(against) for each in members if each is not holder)
        yield Rule("owner.allow_opposite", sum(others, ZERO), _NEVER_MORE)


def _pace(holder: Holder, order: Order, at: int) -> Iterator[Rule]:
    rules = holder.terms.governor
    if rules is None:
        return
    for name, since, most in (
        ("max_entries_per_minute", at - MINUTE, rules.max_entries_per_minute),
        ("max_entries_per_hour", at - _HOUR, rules.max_entries_per_hour),
        ("max_entries_per_day", -1, rules.max_entries_per_day),
    ):
        made = sum(each > since for each in holder.entries)
        yield Rule(name, Fraction(made), Fraction(most))
    exits = sum(each.request.parent == order.request.id for each in holder.of(order.request.instrument))
    before = holder.orders_today - 1 - exits  # the last entry may come with exits that are beyond it
    yield Rule("max_daily_orders", Fraction(before + 1), Fraction(rules.max_daily_orders))


def _messages(books: Books, holder: Holder, at: int) -> Iterator[Rule]:
    """Those to the account at the venue, this one among them, and the part of the budget that entries may use."""
    budget = holder.terms.messages
    if budget is None:
        return
    sent = books.messages.get(holder.terms.held_at, ())
    for name, span, most in (
        ("messages.per_second", SECOND, budget.per_second),
        ("messages.per_minute", MINUTE, budget.per_minute),
    ):
        made = sum(each > at - span for each in sent)
        for_entries = max(most * (100 - budget.reserve_pct) // 100, 1)
        yield Rule(name, Fraction(made), Fraction(for_entries))


def _floors(books: Books, holder: Holder) -> Iterator[Rule]:
    """Where equity may not have come to when anything new leaves, whether or not the engine had noticed."""
    rules, equity, initial = holder.terms.governor, equity_of(books, holder), holder.initial
    if rules is not None and rules.daily_loss is not None:
        reference = _reference(holder, rules.daily_loss)
        amount = _amount(rules.daily_loss, initial, reference)
        yield Rule("daily_loss_limit", reference - equity, amount, strict=True)
    if rules is not None and rules.drawdown is not None:
        amount = _drawdown(rules.drawdown, initial)
        peak = initial if rules.drawdown.mode == "static" else max(holder.peak, initial)
        top = (
            peak
            if rules.drawdown.lock_at is None
            else min(peak, initial + Fraction(rules.drawdown.lock_at) + amount)
        )
        yield Rule("trailing_drawdown", top - equity, amount, strict=True)
    if rules is not None and rules.profit_target is not None and "PROFIT_TARGET_REACHED" not in holder.passed:
        yield Rule("profit_target", equity - initial, Fraction(rules.profit_target), strict=True)
    if rules is not None and rules.max_day_profit is not None and "DAY_PROFIT_REACHED" not in holder.passed:
        gained = equity - holder.day_balance
        yield Rule("max_day_profit", gained, Fraction(rules.max_day_profit), strict=True)
    owner = books.owners.get(holder.terms.owner)
    if owner is not None and owner.daily_loss is not None:
        members = books.members(owner.name)
        if len({each.day for each in members}) == 1:  # else what some have lost is of another day
            loss = owner.daily_loss
            reference = sum((_reference(each, loss) for each in members), ZERO)
            amount = _amount(loss, sum((each.initial for each in members), ZERO), reference)
            equity = sum((equity_of(books, each) for each in members), ZERO)
            yield Rule("owner.daily_loss_limit", reference - equity, amount, strict=True)


def note_peak(books: Books, holder: Holder) -> None:
    """What a drawdown is measured from follows equity by itself; the record may have it a step higher."""
    rules = holder.terms.governor
    if rules is None or rules.drawdown is None:
        return
    match rules.drawdown.mode:
        case "intraday":
            holder.peak = max(holder.peak, equity_of(books, holder))
        case "closed":
            holder.peak = max(holder.peak, balance_of(holder, books))
        case "end_of_day":
            holder.peak = max(holder.peak, holder.day_balance)
        case _:
            pass


def _reference(holder: Holder, loss: DailyLoss) -> Fraction:
    match loss.basis:
        case "balance":
            return holder.day_balance
        case "equity":
            return holder.day_equity
        case _:
            return max(holder.day_balance, holder.day_equity)


def _amount(loss: DailyLoss, initial: Fraction, reference: Fraction) -> Fraction:
    whole = initial if loss.of == "initial" else reference
    return whole * Fraction(loss.limit) / 100 if loss.in_pct else Fraction(loss.limit)


def _drawdown(fall: Drawdown, initial: Fraction) -> Fraction:
    return initial * Fraction(fall.limit) / 100 if fall.in_pct else Fraction(fall.limit)
