"""The life cycle as a picture.

Where things stand is set by hand; what is drawn comes from the table. Each arrow of the table must have a route here
and each route an arrow, so the picture cannot differ from the table: a change of the table stops the build.
"""

from collections.abc import Iterator
from typing import NamedTuple

from scripts.pages.moves import moves
from scripts.pages.svg import Box, Drawing, Point

_W, _H = 168, 34

BOXES = {
    "NEW": Box(56, 20, _W, _H),
    "AT_VENUE": Box(36, 92, 888, 318),
    "PENDING_NEW": Box(56, 140, _W, _H),
    "IN_DOUBT": Box(56, 320, _W, _H),
    "WORKING": Box(390, 116, 204, 206),
    "ACCEPTED": Box(408, 140, _W, _H),
    "PARTIALLY_FILLED": Box(408, 262, _W, _H),
    "PENDING_CANCEL": Box(736, 140, _W, _H),
    "PENDING_REPLACE": Box(736, 262, _W, _H),
    "REJECTED": Box(56, 484, _W, _H),
    "CANCELLED": Box(300, 484, _W, _H),
    "EXPIRED": Box(528, 484, _W, _H),
    "FILLED": Box(756, 484, _W, _H),
}
_GROUPS = {"AT_VENUE": "may be at the venue", "WORKING": "WORKING"}
_FINAL = ("REJECTED", "CANCELLED", "EXPIRED", "FILLED")


class Route(NamedTuple):
    """The way of an arrow and the place of its label."""

    points: tuple[Point, ...]
    label: Point
    anchor: str = "start"


ROUTES = {
    ("NEW", "PENDING_NEW"): Route(((140, 54), (140, 140)), (148, 80)),
    ("NEW", "REJECTED"): Route(((56, 37), (18, 37), (18, 552), (140, 552), (140, 518)), (148, 542)),
    ("NEW", "CANCELLED"): Route(((140, 552), (384, 552), (384, 518)), (392, 542)),
    ("NEW", "EXPIRED"): Route(((384, 552), (612, 552), (612, 518)), (620, 542)),
    ("PENDING_NEW", "IN_DOUBT"): Route(((96, 174), (96, 320)), (104, 250)),
    ("PENDING_NEW", "WORKING"): Route(((224, 150), (390, 150)), (232, 143)),
    ("PENDING_NEW", "PARTIALLY_FILLED"): Route(((210, 174), (210, 270), (408, 270)), (218, 263)),
    ("IN_DOUBT", "WORKING"): Route(((180, 320), (180, 200), (390, 200)), (232, 193)),
    ("IN_DOUBT", "PARTIALLY_FILLED"): Route(((224, 330), (350, 330), (350, 286), (408, 286)), (232, 323)),
    ("IN_DOUBT", "REJECTED"): Route(((96, 354), (96, 484)), (88, 432), "end"),
    ("ACCEPTED", "PARTIALLY_FILLED"): Route(((492, 174), (492, 262)), (500, 222)),
    ("PARTIALLY_FILLED", "ACCEPTED"): Route(((450, 262), (450, 174)), (442, 222), "end"),
    ("WORKING", "PENDING_CANCEL"): Route(((594, 148), (736, 148)), (602, 141)),
    ("PENDING_CANCEL", "WORKING"): Route(((736, 166), (594, 166)), (728, 183), "end"),
    ("WORKING", "PENDING_REPLACE"): Route(((594, 270), (736, 270)), (602, 263)),
    ("PENDING_REPLACE", "WORKING"): Route(((736, 288), (594, 288)), (602, 305)),
    ("PENDING_REPLACE", "PENDING_CANCEL"): Route(((820, 262), (820, 174)), (828, 222)),
    ("AT_VENUE", "REJECTED"): Route(((150, 410), (150, 484)), (158, 450)),
    ("AT_VENUE", "CANCELLED"): Route(((384, 410), (384, 484)), (392, 450)),
    ("AT_VENUE", "EXPIRED"): Route(((612, 410), (612, 484)), (620, 450)),
    ("AT_VENUE", "FILLED"): Route(((840, 410), (840, 484)), (848, 450)),
}


def lifecycle_svg() -> str:
    """The picture."""
    drawing = Drawing(944, 572, "The states of an order and the moves between them")
    for name, title in _GROUPS.items():
        drawing.frame(BOXES[name], title)
    for (source, target), labels in _arrows():
        route = ROUTES[source, target]
        drawing.arrow(route.points)
        drawing.label(route.label, ", ".join(labels), route.anchor)
    for name, box in BOXES.items():
        if name not in _GROUPS:
            drawing.box(box, name, strong=name in _FINAL)
    return drawing.text()


def _arrows() -> Iterator[tuple[tuple[str, str], list[str]]]:
    labels: dict[tuple[str, str], list[str]] = {}
    for move in moves():
        labels.setdefault((move.source, move.target), []).append(move.label)
    differing = labels.keys() ^ ROUTES.keys()
    if differing:
        raise ValueError(
            f"scripts/pages/lifecycle_drawing.py and the table differ in these arrows: {sorted(differing)}"
        )
    yield from labels.items()
