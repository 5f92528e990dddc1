"""Variables `KEDGE_…` laid over the file: `KEDGE_ACCOUNTS__ALPHA__CASH=50000`.

`__` stands between levels; an entry of a list is addressed by its id (a feed by its kind, an instrument by its symbol),
in capitals, with `_` for every sign that a variable cannot have in its name. A list or a section is set as a whole by
a value in YAML: `KEDGE_FEEDS='[{kind: simulated, instruments: [SPY]}]'`.
"""

import re
from collections.abc import Iterable

from kedge.settings.catalogue import IDS, Key, Shape, advice, below
from kedge.settings.document import read_document
from kedge.settings.dotenv import Variable
from kedge.settings.errors import Fault, SettingsError
from kedge.settings.tree import Items, Node, Route, Scalar, Section, child, put, text_at

PREFIX = "KEDGE_"
# What programs of this project ask for themselves, and what Kubernetes sets for a service called kedge.
_NOT_SETTINGS = re.compile(
    r"KEDGE_(?:DEBUG|KILL|HYPOTHESIS_PROFILE|SERVICE_(?:HOST|PORT)(?:_.*)?|PORT(?:_\d+_.*)?)"
)


def overlay(root: Node, variables: Iterable[Variable]) -> tuple[Node, list[Fault]]:
    """The tree with the variables in it, and what is wrong with some of them."""
    faults: list[Fault] = []
    referred = _referred(root)
    # What sets a whole section goes before what sets a part of it.
    for variable in sorted(variables, key=lambda each: (each.name.count("__"), each.name)):
        if not variable.name.startswith(PREFIX) or _NOT_SETTINGS.fullmatch(variable.name):
            continue
        if variable.name in referred:
            continue
        try:
            root = _Finder(root, variable).place()
        except SettingsError as error:
            faults += error.faults
    return root, faults


def _referred(root: Node) -> set[str]:
    """Variables that the settings name as places of secrets (`env:KEDGE_API_TOKEN`) are no settings themselves."""
    found: set[str] = set()
    pending: list[Node] = [root]
    while pending:
        match pending.pop():
            case Scalar(text=text):
                if text.startswith("env:"):
                    found.add(text.removeprefix("env:"))
            case Section(entries=entries):
                pending += [entry.value for entry in entries]
            case Items(nodes=nodes):
                pending += nodes
    return found


class _Finder:
    """Follows the parts of one variable's name through the tree."""

    def __init__(self, root: Node, variable: Variable) -> None:
        self._root = root
        self._variable = variable
        self._parts = variable.name.removeprefix(PREFIX).split("__")
        self._path = ""
        self._route: Route = ()
        self._told: tuple[str, ...] = ()  # the way as people are told of it

    def place(self) -> Node:
        if self._variable.name != self._variable.name.upper():
            raise self._fault("", "is not written in capitals")
        key: Key | None = None
        for part in self._parts:
            key = self._into(key, part)
        assert key is not None
        return put(self._root, self._route, self._value(key))

    def _into(self, key: Key | None, part: str) -> Key:
        if key is not None and key.shape in (Shape.NAMED, Shape.ENTRIES):
            return self._entry(key, part)
        if key is not None and key.shape is not Shape.SECTION:
            raise self._fault(self._shown_path(), "has no levels below it")
        names = below(self._path)
        name = part.lower()
        if name not in names:
            hint = advice(self._path, name)
            raise self._fault(f"{self._shown_path()}.{name}".strip("."), "unknown key", hint)
        found = names[name]
        self._path, self._route, self._told = found.path, (*self._route, name), (*self._told, name)
        if not found.is_built:
            raise self._fault(self._shown_path(), "not built yet", "unset it")
        return found

    def _entry(self, key: Key, part: str) -> Key:
        table = self._root
        for step in self._route:
            table = child(table, step) or table
        steps = _named(table, key, part)
        if len(steps) != 1:
            words = "stands for more than one entry" if steps else "there is no such entry"
            raise self._fault(f"{self._shown_path()}.{part.lower()}", words, _entries_of(table, key))
        self._route, self._told = (*self._route, steps[0]), (*self._told, part.lower())
        self._path = f"{key.path}.*"
        return Key(self._path, Shape.SECTION, "a section", None, "", since=key.since)

    def _value(self, key: Key) -> Node:
        place, text = self._variable.place, self._variable.value
        if key.shape is Shape.VALUE or not text.strip():  # what has no value has none, whatever belongs there
            return Scalar(place, text)
        return read_document(text, lambda _line, _column: place)

    def _shown_path(self) -> str:
        return ".".join(self._told)

    def _fault(self, key: str, problem: str, allowed: str = "") -> SettingsError:
        return SettingsError([Fault(self._variable.place, key, problem, allowed)])


def _ids(table: Node, key: Key) -> list[tuple[str | int, str]]:
    """The entries of a list or of a section, each with its id."""
    if isinstance(table, Section):
        return [(entry.name, entry.name) for entry in table.entries]
    if not isinstance(table, Items):
        return []
    found = ((index, text_at(each, IDS[key.path])) for index, each in enumerate(table.nodes))
    return [(index, id_.text) for index, id_ in found if id_ is not None]


def _named(table: Node, key: Key, part: str) -> list[str | int]:
    return [step for step, id_ in _ids(table, key) if _as_variable(id_) == _as_variable(part)]


def _entries_of(table: Node, key: Key) -> str:
    names = [_as_variable(id_) for _, id_ in _ids(table, key)]
    return f"there are: {', '.join(names)}" if names else ""


def _as_variable(id_: str) -> str:
    """An id as a part of a variable's name: `BTC/USD` is BTC_USD."""
    return re.sub(r"[^A-Z0-9]+", "_", id_.upper())
