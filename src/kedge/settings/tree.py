"""What was written, before it means anything: texts, lists and sections, each with its place.

A scalar stays the text that stands in the file. What it means is decided by the key that it is for, so that `0.005`
never was a float, `NO` can be a symbol, and `12:30` is not the number 750.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from kedge.settings.places import Place

_NOTHING = ("", "~", "null", "Null", "NULL")


class Scalar(msgspec.Struct, frozen=True):
    """A text; `plain` when it was written without quotes."""

    place: Place
    text: str
    plain: bool = True

    @property
    def is_nothing(self) -> bool:
        """Whether a key was written without a value."""
        return self.plain and self.text in _NOTHING


class Entry(msgspec.Struct, frozen=True):
    """One key of a section; the place is the key's."""

    place: Place
    name: str
    value: "Node"


class Section(msgspec.Struct, frozen=True):
    """Keys with their values, in the order of the file. A key that is given again is kept, to be told of."""

    place: Place
    entries: tuple[Entry, ...] = ()

    def entry(self, name: str) -> Entry | None:
        """The first entry of this name."""
        return next((entry for entry in self.entries if entry.name == name), None)


class Items(msgspec.Struct, frozen=True):
    """A list."""

    place: Place
    nodes: "tuple[Node, ...]" = ()


Node: TypeAlias = Scalar | Section | Items
Step: TypeAlias = str | int  # a key of a section, or a place in a list
Route: TypeAlias = tuple[Step, ...]


def plain_value(node: Node) -> Any:
    """The node without its places: dict, list, text, or None for a key without a value."""
    match node:
        case Scalar():
            return None if node.is_nothing else node.text
        case Items():
            return [plain_value(each) for each in node.nodes]
        case Section():
            # Of a key that is given twice the first counts: that it is given twice is a fault of its own.
            return {entry.name: plain_value(entry.value) for entry in reversed(node.entries)}


def child(node: Node, step: Step) -> Node | None:
    """What lies one step further in."""
    if isinstance(node, Section) and isinstance(step, str):
        entry = node.entry(step)
        return None if entry is None else entry.value
    if isinstance(node, Items) and isinstance(step, int) and step < len(node.nodes):
        return node.nodes[step]
    return None


def text_at(node: Node | None, *steps: Step) -> Scalar | None:
    """The scalar with a value at the end of these steps, if one is there."""
    for step in steps:
        node = None if node is None else child(node, step)
    return node if isinstance(node, Scalar) and not node.is_nothing else None


def put(node: Node, route: Route, value: Node) -> Node:
    """The node with another value at the end of the route; sections that are missing on the way are made.

    Where the route leads through something that is no section nothing is put: that is a fault which the form tells of.
    """
    if not route:
        return value
    step, rest = route[0], route[1:]
    if isinstance(node, Items) and isinstance(step, int):
        nodes = list(node.nodes)
        nodes[step] = put(nodes[step], rest, value)
        return Items(node.place, tuple(nodes))
    if isinstance(node, Scalar) and node.is_nothing:
        node = Section(node.place)
    if not isinstance(node, Section) or not isinstance(step, str):
        return node
    old = node.entry(step)
    if old is None:
        made = Entry(value.place, step, put(Section(value.place), rest, value))
        return Section(node.place, (*node.entries, made))
    new = Entry(old.place, step, put(old.value, rest, value))
    return Section(node.place, tuple(new if entry is old else entry for entry in node.entries))


def walk(node: Node, route: Route = ()) -> Iterator[tuple[Route, Section]]:
    """Every section with the way to it."""
    if isinstance(node, Section):
        yield route, node
        for entry in node.entries:
            yield from walk(entry.value, (*route, entry.name))
    elif isinstance(node, Items):
        for index, each in enumerate(node.nodes):
            yield from walk(each, (*route, index))
