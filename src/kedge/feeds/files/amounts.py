"""Columns of prices and sizes become ticks and billionths: exactly, and a whole column at a time.

A double is taken for the shortest decimal that it stands for, as it was written. Whether that decimal lies on the grid
can be told without decimals: with the tick as a fraction, a count of ticks times the fraction is a division of two
integers, which the processor rounds correctly. It gives back the very same double only for the nearest point of the
grid, as long as the count is below 2^50: then no two points share a double, and the nearest one is found. What is
larger is counted by hand.
"""

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kedge.domain.instruments import Instrument
from kedge.domain.numbers import EXACT, LARGEST
from kedge.feeds.files.faults import Faults, Mask

Step = Callable[[int], Decimal]
Counts = NDArray[Any]  # int64, or Python integers where those are too small

_SURE: Final = float(2**50)
_WHOLE_MAX: Final = 2.0**63 / 10**9
_BILLIONTHS: Final = 1e9
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan", re.IGNORECASE | re.ASCII)


class Rounding(Enum):
    """Which point of the grid stands for a number that lies between two."""

    REFUSED = "refused"
    NEAREST = "nearest"
    DOWN = "down"
    UP = "up"


class Grid:
    """The tick of each row's instrument."""

    def __init__(self, instruments: Sequence[Instrument], codes: NDArray[np.intp]) -> None:
        """`codes` says which of the instruments a row is of."""
        fractions = [instrument.tick.as_integer_ratio() for instrument in instruments]
        self._instruments = instruments
        self._codes = codes
        self.over = np.array([over for over, _ in fractions], np.float64)[codes]
        self.under = np.array([under for _, under in fractions], np.float64)[codes]

    def tick(self, row: int) -> Decimal:
        """The tick of this row."""
        instrument: Instrument = self._instruments[self._codes[row]]
        return instrument.tick


class Amounts(msgspec.Struct, frozen=True):
    """One column: its numbers, the grid's points that stand for them, and where the two differ."""

    name: str
    column: Any
    numbers: NDArray[np.float64]  # NaN where there is none
    counts: Counts
    rounded: Mask

    def shown(self, row: int) -> str:
        """A value as the file has it."""
        return f"{self.name} {self.column[row].as_py()}"


def read_prices(name: str, column: Any, grid: Grid, rounding: Rounding, faults: Faults) -> Amounts:
    """Prices in ticks."""
    numbers = _doubles(name, column, faults)
    return _counted(name, column, numbers, grid.over, grid.under, grid.tick, rounding, faults)


def read_sizes(name: str, column: Any, rounding: Rounding, faults: Faults) -> Amounts:
    """Sizes in billionths."""
    numbers = _doubles(name, column, faults)
    whole = (numbers == np.floor(numbers)) & (np.abs(numbers) < _WHOLE_MAX)
    if whole.all() and _is_written_whole(column, numbers):
        counts = numbers.astype(np.int64) * 10**9
        return Amounts(name, column, numbers, counts, np.zeros(len(numbers), np.bool_))
    ones = np.ones(1)
    billionth = Decimal("1e-9")
    return _counted(
        name, column, numbers, ones, ones * _BILLIONTHS, lambda _: billionth, rounding, faults, "a billionth"
    )


def _counted(
    name: str,
    column: Any,
    numbers: NDArray[np.float64],
    over: NDArray[np.float64],
    under: NDArray[np.float64],
    step: Step,
    rounding: Rounding,
    faults: Faults,
    grid: str = "",
) -> Amounts:
    filled = np.where(np.isnan(numbers), 0.0, numbers)
    counts = np.rint(filled * under / over)
    sure = np.abs(counts * np.maximum(over, 1.0)) < _SURE
    off = (counts * over / under != filled) & sure
    if rounding is Rounding.REFUSED:
        faults.note(off, lambda row: f"{name} {column[row].as_py()} is not a multiple of {grid or step(row)}")
    elif rounding is Rounding.DOWN:
        counts = np.where(off, np.floor(filled * under / over), counts)
    elif rounding is Rounding.UP:
        counts = np.where(off, np.ceil(filled * under / over), counts)
    whole: Counts = np.where(sure, counts, 0).astype(np.int64)
    for row in np.flatnonzero(~sure):
        count, is_off = _by_hand(_exact(column, numbers, int(row)), step(int(row)))
        off[row] = is_off
        if is_off and rounding is Rounding.REFUSED:
            faults.note_row(
                int(row), lambda row: f"{name} {column[row].as_py()} is not a multiple of {grid or step(row)}"
            )
        if abs(count) >= 2**63 and whole.dtype != object:
            whole = whole.astype(object)
        whole[row] = count
    return Amounts(name, column, numbers, whole, off)


def _is_written_whole(column: Any, numbers: NDArray[np.float64]) -> bool:
    """Whether no large number became whole only by being read as a double, as 24999999.999999999 does."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return True
    if (np.abs(numbers) * _BILLIONTHS < _SURE).all():
        return True
    return not pc.any(pc.match_substring_regex(column.cast(pa.string()), "[.eE]")).as_py()


def _by_hand(number: Decimal, step: Decimal) -> tuple[int, bool]:
    count = EXACT.divide(number, step).to_integral_value(ROUND_HALF_EVEN)
    return int(count), EXACT.multiply(count, step) != number


def _exact(column: Any, numbers: NDArray[np.float64], row: int) -> Decimal:
    value = column[row].as_py()
    return Decimal(repr(float(numbers[row]))) if isinstance(value, float) else EXACT.create_decimal(value)


def _doubles(name: str, column: Any, faults: Faults) -> NDArray[np.float64]:
    """The numbers of a column; NaN where there is none."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        numbers = _read_texts(name, column, faults)
    elif kind in (pa.float16(), pa.float32()):
        short = column.fill_null(np.nan).to_numpy(zero_copy_only=False)
        numbers = short.astype(str).astype(np.float64)  # the decimal that was meant, not its nearest double
    elif pa.types.is_decimal(kind):
        # By way of text: Arrow's own cast from a decimal does not give the nearest double.
        numbers = _read_texts(name, column.cast(pa.string()), faults)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = column.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy(zero_copy_only=False)
    else:
        faults.note_row(0, lambda _: f"{name} holds {kind}, not numbers")
        return np.zeros(len(column))
    absurd = np.isinf(numbers) | (np.abs(numbers) > float(LARGEST))
    faults.note(absurd, lambda row: f"{name} {column[row].as_py()} is too large")
    return np.where(absurd, np.nan, numbers)


def _read_texts(name: str, column: Any, faults: Faults) -> NDArray[np.float64]:
    try:
        numbers: NDArray[np.float64] = (
            column.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
        )
        return numbers
    except pa.ArrowInvalid:
        texts = [text or "nan" for text in column.to_pylist()]
        bad = np.array([_NUMBER.fullmatch(text) is None for text in texts])
        faults.note(bad, lambda row: f"{name} {texts[row]!r} is not a number{_hint(texts[row])}")
        return np.array([np.nan if wrong else float(text) for text, wrong in zip(texts, bad, strict=True)])


def _hint(text: str) -> str:
    return " (write 1234.5: a decimal point, and no marks between thousands)" if "," in text else ""
