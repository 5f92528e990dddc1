"""Options that several commands share, each named and explained once."""

import math
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from kedge.cli.completion import offer_accounts
from kedge.domain.instants import Instant
from kedge.domain.numbers import is_representable
from kedge.engine.clock import system_clock
from kedge.wording.times import parse_since

_LONGEST_RUN_SECONDS = 366 * 86_400
_SECONDS = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.IGNORECASE)  # `1_0` is no ten
_SIZE = re.compile(r"[0-9]{1,15}(\.[0-9]+)?", re.ASCII)
_ALL = Decimal(100)
_DIGITS_MAX = 18
_SHOWN_MAX = 40
_WHY_LENGTH_MAX = 256
DEFAULT_DATA_DIR = Path("kedge-data")
DEFAULT_WHY = "by hand"


def read_directory(text: str | Path) -> Path:
    """A directory's path; the default is one already."""
    return read_path(text, "directory")


def read_path(text: str | Path, noun: str) -> Path:
    """A path as it is typed; an empty one is most likely a variable that is not set."""
    if not str(text).strip():
        raise typer.BadParameter(f"a {noun} must be named")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise typer.BadParameter(f"{str(text)!r} begins with a home that nobody has") from None


def read_count(text: str | int) -> int:
    """How many, one at least."""
    return _whole(str(text), 1)


def read_number(text: str | int) -> int:
    """The number of an event or a seed: none is below 0."""
    return _whole(str(text), 0)


def read_size(text: str) -> Decimal:
    """A quantity above nothing."""
    return _above_nothing(text, "a quantity")


def read_percent(text: str) -> Decimal:
    """A part of something."""
    number = _above_nothing(text.removesuffix("%"), "a percentage")
    if number > _ALL:
        raise typer.BadParameter(f"{_quoted(text)} is more than all of it")
    return number


def _above_nothing(text: str, noun: str) -> Decimal:
    written = str(text).strip()
    number = Decimal(written) if _SIZE.fullmatch(written) else Decimal(0)
    if not (number > 0 and is_representable(number)):
        raise typer.BadParameter(f"{_quoted(written)} is not {noun} above 0")
    return number


def _whole(text: str, least: int) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        raise typer.BadParameter(f"{_quoted(text)} is not a whole number of {least} or more")
    if len(digits) > _DIGITS_MAX:
        raise typer.BadParameter(f"{_quoted(text)} is too large; a number has at most {_DIGITS_MAX} digits")
    if int(digits) < least:
        raise typer.BadParameter(f"{_quoted(text)} is not a whole number of {least} or more")
    return int(digits)


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…")


def read_since(text: str) -> Instant:
    """A point in time, as people write it."""
    try:
        return parse_since(text, system_clock())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def read_seconds(text: str) -> float:
    """How long to run."""
    seconds = float(text) if _SECONDS.fullmatch(text.strip()) else math.nan
    if not 0 < seconds <= _LONGEST_RUN_SECONDS:
        raise typer.BadParameter(f"{_quoted(text)} is not a number of seconds above 0, and at most a year")
    return seconds


def read_why(text: str) -> str:
    """A reason, as the record takes it."""
    if not text.strip() or not text.isprintable() or len(text) > _WHY_LENGTH_MAX:
        raise typer.BadParameter(f"a reason has 1 to {_WHY_LENGTH_MAX} printable characters")
    return text


def examples(*lines: str) -> str:
    """The end of a help text: calls that one can copy."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def _option(*names: str, **settings: Any) -> Any:
    return typer.Option(*names, **settings)


DataDir = Annotated[
    Path,
    _option(
        "--data-dir",
        metavar="DIR",
        envvar="KEDGE_DATA_DIR",
        parser=read_directory,
        help="Where the record lies.",
    ),
]
AsJson = Annotated[bool, _option("--json", help="Print one JSON document instead.")]
Since = Annotated[
    Instant | None,
    _option(
        "--since",
        metavar="TIME",
        parser=read_since,
        help="From this time on: RFC 3339, a date, 30m, 2h, 3d, today or yesterday.",
    ),
]
Account = Annotated[
    str | None,
    _option("--account", metavar="ID", help="Of this account only.", autocompletion=offer_accounts),
]
InstrumentOnly = Annotated[
    str | None, _option("--instrument", metavar="SYMBOL", help="Of this instrument only.")
]
StrategyOnly = Annotated[str | None, _option("--strategy", metavar="NAME", help="Of this strategy only.")]
Owner = Annotated[str | None, _option("--owner", metavar="NAME", help="Those of this owner only.")]
Open = Annotated[bool, _option("--open", help="Those only that may still trade.")]
Limit = Annotated[
    int | None,
    _option(
        "--limit",
        metavar="N",
        parser=read_count,
        help="The newest N only (tables: 40 unless told, JSON: all).",
    ),
]
After = Annotated[
    str | None,
    _option("--after", metavar="NEXT", help="Go on behind an earlier list: the `next` that it ended with."),
]
Why = Annotated[str, _option("--why", metavar="TEXT", parser=read_why, help="Recorded with your name.")]
Stop = Annotated[
    str | None,
    _option(
        "--stop",
        metavar="STOP",
        help="Where the stop lies: a price, none, or a method: atr:1.5, ticks:20, percent:2, structure, break-even.",
    ),
]
Target = Annotated[
    list[str] | None,
    _option(
        "--target",
        metavar="TARGET",
        help="Where the gain is taken: a price or 2R, and for a part 2R:50; once for each target.",
    ),
]
Yes = Annotated[bool, _option("--yes", "-y", help="Do not ask first.")]
IncludingStops = Annotated[
    bool, _option("--including-stops", help="Stops and targets too: positions lose their protection.")
]
