"""The form of the settings: every key that is built, its type, its bounds, its default and its meaning.

This is the edge: nothing here leaves the package. `assembly` makes frozen values of it. What is known and not built
stands in `unbuilt`. The reference page is made from both.
"""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import model_validator

from kedge.domain.instants import MINUTE
from kedge.domain.instruments import AssetClass
from kedge.domain.numbers import plain
from kedge.domain.orders import Holder
from kedge.market.length import parse_length
from kedge.sessions.contracts import PRODUCTS
from kedge.sessions.markets import ALIASES, MARKETS
from kedge.settings.adaptive_form import TightenForm, WidenForm
from kedge.settings.base_form import Form
from kedge.settings.exits_form import PartForm, StopForm, TargetForm, check_parts
from kedge.settings.fields import (
    Currency,
    Flag,
    LengthText,
    MonthCodes,
    Name,
    Number,
    OwnerText,
    PathText,
    SymbolText,
    TimesOrOff,
    UrlText,
    Whole,
    choice,
    problem,
    setting,
)
from kedge.settings.limits_form import FiltersForm, GovernorForm, RiskForm, SizingForm
from kedge.settings.owner_form import OwnerForm
from kedge.settings.strategy_form import StrategyForm
from kedge.settings.values import BarStamps, RollBy
from kedge.sim.settings import CommissionIn, FillOn, LimitFill, SameBar

CALENDARS = (*MARKETS, *ALIASES)
CALENDAR_OF = {
    AssetClass.EQUITY: "XNYS",
    AssetClass.FUTURE: "CMES",
    AssetClass.FOREX: "FOREX",
    AssetClass.CRYPTO: "CRYPTO",
}
_YEAR_SECONDS = 366 * 86_400
LENGTHS_MAX = 8


class AbilitiesForm(Form):
    """What the simulated exchange has, so that a venue that has less can be rehearsed."""

    bracket: Flag = setting("takes an entry with its stop and targets in one request", True)
    oco: Flag = setting(
        "takes a stop and a target in one request, of which what one fills the other loses", True
    )
    replace: Flag = setting("changes orders", True)
    reduce_only: Flag = setting("keeps an exit from turning a position over", True)
    gtc: Flag = setting("takes orders that live longer than the day", True)
    stop_orders: Flag = setting("takes stop orders", True)
    stop_limit_orders: Flag = setting("takes stop orders with a limit", True)
    trailing_orders: Flag = setting("takes trailing stop orders", True)


class PaperForm(Form):
    """A simulated exchange in this process."""

    kind: Annotated[
        str, choice(("paper",), later=("alpaca", "tradovate", "interactive_brokers", "bybit", "schwab"))
    ] = setting("what kind of venue it is")
    seed: Whole = setting("of everything that chance decides here", 0, ge=0, le=2**63 - 1)
    slippage_bps: Number = setting(
        "taken from market and stop orders, rounded up to a whole tick",
        Decimal(0),
        "basis points",
        ge=0,
        lt=10_000,
    )
    commission_flat: Number = setting("once for each order that trades", Decimal(0), "money", ge=0)
    commission_per_share: Number = setting("for each share, coin or contract", Decimal(0), "money", ge=0)
    commission_percent: Number = setting("of the value traded", Decimal(0), "percent", ge=0, le=100)
    commission_minimum: Number = setting(
        "the least that an order pays once it has traded", Decimal(0), "money", ge=0
    )
    fill_delay_ms: Whole = setting(
        "from acceptance until the order works in the market", 0, "milliseconds", ge=0, le=86_400_000
    )
    partial_fill_rate: Number = setting(
        "chance that a fill is cut, the rest following later", Decimal(0), "share of 1", ge=0, le=1
    )
    reject_rate: Number = setting(
        "chance that an order is refused for no reason of its own", Decimal(0), "share of 1", ge=0, le=1
    )
    spread_ticks: Whole = setting(
        "between bid and ask where the data has trades or bars only", 0, "ticks", ge=0, le=1_000_000
    )
    fill_on: Annotated[FillOn, choice(FillOn)] = setting(
        "where on bars a market order fills that was decided at a bar's close", FillOn.NEXT_OPEN
    )
    limit_fill: Annotated[LimitFill, choice(LimitFill)] = setting(
        "whether the price has to touch a resting limit, or to trade through it", LimitFill.TOUCH
    )
    same_bar: Annotated[SameBar, choice(SameBar)] = setting(
        "which one is taken when stop and target lie in one bar", SameBar.STOP_FIRST
    )
    respect_size: Flag = setting("fills take no more than the size that is shown", False)
    commission_in: Annotated[CommissionIn, choice(CommissionIn)] = setting(
        "what a fee is taken in: in money, or (base) that of a buy of crypto in the coins bought",
        CommissionIn.MONEY,
    )
    check_cash: Flag = setting("refuse a buy that the account's cash does not cover", True)
    max_messages_per_second: Whole = setting(
        "that one account there may send: submits, cancels and changes", 10, "messages", ge=1, le=1_000_000
    )
    max_messages_per_minute: Whole = setting("the same", 200, "messages", ge=1, le=10_000_000)
    reserve_pct: Whole = setting(
        "of both that no entry may use: they are kept for cancels and exits", 30, "percent", ge=0, le=99
    )
    abilities: AbilitiesForm = setting("what the exchange has; what it has not it refuses", AbilitiesForm())


