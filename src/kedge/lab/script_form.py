"""The lines of a script: which fields each kind has, and what is wrong with a line that does not fit.

A line is an object: its `kind`, and what that kind needs. Numbers may be JSON numbers or decimal text.
"""

from decimal import Decimal
from typing import Literal, TypeVar

import msgspec

from kedge.domain.ids import ID_LENGTH_MAX
from kedge.domain.numbers import LARGEST, Nano, is_representable, to_nano
from kedge.domain.orders import Side, Terms
from kedge.domain.signal_faults import first_fault, shown

TEXT_LENGTH_MAX = 256
_NAMES = ("order", "id")  # by which something is found again: never empty
_MAY_BE_ZERO = "filled"


class ScriptError(ValueError):
    """A line that cannot be played: its number, the field where one is at fault, and what is wrong."""

    def __init__(self, number: int, fault: str) -> None:
        field, colon, _ = fault.partition(": ")
        self.number = number
        self.field = field if colon and " " not in field else None
        super().__init__(f"line {number}: {fault}")


class LineFault(ValueError):  # noqa: N818 (a fault that has no place yet: `ScriptError` is the error)
    """What is wrong with a line, told as "field: words"."""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every line has."""

    kind: str


class OrderLine(Line, frozen=True, kw_only=True):
    """A line about an order, by the name that the script gave it."""

    order: str


class NewLine(OrderLine, frozen=True, kw_only=True):
    """Somebody wants an order."""

    side: Side
    quantity: Decimal
    type: Literal["market", "limit", "stop", "stop_limit"]
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None


class TermsLine(OrderLine, frozen=True, kw_only=True):
    """Terms that are asked for, or that the venue confirms."""

    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None

    @property
    def terms(self) -> Terms:
        """What is named."""
        return Terms(maybe(self.quantity), maybe(self.limit_price), maybe(self.stop_price))


class ReasonLine(OrderLine, frozen=True, kw_only=True):
    """A report that may say why."""

    reason: str = ""


class EndLine(ReasonLine, frozen=True, kw_only=True):
    """The venue's last word; it may tell how much had filled by then."""

    filled: Decimal | None = None


class FillLine(OrderLine, frozen=True, kw_only=True):
    """The venue traded; without an id the fill gets the next free one."""

    quantity: Decimal
    price: Decimal
    id: str | None = None


class BustLine(ReasonLine, frozen=True, kw_only=True):
    """The venue has annulled a fill."""

    id: str


class CorrectLine(OrderLine, frozen=True, kw_only=True):
    """A fill was another one; the last correction of it holds."""

    id: str
    quantity: Decimal
    price: Decimal


class ShownFill(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fill in the answer to a question."""

    id: str
    quantity: Decimal
    price: Decimal


class ShowedLine(TermsLine, frozen=True, kw_only=True):
    """The venue was asked and shows the order: its state there, its fills, its terms."""

    state: Literal["ACCEPTED", "PARTIALLY_FILLED", "FILLED", "CANCELLED", "REJECTED", "EXPIRED"]
    fills: tuple[ShownFill, ...] = ()
    reason: str = ""


class WaitLine(Line, frozen=True, kw_only=True):
    """Time passes, for all orders."""

    seconds: Decimal


L = TypeVar("L", bound=Line)


def read_line(document: object, form: type[L]) -> L:
    """The line in its form; raises `LineFault`."""
    fault = first_fault(document, form)
    if fault:
        raise LineFault(fault)
    line = msgspec.convert(document, form)
    _check("", line)
    return line


def maybe(number: Decimal | None) -> Nano | None:
    """Billionths, of a number that was checked."""
    return None if number is None else to_nano(number)


def _check(path: str, part: msgspec.Struct) -> None:
    for name in part.__struct_fields__:
        value = getattr(part, name)
        place = f"{path}{name}"
        if isinstance(value, Decimal):
            _check_number(place, value, may_be_zero=name == _MAY_BE_ZERO)
        elif isinstance(value, str):
            _check_text(place, value, name)
        elif isinstance(value, tuple):
            for at, each in enumerate(value):
                _check(f"{place}[{at}].", each)


def _check_number(place: str, number: Decimal, *, may_be_zero: bool) -> None:
    if not is_representable(number):
        raise LineFault(
            f"{place}: {shown(number)} is not a number up to {LARGEST} with at most nine decimals"
        )
    if number < 0 or (number == 0 and not may_be_zero):
        raise LineFault(f"{place}: {shown(number)} is not {'0 or more' if may_be_zero else 'above 0'}")


def _check_text(place: str, text: str, name: str) -> None:
    least, most = (1, ID_LENGTH_MAX) if name in _NAMES else (0, TEXT_LENGTH_MAX)
    if not least <= len(text.strip()) <= len(text) <= most or not text.isprintable():
        raise LineFault(f"{place}: {shown(text)} has not {least} to {most} printable characters")
