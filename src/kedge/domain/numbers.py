"""Exact numbers.

Three kinds, kept apart by type:

* `Decimal`: prices, quantities and money while the engine thinks about them.
* `Nano`: the same numbers on the wire and in the journal, as integer billionths. Integers are five times
  cheaper to write and read than decimal text, and one scale for everything needs no context to decode.
* `Ticks`: market prices as a count of the instrument's tick, so that triggers compare integers.

Sums and products of numbers with nine decimals are exact under `EXACT`; the one place where money is rounded
is `money`, once per fill. Python keeps the arithmetic context per thread, so every public door of the pure
packages calls `use_exact_arithmetic` instead of trusting what it finds.
"""

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    setcontext,
)
from functools import lru_cache
from typing import NewType, cast

Nano = NewType("Nano", int)
Ticks = NewType("Ticks", int)

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
NANO = Decimal("1e-9")
ZERO = Decimal(0)
UNIT = Nano(10**9)
LARGEST = Decimal(10**15)
NUMBERS_KEPT = 8_192
_BILLION = Decimal(10**9)


class InexactNumberError(ValueError):
    """A number that billionths cannot hold. Refuse it where it enters; it must never be rounded in silence."""


def use_exact_arithmetic() -> None:
    """Install the arithmetic context that makes ledger sums and products exact in this thread."""
    setcontext(EXACT.copy())  # a copy: whoever changes this thread's context later must not change EXACT


def _to_nano(number: Decimal) -> Nano:
    """The number in billionths; raises `InexactNumberError` instead of rounding."""
    # In EXACT by name: whoever asks first, in whatever context, fills the cache for all.
    whole = int(EXACT.multiply(number, _BILLION))
    if EXACT.multiply(whole, NANO) != number:
        raise InexactNumberError(f"{number} has more than nine decimals")
    return Nano(whole)


def _money_nano(amount: Decimal) -> int:
    """Rounded as `money` is, half-even, and in billionths."""
    return round(amount * _BILLION)


def is_representable(number: Decimal) -> bool:
    """Whether a number from outside is finite, of a sane size, and no finer than billionths."""
    if not number.is_finite() or number.copy_abs() > LARGEST:
        return False
    return bool(EXACT.multiply(int(EXACT.multiply(number, _BILLION)), NANO) == number)


def _from_nano(billionths: Nano) -> Decimal:
    """The exact number that so many billionths are."""
    return EXACT.multiply(billionths, NANO)


def parse_decimal(text: str) -> Decimal:
    """A finite number from its text; raises `ValueError` that names the text."""
    try:
        number = EXACT.create_decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a finite number")
    return number


def _plain(number: Decimal) -> str:
    """The number as people write it: no exponent, no trailing zeros, one spelling for each value."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# The same ticks, lots, prices and quantities come again and again: a look-up costs a fifth of a conversion. Typed by
# hand because the cache hides the types; numbers that are equal give equal results however they are spelt.
to_nano: Callable[[Decimal], Nano] = lru_cache(maxsize=NUMBERS_KEPT)(_to_nano)
# Money that is rounded is hardly ever the same twice, so that no cache would know it: `to_nano(money(amount))` at once.
money_nano = cast("Callable[[Decimal], Nano]", _money_nano)
from_nano: Callable[[Nano], Decimal] = lru_cache(maxsize=NUMBERS_KEPT)(_from_nano)
plain: Callable[[Decimal], str] = lru_cache(maxsize=NUMBERS_KEPT)(_plain)

Figure = str | int
"""What a check compared: a word, or a number in billionths (seconds too: a span in nanoseconds is one already)."""


def show_figure(figure: Figure) -> str:
    """A figure as people read it."""
    return figure if isinstance(figure, str) else plain(from_nano(Nano(figure)))


def money(amount: Decimal) -> Decimal:
    """Rounded half-even to a billionth of the currency: the only rounding in the ledger."""
    return amount.quantize(NANO)


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The part of an amount of money that belongs to `part` of `whole`, rounded like `money`."""
    return amount if part == whole else money(amount * part / whole)


def added(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Their sum; what is not known stays so."""
    return None if one is None or other is None else one + other


def on_grid(number: Decimal, step: Decimal) -> bool:
    """Whether the number is a whole multiple of the step (a tick or a lot)."""
    return not number % step


def down_to(number: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of the step that is not above the number."""
    if number >= ZERO:
        return number // step * step  # the quotient without its fraction: the same, and cheaper
    return (number / step).to_integral_value(ROUND_FLOOR) * step


def up_to(number: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of the step that is not below the number."""
    return (number / step).to_integral_value(ROUND_CEILING) * step
