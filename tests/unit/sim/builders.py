"""Short words for the tests of the exchange: orders, market data, and reports as lines that read."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import (
    VenueAccepted,
    VenueBusted,
    VenueCancelled,
    VenueCorrected,
    VenueExpired,
    VenueFilled,
    VenueRefused,
    VenueRejected,
    VenueReplaced,
    VenueReport,
)
from kedge.domain.instants import Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import Nano, Ticks, from_nano, plain, to_nano
from kedge.domain.orders import OrderRequest, OrderType, Role, Side, TimeInForce
from kedge.domain.quotes import Bar, Print, Quote
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings

SPY, ES, COIN = Symbol("SPY"), Symbol("ES"), Symbol("COIN")
ALPHA, BETA = AccountId("alpha"), AccountId("beta")
INSTRUMENTS = (
    Instrument(SPY, tick=Decimal("0.01")),
    Instrument(ES, tick=Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE),
    Instrument(COIN, tick=Decimal("0.1"), lot=Decimal("0.001"), asset=AssetClass.CRYPTO),
)


def nano(text: str | int) -> Nano:
    return to_nano(Decimal(text))


def exchange(seed: int = 7, cash: str = "1000000", **settings: object) -> SimExchange:
    """An exchange with two accounts; settings may be given as text."""
    accounts = {ALPHA: Decimal(cash), BETA: Decimal(cash)}
    return SimExchange(INSTRUMENTS, accounts, msgspec.convert(settings, SimSettings), seed)


def order(
    words: str,
    name: str = "o",
    *,
    tif: str = "day",
    reduce_only: bool = False,
    account: AccountId = ALPHA,
    symbol: Symbol = SPY,
    role: Role = Role.ENTRY,
    parent: str | None = None,
) -> OrderRequest:
    """An order from words: `buy 10 limit 100.05`, `sell 5 stop_limit 99 98.50`, `sell 5 trail 0.50` or `trail 1%`."""
    side, quantity, kind, *prices = words.split()
    first, last = (prices[0], prices[-1]) if prices else ("", "")
    percent = first.endswith("%")
    return OrderRequest(
        id=OrderId(name),
        account=account,
        instrument=symbol,
        side=Side(side),
        type=OrderType("trailing_stop" if kind == "trail" else kind),
        quantity=nano(quantity),
        limit_price=nano(last) if kind in ("limit", "stop_limit") else None,
        stop_price=nano(first) if kind in ("stop", "stop_limit") else None,
        trail_amount=nano(first) if kind == "trail" and not percent else None,
        trail_percent=nano(first[:-1]) if kind == "trail" and percent else None,
        tif=TimeInForce(tif),
        reduce_only=reduce_only,
        role=role,
        parent=None if parent is None else OrderId(parent),
    )


def leg(parent: str, words: str, name: str, *, tif: str = "gtc", account: AccountId = ALPHA) -> OrderRequest:
    """An exit of a bracket."""
    role = Role.TARGET if " limit " in words else Role.STOP
    return order(words, name, tif=tif, reduce_only=True, role=role, parent=parent, account=account)


def quote(at: int, bid: str | int, ask: str | int, sizes: str = "0 0", symbol: Symbol = SPY) -> Quote:
    bid_size, ask_size = (nano(size) for size in sizes.split())
    return Quote(symbol, Instant(at), _ticks(bid, symbol), _ticks(ask, symbol), bid_size, ask_size)


def printed(at: int, price: str, size: str = "0", symbol: Symbol = SPY) -> Print:
    return Print(symbol, Instant(at), _ticks(price, symbol), nano(size))


def bar(at: int, prices: str, volume: str = "0", *, length: int = 10, symbol: Symbol = SPY) -> Bar:
    """A bar of ten ticks of the clock that ends at `at`; prices as `open high low close`."""
    o, h, l, c = (_ticks(price, symbol) for price in prices.split())  # noqa: E741
    return Bar(symbol, Instant(at), Instant(at - length), o, h, l, c, nano(volume))


def lines(reports: Iterable[VenueReport]) -> list[str]:
    """Reports as lines."""
    return [_line(report) for report in reports]


def fills(reports: Iterable[VenueReport]) -> list[str]:
    """Only what was traded."""
    return [line for line in lines(reports) if line.startswith("filled")]


def at(instant: int) -> Instant:
    return Instant(instant)


def oid(text: str) -> OrderId:
    return OrderId(text)


def _line(report: VenueReport) -> str:
    match report:
        case VenueAccepted():
            return f"accepted {report.order}"
        case VenueRejected():
            return f"rejected {report.order}: {report.reason}"
        case VenueFilled(execution=execution):
            return f"filled {report.order} {_show(execution.quantity)} @ {_show(execution.price)}"
        case VenueCancelled():
            return f"cancelled {report.order}: {report.reason}"
        case VenueExpired():
            return f"expired {report.order}: {report.reason}"
        case VenueReplaced(terms=terms):
            names = ("quantity", "limit_price", "stop_price")
            new = [
                f"{name} {_show(getattr(terms, name))}" for name in names if getattr(terms, name) is not None
            ]
            return f"replaced {report.order}: {', '.join(new)}"
        case VenueBusted(execution=execution_id):
            return f"busted {report.order} {execution_id}"
        case VenueCorrected(corrected=execution, revision=revision):
            now = f"{_show(execution.quantity)} @ {_show(execution.price)}"
            return f"corrected {report.order} {execution.id} {now} ({revision})"
        case VenueRefused():
            return f"refused {report.request} {report.order}: {report.reason}"
    return repr(report)


def _show(number: Nano) -> str:
    return plain(from_nano(number))


def _ticks(price: str | int, symbol: Symbol) -> Ticks:
    tick = next(instrument.tick for instrument in INSTRUMENTS if instrument.symbol == symbol)
    return Ticks(int(Decimal(price) / tick))
