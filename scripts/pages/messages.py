"""The pages about messages: events, inputs, commands, and the structures that they are made of."""

import ast
import inspect
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, get_args, get_type_hints

import msgspec
from scripts.pages.markdown import anchor, code, doc, page, table
from scripts.pages.structs import fields_table, members_table, nested

from kedge.domain import commands
from kedge.domain.commands import Command
from kedge.domain.events import Event
from kedge.domain.inputs import Input, VenueReport
from kedge.domain.signals import Outcome
from kedge.kernel.book import DECIDE

STRUCTURES = "structures.md"

_LEGEND = f"""Types as they are written: `Nano` is an integer in billionths (1.5 is `1500000000`), `Ticks` an integer
count of the instrument's tick, `Instant` an integer in nanoseconds since 1970 in UTC, `Span` an integer in nanoseconds;
`OrderId`, `SignalId`, `PositionId`, `AccountId`, `Symbol` and `VenueName` are text. A field that has its default is
left out of the stored JSON. Nested types are described in [structures]({STRUCTURES})."""


def events_page() -> str:
    """Every event."""
    calls = commands_by_event()
    rows, blocks = [], []
    for event in _members(Event):
        kind, _, version = tag_of(event).rpartition(".")
        rows.append((f"[{code(kind)}](#{anchor(kind)})", version, doc(event)))
        command = calls.get(event.__name__)
        says = [f"Version {version}. {doc(event)}"]
        if command:
            says.append(f"Calls for the command [{code(command)}](commands.md#{anchor(command)}).")
        blocks += [f"## {kind}", " ".join(says), fields_table(event, STRUCTURES)]
    return page(
        "Events",
        "src/kedge/domain/events.py",
        "What the kernel decided or took in. The journal stores each under its kind and version (`OrderFilled`, 1) "
        "and keeps it for ever. See [event sourcing](../explanation/event-sourcing.md) for the why.",
        _LEGEND,
        table(("kind", "version", "meaning"), rows),
        *blocks,
    )


def inputs_page() -> str:
    """Every input."""
    reports = get_args(VenueReport)
    rows, blocks = [], []
    for each in _members(Input):
        name = each.__name__
        source = "a venue" if each in reports else ""
        rows.append((f"[{code(name)}](#{anchor(name)})", source, doc(each)))
        handler = DECIDE[each]
        blocks += [
            f"## {name}",
            doc(each),
            f"Taken in by {code(handler.__module__ + '.' + handler.__name__)}: {doc(handler)}",
            fields_table(each, STRUCTURES),
        ]
    return page(
        "Inputs",
        "src/kedge/domain/inputs.py",
        "What happened outside. An input that leads to events is recorded beside the first of them, as the *cause* of "
        "its step; one that leads to none changed nothing and leaves no row. Quotes are not inputs of this kind: a "
        "quote that reaches an order which the engine holds becomes a `TriggerReached`.",
        _LEGEND,
        table(("input", "report of", "meaning"), rows),
        *blocks,
    )


def commands_page() -> str:
    """Every command, and the events that call for it."""
    calls = commands_by_event()
    blocks = []
    for each in _members(Command):
        name = each.__name__
        callers = [event for event, command in calls.items() if command == name]
        links = ", ".join(f"[{code(event)}](events.md#{anchor(event)})" for event in callers)
        blocks += [f"## {name}", f"{doc(each)} Called for by {links}.", fields_table(each, STRUCTURES)]
    return page(
        "Commands",
        "src/kedge/domain/commands.py",
        "What the engine asks of a venue. A command is a function of an event (`kedge.domain.commands.command_for`), "
        "so it has no row of its own in the journal: the event that calls for it is the record of it. A command leaves "
        "only after that event is durable.",
        table(("event", "command"), ((code(event), code(command)) for event, command in calls.items())),
        *blocks,
    )


def structures_page() -> str:
    """Every struct and enumeration that a message mentions."""
    found: dict[type, None] = {Outcome: None}
    for message in (*_members(Event), *_members(Input), *_members(Command)):
        _collect(message, found)
    messages = {*_members(Event), *_members(Input), *_members(Command)}
    ordered = sorted((each for each in found if each not in messages), key=lambda each: each.__name__)
    blocks = []
    for each in ordered:
        blocks += [f"## {each.__name__}", doc(each)]
        if issubclass(each, StrEnum):
            blocks.append(members_table(each))
        elif issubclass(each, msgspec.Struct):
            blocks.append(fields_table(each, ""))
    return page(
        "Structures",
        "src/kedge/domain",
        "What events, inputs and commands are made of.",
        _LEGEND.partition(" Nested types")[0],
        *blocks,
    )


def tag_of(message: type[msgspec.Struct]) -> str:
    """The name under which a message is stored."""
    return str(message.__struct_config__.tag)


def commands_by_event() -> dict[str, str]:
    """Which event calls for which command, read from the cases of `command_for`."""
    calls = {}
    for node in ast.walk(ast.parse(inspect.getsource(commands.command_for))):
        if not isinstance(node, ast.match_case) or not isinstance(node.pattern, ast.MatchClass):
            continue
        answer = node.body[0]
        if isinstance(answer, ast.Return) and isinstance(answer.value, ast.Call):
            calls[ast.unparse(node.pattern.cls)] = ast.unparse(answer.value.func)
    assert calls
    return calls


def _members(union: Any) -> tuple[type[msgspec.Struct], ...]:
    return get_args(union)


def _collect(struct: type, found: dict[type, None]) -> None:
    hints: Iterable[Any] = get_type_hints(struct).values()
    for hint in hints:
        for each in nested(hint):
            if each not in found:
                found[each] = None
                if issubclass(each, msgspec.Struct):
                    _collect(each, found)