class ScaleInForm(Form):
    """Whether an entry may add to a position that is open; only to one that gains, and never with a worse stop."""

    allow: Flag = setting("whether it may", False)
    max_adds: Whole = setting("how often, for one position", 1, ge=1, le=100)


class TrailingForm(Form):
    """A stop that follows the price, towards the market only."""

    pct: Number | None = setting(
        "its distance behind the price; null, and no amount: it does not trail",
        Decimal(1),
        "percent",
        gt=0,
        lt=100,
    )
    amount: Number | None = setting("its distance in price, in place of pct", None, "price", gt=0)
    after_r: Number = setting("the profit from which on it trails", Decimal(1), "R", ge=0)


class ProtectionForm(Form):
    """What protects the positions of the account."""

    stop: StopForm = setting("where the stop of an entry goes when its signal does not say", StopForm())
    target: TargetForm = setting(
        "where the target of an entry goes when its signal does not say", TargetForm()
    )
    bar: LengthText | None = setting(
        "the bars of which ranges and swings are made; without one the first of `bars.lengths`", None
    )
    atr_bars: Whole = setting("over so many bars the average true range goes", 14, "bars", ge=1, le=200)
    swing_bars: Whole = setting("so many lesser bars on either side make a swing", 2, "bars", ge=1, le=50)
    range_minutes: Number = setting(
        "the opening range: the first minutes of a session", Decimal(15), "minutes", gt=0, le=1440
    )
    partial_targets: list[PartForm] = setting(
        "targets for parts of the position; what they leave goes to `target`", ()
    )
    trailing: TrailingForm = setting("a stop that follows the price", TrailingForm())
    widen: WidenForm = setting("more room for the stop in a volatile market", WidenForm())
    tighten: TightenForm = setting("a stop that comes closer near the target", TightenForm())
    break_even_after_r: Number | None = setting(
        "the profit at which the stop goes to what the entry cost", None, "R", gt=0
    )
    time_exit_min: Number | None = setting(
        "close a position after so long", None, "minutes", gt=0, le=_YEAR_SECONDS // 60
    )
    stop_limit_pct: Number = setting(
        "where a venue takes stops only with a limit: how far beyond its price that lies",
        Decimal(1),
        "percent",
        gt=0,
        lt=100,
    )
    hold: Annotated[Holder, choice(Holder)] = setting(
        "who holds the exits: the venue where it can, or the engine, so that nobody there sees them",
        Holder.VENUE,
    )
    disaster_stop: TimesOrOff = setting(
        "where the engine holds the stop and the venue could: how far away a wider one rests there, for when the "
        "engine is gone",
        "2",
        "distances from entry to stop",
    )
    allow_unprotected: Flag = setting('whether a signal may say `"stop": "none"`', False)

    @model_validator(mode="after")
    def _its_parts_are_no_more_than_the_whole(self) -> Self:
        check_parts(self.partial_targets)
        return self


