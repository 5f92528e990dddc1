"""The forms that recorded data has: which columns make which kind, and whose data a file holds."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import Span
from kedge.feeds.errors import BadFileError

STAMP: Final = "ts_utc"
SYMBOL: Final = "symbol"
ARRIVAL: Final = "seq"  # in recordings of our own: the order in which things came
END: Final = "end_utc"  # when a bar ended, where its length is not that of all others


class Kind(StrEnum):
    """What a row is."""

    BARS = "bars"
    QUOTES = "quotes"
    TRADES = "trades"


class Stamps(StrEnum):
    """Whether a bar is stamped with its start or with its end."""

    START = "start"
    END = "end"


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file cannot say itself."""

    stamps: Stamps = Stamps.START
    adjusted: bool = (
        False  # prices were changed for splits and dividends, so they lie off the grid; sizes too
    )
    bar_length: Span | None = None  # None: the most common distance between two bars


PRICES: Final = {
    Kind.BARS: ("open", "high", "low", "close"),
    Kind.QUOTES: ("bid", "ask"),
    Kind.TRADES: ("price",),
}
SIZES: Final = {
    Kind.BARS: ("volume",),
    Kind.QUOTES: ("bid_size", "ask_size"),
    Kind.TRADES: ("size",),
}


class Form(msgspec.Struct, frozen=True):
    """What one file holds."""

    kind: Kind
    columns: tuple[str, ...]  # those that are read, as we call them; a file may have others besides


def form_of(path: Path, names: Sequence[str]) -> Form:
    """What the columns of a file say that it holds; raises `BadFileError`."""
    known = [_plain(name) for name in names]
    for name in known:
        if known.count(name) > 1:
            raise BadFileError(path, f"the column {name} is there twice")
    if STAMP not in known:
        raise BadFileError(path, f"there is no column {STAMP}; there are: {', '.join(names) or 'none'}")
    kinds = [kind for kind, prices in PRICES.items() if any(name in known for name in prices)]
    if not kinds:
        wanted = "; ".join(f"{kind}: {', '.join(PRICES[kind])}" for kind in Kind)
        raise BadFileError(path, f"the columns of no kind of data are there ({wanted})")
    if len(kinds) > 1:
        raise BadFileError(
            path, f"the columns are those of {kinds[0]} and of {kinds[1]}; a file holds one kind"
        )
    [kind] = kinds
    missing = [name for name in PRICES[kind] if name not in known]
    if missing:
        raise BadFileError(
            path, f"{kind} need the columns {', '.join(PRICES[kind])}; missing: {', '.join(missing)}"
        )
    wanted_columns = [
        STAMP,
        SYMBOL,
        ARRIVAL,
        *PRICES[kind],
        *SIZES[kind],
        *([END] if kind is Kind.BARS else []),
    ]
    return Form(kind, tuple(name for name in wanted_columns if name in known))


def spelt(names: Sequence[str]) -> dict[str, str]:
    """How a file spells the columns, by what we call them: `Open` and ` open` are the column open."""
    return {_plain(name): name for name in names}


def symbol_of(path: Path) -> Symbol:
    """Whose data a file without a column `symbol` holds: its name before the first `_` or `.`."""
    return Symbol(path.name.partition("_")[0].partition(".")[0])


def _plain(name: str) -> str:
    return name.strip().lower()
