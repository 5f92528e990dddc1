"""Fields of the message classes as tables: name, type, default, and the comment that stands beside each."""

import ast
import inspect
import io
import textwrap
import tokenize
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

import msgspec
from scripts.pages.markdown import anchor, code, table

from kedge.domain.inputs import Input
from kedge.domain.instants import NEVER, SECOND, Span
from kedge.domain.numbers import plain

INPUTS = "inputs.md"

# How the plain types are written on the wire.
WORDS: dict[Any, str] = {
    str: "text",
    int: "integer",
    bool: "true or false",
    bytes: "bytes",
    Decimal: "decimal text",
    Any: "anything",
}


def fields_table(struct: type[msgspec.Struct], structures: str) -> str:
    """The fields of a struct; `structures` is the page that describes nested ones."""
    hints = get_type_hints(struct)
    comments = comments_of(struct)
    rows = [
        (
            code(field.encode_name),
            show_type(hints[field.name], structures),
            _default(field, hints[field.name]),
            comments.get(field.name, ""),
        )
        for field in msgspec.structs.fields(struct)
    ]
    if not rows:
        return "It has no fields of its own."
    if not any(row[3] for row in rows):
        return table(("field", "type", "default"), (row[:3] for row in rows))
    return table(("field", "type", "default", "remark"), rows)


def show_type(hint: Any, structures: str) -> str:
    """A type in words, with links to the structures and words that have a description."""
    hint = NoneType if hint is None else hint
    if isinstance(hint, NewType):
        return code(hint.__name__)
    if hint in WORDS:
        return WORDS[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(code(f'"{arg}"') for arg in args)
    if origin in (Union, UnionType):
        return " or ".join("nothing" if arg is NoneType else show_type(arg, structures) for arg in args)
    if (origin is tuple and args[1:] == (...,)) or origin is list:
        return f"list of {show_type(args[0], structures)}"
    if origin is dict and args[1] in (None, NoneType):
        return f"set of {show_type(args[0], structures)}"  # insertion order holds, unlike in a set
    if origin is dict:
        return f"map from {show_type(args[0], structures)} to {show_type(args[1], structures)}"
    assert inspect.isclass(hint), hint
    described = INPUTS if hint in get_args(Input) else structures
    return f"[{code(hint.__name__)}]({described}#{anchor(hint.__name__)})"


def nested(hint: Any) -> Iterator[type]:
    """The structs and enums that a type mentions."""
    if inspect.isclass(hint) and issubclass(hint, msgspec.Struct | StrEnum):
        yield hint
    for arg in get_args(hint):
        yield from nested(arg)


def comments_of(thing: type) -> dict[str, str]:
    """The comment beside each field or member of a class; for a field, also the one that stands above it."""
    source = textwrap.dedent(inspect.getsource(thing))
    lines = source.splitlines()
    by_line = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.ClassDef)
    comments = {}
    for statement in definition.body:
        if isinstance(statement, ast.AnnAssign):
            target: ast.expr = statement.target
        elif isinstance(statement, ast.Assign):
            target = statement.targets[0]
        else:
            continue
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        while issubclass(thing, msgspec.Struct) and lines[first - 2].lstrip().startswith("#"):
            first -= 1
        said = [by_line[line] for line in range(first, last + 1) if line in by_line]
        if said and isinstance(target, ast.Name):
            comments[target.id] = " ".join(said)
    return comments


def members_table(words: type[StrEnum]) -> str:
    """The members of an enumeration."""
    comments = comments_of(words)
    rows = [(code(word.value), comments.get(word.name, "")) for word in words]
    if not any(row[1] for row in rows):
        return "One of " + ", ".join(row[0] for row in rows) + "."
    return table(("value", "meaning"), rows)


def _default(field: Any, hint: Any) -> str:
    if field.required:
        return "required"
    if field.default_factory is not msgspec.NODEFAULT:
        empty = field.default_factory()
        return "empty" if empty in ({}, [], ()) else code(repr(empty))
    default = field.default
    if default is None:
        return "nothing"
    if hint is Span:
        return f"{plain(Decimal(default) / SECOND)} s"
    if isinstance(default, msgspec.Struct):
        return "its defaults"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, StrEnum):
        return code(default.value)
    if isinstance(default, Decimal):
        return code(plain(default))
    if isinstance(default, tuple):
        return ", ".join(code(str(each)) for each in default) or "empty"
    if default == "":
        return "empty"
    return "never" if default == NEVER else code(str(default))
