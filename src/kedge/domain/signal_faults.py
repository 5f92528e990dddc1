"""What is wrong with a document that is to be a signal: which field, what came, and what is allowed there.

The decoder knows first that something is wrong, but tells it in its own terms. So a document that it refuses is
walked once more beside the form, and the first thing that does not fit is told in words that the sender knows.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cache

import msgspec
from msgspec import inspect

_SHOWN_MAX = 40
_DIGITS_MAX = 4_000  # longer ones are taken for no number


def first_fault(document: object, form: type[msgspec.Struct]) -> str:
    """The first thing in a document that does not fit the form; empty when all does."""
    return next(_faults("", document, _described(form)), "")


def why_no_json(error: Exception) -> str:
    """Why bytes are no JSON document, from the decoder's complaint."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeError):
        return "it is not text in UTF-8"
    place = re.search(r"\(byte (\d+)\)", str(error))
    return f"it cannot be read at byte {place[1]}" if place else "it ends too early, or holds half a letter"


def shown(value: object) -> str:
    """A value as it is quoted in a message: on one line, and not all of a long one."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return repr(_cut(value))
        case Decimal() | int() | float():
            return _cut(str(value))
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return f"a value of type {type(value).__name__}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"


@cache
def _described(form: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(form)


_SHORT = 'its short form, a text (as in "stop": "atr:1.5" or "targets": ["2R"])'


def _faults(path: str, value: object, wanted: inspect.Type) -> Iterator[str]:
    match wanted:
        case inspect.UnionType(types=types):
            yield from _in_union(path, value, types)
        case inspect.StructType(fields=fields) if isinstance(value, Mapping):
            yield from _in_object(path, value, fields)
        case inspect.VarTupleType(item_type=item) if isinstance(value, list | tuple):
            for place, each in enumerate(value):
                yield from _faults(f"{path}[{place}]", each, item)
        case inspect.DictType(value_type=inner) if isinstance(value, Mapping):
            for name, each in value.items():
                if isinstance(name, str):
                    yield from _faults(_below(path, _plain(name)), each, inner)
                else:
                    yield _unnamed(path, name)
        case inspect.AnyType():
            if isinstance(value, Decimal) and len(value.as_tuple().digits) > _DIGITS_MAX:
                yield f"{path}: {shown(value)} has more than {_DIGITS_MAX} digits"
        case _:
            if not _fits(value, wanted):
                yield f"{path or 'the document'}: {shown(value)} is not {_allowed(wanted)}"


def _in_union(path: str, value: object, types: tuple[inspect.Type, ...]) -> Iterator[str]:
    wanted = [each for each in types if not isinstance(each, inspect.NoneType)]
    if value is None and len(wanted) < len(types):
        return
    if len(wanted) == 1:
        yield from _faults(path, value, wanted[0])
        return
    structs = [each for each in wanted if isinstance(each, inspect.StructType)]
    if structs and isinstance(value, Mapping):
        yield from _faults(path, value, structs[0])
    elif not any(_fits(value, each) for each in wanted):
        words = [
            _SHORT if structs and isinstance(each, inspect.StrType) else _allowed(each) for each in wanted
        ]
        yield f"{path}: {shown(value)} is not {' or '.join(words)}"


def _in_object(path: str, value: Mapping[object, object], fields: tuple[inspect.Field, ...]) -> Iterator[str]:
    known = {field.name: field for field in fields}
    for name, each in value.items():
        if not isinstance(name, str):
            yield _unnamed(path, name)
        elif name in known:
            yield from _faults(_below(path, name), each, known[name].type)
        else:
            close = get_close_matches(name, known, n=1)
            yield f"{_below(path, _plain(name))}: unknown field" + (
                f"; did you mean {close[0]}?" if close else ""
            )
    for field in fields:
        if field.required and field.name not in value:
            yield f"{_below(path, field.name)}: missing; {_allowed(field.type)} is needed"


def _unnamed(path: str, name: object) -> str:
    return f"{path or 'the document'}: {shown(name)} is not the name of a field"


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _plain(name: str) -> str:
    """A name that somebody made up, as it can be shown."""
    return shown(name)[1:-1]


def _fits(value: object, wanted: inspect.Type) -> bool:
    match wanted:
        case inspect.StrType():
            return isinstance(value, str)
        case inspect.DecimalType():
            return _is_number(value)
        case inspect.EnumType(cls=kind):
            return isinstance(value, str) and value in [member.value for member in kind]
        case inspect.LiteralType(values=values):
            return isinstance(value, str) and value in values
        case _:
            return False


def _is_number(value: object) -> bool:
    """JSON's own, or decimal text; Python would take `1_0` and digits of other scripts too, which nobody means."""
    if not isinstance(value, str):
        return isinstance(value, Decimal | int | float) and not isinstance(value, bool)
    try:
        Decimal(value)
    except InvalidOperation:
        return False
    return value.isascii() and "_" not in value


def _allowed(wanted: inspect.Type) -> str:
    """What a place takes, in words."""
    match wanted:
        case inspect.StrType():
            return "text"
        case inspect.DecimalType():
            return "a number"
        case inspect.EnumType(cls=kind):
            return f"one of {', '.join(member.value for member in kind)}"
        case inspect.LiteralType(values=values):
            return " or ".join(map(repr, values))
        case inspect.VarTupleType():
            return "a list"
        case inspect.StructType(fields=fields):
            names = [field.name for field in fields if field.required] or [field.name for field in fields]
            return f"an object with {', '.join(names)}"
        case _:
            return "an object"
