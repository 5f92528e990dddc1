"""YAML, read into a tree: only its plain part, with every node's place, and within bounds.

PyYAML's parser gives the events; no loader and no constructor runs, so nothing in the file can become an object. Tags
are refused, and an alias may repeat what it stands for only until the whole has grown to `NODES_MAX`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import yaml

from kedge.settings.errors import Fault, SettingsError, shown
from kedge.settings.places import Place
from kedge.settings.tree import Entry, Items, Node, Scalar, Section

CHARACTERS_MAX = 1_000_000
NODES_MAX = 200_000
DEPTH_MAX = 24

PlaceAt = Callable[[int, int], Place]  # line and column, from 1


class _Size(msgspec.Struct):
    """How much a node stands for, aliases counted in full."""

    nodes: int
    depth: int


class _Frame(msgspec.Struct):
    """A list or section that is not ended yet."""

    place: Place
    is_section: bool
    anchor: str | None
    size: _Size
    key: Scalar | None = None
    entries: list[Entry] = []
    nodes: list[Node] = []


def read_document(text: str, place_at: PlaceAt) -> Node:
    """The one document in the text, an empty section when there is none; raises `SettingsError` with one fault."""
    if len(text) > CHARACTERS_MAX:
        raise SettingsError([Fault(place_at(1, 1), "", f"is longer than {CHARACTERS_MAX} characters")])
    return _Builder(place_at).build(_events(text, place_at))


def _events(text: str, place_at: PlaceAt) -> Iterator[yaml.Event]:
    last = place_at(1, 1)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            last = _place(event.start_mark, place_at)
            yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = last if mark is None else _place(mark, place_at)
        begun = (
            ""
            if error.context_mark is None
            else f" ({error.context}, from line {error.context_mark.line + 1} on)"
        )
        raise _fault(place, f"is not YAML: {error.problem}{begun}") from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = place_at(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise _fault(place, "holds a character that cannot be printed") from None
    except (
        ValueError,
        OverflowError,
    ):  # an escape or a version with a number that no character or integer has
        raise _fault(last, "is not YAML: a number in it is out of range") from None


class _Builder:
    """Puts events together, without recursion."""

    def __init__(self, place_at: PlaceAt) -> None:
        self._place_at = place_at
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, _Size]] = {}
        self._root: Node | None = None
        self._documents = 0

    def build(self, events: Iterator[yaml.Event]) -> Node:
        for event in events:
            self._take(event, _place(event.start_mark, self._place_at))
        return Section(self._place_at(1, 1)) if self._root is None else self._root

    def _take(self, event: yaml.Event, place: Place) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _fault(place, "a second document begins here; one is read")
        elif isinstance(event, yaml.AliasEvent):
            self._repeat(str(event.anchor), place)
        elif isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event.tag, place)
            if any("\ud800" <= sign <= "\udfff" for sign in event.value):
                raise _fault(place, "holds half a character")
            scalar = Scalar(place, event.value, plain=event.style is None)
            if self._root is None and not self._frames and scalar.is_nothing:
                return
            self._add(scalar, _Size(1, 1), event.anchor)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._refuse_tag(event.tag, place)
            is_section = isinstance(event, yaml.MappingStartEvent)
            if is_section and self._wants_key():
                raise _fault(place, "a key is a text, not a section")
            if self._wants_key():
                raise _fault(place, "a key is a text, not a list")
            if len(self._frames) >= DEPTH_MAX:
                raise _fault(place, f"is nested more than {DEPTH_MAX} levels deep")
            self._frames.append(_Frame(place, is_section, event.anchor, _Size(1, 1)))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            frame = self._frames.pop()
            node: Node = (
                Section(frame.place, tuple(frame.entries))
                if frame.is_section
                else Items(frame.place, tuple(frame.nodes))
            )
            self._add(node, frame.size, frame.anchor)

    def _repeat(self, anchor: str, place: Place) -> None:
        known = self._anchors.get(anchor)
        if known is None:
            raise _fault(place, f"*{anchor} stands for nothing: no &{anchor} ends before it")
        node, size = known
        if self._wants_key() and not isinstance(node, Scalar):
            raise _fault(place, "a key is a text, not a section or a list")
        self._add(msgspec.structs.replace(node, place=place), size, None)

    def _add(self, node: Node, size: _Size, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if not self._frames:
            self._root = node
            return
        frame = self._frames[-1]
        frame.size.nodes += size.nodes
        frame.size.depth = max(frame.size.depth, size.depth + 1)
        if sum(each.size.nodes for each in self._frames) > NODES_MAX:
            raise _fault(node.place, f"the settings grow to more than {NODES_MAX} values here")
        if len(self._frames) + size.depth > DEPTH_MAX:
            raise _fault(node.place, f"is nested more than {DEPTH_MAX} levels deep")
        if not frame.is_section:
            frame.nodes.append(node)
        elif frame.key is None:
            assert isinstance(node, Scalar)
            if node.text == "<<" and node.plain:
                raise _fault(node.place, "<< (merging) is not read; write the keys out")
            frame.key = node
        else:
            frame.entries.append(Entry(frame.key.place, frame.key.text, node))
            frame.key = None

    def _wants_key(self) -> bool:
        return bool(self._frames) and self._frames[-1].is_section and self._frames[-1].key is None

    def _refuse_tag(self, tag: str | None, place: Place) -> None:
        if tag is not None:
            raise _fault(place, f"the tag {shown(tag)} is not allowed; values need none")


def _place(mark: Any, place_at: PlaceAt) -> Place:
    return place_at(mark.line + 1, mark.column + 1)


def _fault(place: Place, problem: str) -> SettingsError:
    return SettingsError([Fault(place, "", problem)])
