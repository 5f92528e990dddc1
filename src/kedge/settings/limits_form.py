"""The form of what holds an account back: routing, limits, filters, sizes, and the governor's rules."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import model_validator

from kedge.domain.governor import Basis, Ends, Share, Trail
from kedge.domain.limits import Counted, SizeMethod
from kedge.domain.numbers import plain
from kedge.settings.base_form import Form
from kedge.settings.fields import (
    ClockText,
    Flag,
    Name,
    Number,
    SymbolText,
    Whole,
    WindowText,
    ZoneText,
    choice,
    problem,
    setting,
)

_COUNT_MAX = 1_000_000
_DAY_MS = 86_400_000


class SizingForm(Form):
    """How much an entry buys or sells when its signal does not say."""

    method: Annotated[SizeMethod, choice(SizeMethod)] = setting(
        "how the size is found: as given, by equity put in, by equity lost at the stop", SizeMethod.FIXED
    )
    quantity: Number | None = setting(
        "the fixed size; without one every entry has to bring its own",
        None,
        "shares, coins or contracts",
        gt=0,
    )
    equity_pct: Number = setting(
        "of equity that is put in, for the method equity_pct", Decimal(5), "percent", gt=0, le=100
    )
    risk_pct: Number = setting(
        "of equity that is lost at the stop, for the method risk", Decimal(1), "percent", gt=0, le=100
    )

    @model_validator(mode="after")
    def _a_method_has_its_own_figure(self) -> Self:
        own = {SizeMethod.FIXED: "quantity", SizeMethod.EQUITY_PCT: "equity_pct", SizeMethod.RISK: "risk_pct"}
        if self.method is SizeMethod.FIXED and "method" in self.model_fields_set and self.quantity is None:
            raise problem("missing, and sizing by the method fixed needs it", at=["quantity"])
        for key in own.values():
            if key in self.model_fields_set and key != own[self.method]:
                raise problem(f"the method {self.method} has no use for it", at=[key], needed="leave it out")
        return self


class TrialForm(Form):
    """What one strategy may do while it is not trusted with more."""

    strategy: Name = setting("which one, as its signals name it", ...)
    max_position_size: Number | None = setting(
        "in one instrument; null: as the account", None, "shares, coins or contracts", gt=0
    )
    max_order_value: Number | None = setting("of one entry; null: as the account", None, "money", gt=0)
    max_entries_per_day: Whole | None = setting(
        "in a day of the account; null: as the account", None, "entries", ge=1, le=_COUNT_MAX
    )
    allow: list[SymbolText] = setting("the only instruments that it may trade; empty: all", ())


class RiskForm(Form):
    """The most that the account may have at risk, everything that is under way counted at its worst."""

    max_position_size: Number = setting(
        "in one instrument, what is on its way counted", Decimal(1000), "shares, coins or contracts", gt=0
    )
    max_order_value: Number = setting("of one entry, counted as exposure is", Decimal(50_000), "money", gt=0)
    max_positions: Whole = setting("open or on their way at a time", 5, "positions", ge=1, le=_COUNT_MAX)
    max_position_pct: Number = setting("of equity in one instrument", Decimal(10), "percent", gt=0)
    max_exposure_pct: Number = setting("of equity in all positions", Decimal(50), "percent", gt=0)
    max_leverage: Number = setting(
        "exposure over equity; above 1 the broker is taken to lend the rest", Decimal(1), "times", gt=0
    )
    max_open_risk_pct: Number = setting(
        "of equity between entries and stops, in all", Decimal(3), "percent", gt=0
    )
    min_cash: Number = setting("cash that no entry may use", Decimal(0), "money", ge=0)
    exposure: Annotated[Counted, choice(Counted)] = setting(
        "what a future counts for; all else counts for its value", Counted.NOTIONAL
    )
    max_price_deviation_pct: Number = setting(
        "of a limit or stop price from the market", Decimal(5), "percent", gt=0
    )
    max_active_orders: Whole = setting("at the venue at a time", 100, "orders", ge=1, le=_COUNT_MAX)
    max_daily_orders: Whole = setting(
        "sent in a day of the account; entries are refused then", 1000, "orders", ge=1, le=_COUNT_MAX
    )
    repeat_window_ms: Whole = setting(
        "in which the same entry is not sent twice", 1000, "milliseconds", ge=0, le=_DAY_MS
    )
    allow: list[SymbolText] = setting("the only instruments that it may trade; empty: all", ())
    deny: list[SymbolText] = setting("instruments that it may not trade", ())
    by_strategy: list[TrialForm] = setting("what single strategies may do, such as new ones", ())

    @model_validator(mode="after")
    def _each_strategy_once(self) -> Self:
        names = [each.strategy for each in self.by_strategy]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise problem(
                    f"{name} is given twice", at=["by_strategy", number, "strategy"], needed="once is enough"
                )
        return self


class FiltersForm(Form):
    """In which state of the market an entry may be made; exits may always."""

    max_spread_bps: Number | None = setting("between bid and ask", None, "basis points", gt=0)
    max_slippage_bps: Number | None = setting(
        "of the price now from the one that the signal expected", None, "basis points", gt=0
    )
    max_quote_age_ms: Whole = setting("of the last quote", 500, "milliseconds", ge=1, le=_DAY_MS)
    window: WindowText | None = setting("when entries are allowed; null: whenever the market is open", None)
    timezone: ZoneText | None = setting("by whose clock; without one by that of the governor", None)


class TierForm(Form):
    """From so much profit on, so many contracts."""

    profit: Number = setting("above what the account began with, when the day began", ..., "money")
    contracts: Number = setting("held or on their way, of all instruments", ..., "contracts", gt=0)


class DrawdownForm(Form):
    """How far equity may fall below a peak."""

    amount: Number | None = setting("in money", None, "money", gt=0)
    pct: Number | None = setting(
        "of what the account began with, in place of it", None, "percent", gt=0, le=100
    )
    mode: Annotated[Trail, choice(Trail)] = setting(
        "what moves the peak: nothing, the balance at a day's end or at each close, equity at every moment",
        Trail.INTRADAY,
    )
    lock_at: Number | None = setting(
        "the floor rises to so much above the beginning, and no further; null: it goes on", None, "money"
    )
    ends: Annotated[Ends, choice(Ends)] = setting("what lets the account go on after it", Ends.PERSON)
    flatten: Flag = setting("close what is held", True)

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if self.amount is not None and self.pct is not None:
            raise problem("an amount is given as well", at=["pct"], needed="one of them is needed")
        if self.model_fields_set and self.amount is None and self.pct is None:
            raise problem("missing, and a drawdown needs it (or pct)", at=["amount"])
        return self


class DailyLossForm(Form):
    """How a day's loss is measured, and what follows."""

    pct: Number | None = setting("in place of daily_loss_limit", None, "percent", gt=0, le=100)
    of: Annotated[Share, choice(Share)] = setting(
        "what that is a share of: what the account began with, or what the day is measured from",
        Share.INITIAL,
    )
    basis: Annotated[Basis, choice(Basis)] = setting(
        "what it is measured from, as it was when the day began", Basis.BALANCE
    )
    ends: Annotated[Ends, choice(Ends)] = setting("what lets the account go on after it", Ends.DAY)
    flatten: Flag = setting("close what is held", True)

    @model_validator(mode="after")
    def _a_share_needs_a_percentage(self) -> Self:
        if "of" in self.model_fields_set and self.pct is None:
            raise problem("there is no pct that it could be about", at=["of"], needed="leave it out")
        return self


