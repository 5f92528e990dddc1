"""Names and forms of what is stored for ever. A journal of today must be readable in ten years.

`tests/golden/messages.json` holds the written form of one example of each event and input. When this fails because
a field was renamed or a default was changed, old journals would be misread: add a new version of the event instead.
A new event or input gets its line by `python -m tests.unit.domain.test_messages`.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.announcements import Split
from kedge.domain.commands import CancelOrder, Command, QueryOrder, ReplaceOrder, SubmitOrder, command_for
from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant, Span
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.protection import Plan, TargetPart
from kedge.kernel.apply import APPLY
from kedge.kernel.book import DECIDE

GOLDEN = Path(__file__).parents[2] / "golden" / "messages.json"
EVENTS: tuple[type[Any], ...] = get_args(e.Event)
INPUTS: tuple[type[Any], ...] = get_args(i.Input)


SENSIBLE: dict[type[Any], Any] = {  # those that refuse a value made up of its fields' types
    Instrument: Instrument(
        Symbol("ES"), Decimal("0.25"), Decimal(1), Decimal(50), AssetClass.FUTURE, "USD", Decimal(15000)
    ),
    Follow: Follow(Decimal("12.5"), None, Decimal("12.5"), Decimal("12.5"), Span(11)),
    Plan: Plan(Decimal("12.5"), parts=(TargetPart(Decimal("12.5"), Decimal("12.5")),)),
    Split: Split(Symbol("a symbol"), Instant(11), 3, 2),
}


def example(type_: Any, name: str = "") -> Any:
    """A value of a type with every field set to something that is not its default."""
    return _example(msgspec.inspect.type_info(type_), name)


def _example(info: Any, name: str) -> Any:
    match info:
        case msgspec.inspect.StructType(cls=cls):
            if cls in SENSIBLE:
                return SENSIBLE[cls]
            return cls(**{field.name: _example(field.type, field.name) for field in info.fields})
        case msgspec.inspect.EnumType(cls=cls):
            return [*cls][-1]
        case msgspec.inspect.UnionType(types=types):
            return _example(next(one for one in types if not isinstance(one, msgspec.inspect.NoneType)), name)
        case msgspec.inspect.NoneType():
            return None
        case msgspec.inspect.BoolType():
            return True
        case msgspec.inspect.IntType():
            return 1 + sum(map(ord, name)) % 97
        case msgspec.inspect.StrType():
            return f"a {name}"
        case msgspec.inspect.DecimalType():
            return Decimal("12.5")
        case msgspec.inspect.VarTupleType(item_type=item) | msgspec.inspect.ListType(item_type=item):
            return (
                [_example(item, name)]
                if isinstance(info, msgspec.inspect.ListType)
                else (_example(item, name),)
            )
        case msgspec.inspect.DictType(value_type=value):
            return {"a key": _example(value, name)}
    raise NotImplementedError(info)


def tag(cls: type[Any]) -> str:
    return str(cls.__struct_config__.tag)


def defaults() -> dict[str, Any]:
    """What a field is when it is not written, for every struct that a message holds."""
    found: dict[str, Any] = {}
    waiting = [*EVENTS, *INPUTS]
    while waiting:
        cls = waiting.pop()
        if cls.__name__ in found:
            continue
        found[cls.__name__] = {
            field.name: json.loads(msgspec.json.encode(field.default))
            for field in msgspec.structs.fields(cls)
            if field.default is not msgspec.NODEFAULT
        }
        waiting += [held.cls for held in _structs_in(msgspec.inspect.type_info(cls))]
    return {name: fields for name, fields in found.items() if fields}


def _structs_in(info: Any) -> list[msgspec.inspect.StructType]:
    inner: list[Any] = []
    if isinstance(info, msgspec.inspect.StructType):
        inner = [field.type for field in info.fields]
    held: list[msgspec.inspect.StructType] = []
    for one in inner:
        parts = getattr(one, "types", (getattr(one, "item_type", one),))
        held += [part for part in parts if isinstance(part, msgspec.inspect.StructType)]
    return held


def written() -> dict[str, Any]:
    messages = {
        kind: {tag(cls): json.loads(msgspec.json.encode(example(cls))) for cls in classes}
        for kind, classes in (("events", EVENTS), ("inputs", INPUTS))
    }
    return messages | {"defaults": defaults()}


def test_every_event_has_an_apply_and_every_input_a_decision() -> None:
    assert set(APPLY) == set(EVENTS)
    assert set(DECIDE) == set(INPUTS)
    assert set(get_args(i.VenueReport)) <= set(INPUTS)


def test_every_event_has_a_name_and_a_version_of_its_own() -> None:
    tags = [tag(cls) for cls in EVENTS]
    assert len(set(tags)) == len(tags)
    for cls, name in zip(EVENTS, tags, strict=True):
        kind, dot, version = name.partition(".")
        assert (kind, dot) == (cls.__name__.rstrip("0123456789"), ".")
        assert version.isdigit()
        assert int(version) >= 1


def test_every_input_has_a_name_of_its_own() -> None:
    assert len({tag(cls) for cls in INPUTS}) == len(INPUTS)
    assert not {tag(cls) for cls in INPUTS} & {tag(cls) for cls in EVENTS}


@pytest.mark.parametrize("cls", [*EVENTS, *INPUTS], ids=tag)
def test_what_is_written_is_what_it_was_when_it_was_first_written(cls: type[Any]) -> None:
    golden = json.loads(GOLDEN.read_text())
    kind = "events" if cls in EVENTS else "inputs"
    assert json.loads(msgspec.json.encode(example(cls))) == golden[kind][tag(cls)]
    union: Any = e.Event if cls in EVENTS else i.Input
    old = json.dumps(golden[kind][tag(cls)])
    assert msgspec.json.decode(old, type=union) == example(cls)


def test_the_golden_file_has_a_line_for_each_and_no_others() -> None:
    golden = json.loads(GOLDEN.read_text())
    assert set(golden["events"]) == {tag(cls) for cls in EVENTS}
    assert set(golden["inputs"]) == {tag(cls) for cls in INPUTS}


def test_what_is_not_written_means_what_it_meant() -> None:
    golden = json.loads(GOLDEN.read_text())
    assert defaults() == golden["defaults"]
    assert {"OrderRequest", "Signal", "AccountTerms", "Capabilities", "Execution"} <= set(golden["defaults"])


@pytest.mark.parametrize("cls", [*EVENTS, *INPUTS], ids=tag)
def test_messages_cannot_be_changed_and_refuse_fields_that_they_do_not_know(cls: type[Any]) -> None:
    message = example(cls)
    with pytest.raises(AttributeError, match="immutable"):
        setattr(message, cls.__struct_fields__[0], None)
    strange = json.loads(msgspec.json.encode(message)) | {"surprise": 1}
    union: Any = e.Event if cls in EVENTS else i.Input
    with pytest.raises(msgspec.ValidationError, match="surprise"):
        msgspec.json.decode(json.dumps(strange), type=union)


def test_the_events_that_call_for_a_command() -> None:
    calling: dict[type[Any], type[Command]] = {
        e.OrderSubmitted: SubmitOrder,
        e.OrderReleased: SubmitOrder,
        e.CancelSubmitted: CancelOrder,
        e.ReplaceSubmitted: ReplaceOrder,
        e.OrderQueried: QueryOrder,
    }
    for cls in EVENTS:
        command = command_for(example(cls))
        assert type(command) is calling.get(cls, type(None)), cls


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(written(), indent=1, sort_keys=True) + "\n")
