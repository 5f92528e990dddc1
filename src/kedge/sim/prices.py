"""Which price an order gets: integer arithmetic on ticks, nothing else."""

from decimal import Decimal
from typing import NamedTuple

from kedge.domain.quotes import Bar, MarketData, Print, Quote

_BPS = 10_000


class Pair(NamedTuple):
    """Bid and ask at one moment; 0 is no price on that side."""

    bid: int
    ask: int


def around(price: int, spread: int) -> Pair:
    """Bid and ask around a traded price; an odd tick is on the ask."""
    bid = max(price - spread // 2, 1)
    return Pair(bid, bid + spread)


def pair_of(data: MarketData, spread: int) -> Pair:
    """Bid and ask as the data leave them."""
    match data:
        case Quote():
            return Pair(data.bid, data.ask)
        case Print():
            return around(data.price, spread)
        case Bar():
            return around(data.close, spread)


def is_sane(data: MarketData) -> bool:
    """Whether an exchange could have printed these data."""
    if isinstance(data, Quote):
        bid, ask = data.bid, data.ask
        return 0 <= bid <= ask or (bid > 0 and ask == 0)
    if isinstance(data, Print):
        return data.price > 0
    inside = data.low <= data.open <= data.high and data.low <= data.close <= data.high
    return inside and data.low > 0 and data.start < data.at


def slipped(price: int, *, buys: bool, bps: Decimal) -> int:
    """The price after slippage, rounded up to a whole tick against the order."""
    if not bps:
        return price
    over, under = bps.as_integer_ratio()
    slip = -(-price * over // (under * _BPS))
    return price + slip if buys else max(price - slip, 1)


def reaches_stop(price: int, stop: int, *, buys: bool) -> bool:
    """Whether a price triggers a stop."""
    return price >= stop if buys else price <= stop


def within_limit(price: int, limit: int, *, buys: bool, margin: int = 0) -> bool:
    """Whether a price is as good as the limit, or better by the margin."""
    return price <= limit - margin if buys else price >= limit + margin


def trailed(extreme: int, amount: int | None, percent: Decimal, *, buys: bool) -> int:
    """Where a trailing stop stands for an extreme, rounded away from the market."""
    if amount is None:
        over, under = percent.as_integer_ratio()
        amount = -(-extreme * over // (under * 100))
    return extreme + amount if buys else extreme - amount