class OrdersForm(Form):
    """How the account's orders are handled."""

    timeout_seconds: Number = setting(
        "an entry that is not filled by then is cancelled", Decimal(60), "seconds", gt=0, le=_YEAR_SECONDS
    )
    retry_attempts: Whole = setting(
        "how often an entry that the venue has rejected is tried again, where that is safe; 0: never",
        3,
        "times",
        ge=0,
        le=20,
    )
    retry_delay_seconds: Number = setting(
        "before the first of them; twice as long before each next", Decimal(5), "seconds", gt=0, le=3600
    )
    collar_pct: Number = setting(
        "where a venue takes no market orders: how far from the price the limit lies that takes their place",
        Decimal("0.5"),
        "percent",
        gt=0,
        lt=100,
    )


class SessionForm(Form):
    """When the account trades."""

    calendar: Annotated[str, choice(CALENDARS)] | None = setting(
        "by which it trades, whatever the instrument; without one by that of the instrument", None
    )
    premarket: Flag = setting("trade before the regular session, where there is a time for that", False)
    afterhours: Flag = setting("trade after the regular session, where there is a time for that", False)
    queue_when_closed: Flag = setting(
        "let signals for an entry wait for the open; else they are refused", True
    )
    cancel_at_close: Flag = setting("withdraw entries that wait at the venue when the session ends", True)
    flatten_before_close_min: Number | None = setting(
        "close positions, and refuse entries, so long before the session ends", None, "minutes", gt=0, le=1440
    )


class AccountForm(Form):
    """A virtual account."""

    id: Name = setting("its name, in signals and everywhere else")
    venue: Name = setting("the venue at which it trades")
    venue_account: Name | None = setting(
        "its account there, which several accounts may share; without one it is of its own name", None
    )
    owner: OwnerText | None = setting("whose it is: for people, and to choose by", None)
    prop_profile: Name | None = setting(
        "rules of a prop firm, laid under all that is set here (`kedge profiles` lists them)", None
    )
    cash: Number = setting("what it begins with; later the record says what it has", ..., "money", ge=0)
    currency: Currency = setting("of its cash and of everything it trades", "USD")
    signal_ttl_seconds: Number = setting(
        "a signal that is older is not acted on", Decimal(60), "seconds", gt=0, le=_YEAR_SECONDS
    )
    sizing: SizingForm = setting("how much an entry buys or sells when its signal does not say", SizingForm())
    one_symbol: Flag = setting("other symbols wait until the open position is closed", True)
    auto_execute: Flag = setting("without it a person approves each entry", True)
    approve_within_seconds: Number = setting(
        "what nobody has approved by then is refused", Decimal(300), "seconds", gt=0, le=_YEAR_SECONDS
    )
    min_signal_strength: Number = setting(
        "signals that say how strong they are have to be stronger", Decimal(70), "0 to 100", ge=0, le=100
    )
    strategies: list[Name] = setting("whose signals it takes; empty: everybody's", ())
    reduce_on_anomaly: Flag = setting(
        "after an alarm that shows the engine's picture wrong only exits, until a person resumes it", True
    )
    risk: RiskForm = setting("the most that it may have at risk", RiskForm())
    filters: FiltersForm = setting("in which state of the market an entry may be made", FiltersForm())
    governor: GovernorForm = setting("pauses, limits on losses and entries", GovernorForm())
    scale_in: ScaleInForm = setting("entries that add to a position", ScaleInForm())
    protection: ProtectionForm = setting("what protects the positions of the account", ProtectionForm())
    session: SessionForm = setting("when the account trades", SessionForm())
    orders: OrdersForm = setting("how the account's orders are handled", OrdersForm())

    @model_validator(mode="after")
    def _the_fixed_size_is_within_the_limit(self) -> Self:
        quantity, most = self.sizing.quantity, self.risk.max_position_size
        if quantity is not None and quantity > most:
            raise problem(
                f"{plain(quantity)} is more than risk.max_position_size, so that every entry would be refused",
                at=["sizing", "quantity"],
                needed=f"a number up to {plain(most)} is needed",
            )
        return self


