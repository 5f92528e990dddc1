"""One value of each message, with every field set: made from the types, so that none can be forgotten."""

import types
from decimal import Decimal
from enum import Enum
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import msgspec

from kedge.domain.accounts import Follow
from kedge.domain.announcements import Split
from kedge.domain.events import Event
from kedge.domain.ids import Symbol
from kedge.domain.inputs import Input
from kedge.domain.instants import Instant, Span
from kedge.domain.messages import MessageBudget
from kedge.domain.numbers import Figure
from kedge.domain.protection import Plan, TargetPart

EVENTS: list[Any] = list(get_args(Event))
INPUTS: list[Any] = list(get_args(Input))

# Values whose fields have to fit together.
_RULED: dict[Any, Any] = {
    Split: Split(Symbol("instrument"), Instant(7_000_000_001), 3, 2),
    Follow: Follow(Decimal("0.25"), None, Decimal(2), Decimal(3), Span(7)),
    Plan: Plan(Decimal(4), parts=(TargetPart(Decimal(1), Decimal(50)),)),
    MessageBudget: MessageBudget(7, 70, 7),
}


def sample(form: Any, name: str = "") -> Any:
    """A value of a type; texts are the name of the field, so that two of them differ."""
    if form == Figure:
        return "figure"
    if isinstance(form, NewType):
        return sample(form.__supertype__, name)
    if get_origin(form) in (Union, types.UnionType):
        return sample(next(arm for arm in get_args(form) if arm is not types.NoneType), name)
    if get_origin(form) is tuple:
        return (sample(get_args(form)[0], name),)
    if get_origin(form) is list:
        return [sample(get_args(form)[0], name)]
    if get_origin(form) is dict:
        key, value = get_args(form)
        return {sample(key, name): sample(value, name)}
    if isinstance(form, type) and issubclass(form, Enum):
        return list(form)[-1]
    if form in _RULED:
        return _RULED[form]
    if isinstance(form, type) and issubclass(form, msgspec.Struct):
        hints = get_type_hints(form)
        return form(**{field: sample(hints[field], field) for field in form.__struct_fields__})
    simple: dict[Any, Any] = {
        str: name or "text",
        int: 7_000_000_001,
        bool: True,
        Decimal: Decimal("1.25"),
        None: None,
    }
    return simple[form]
