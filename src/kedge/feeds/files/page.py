"""One batch of rows of a file on its way to market data."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kedge.domain.ids import Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.quotes import MarketData
from kedge.feeds.files.amounts import Amounts, Grid, Rounding, read_prices, read_sizes
from kedge.feeds.files.faults import Faults, Mask
from kedge.feeds.files.stamps import Instants
from kedge.feeds.files.summary import Summary


class Page:
    """Columns with the instrument and time of each row, and which rows are left."""

    def __init__(
        self,
        columns: dict[str, Any],
        instruments: Sequence[Instrument],
        codes: NDArray[np.intp],
        stamps: Instants,
        faults: Faults,
        summary: Summary,
    ) -> None:
        """`codes` says which of the instruments a row is of."""
        self.columns = columns
        self.codes = codes
        self.stamps = stamps
        self.faults = faults
        self.summary = summary
        self.left: Mask = np.ones(len(codes), np.bool_)
        self.rounded: Mask = np.zeros(len(codes), np.bool_)
        self._instruments = instruments
        self._grid = Grid(instruments, codes)

    def prices(self, name: str, rounding: Rounding) -> Amounts:
        """A column of prices; where there is one it is above zero."""
        prices = read_prices(name, self.columns[name], self._grid, rounding, self.faults)
        self.rounded |= prices.rounded
        return prices

    def sizes(self, name: str, rounding: Rounding) -> Amounts | None:
        """A column of sizes, if the file has it: each is there, and none is negative."""
        if name not in self.columns:
            return None
        sizes = read_sizes(name, self.columns[name], rounding, self.faults)
        self.rounded |= sizes.rounded
        return sizes

    def need_above_zero(self, prices: Amounts) -> None:
        """A price of nothing or less is a fault."""
        self.fault(prices.numbers <= 0, lambda row: f"{prices.shown(row)} is not above 0")
        # A price so small that its grid has no point for it.
        self.fault(
            (prices.counts == 0) & (prices.numbers > 0),
            lambda row: f"{prices.shown(row)} is less than a tick",
        )

    def need_sizes(self, sizes: Amounts | None) -> None:
        """A size that is missing or negative is a fault."""
        if sizes is not None:
            self.fault(np.isnan(sizes.numbers), lambda _: f"{sizes.name} is missing")
            self.fault(sizes.numbers < 0, lambda row: f"{sizes.shown(row)} is below 0")

    def fault(self, wrong: Mask, problem: Callable[[int], str]) -> None:
        """These rows are wrong, if they are not left out anyway."""
        self.faults.note(wrong & self.left, problem)

    def drop(self, rows: Mask, reason: str) -> None:
        """Leave these rows out."""
        gone = rows & self.left
        self.summary.drop(int(gone.sum()), reason)
        self.left &= ~gone

    def symbols(self) -> list[Symbol]:
        """The symbols of the rows that are left."""
        names = [instrument.symbol for instrument in self._instruments]
        return [names[code] for code in self.codes[self.left].tolist()]

    def kept(self, column: Any) -> list[Any]:
        """The values of the rows that are left."""
        values: list[Any] = column[self.left].tolist()
        return values

    def kept_sizes(self, sizes: Amounts | None) -> list[Any]:
        """The sizes of the rows that are left; 0, which means unknown, where the file has none."""
        return [0] * int(self.left.sum()) if sizes is None else self.kept(sizes.counts)


class Rows(Protocol):
    """Makes market data of one kind from the pages of one file."""

    def read(self, page: Page) -> tuple[Instants, list[MarketData]]:
        """When each row that is left was known, and the rows; raises `BadFileError`."""
