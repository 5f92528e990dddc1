"""Every key there is, by its path: those of the form, and those that are known and not built yet.

A path is dotted; `*` stands for the name of a section's entry or for an entry of a list, as in `accounts.*.cash`.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from kedge.domain.numbers import plain
from kedge.settings.base_form import Form
from kedge.settings.fields import SINCE, Reads
from kedge.settings.form import SettingsForm
from kedge.settings.unbuilt import SECTIONS, UNBUILT
from kedge.strategies.catalogue import RULES
from kedge.strategies.parameters import Parameter, parameters_of

# By what an entry of a list is addressed, in messages and in the names of variables.
IDS = {"accounts": "id", "owners": "name", "feeds": "kind", "instruments": "symbol", "strategies": "id"}


class Shape(StrEnum):
    """What stands behind a key."""

    VALUE = "value"
    LIST = "list"  # of values
    SECTION = "section"
    NAMED = "named"  # sections by name
    ENTRIES = "entries"  # a list of sections


class Key(msgspec.Struct, frozen=True):
    """One key, as people are told of it."""

    path: str
    shape: Shape
    words: str  # what is allowed
    default: str | None  # None: it is required
    meaning: str
    unit: str = ""
    since: str | None = None  # None: not built yet
    choices: tuple[str, ...] = ()
    later: tuple[str, ...] = ()  # choices that are not built yet
    is_secret: bool = False
    rules: tuple[str, ...] = ()  # of strategies, whose parameter it is

    @property
    def is_built(self) -> bool:
        """Whether it may be set."""
        return self.since is not None

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition(".")[2]


@cache
def catalogue() -> Mapping[str, Key]:
    """All keys by path, in the order of the form; sections stand before what is in them."""
    keys: dict[str, Key] = {}
    _collect(SettingsForm, "", keys)
    _collect_parameters(keys)
    for path, meaning in SECTIONS.items():
        shape = Shape.ENTRIES if path in IDS else Shape.SECTION
        words = "a list of sections" if path in IDS else "a section"
        keys[path] = Key(path, shape, words, "none", meaning)
    for path, later in UNBUILT.items():
        keys[path] = Key(
            path,
            Shape.LIST if "list" in later.words else Shape.VALUE,
            later.words,
            None if later.default == "required" else later.default,
            later.meaning,
            later.unit,
            is_secret=later.is_secret,
        )
    return MappingProxyType(keys)


@cache
def below(path: str) -> Mapping[str, Key]:
    """The keys that a section may hold, by name."""
    depth = path.count(".") + 2 if path else 1
    inside = f"{path}." if path else ""
    return MappingProxyType(
        {
            key.name: key
            for key in catalogue().values()
            if key.path.startswith(inside) and key.path.count(".") + 1 == depth and key.name != "*"
        }
    )


def find(path: str) -> Key | None:
    """The key of this path; inside of something that is not built yet, that."""
    keys = catalogue()
    while path:
        if path in keys:
            return keys[path]
        path = path.rpartition(".")[0]
        if path in keys and keys[path].is_built:
            return None
    return None


def advice(section: str, name: str) -> str:
    """What was meant, perhaps, by a key that a section does not have."""
    here = [key.name for key in below(section).values()]
    near = get_close_matches(name.lower().replace("-", "_"), here, 1)
    if near:
        return f"did you mean {near[0]}?"
    elsewhere = [key.path for key in catalogue().values() if key.name == name]
    inside = [path for path in elsewhere if path.startswith(f"{section}.") or not section]
    if inside or elsewhere:
        place = (inside or elsewhere)[0]
        return (
            f"it belongs under {place.removesuffix(f'.{name}')}"
            if "." in place
            else "it belongs to the top level"
        )
    built = [key.name for key in below(section).values() if key.is_built]
    return f"known here: {', '.join(built)}" if built else ""


def _collect(form: type[Form], prefix: str, keys: dict[str, Key]) -> None:
    for name, field in form.model_fields.items():
        path = f"{prefix}{name}"
        shape, inner = _shape(field.annotation)
        extra = field.json_schema_extra
        assert isinstance(extra, dict), path
        reads = _reads(field)
        keys[path] = Key(
            path,
            shape,
            _words(shape, reads, field),
            None if field.is_required() else show(field.default),
            field.description or "",
            str(extra["unit"]),
            str(extra["since"]),
            () if reads is None else reads.choices,
            () if reads is None else reads.later,
            reads is not None and reads.is_secret,
        )
        if inner is not None:
            _collect(inner, f"{path}." if shape is Shape.SECTION else f"{path}.*.", keys)


def _collect_parameters(keys: dict[str, Key]) -> None:
    """Those of all rules; what several rules have is one key."""
    named: dict[str, dict[str, Parameter]] = {}
    for rule, made_by in RULES.items():
        for parameter in parameters_of(made_by):
            named.setdefault(parameter.name, {})[rule] = parameter
    for name, by_rule in named.items():
        path, first = f"strategies.*.{name}", next(iter(by_rule.values()))
        keys[path] = Key(
            path,
            Shape.VALUE,
            _of_all(by_rule, [parameter.words for parameter in by_rule.values()]),
            _of_all(by_rule, [parameter.show(parameter.default) for parameter in by_rule.values()]),
            f"of {', '.join(by_rule)}: {_of_all(by_rule, [parameter.meaning for parameter in by_rule.values()])}",
            first.unit,
            SINCE,
            rules=tuple(by_rule),
        )


def _of_all(rules: Iterable[str], said: Sequence[str]) -> str:
    """Once, where all rules say the same."""
    if len(set(said)) == 1:
        return said[0]
    return "; ".join(f"{text} ({rule})" for rule, text in zip(rules, said, strict=True))


def _shape(annotation: Any) -> tuple[Shape, type[Form] | None]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Form):
        return Shape.SECTION, annotation
    if origin is dict:
        return Shape.NAMED, arguments[1]
    if origin is list:
        shape, inner = _shape(arguments[0])
        return (Shape.ENTRIES, inner) if shape is Shape.SECTION else (Shape.LIST, None)
    return Shape.VALUE, None


def _reads(field: FieldInfo) -> Reads | None:
    """How the text of a field is read; it lies deeper where the value may be left out."""
    pending: list[Any] = [*field.metadata, field.annotation]
    while pending:
        each = pending.pop(0)
        if isinstance(each, Reads):
            return each
        if get_origin(each) in (Annotated, Union, UnionType, list):
            pending += get_args(each)
    return None


def _words(shape: Shape, reads: Reads | None, field: FieldInfo) -> str:
    match shape:
        case Shape.SECTION:
            return "a section"
        case Shape.NAMED:
            return "a section with a section for each name (one at least)"
        case Shape.ENTRIES:
            return "a list of sections" + (" (one at least)" if field.is_required() else "")
        case Shape.LIST:
            assert reads is not None
            return f"a list of one or more, each {reads.noun}"
        case Shape.VALUE:
            assert reads is not None
            return reads.noun + _bounds(field)


def _bounds(field: FieldInfo) -> str:
    found: dict[type, Any] = {type(each): each for each in field.metadata}
    if Ge in found and Le in found:
        return f" from {found[Ge].ge} to {found[Le].le}"
    low = f" above {found[Gt].gt}" if Gt in found else f" of {found[Ge].ge} or more" if Ge in found else ""
    high = f"below {found[Lt].lt}" if Lt in found else f"up to {found[Le].le}" if Le in found else ""
    return f"{low} and {high}" if low and high else low


def show(value: object) -> str:
    """A value as it is written in a settings file."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Form):
        return "its defaults"
    if isinstance(value, list | tuple):
        return ", ".join(show(each) for each in value) or "none"
    return str(value)
