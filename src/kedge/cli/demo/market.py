"""The demo's little world: two accounts, two instruments, and the exchange in this process at which they trade.

All of it lies in the data directory (the engine's record, and the exchange's own ledger beside it), so a second demo
on the same directory goes on with the orders, positions and cash that the first one left, however it ended.
"""

from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from kedge.cli.errors import Problem
from kedge.domain.accounts import AccountTerms, Follow
from kedge.domain.adaptive import Adapt, Tighten
from kedge.domain.governor import Governor
from kedge.domain.ids import AccountId, Symbol, VenueName
from kedge.domain.instants import MILLISECOND, SECOND, Span
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.limits import Counted, Limits
from kedge.domain.messages import MessageBudget
from kedge.domain.protection import Horizon, Plan
from kedge.journal.errors import NoJournalError
from kedge.journal.reader import open_reader
from kedge.settings.values import Bars, PaperVenue, Settings, SimulatedFeed
from kedge.sim.settings import SimSettings
from kedge.sim.walk import WalkTerms

VENUE = VenueName("paper")
QUOTES_PER_SECOND = 5

SPY = Instrument(Symbol("SPY"), tick=Decimal("0.01"))
ES = Instrument(
    Symbol("ES"),
    tick=Decimal("0.25"),
    multiplier=Decimal(50),
    asset=AssetClass.FUTURE,
    margin=Decimal(15_000),
)
INSTRUMENTS = (SPY, ES)

# Trades of seconds: what suits a day of them would be used up in a minute.
_QUICK = Governor(
    cooldown_losses=20,
    cooldown=Span(10 * SECOND),
    max_entries_per_minute=60,
    max_entries_per_hour=3_600,
    max_entries_per_day=100_000,
    max_daily_orders=1_000_000,
    max_repeats=100_000,
)
_BUDGET = MessageBudget(per_second=50, per_minute=3_000)
_BAR = Span(2 * SECOND)  # short ones, for positions that are held for seconds

ALPHA = AccountTerms(
    AccountId("alpha"),
    VENUE,
    Decimal(100_000),
    quantity=Decimal(50),
    limits=Limits(
        max_position_pct=Decimal(50),
        max_exposure_pct=Decimal(80),
        max_open_risk_pct=Decimal(25),
        repeat_window=Span(50 * MILLISECOND),
        exposure=Counted.MARGIN,
    ),
    governor=_QUICK,
    messages=_BUDGET,
    reduce_on_anomaly=True,
    order_timeout=Span(10 * SECOND),
    plan=Plan(horizon=Horizon(_BAR, atr_bars=3)),
    follow=Follow(trail_amount=Decimal("0.06"), after_r=Decimal("0.3")),
    adapt=Adapt(tighten=Tighten(Decimal(40), Decimal(20))),
)
FUTURES = AccountTerms(
    AccountId("futures"),
    VENUE,
    Decimal(50_000),
    quantity=Decimal(2),
    limits=Limits(max_position_pct=Decimal(70), max_exposure_pct=Decimal(70), exposure=Counted.MARGIN),
    governor=_QUICK,
    messages=_BUDGET,
    reduce_on_anomaly=True,
    order_timeout=Span(10 * SECOND),
    plan=Plan(horizon=Horizon(_BAR, atr_bars=3)),
    follow=Follow(break_even_r=Decimal("0.5")),
    adapt=Adapt(tighten=Tighten(Decimal(40), Decimal(20))),
)
ACCOUNTS = (ALPHA, FUTURES)
TRADED = ((ALPHA, SPY), (FUTURES, ES))

_STARTS = {SPY.symbol: Decimal("591.20"), ES.symbol: Decimal("5912.00")}
_TERMS = SimSettings(
    slippage_bps=Decimal("0.1"),
    commission_percent=Decimal("0.001"),  # 0.6 cents a share of SPY, 3 dollars a contract of ES
    fill_delay=Span(50 * MILLISECOND),
    partial_fill_rate=Decimal("0.25"),
)
_MOVES = WalkTerms(volatility_bps=Decimal(10))


def demo_settings(data_dir: Path, seed: int) -> Settings:
    """What the demo runs on."""
    symbols = tuple(instrument.symbol for instrument in INSTRUMENTS)
    return Settings(
        data_dir=data_dir,
        venues=MappingProxyType({VENUE: PaperVenue(VENUE, seed, _TERMS)}),
        accounts=ACCOUNTS,
        instruments=INSTRUMENTS,
        feeds=(SimulatedFeed(symbols, Decimal(QUOTES_PER_SECOND), seed, _MOVES),),
        starts=MappingProxyType(_STARTS),
        bars=Bars((_BAR, *Bars().lengths)),
    )


def refuse_foreign(data_dir: Path) -> None:
    """A record with other accounts than the demo's belongs to somebody's own engine."""
    try:
        with open_reader(data_dir) as reader:
            found = reader.accounts()
    except NoJournalError:
        return
    own = {account.id for account in ACCOUNTS}
    foreign = [
        str(account["id"]) for account in found if account["id"] not in own or account["venue"] != VENUE
    ]
    if foreign:
        raise Problem(
            "NOT_A_DEMO",
            f"{data_dir} holds the record of another engine (account {foreign[0]}), which the demo leaves alone. "
            "Name another directory with --data-dir.",
            facts={"accounts": foreign},
        )
