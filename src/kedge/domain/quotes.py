"""Market data as the core sees it: prices in whole ticks, sizes in billionths, the time it holds from."""

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import Nano, Ticks


class Quote(
    msgspec.Struct, frozen=True, gc=False, tag="quote", omit_defaults=True, forbid_unknown_fields=True
):
    """Best bid and ask."""

    instrument: Symbol
    at: Instant
    bid: Ticks
    ask: Ticks
    bid_size: Nano = Nano(0)
    ask_size: Nano = Nano(0)


class Print(
    msgspec.Struct, frozen=True, gc=False, tag="print", omit_defaults=True, forbid_unknown_fields=True
):
    """One trade that happened in the market."""

    instrument: Symbol
    at: Instant
    price: Ticks
    size: Nano = Nano(0)


class Bar(msgspec.Struct, frozen=True, gc=False, tag="bar", omit_defaults=True, forbid_unknown_fields=True):
    """What happened between `start` and `at`; a bar is known at its end."""

    instrument: Symbol
    at: Instant
    start: Instant
    open: Ticks
    high: Ticks
    low: Ticks
    close: Ticks
    volume: Nano = Nano(0)


MarketData = Quote | Print | Bar
