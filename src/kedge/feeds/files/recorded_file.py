"""One file of recorded data as market data, checked from the first row to the last."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant, show_instant
from kedge.domain.instruments import Instrument
from kedge.domain.quotes import MarketData
from kedge.feeds.errors import BadFileError
from kedge.feeds.files.bars import BarRows
from kedge.feeds.files.faults import Faults
from kedge.feeds.files.form import ARRIVAL, STAMP, SYMBOL, Form, Kind, Terms, form_of, spelt, symbol_of
from kedge.feeds.files.page import Page, Rows
from kedge.feeds.files.quotes import QuoteRows
from kedge.feeds.files.source import Source
from kedge.feeds.files.stamps import Instants, StampReader
from kedge.feeds.files.summary import Summary
from kedge.feeds.files.trades import TradeRows

_READERS: Final[dict[Kind, Callable[[Terms], Rows]]] = {
    Kind.BARS: BarRows,
    Kind.QUOTES: QuoteRows,
    Kind.TRADES: TradeRows,
}
_OF_OTHERS: Final = "of other instruments"
_SHOWN_MAX: Final = 5


class RecordedFile:
    """A file whose columns were looked at; its rows are read by `rows`, once."""

    def __init__(
        self, path: Path, instruments: Mapping[Symbol, Instrument], terms: Terms | None = None
    ) -> None:
        """Open the file and see what it holds; raises `BadFileError`."""
        self.path = path
        self.summary = Summary()
        self._source = Source(path)
        self._form: Form = form_of(path, self._source.names)
        self._instruments = list(instruments.values())
        self._codes = {instrument.symbol: code for code, instrument in enumerate(self._instruments)}
        self._stamps = StampReader(STAMP)
        self._reader = _READERS[self._form.kind](terms or Terms())
        self._newest: int | None = None
        if SYMBOL not in self._form.columns and symbol_of(path) not in self._codes:
            raise BadFileError(path, f"{symbol_of(path)} is not among the instruments ({self._known()})")

    @property
    def kind(self) -> Kind:
        """What its rows are."""
        return self._form.kind

    @property
    def symbol(self) -> Symbol | None:
        """Whose data it holds, where that is not said row by row."""
        return None if SYMBOL in self._form.columns else symbol_of(self.path)

    @property
    def has_arrivals(self) -> bool:
        """Whether it tells the order in which its rows came, as our own recordings do."""
        return ARRIVAL in self._form.columns

    @cached_property
    def arrivals(self) -> tuple[int, int] | None:
        """The first and the last number of arrival, where the file tells them without being read."""
        return self._source.whole_numbers(spelt(self._source.names)[ARRIVAL]) if self.has_arrivals else None

    def told_again(self, count: int, reason: str) -> None:
        """So many rows are not handed on after all: another file has told them."""
        self.summary.kept[self.kind] -= count
        self.summary.drop(count, reason)

    def rows(self, *, by_arrival: bool = False) -> Iterator[tuple[int, MarketData]]:
        """Each row with what orders it: its time, or its number of arrival. Raises `BadFileError`."""
        spelling = spelt(self._source.names)
        for batch in self._source.batches([spelling[name] for name in self._form.columns]):
            columns = {name: batch[spelling[name]] for name in self._form.columns}
            keys, items = self._read(columns, by_arrival=by_arrival)
            yield from zip(keys, items, strict=True)
        if not self.summary.rows:
            raise BadFileError(self.path, "holds no rows")
        if self.summary.dropped.get(_OF_OTHERS) == self.summary.rows:
            raise BadFileError(self.path, f"holds no row of the instruments ({self._known()})")

    def _read(self, columns: dict[str, Any], *, by_arrival: bool) -> tuple[list[int], list[MarketData]]:
        codes = self._codes_of(columns)
        ours = codes >= 0
        numbers = np.arange(len(codes), dtype=np.intp)[ours] + self.summary.rows + 1
        self.summary.rows += len(codes)
        self.summary.drop(len(codes) - len(numbers), _OF_OTHERS)
        if not len(numbers):
            return [], []
        if len(numbers) < len(codes):
            columns = {name: column.filter(pa.array(ours)) for name, column in columns.items()}
        faults = Faults(self.path, numbers)
        stamps = self._stamps.read(columns[STAMP], faults)
        page = Page(columns, self._instruments, codes[ours], stamps, faults, self.summary)
        at, items = self._reader.read(page)
        keys = _arrivals(page) if by_arrival else at
        self._check_order(page, keys, by_arrival=by_arrival)
        faults.refuse_any()
        self.summary.rounded += int((page.rounded & page.left).sum())
        if items:
            self.summary.keep(self.kind, len(items), Instant(int(at.min())), Instant(int(at.max())))
        return keys.tolist(), items

    def _codes_of(self, columns: dict[str, Any]) -> NDArray[np.intp]:
        """The place of each row's instrument among ours; -1 for all others."""
        if SYMBOL not in columns:
            return np.full(len(columns[STAMP]), self._codes[symbol_of(self.path)], np.intp)
        names = columns[SYMBOL]
        if not pa.types.is_dictionary(names.type):
            names = names.cast(pa.string()).dictionary_encode()
        of_name = [self._codes.get(Symbol(str(name)), -1) for name in names.dictionary.to_pylist()]
        places = names.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        codes: NDArray[np.intp] = np.array([*of_name, -1], np.intp)[
            places
        ]  # the last is for rows without a symbol
        return codes

    def _check_order(self, page: Page, keys: Instants, *, by_arrival: bool) -> None:
        if not len(keys):
            return
        before = np.concatenate([[keys[0] if self._newest is None else self._newest], keys[:-1]])
        self._newest = int(keys[-1])
        backward = np.flatnonzero(keys < before)
        if len(backward):
            place = int(backward[0])
            row = int(np.flatnonzero(page.left)[place])
            told = str if by_arrival else show_instant
            page.faults.note_row(
                row,
                lambda _: (
                    f"{told(Instant(int(keys[place])))} comes after {told(Instant(int(before[place])))}; "
                    f"rows must be in the order of {ARRIVAL if by_arrival else 'time'}"
                ),
            )

    def _known(self) -> str:
        names = list(self._codes)
        more = f" and {len(names) - _SHOWN_MAX} more" if len(names) > _SHOWN_MAX else ""
        return ", ".join(names[:_SHOWN_MAX]) + more if names else "none"


def _arrivals(page: Page) -> Instants:
    numbers: Instants = page.columns[ARRIVAL].cast(pa.int64()).to_numpy(zero_copy_only=False)
    return numbers[page.left]
