"""From a way through the tree to what people are told: the key's name, its place, and its path in the catalogue."""

from collections import Counter

import msgspec

from kedge.settings.catalogue import IDS
from kedge.settings.errors import shown
from kedge.settings.places import Place
from kedge.settings.tree import Items, Node, Route, Scalar, Section, Step, child, text_at

_TELLABLE_MAX = 64


class Spot(msgspec.Struct, frozen=True):
    """Where a way led. `node` is None where nothing was written; the place is then that of the section above."""

    key: str
    path: str
    place: Place
    key_place: Place
    node: Node | None

    @property
    def text(self) -> str | None:
        """The text that stands there."""
        return self.node.text if isinstance(self.node, Scalar) and not self.node.is_nothing else None


class Spots:
    """Finds spots in one tree. What entries are called is counted once for each list, since lists may be long."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self._names: dict[str, tuple[str | None, ...]] = {}

    def at(self, route: Route) -> Spot:
        """Follow the route as far as the tree goes."""
        node: Node | None = self.root
        key, path = "", ""
        place = key_place = self.root.place
        for step in route:
            key += self._label(node, key, path, step)
            path += ".*" if isinstance(step, int) or path == ".venues" else f".{step}"
            if (
                isinstance(node, Section)
                and isinstance(step, str)
                and (entry := node.entry(step)) is not None
            ):
                key_place = entry.place
            node = None if node is None else child(node, step)
            if node is not None:
                place = node.place
                key_place = place if isinstance(step, int) else key_place
        return Spot(key.removeprefix("."), path.removeprefix("."), place, key_place, node)

    def _label(self, node: Node | None, key: str, path: str, step: Step) -> str:
        if isinstance(step, str):
            return f".{step}" if _is_tellable(step) else f".{shown(step)}"
        id_key = IDS.get(path.removeprefix("."))
        if id_key is None or not isinstance(node, Items):
            return f"[{step}]"
        if key not in self._names:
            self._names[key] = _names(node, id_key)
        name = self._names[key][step]
        return f"[{step}]" if name is None else f".{name}"


def _names(items: Items, id_key: str) -> tuple[str | None, ...]:
    """What each entry is called, where it is the only one that is called so."""
    ids = [None if (id_ := text_at(each, id_key)) is None else id_.text for each in items.nodes]
    counts = Counter(ids)
    return tuple(id_ if id_ is not None and counts[id_] == 1 and _is_tellable(id_) else None for id_ in ids)


def _is_tellable(name: str) -> bool:
    return bool(name) and name.isprintable() and len(name) <= _TELLABLE_MAX
