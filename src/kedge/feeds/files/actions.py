"""What companies and exchanges do to an instrument, from a file: splits, and symbols that change.

CSV with the columns `ts_utc, symbol, kind, ratio, new_symbol`, or JSON lines with the same names. `ratio` is how many
new shares there are for old ones: `4` or `4:1` for a split of 4 to 1, `0.1` or `1:10` for a reverse split of 1 to 10;
`new_symbol` is what the instrument is called from then on. Each holds from its instant.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Final

import msgspec

from kedge.domain.announcements import SHARES_MAX, Action, Split, SymbolChange
from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant, parse_instant
from kedge.domain.numbers import parse_decimal
from kedge.feeds.errors import BadFileError

_COLUMNS: Final = ("ts_utc", "symbol", "kind", "ratio", "new_symbol")
_NEEDED: Final = ("ts_utc", "symbol", "kind")
_BYTE_ORDER: Final = "\ufeff"


class ActionKind(StrEnum):
    """What was done."""

    SPLIT = "split"
    SYMBOL_CHANGE = "symbol_change"


def read_actions(path: Path) -> list[Action]:
    """All actions of a file in the order of time, those of one time as they stand there; raises `BadFileError`."""
    try:
        text = path.read_text("utf-8").removeprefix(_BYTE_ORDER)
    except OSError as error:
        raise BadFileError(path, f"cannot be opened: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BadFileError(path, "is not in UTF-8") from None
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadFileError(path, "is empty")
    rows = _json_rows(path, lines) if lines[0].lstrip().startswith("{") else _csv_rows(path, lines)
    actions = []
    for number, row in enumerate(rows, 1):
        try:
            actions.append(_action(row))
        except ValueError as error:
            raise BadFileError(path, str(error), number) from None
    return sorted(actions, key=lambda action: action.at)


def _csv_rows(path: Path, lines: Iterable[str]) -> Iterator[dict[str, str]]:
    reader = csv.reader(lines)
    names = [name.strip().lower() for name in next(reader)]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise BadFileError(
            path, f"actions need the columns {', '.join(_NEEDED)}; missing: {', '.join(missing)}"
        )
    for number, values in enumerate(reader, 1):
        if len(values) != len(names):
            raise BadFileError(path, f"has {len(values)} values for {len(names)} columns", number)
        yield {name: value.strip() for name, value in zip(names, values, strict=True) if value.strip()}


def _json_rows(path: Path, lines: Iterable[str]) -> Iterator[dict[str, str]]:
    decoder = msgspec.json.Decoder(dict[str, str | int | None])
    for number, line in enumerate(lines, 1):
        try:
            yield {name: str(value) for name, value in decoder.decode(line).items() if value is not None}
        except msgspec.DecodeError as error:
            raise BadFileError(path, f"is no object of texts: {error}", number) from None


def _action(row: dict[str, str]) -> Action:
    for name in row:
        if name not in _COLUMNS:
            raise ValueError(f"{name!r} is not known; there are: {', '.join(_COLUMNS)}")
    at = parse_instant(_value(row, "ts_utc"))
    symbol = Symbol(_value(row, "symbol"))
    kind = _value(row, "kind")
    if kind not in list(ActionKind):
        raise ValueError(f"kind {kind!r} is not one of {', '.join(ActionKind)}")
    return _OF_KIND[ActionKind(kind)](symbol, at, row)


def _split(symbol: Symbol, at: Instant, row: dict[str, str]) -> Action:
    text = _value(row, "ratio")
    new, colon, old = text.partition(":")
    try:
        ratio = Fraction(int(new), int(old)) if colon else Fraction(parse_decimal(text))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"ratio {text!r} is not a number, and not NEW:OLD such as 1:3") from None
    if not (0 < ratio.numerator <= SHARES_MAX and ratio.denominator <= SHARES_MAX) or ratio == 1:
        raise ValueError(f"ratio {text} is none of a split: NEW:OLD is needed, such as 4:1 or 1:3")
    return Split(symbol, at, ratio.numerator, ratio.denominator)


def _symbol_change(symbol: Symbol, at: Instant, row: dict[str, str]) -> Action:
    new_symbol = Symbol(_value(row, "new_symbol"))
    if new_symbol == symbol:
        raise ValueError(f"new_symbol {new_symbol} is the old one")
    return SymbolChange(symbol, at, new_symbol)


_OF_KIND: Final[dict[ActionKind, Callable[[Symbol, Instant, dict[str, str]], Action]]] = {
    ActionKind.SPLIT: _split,
    ActionKind.SYMBOL_CHANGE: _symbol_change,
}


def _value(row: dict[str, str], name: str) -> str:
    if not row.get(name):
        raise ValueError(f"{name} is missing")
    return row[name]