class FeedForm(Form):
    """Where prices come from: they walk at random, were recorded, or come over a socket."""

    kind: Annotated[str, choice(("simulated", "recorded", "socket"), later=("alpaca",))] = setting(
        "what kind of feed it is"
    )
    instruments: list[SymbolText] = setting("the symbols that it gives prices for", min_length=1)
    quotes_per_second: Number = setting(
        "of a simulated feed, for each instrument", Decimal(5), "1/second", gt=0, le=1000
    )
    seed: Whole = setting("of a simulated feed: the same seed, the same moves", 0, ge=0, le=2**63 - 1)
    volatility_bps: Number = setting(
        "of a simulated feed: standard deviation of a minute's move",
        Decimal(5),
        "basis points",
        ge=0,
        lt=10_000,
    )
    spread_ticks: Whole = setting("of a simulated feed, between bid and ask", 1, "ticks", ge=0, le=1_000_000)
    paths: list[PathText] = setting(
        "of a recorded feed: its files, CSV (also gzipped) or Parquet, or folders of them", ()
    )
    stamps: Annotated[BarStamps, choice(BarStamps)] = setting(
        "of a recorded feed: whether bars are stamped at their start or at their end", BarStamps.START
    )

    url: UrlText | None = setting("of a socket feed, as in http://127.0.0.1:8766", None)

    @model_validator(mode="after")
    def _each_kind_has_its_keys(self) -> Self:
        own = _KEYS[self.kind]
        for name in (name for names in _KEYS.values() for name in names):
            if name in self.model_fields_set and name not in own:
                raise problem(
                    f"a {self.kind} feed has no such key", at=[name], needed=f"it has: {', '.join(own)}"
                )
        if self.kind == "recorded" and not self.paths:
            raise problem("missing, and a recorded feed needs it", at=["paths"])
        if self.kind == "socket" and self.url is None:
            raise problem("missing, and a socket feed needs it", at=["url"])
        return self


_KEYS = {
    "simulated": ("quotes_per_second", "seed", "volatility_bps", "spread_ticks"),
    "recorded": ("paths", "stamps"),
    "socket": ("url",),
}


class BarsForm(Form):
    """The bars that the engine makes of every instrument's prices."""

    lengths: list[LengthText] = setting(
        "how long they are, counted from the open of the session; of each instrument every length is made",
        ("5m",),
        min_length=1,
    )
    history: Whole = setting(
        "bars of the past that are asked for at the start, where a feed brings them",
        200,
        "bars of each length",
        ge=0,
        le=5000,
    )

    @model_validator(mode="after")
    def _each_length_once_and_not_too_many(self) -> Self:
        for number, length in enumerate(self.lengths):
            if length in self.lengths[:number]:
                raise problem(f"{length} is given twice", at=["lengths", number], needed="once is enough")
        if len(self.lengths) > LENGTHS_MAX:
            raise problem(
                f"{len(self.lengths)} lengths are too many, since each costs time at every price",
                at=["lengths"],
                needed=f"up to {LENGTHS_MAX} are allowed",
            )
        return self


class RollForm(Form):
    """The contracts of a future, where the symbol is that of all of them."""

    months: MonthCodes | None = setting(
        "which of them are traded; given, the symbol means the front one", None
    )
    by: Annotated[RollBy, choice(RollBy)] = setting(
        "what decides: the days before its end, or (earlier) the first session in which the next one is traded more",
        RollBy.DAYS,
    )
    days_before: Whole = setting(
        "how long before its end (or its first notice) a contract is left for the next, at the latest",
        7,
        "days",
        ge=0,
        le=90,
    )

    @model_validator(mode="after")
    def _all_else_needs_months(self) -> Self:
        if self.model_fields_set and self.months is None:
            raise problem("missing, and a roll needs it", at=["months"])
        return self


