"""A column of times becomes instants, without guessing.

- A text with a zone is what it says. A text without one is UTC, for the column's name says so (`ts_utc`); a date is its
  first moment. A file with both kinds of text is refused: one of them would be hours off.
- A number counts from 1970 in seconds, milli-, micro- or nanoseconds, told by its size: the four units cannot be
  confused for any time from 1973 to 2262. The first row decides for its file, and a row in another unit is a fault.
- A Parquet timestamp is what its type says, in UTC when the type has no zone.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kedge.domain.instants import MICROSECOND, MILLISECOND, NEVER, SECOND
from kedge.domain.numbers import EXACT
from kedge.feeds.files.faults import Faults

Instants = NDArray[np.int64]

_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?", re.ASCII)
_DAY: Final = 86_400 * SECOND
# The name of a unit, how many nanoseconds it has, and between which counts a number is taken for one of it.
_UNITS: Final = (
    ("seconds", int(SECOND), 10**8, 10**10),
    ("milliseconds", int(MILLISECOND), 10**11, 10**13),
    ("microseconds", int(MICROSECOND), 10**14, 10**16),
    ("nanoseconds", 1, 10**17, int(NEVER)),
)
_STEPS: Final = {"s": int(SECOND), "ms": int(MILLISECOND), "us": int(MICROSECOND), "ns": 1}
_WITH_ZONE: Final = "with a zone"
_WITHOUT_ZONE: Final = "without a zone"


class StampReader:
    """Reads the times of one file; what the first batch is like, all the others have to be."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._like = ""  # with or without a zone, or the unit of a number; empty before the first row

    def read(self, column: Any, faults: Faults) -> Instants:
        """The instants of one batch; where there is none it is 0, and noted."""
        faults.note(pc.is_null(column).to_numpy(zero_copy_only=False), lambda _: f"{self._name} is empty")
        kind = column.type
        if pa.types.is_dictionary(kind):
            return self.read(column.dictionary_decode(), faults)
        if pa.types.is_timestamp(kind):
            return self._counted(_whole(column.cast(pa.int64())), _STEPS[kind.unit], column, faults)
        if pa.types.is_date(kind):
            return self._counted(_whole(column.cast(pa.date32()).cast(pa.int32())), int(_DAY), column, faults)
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return self._texts(column, faults)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return self._numbers(column, faults)
        faults.note_row(0, lambda _: f"{self._name} holds {kind}, not times")
        return np.zeros(len(column), np.int64)

    def _counted(self, counts: Instants, step: int, column: Any, faults: Faults) -> Instants:
        beyond = np.abs(counts) > int(NEVER) // step
        faults.note(beyond, lambda row: f"{self._name} {column[row]} is not between the years 1677 and 2262")
        return np.where(beyond, 0, counts) * step

    def _texts(self, column: Any, faults: Faults) -> Instants:
        first = next((text for text in column.to_pylist() if text is not None), "")
        if _NUMBER.fullmatch(first):
            return self._numbers(column, faults)
        for like, zone in ((_WITH_ZONE, "UTC"), (_WITHOUT_ZONE, None)):
            instants = _parsed(column, zone)
            if instants is not None and self._like in ("", like):
                self._like = like
                return instants
        for row, text in enumerate(column.to_pylist()):
            if text is not None and (problem := self._misfit(text)):
                faults.note_row(row, lambda _, problem=problem: problem)  # type: ignore[misc]
                break
        return np.zeros(len(column), np.int64)

    def _misfit(self, text: str) -> str:
        """What is wrong with this text beside the ones before it."""
        one = pa.array([text])
        like = next(
            (
                like
                for like, zone in ((_WITH_ZONE, "UTC"), (_WITHOUT_ZONE, None))
                if _parsed(one, zone) is not None
            ),
            "",
        )
        if not like:
            return f"{self._name} {text!r} is not a time such as 2026-03-02T14:31:00Z"
        if self._like not in ("", like):
            return f"{self._name} {text!r} is {like}; the rows before it are {self._like}"
        self._like = like
        return ""

    def _numbers(self, column: Any, faults: Faults) -> Instants:
        counts = _whole_numbers(column)
        if counts is None:
            return self._fractions(column, faults)
        filled = counts[counts != 0]
        if not self._like and len(filled):
            self._like = _unit_of(int(filled[0]))
        for unit, step, least, most in _UNITS:
            if unit == self._like:
                outside = ((counts < least) | (counts >= most)) & (counts != 0)
                faults.note(outside, lambda row: self._not_in_unit(counts[row]))
                return np.where(outside, 0, counts) * step
        faults.note_row(0, lambda row: f"{self._name} {counts[row]} is no time in s, ms, µs or ns since 1970")
        return np.zeros(len(column), np.int64)

    def _fractions(self, column: Any, faults: Faults) -> Instants:
        """Numbers with a fraction, one by one: as exact as they are written."""
        instants = np.zeros(len(column), np.int64)
        for row, value in enumerate(column.to_pylist()):
            if value is None:
                continue
            try:
                number = Decimal(str(value))
            except InvalidOperation:
                number = Decimal("NaN")
            unit = _unit_of(int(number)) if number.is_finite() else ""
            if not unit:
                faults.note_row(row, lambda _, value=value: f"{self._name} {value!r} is no time")  # type: ignore[misc]
                break
            self._like = self._like or unit
            if unit != self._like:
                faults.note_row(row, lambda _, value=value: self._not_in_unit(value))  # type: ignore[misc]
                break
            [step] = [step for name, step, _, _ in _UNITS if name == unit]
            instants[row] = int(EXACT.multiply(number, Decimal(step)))
        return instants

    def _not_in_unit(self, value: object) -> str:
        return f"{self._name} {value} is not in {self._like} since 1970, as the rows before it are"


def _unit_of(count: int) -> str:
    return next((name for name, _, least, most in _UNITS if least <= count < most), "")


def _whole(column: Any) -> Instants:
    counts: Instants = column.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return counts


def _whole_numbers(column: Any) -> Instants | None:
    """The column as integers, if all of it is whole."""
    try:
        return _whole(column.cast(pa.int64()))
    except pa.ArrowInvalid:
        return None


def _parsed(column: Any, zone: str | None) -> Instants | None:
    try:
        return _whole(column.cast(pa.timestamp("ns", tz=zone)).cast(pa.int64()))
    except pa.ArrowInvalid:
        return None
