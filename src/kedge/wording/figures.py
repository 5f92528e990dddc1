"""Numbers as people read them. The exact ones are in the JSON; here they are rounded for the eye."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from kedge.domain.numbers import EXACT, Nano, from_nano, plain
from kedge.wording.text import Cell

_CENT = Decimal("0.01")
_PRICE_DECIMALS = range(2, 5)


def money(amount: Decimal) -> str:
    """An amount of money: 12,345.60."""
    return f"{_round(amount, 2):,f}"


def gain(amount: Decimal) -> str:
    """A result with its sign: +12.50."""
    rounded = _round(amount, 2)
    return f"{rounded:+,f}" if rounded else f"{abs(rounded):,f}"


def gain_cell(amount: Decimal) -> Cell:
    """A result that shows by its colour which way it went."""
    rounded = _round(amount, 2)
    return Cell(gain(amount), "green" if rounded > 0 else "red" if rounded < 0 else "")


def price(amount: Decimal) -> str:
    """A price: at least two decimals, at most four."""
    return f"{_round(amount, _decimals(amount)):f}"


def prices(amounts: Iterable[Decimal | None], absent: str = "") -> list[str]:
    """Prices that stand below each other, point below point; for a column that starts at the left."""
    texts = [absent if amount is None else price(amount) for amount in amounts]
    tails = [len(text) - text.find(".") if "." in text else 0 for text in texts]
    padded = [
        text + " " * (max(tails) - tail) if tail else text for text, tail in zip(texts, tails, strict=True)
    ]
    width = max((len(text) for text in padded), default=0)
    return [text.rjust(width) for text in padded]


def quantity(amount: Decimal) -> str:
    """A size without a sign: 1,200 or 0.25."""
    text = plain(abs(amount))
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}"


def decimal(text: object) -> Decimal | None:
    """A number out of a table's row."""
    return None if text is None or text == "" else EXACT.create_decimal(str(text))


def shown_quantity(text: object) -> str:
    """A size out of a table's row."""
    amount = decimal(text)
    return "" if amount is None else quantity(amount)


def shown_multiple(text: object) -> str:
    """A result in units of what was at risk, out of a table's row."""
    amount = decimal(text)
    return "" if amount is None else f"{_round(amount, 2):+f}"


def nano_price(number: Nano) -> str:
    """A price out of an event."""
    return price(from_nano(number))


def nano_quantity(number: Nano) -> str:
    """A size out of an event."""
    return quantity(from_nano(number))


def _decimals(amount: Decimal) -> int:
    exponent = _round(amount, _PRICE_DECIMALS.stop - 1).normalize(EXACT).as_tuple().exponent
    return max(_PRICE_DECIMALS.start, -exponent if isinstance(exponent, int) else 0)


def _round(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, EXACT)
