"""What the venue tests play on: one small exchange, its people, and a clock that is moved by hand."""

from decimal import Decimal
from itertools import count

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.instants import SECOND, Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import Nano, to_nano
from kedge.domain.orders import OrderRequest, OrderType, Role, Side, TimeInForce
from kedge.domain.quotes import Quote
from kedge.sim.settings import SimSettings
from kedge.venues.simulated.terms import ExchangeTerms

ALPHA = AccountId("alpha")
BETA = AccountId("beta")
SPY = Instrument(symbol=Symbol("SPY"), tick=Decimal("0.01"))
ES = Instrument(symbol=Symbol("ES"), tick=Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE)
CASH = Decimal(100_000)
START = Instant(1_700_000_000 * SECOND)
TERMS = ExchangeTerms(
    instruments=(SPY, ES),
    accounts={ALPHA: CASH, BETA: CASH},
    settings=SimSettings(commission_per_share=Decimal("0.005")),
    seed=7,
)

_numbers = count(1)


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: Instant = START) -> None:
        self.now = now

    def __call__(self) -> Instant:
        return self.now

    def pass_seconds(self, seconds: float) -> Instant:
        self.now = Instant(self.now + round(seconds * SECOND))
        return self.now


def nano(number: str) -> Nano:
    return to_nano(Decimal(number))


def new_id() -> OrderId:
    return OrderId(f"test-{next(_numbers)}")


def quote(bid: str, ask: str, at: Instant = START, instrument: Instrument = SPY) -> Quote:
    return Quote(instrument.symbol, at, instrument.ticks(Decimal(bid)), instrument.ticks(Decimal(ask)))


def order(
    quantity: str = "10",
    *,
    limit: str | None = None,
    stop: str | None = None,
    side: Side = Side.BUY,
    account: AccountId = ALPHA,
    instrument: Instrument = SPY,
    id: OrderId | None = None,  # noqa: A002 - the field's own name
    role: Role = Role.ENTRY,
    parent: OrderId | None = None,
    reduce_only: bool = False,
) -> OrderRequest:
    """A market order, or with a price a limit or stop order, good till cancelled."""
    kind = OrderType.LIMIT if limit is not None else OrderType.STOP if stop is not None else OrderType.MARKET
    return OrderRequest(
        id=id or new_id(),
        account=account,
        instrument=instrument.symbol,
        side=side,
        type=kind,
        quantity=nano(quantity),
        limit_price=None if limit is None else nano(limit),
        stop_price=None if stop is None else nano(stop),
        tif=TimeInForce.GTC,
        role=role,
        parent=parent,
        reduce_only=reduce_only,
    )