class InstrumentForm(Form):
    """Something to trade."""

    symbol: SymbolText = setting("its name, in signals and everywhere else")
    tick: Number = setting("the step of its prices", ..., "money", gt=0)
    lot: Number = setting("the step of its quantities", Decimal(1), "shares, coins or contracts", gt=0)
    multiplier: Number = setting("what a move of 1 is worth, for each one held", Decimal(1), "money", gt=0)
    asset: Annotated[AssetClass, choice(AssetClass)] = setting(
        "how it settles: a future pays only its gains and losses", AssetClass.EQUITY
    )
    currency: Currency = setting("in which it is quoted", "USD")
    calendar: Annotated[str, choice(CALENDARS)] | None = setting(
        "when it trades; without one equities by XNYS, futures by CMES, currencies by FOREX, crypto at any time",
        None,
    )
    min_quantity: Number | None = setting(
        "the least that its venue takes in one order", None, "shares, coins or contracts", gt=0
    )
    min_value: Number | None = setting("the same, by what the order is worth", None, "money", gt=0)
    shortable: Flag = setting("whether it may be sold short", True)
    margin: Number | None = setting("that one contract of a future ties up", None, "money", gt=0)
    start_price: Number | None = setting(
        "where a simulated feed begins; later the price goes on where it was left. Without one at 100",
        None,
        "money",
        gt=0,
    )

    roll: RollForm = setting("from one contract of a future to the next", RollForm())

    @model_validator(mode="after")
    def _only_futures_roll(self) -> Self:
        if self.roll.months is None:
            return self
        if self.asset is not AssetClass.FUTURE:
            raise problem(
                "only futures have contracts", at=["roll", "months"], needed="asset: future is needed"
            )
        if self.symbol not in PRODUCTS:
            raise problem(
                f"when contracts of {self.symbol} end is not known",
                at=["roll", "months"],
                needed=f"it is known of {', '.join(PRODUCTS)}",
            )
        return self

    @model_validator(mode="after")
    def _the_start_is_a_price(self) -> Self:
        if self.start_price is not None and self.start_price < self.tick:
            raise problem(
                f"{plain(self.start_price)} is less than one tick",
                at=["start_price"],
                needed=f"a price of {plain(self.tick)} or more is needed",
            )
        return self


class SettingsForm(Form):
    """All of it."""

    data_dir: PathText = setting(
        "where the record lies; from the folder of the file that says so on", "./kedge-data"
    )
    venues: dict[Name, PaperForm] = setting("where orders go, by name", min_length=1)
    accounts: list[AccountForm] = setting("the virtual accounts", min_length=1)
    owners: list[OwnerForm] = setting("limits over all accounts of an owner", ())
    feeds: list[FeedForm] = setting("where prices come from", ())
    record_market_data: Flag = setting(
        "keep what feeds bring, in the data directory (simulated prices are not kept)", True
    )
    corporate_actions: PathText | None = setting(
        "a file of splits and new symbols, CSV or JSON lines; what is held then is counted in new shares",
        None,
    )
    bars: BarsForm = setting("the bars that the engine makes of prices", BarsForm())
    instruments: list[InstrumentForm] = setting("what may be traded", min_length=1)
    strategies: list[StrategyForm] = setting("what makes signals of bars, in the engine itself", ())

    @model_validator(mode="after")
    def _the_bars_of_protection_are_made(self) -> Self:
        for number, account in enumerate(self.accounts):
            bar = account.protection.bar
            if bar is not None and bar not in self.bars.lengths:
                known = ", ".join(self.bars.lengths)
                raise problem(
                    f"no bars of {bar} are made",
                    at=["accounts", number, "protection", "bar"],
                    needed=f"one of bars.lengths ({known}) is needed",
                )
            self._check_range(number, account.protection)
        return self

    def _check_range(self, number: int, protection: ProtectionForm) -> None:
        """A range that ends within a bar would never be known."""
        target = protection.target
        by_range = target.method == "range" or target.adjust.by == "range"
        uses_range = protection.stop.method == "opposite_range" or by_range
        bar = protection.bar or self.bars.lengths[0]
        if uses_range and protection.range_minutes * MINUTE % parse_length(bar):
            raise problem(
                f"{plain(protection.range_minutes)} minutes are not made of whole bars of {bar}",
                at=["accounts", number, "protection", "range_minutes"],
                needed="a multiple of the bar's length is needed, or shorter bars (protection.bar)",
            )
