"""A JSON document as it is written: its numbers to the last digit, and no key twice."""

import json
from decimal import Decimal

import msgspec

from kedge.domain.signal_faults import shown, why_no_json


class JsonDocumentError(ValueError):
    """The text is no JSON document that can be meant; the message says why."""


def read_json(text: bytes | str) -> object:
    """The document; numbers are decimals."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)  # stricter than what follows, and it tells the place
        return json.loads(text, object_pairs_hook=_refuse_doubles, parse_int=Decimal, parse_float=Decimal)
    except JsonDocumentError:
        raise
    except RecursionError:
        raise JsonDocumentError("the document is nested too deeply") from None
    except ValueError as error:
        raise JsonDocumentError(f"the document is no JSON: {why_no_json(error)}") from None


def _refuse_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Of two keys of one name the decoder keeps the last, and nobody can tell which one the sender meant.
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise JsonDocumentError(f"{shown(double)[1:-1]}: is given twice")
    return found