class GovernorForm(Form):
    """Pauses after losses, limits on entries, and the rules of a prop firm."""

    timezone: ZoneText = setting("by whose clock the account's days go", "America/New_York")
    day_starts: ClockText = setting("when its day begins, by that clock", "00:00")
    cooldown_losses: Whole = setting("in a row begin a pause", 3, "losses", ge=1, le=_COUNT_MAX)
    cooldown_minutes: Number = setting("length of that pause", Decimal(5), "minutes", gt=0, le=527_040)
    max_entries_per_minute: Whole = setting("of the account", 10, "entries", ge=1, le=_COUNT_MAX)
    max_entries_per_hour: Whole = setting("of the account", 60, "entries", ge=1, le=_COUNT_MAX)
    max_entries_per_day: Whole = setting("of the account", 200, "entries", ge=1, le=_COUNT_MAX)
    daily_loss_limit: Number | None = setting(
        "how much a day may lose, open losses and fees counted", None, "money", gt=0
    )
    daily_loss: DailyLossForm = setting("how that is measured, and what follows", DailyLossForm())
    trailing_drawdown: DrawdownForm = setting("how far equity may fall below a peak", DrawdownForm())
    profit_target: Number | None = setting(
        "above the beginning; reached, entries wait for a person", None, "money", gt=0
    )
    profit_target_pct: Number | None = setting(
        "of what the account began with, in place of it", None, "percent", gt=0
    )
    max_day_profit: Number | None = setting(
        "that one day may gain; reached, entries wait for the next", None, "money", gt=0
    )
    best_day_pct: Number | None = setting(
        "of all profit that one day may be; shown, and stops nothing", None, "percent", gt=0, lt=100
    )
    tiers: list[TierForm] = setting("contracts allowed by profit", ())
    max_rejections: Whole = setting(
        "of a strategy's entries by the venue, in a row: it is paused", 5, "rejections", ge=1, le=_COUNT_MAX
    )
    max_refusals: Whole = setting(
        "of what a strategy asks for, in a row: it is paused", 20, "refusals", ge=1, le=_COUNT_MAX
    )
    max_repeats: Whole = setting(
        "entries of a strategy without a person having looked: it is paused",
        500,
        "entries",
        ge=1,
        le=_COUNT_MAX,
    )

    @model_validator(mode="after")
    def _rules_that_make_sense(self) -> Self:
        if self.daily_loss_limit is not None and self.daily_loss.pct is not None:
            raise problem(
                "daily_loss_limit is given as well", at=["daily_loss", "pct"], needed="one of them is needed"
            )
        if self.profit_target is not None and self.profit_target_pct is not None:
            raise problem(
                "profit_target is given as well", at=["profit_target_pct"], needed="one of them is needed"
            )
        for number, (lower, upper) in enumerate(zip(self.tiers, self.tiers[1:], strict=False), 1):
            if lower.profit >= upper.profit:
                raise problem(
                    f"{plain(upper.profit)} does not come after {plain(lower.profit)}",
                    at=["tiers", number, "profit"],
                    needed="tiers in the order of their profit are needed",
                )
        return self
