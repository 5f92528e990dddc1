"""The entries of lists in the tree, and how faults tell of one another."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from kedge.settings.errors import Fault
from kedge.settings.spots import Spot, Spots
from kedge.settings.tree import Items, Node, Route, child


def entries(spots: Spots, table: str, above: Route = ()) -> Iterator[Route]:
    """The ways to the entries of a list."""
    node: Node | None = spots.root
    for step in (*above, table):
        node = None if node is None else child(node, step)
    if isinstance(node, Items):
        yield from ((*above, table, index) for index in range(len(node.nodes)))


def symbols_of(spots: Spots) -> list[str]:
    found = (spots.at((*route, "symbol")).text for route in entries(spots, "instruments"))
    return [text for text in found if text is not None]


def meant(text: str, names: Sequence[str]) -> str:
    near = get_close_matches(text, names, 1) or [name for name in names if name.lower() == text.lower()]
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"


def fault_at(spot: Spot, problem: str, allowed: str = "") -> Fault:
    return Fault(spot.place, spot.key, problem, allowed, spot.text)
