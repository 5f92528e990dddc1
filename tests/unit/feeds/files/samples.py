"""What the tests of recorded files write and read."""

from decimal import Decimal
from pathlib import Path

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant, parse_instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.quotes import MarketData
from kedge.feeds.files.form import Terms
from kedge.feeds.files.recorded_data import RecordedData
from kedge.feeds.files.summary import Summary

SPY = Instrument(Symbol("SPY"), tick=Decimal("0.01"))
ES = Instrument(Symbol("ES"), tick=Decimal("0.25"), asset=AssetClass.FUTURE)
COIN = Instrument(Symbol("COIN"), tick=Decimal("0.00000001"), asset=AssetClass.CRYPTO)
INSTRUMENTS = {instrument.symbol: instrument for instrument in (SPY, ES, COIN)}

BARS = "ts_utc,open,high,low,close,volume\n"
QUOTES = "ts_utc,bid,ask,bid_size,ask_size\n"
TRADES = "ts_utc,price,size\n"


def at(text: str) -> Instant:
    """A time of the second of March 2026."""
    return parse_instant(f"2026-03-02T{text}Z")


def read(*paths: Path, terms: Terms | None = None) -> tuple[list[MarketData], Summary]:
    """All that files hold, and what was counted."""
    data = RecordedData(paths, INSTRUMENTS, terms)
    return list(data), data.summary


def written(directory: Path, name: str, content: str | bytes) -> Path:
    """A file of this content."""
    path = directory / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
