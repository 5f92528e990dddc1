"""The parameters of a rule. Their types, bounds, defaults and meanings stand in its `Terms`, and nowhere else."""

import math
from collections.abc import Callable
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cache
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import inspect

from kedge.domain.numbers import plain
from kedge.strategies.strategy import Strategy, Terms

_LONGEST = 40  # of a value that is quoted
_NONE = "none"


class ParameterKind(StrEnum):
    """What values there are."""

    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    TEXT = "text"
    OTHER = "other"  # lists and the like, of a user's own class


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of a rule."""

    name: str
    type: Any  # as the `Terms` declare it
    kind: ParameterKind
    meaning: str = ""
    unit: str = ""
    default: object = None
    is_required: bool = False
    may_be_none: bool = False
    least: int | float | None = None
    most: int | float | None = None
    bounds: str = ""  # the two in words
    choices: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What values there are: a whole number from 1 to 360 (minutes)."""
        match self.kind:
            case ParameterKind.FLAG:
                words = "true or false"
            case ParameterKind.CHOICE:
                words = f"one of {', '.join(self.choices)}"
            case ParameterKind.TEXT:
                words = "text"
            case ParameterKind.OTHER:
                words = "a value of its type"
            case _:
                words = " ".join(part for part in (f"a {self.kind}", self.bounds) if part)
        words = f"{words} ({self.unit})" if self.unit else words
        return f"{words}, or {_NONE}" if self.may_be_none else words

    def show(self, value: object) -> str:
        """The value as settings write it."""
        match value:
            case None:
                return _NONE
            case bool():
                return str(value).lower()
            case Decimal():
                return plain(value)
            case Enum():
                return str(value.value)
            case str() | int() | float():
                return str(value)
        return msgspec.json.encode(value, order="deterministic").decode()


class ParameterError(ValueError):
    """A strategy cannot be made with this."""

    def __init__(self, name: str, said: str, needed: str = "") -> None:
        """`said`: what is wrong with what was said; `needed`: what would be right, where that can be told."""
        self.name, self.said, self.needed = name, said, needed
        super().__init__(f"{name}: {said}; {needed}" if needed else f"{name}: {said}")


def parameters_of(rule: type[Strategy]) -> tuple[Parameter, ...]:
    """All parameters of a rule, in the order in which its `Terms` name them."""
    return _parameters_of(rule.Terms)


def value_of(parameter: Parameter, said: object) -> object:
    """The value that was said, as text or as it is. Raises `ParameterError`."""
    try:
        value = _converted(parameter, said)
    except ValueError:
        quoted = parameter.show(said)
        quoted = quoted if len(quoted) <= _LONGEST else f"{quoted[:_LONGEST]}…"
        wrong = "is out of range" if _is_whole_or_number(parameter, said) else f"is not {_noun(parameter)}"
        raise ParameterError(parameter.name, f"{quoted!r} {wrong}", f"{parameter.words} is needed") from None
    return value


def _converted(parameter: Parameter, said: object) -> object:
    if parameter.may_be_none and said in (None, _NONE):
        return None
    is_text = isinstance(said, str)
    match parameter.kind:
        case ParameterKind.FLAG if said not in ("true", "false", "True", "False") and said not in (
            True,
            False,
        ):
            raise ValueError
        case ParameterKind.OTHER if isinstance(said, str):
            return _of_text(parameter.type, said)
        case ParameterKind.TEXT if not is_text:
            raise ValueError
    value = msgspec.convert(said, parameter.type, strict=not is_text)
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        raise ValueError
    return value


def _of_text(wanted: Any, said: str) -> object:
    """A value that is no single word is written as JSON."""
    try:
        return msgspec.json.decode(said, type=wanted)
    except ValueError:
        return msgspec.convert(said, wanted, strict=False)


def _is_whole_or_number(parameter: Parameter, said: object) -> bool:
    """Whether it would do but for the bounds."""
    free: Any = {ParameterKind.WHOLE: int, ParameterKind.NUMBER: Decimal}.get(parameter.kind)
    if free is None:
        return False
    try:
        return math.isfinite(msgspec.convert(said, free, strict=not isinstance(said, str)))
    except ValueError:
        return False


def _noun(parameter: Parameter) -> str:
    match parameter.kind:
        case ParameterKind.WHOLE | ParameterKind.NUMBER:
            return f"a {parameter.kind}"
        case ParameterKind.FLAG:
            return "true or false"
        case ParameterKind.CHOICE:
            return "known"
        case ParameterKind.TEXT:
            return "text"
        case ParameterKind.OTHER:
            return "of its type"


class _Shape(NamedTuple):
    kind: ParameterKind
    least: int | float | None = None
    most: int | float | None = None
    bounds: str = ""
    choices: tuple[str, ...] = ()


def _parameter(field: msgspec.structs.FieldInfo) -> Parameter:
    inner, extra, schema = _bare(inspect.type_info(field.type))
    may_be_none = False
    if isinstance(inner, inspect.UnionType) and len(inner.types) == 2 and inner.includes_none:
        may_be_none = True
        inner, more, inner_schema = _bare(
            next(one for one in inner.types if not isinstance(one, inspect.NoneType))
        )
        extra, schema = {**more, **extra}, {**inner_schema, **schema}
    shape = _shape(inner)
    default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return Parameter(
        name=field.name,
        type=field.type,
        kind=shape.kind,
        meaning=str(schema.get("description", "")),
        unit=str(extra.get("unit", "")),
        default=None if default is msgspec.NODEFAULT else default,
        is_required=field.required,
        may_be_none=may_be_none,
        least=shape.least,
        most=shape.most,
        bounds=shape.bounds,
        choices=shape.choices,
    )


def _bare(info: inspect.Type) -> tuple[inspect.Type, dict[str, Any], dict[str, Any]]:
    """The type without what is said about it, and that."""
    if not isinstance(info, inspect.Metadata):
        return info, {}, {}
    return info.type, info.extra or {}, info.extra_json_schema or {}


def _shape(info: inspect.Type) -> _Shape:
    match info:
        case inspect.BoolType():
            return _Shape(ParameterKind.FLAG)
        case inspect.IntType():
            return _bounded(ParameterKind.WHOLE, info)
        case inspect.FloatType():
            return _bounded(ParameterKind.NUMBER, info)
        case inspect.DecimalType():
            return _Shape(ParameterKind.NUMBER)
        case inspect.StrType():
            return _Shape(ParameterKind.TEXT)
        case inspect.EnumType(cls=words):
            return _Shape(ParameterKind.CHOICE, choices=tuple(str(word.value) for word in words))
        case inspect.LiteralType(values=values):
            return _Shape(ParameterKind.CHOICE, choices=tuple(map(str, values)))
    return _Shape(ParameterKind.OTHER)


def _read_off(terms: type[Terms]) -> tuple[Parameter, ...]:
    return tuple(map(_parameter, msgspec.structs.fields(terms)))


# Typed by hand because the cache hides it.
_parameters_of = cast("Callable[[type[Terms]], tuple[Parameter, ...]]", cache(_read_off))


def _bounded(kind: ParameterKind, info: inspect.IntType | inspect.FloatType) -> _Shape:
    least = info.gt if info.ge is None else info.ge
    most = info.lt if info.le is None else info.le
    if info.ge is not None and info.le is not None:
        bounds = f"from {info.ge} to {info.le}"
    else:
        parts = (("above", info.gt), ("from", info.ge), ("below", info.lt), ("up to", info.le))
        bounds = " and ".join(f"{word} {bound}" for word, bound in parts if bound is not None)
    return _Shape(kind, least, most, bounds)
