"""Stops and targets as people type them: `588.00`, `atr:1.5`, `break-even`; `597.00`, `2R`, `2R:50`.

Each is short for the object of the JSON form. What is wrong with a value is told there; here is only how it is read.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from kedge.domain.protection import StopWord

STOP_FORMS = (
    "a price, none, or a method with its value, as in atr:1.5, ticks:20, percent:2, structure, break-even"
)
TARGET_FORMS = "a price or so many R, as in 597.00, 2R, and for a part of it 2R:50"


class ShorthandError(ValueError):
    """The text is none of the forms."""


def stop_fields(text: str) -> Mapping[str, object]:
    """The fields of a stop; none where there is to be no stop."""
    name, has_value, value = text.strip().partition(":")
    word = name.strip().lower().replace("-", "_")
    if word == "none" and not has_value:
        return {}
    if word not in (*StopWord,):
        price = _number(text)
        if price is None:
            raise ShorthandError(f"is not {STOP_FORMS}")
        return {"price": price}
    method = StopWord(word)
    if not has_value:
        return {"method": method}
    number = _number(value)
    if number is None:
        raise ShorthandError(f"is not {STOP_FORMS}")
    return {"method": method, "beyond_ticks" if method.goes_by_a_level else "value": number}


def target_fields(text: str) -> Mapping[str, object]:
    """The fields of a target."""
    place, has_part, part = text.strip().partition(":")
    in_r = place[-1:] in ("r", "R")
    number = _number(place[:-1] if in_r else place)
    pct = _number(part)
    if number is None or (has_part and pct is None):
        raise ShorthandError(f"is not {TARGET_FORMS}")
    where = {"at_r" if in_r else "price": number}
    return where if pct is None else {**where, "pct": pct}


def _number(text: str) -> Decimal | None:
    plain = text.strip()
    if not plain or not plain.isascii() or "_" in plain:
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None
