"""The demo's little world: two accounts, two instruments, and the exchange in this process at which they trade.

All of it lies in the data directory (the engine's record, and the exchange's own ledger beside it), so a second demo
on the same directory goes on with the orders, positions and cash that the first one left, however it ended.
"""

from decimal import Decimal
from pathlib import Path

from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import AccountId, BookId, Symbol, VenueName
from kedge.domain.instants import MILLISECOND, SECOND, Span
from kedge.domain.instruments import AssetClass, Instrument
from kedge.engine.clock import Clock
from kedge.sim.settings import SimSettings
from kedge.sim.walk import WalkTerms
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.local import LocalVenue
from kedge.venues.simulated.terms import ExchangeTerms
from kedge.venues.simulated.walks import Walks

BOOK = BookId("main")
VENUE = VenueName("paper")
LEDGER_FILE = "paper.ledger"
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

ALPHA = AccountTerms(
    AccountId("alpha"), VENUE, Decimal(100_000), quantity=Decimal(50), order_timeout=Span(10 * SECOND)
)
FUTURES = AccountTerms(
    AccountId("futures"), VENUE, Decimal(50_000), quantity=Decimal(2), order_timeout=Span(10 * SECOND)
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


def open_exchange(data_dir: Path, seed: int, clock: Clock) -> LocalVenue:
    """The exchange, founded or gone on with; raises `LedgerError` and `OSError`."""
    terms = ExchangeTerms(
        instruments=INSTRUMENTS,
        accounts={account.id: account.cash for account in ACCOUNTS},
        settings=_TERMS,
        seed=seed,
        name=VENUE,
    )
    exchange = Exchange(terms, clock(), data_dir / LEDGER_FILE)
    walks = Walks(INSTRUMENTS, _STARTS, seed, exchange.market, _MOVES)
    return LocalVenue(VENUE, exchange, clock, walks, QUOTES_PER_SECOND)
