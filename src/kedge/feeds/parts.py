"""Recordings on the disk: small Parquet files that are written once, whole or not at all.

    DIRECTORY/2026-03-02/quotes/SPY_<first>-<last>.parquet

The day is that of the data (UTC). `first` and `last` are numbers of arrival: `seq` orders everything that was received,
of all instruments and kinds, as it came. Prices and sizes are exact decimals, so any program can read a part.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kedge.domain.ids import Symbol
from kedge.domain.instants import SECOND
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, from_nano, to_nano
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.feeds.files.form import ARRIVAL, END, PRICES, SIZES, STAMP, SYMBOL, Kind

_NUMBER: Final = pa.decimal128(38, 9)
_TIME: Final = pa.timestamp("ns", "UTC")
_KINDS: Final = {Quote: Kind.QUOTES, Print: Kind.TRADES, Bar: Kind.BARS}


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """One item with its number of arrival."""

    number: int
    item: MarketData


Lane = tuple[str, Kind, Symbol]  # what one part holds: a day, a kind, an instrument


def lanes(arrivals: Sequence[Arrival]) -> dict[Lane, list[Arrival]]:
    """What belongs into one part each."""
    sorted_out: dict[Lane, list[Arrival]] = {}
    for arrival in arrivals:
        item = arrival.item
        day = datetime.fromtimestamp(item.at // SECOND, UTC).strftime("%Y-%m-%d")
        sorted_out.setdefault((day, _KINDS[type(item)], item.instrument), []).append(arrival)
    return sorted_out


def write_part(
    directory: Path, lane: Lane, arrivals: Sequence[Arrival], instruments: Mapping[Symbol, Instrument]
) -> Path:
    """Write one part; raises `OSError` and leaves nothing behind when that fails."""
    day, kind, symbol = lane
    folder = directory / day / kind
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{quote(symbol, safe='')}_{arrivals[0].number}-{arrivals[-1].number}.parquet"
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("wb") as file:
            pq.write_table(_table(kind, arrivals, instruments[symbol]), file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    _sync(folder)
    return path


def recordings(directory: Path) -> list[Path]:
    """The parts in a directory, in the order of their first arrival; what was never finished is not among them."""
    return sorted(directory.glob("????-??-??/*/*_*-*.parquet"), key=lambda path: (_numbers(path), path))


def last_arrival(directory: Path) -> int:
    """The highest number that was given out here; 0 where nothing was recorded."""
    return max((_numbers(path)[1] for path in recordings(directory)), default=0)


def _numbers(path: Path) -> tuple[int, int]:
    first, _, last = path.stem.rpartition("_")[2].partition("-")
    return (int(first), int(last)) if first.isdigit() and last.isdigit() else (0, 0)


def _table(kind: Kind, arrivals: Sequence[Arrival], instrument: Instrument) -> Any:
    items = [arrival.item for arrival in arrivals]
    tick = to_nano(instrument.tick)
    stamps = [item.start if isinstance(item, Bar) else item.at for item in items]
    columns: dict[str, Any] = {
        STAMP: pa.array(stamps, pa.int64()).cast(_TIME),
        SYMBOL: pa.array([instrument.symbol] * len(items)),
        ARRIVAL: pa.array([arrival.number for arrival in arrivals], pa.int64()),
    }
    for name in PRICES[kind]:
        columns[name] = _decimals([getattr(item, name) * tick for item in items])
    for name in SIZES[kind]:
        columns[name] = _decimals([getattr(item, name) for item in items])
    if kind is Kind.BARS:
        columns[END] = pa.array([item.at for item in items], pa.int64()).cast(_TIME)
    return pa.table(columns)


def _decimals(billionths: Sequence[int]) -> Any:
    """Numbers as decimals with nine places."""
    try:
        low = np.array(billionths, np.int64)
    except OverflowError:
        return pa.array([from_nano(Nano(number)) for number in billionths], _NUMBER)
    # A decimal is stored as its 128-bit count of billionths, the low half first; the high half is all sign.
    halves = np.stack([low, low >> 63], axis=1)
    return pa.Array.from_buffers(_NUMBER, len(low), [None, pa.py_buffer(halves.tobytes())])


def _sync(folder: Path) -> None:
    """Make the name of a new file last, not only its content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
