"""Indicators by what they are and how long: equal needs of many strategies are one indicator, updated once."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What there is to ask for."""

    EMA = "ema"  # of closes
    SMA = "sma"  # of closes
    RSI = "rsi"  # of closes
    ATR = "atr"
    HIGHEST = "highest"  # high of the last so many bars, this one not counted
    LOWEST = "lowest"
    RANGE_HIGH = "range_high"  # of the opening range
    RANGE_LOW = "range_low"
    SWING_HIGH = "swing_high"
    SWING_LOW = "swing_low"


class Need(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One indicator."""

    kind: Kind
    length: int  # bars; of the opening range minutes
