"""A line of prices drawn with letters: braille dots, eight to a cell, or stars where the terminal knows no braille.

Levels that matter (where a position was entered, its stop and target) are always inside the picture, marked across it
and labelled at its right.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from rich.text import Text

from kedge.domain.instants import Instant
from kedge.tui.picture import Point
from kedge.wording.times import show_clock

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # by column and row of a cell
_BRAILLE = 0x2800
_MARGIN = 0.05  # of the height, above and below
_SMALLEST = (24, 4)  # columns and rows


class Level(NamedTuple):
    """A price that is marked and labelled."""

    name: str
    price: float
    style: str


class Canvas(NamedTuple):
    """How large the picture is, and with what it is drawn."""

    width: int
    height: int
    decimals: int = 2
    plain: bool = False  # nothing but ASCII


def chart(points: Sequence[Point], now: Instant, levels: Sequence[Level], canvas: Canvas) -> Text:
    """The picture, with the times of its first and last moment below."""
    if not points:
        return Text("No price has been seen yet.", "dim")
    if canvas.width < _SMALLEST[0] or canvas.height < _SMALLEST[1]:
        return Text(f"now {points[-1].price:.{canvas.decimals}f}")
    marks = [Level("now", points[-1].price, "bold cyan"), *levels]
    labels = [f"{mark.price:.{canvas.decimals}f} {mark.name}" for mark in marks]
    across, rows = canvas.width - max(map(len, labels)) - 1, canvas.height - 1
    ink = _PLAIN if canvas.plain else _FINE
    scale = _Scale(points, marks, rows * ink.high)
    line = _line(_prices(points, now, across * ink.wide), scale)
    level_of = {scale.row(mark.price) // ink.high: mark for mark in reversed(levels)}
    label_of = dict(
        zip(_places([scale.row(mark.price) // ink.high for mark in marks], rows), labels, strict=True)
    )
    style_of = dict(zip(labels, (mark.style for mark in marks), strict=True))
    picture = Text(no_wrap=True)
    for row in range(rows):
        picture.append_text(_row(_cells(line, row, across, ink), level_of.get(row), ink))
        label = label_of.get(row, "")
        picture.append(f" {label}\n", style_of.get(label, ""))
    first, last = show_clock(points[0].at), show_clock(now)
    return picture.append(first + last.rjust(max(across - len(first), len(last) + 1)), "dim")


class _Ink(NamedTuple):
    """How many dots a cell holds, and the signs for a cell with dots and for a level that crosses it."""

    wide: int
    high: int
    line: Callable[[int], str]
    level: str


_FINE = _Ink(2, 4, lambda dots: chr(_BRAILLE + dots), "╌")
_PLAIN = _Ink(1, 1, lambda _: "*", "-")


class _Scale:
    """From prices to rows of dots, the top one first."""

    def __init__(self, points: Sequence[Point], marks: Sequence[Level], height: int) -> None:
        prices = [point.price for point in points] + [mark.price for mark in marks]
        low, high = min(prices), max(prices)
        room = (high - low) * _MARGIN or abs(high) * 0.001 or 1.0
        self._top = high + room
        self._step = (high - low + 2 * room) / height
        self._height = height

    def row(self, price: float) -> int:
        """The row of dots that a price falls into."""
        return min(int((self._top - price) / self._step), self._height - 1)


def _prices(points: Sequence[Point], now: Instant, width: int) -> list[float]:
    """The price at each of so many moments, evenly spread over the time that is shown."""
    begin, span = points[0].at, max(now - points[0].at, 1)
    prices, at = [], 0
    for column in range(width):
        moment = begin + (column + 1) * span // width
        while at + 1 < len(points) and points[at + 1].at <= moment:
            at += 1
        prices.append(points[at].price)
    return prices


def _line(prices: Sequence[float], scale: _Scale) -> list[range]:
    """For each column of dots the rows that the line takes; neighbours touch each other."""
    rows = [scale.row(price) for price in prices]
    line = [range(rows[0], rows[0] + 1)]
    for before, row in pairwise(rows):
        line.append(range(before + 1, row + 1) if before < row else range(row, max(before, row + 1)))
    return line


def _cells(line: Sequence[range], row: int, across: int, ink: _Ink) -> list[int]:
    """One row of cells, each as the sum of its dots."""
    return [
        sum(
            _DOTS[x][y]
            for x in range(ink.wide)
            for y in range(ink.high)
            if row * ink.high + y in line[cell * ink.wide + x]
        )
        for cell in range(across)
    ]


def _row(cells: Sequence[int], level: Level | None, ink: _Ink) -> Text:
    text = Text()
    for dots in cells:
        if dots:
            text.append(ink.line(dots), "cyan")
        elif level is not None:
            text.append(ink.level, level.style)
        else:
            text.append(" ")
    return text


def _places(wanted: Sequence[int], rows: int) -> list[int]:
    """A row for each label, the one it wants or the nearest that is free; below the picture where none is left."""
    places: list[int] = []
    for row in wanted:
        free = [other for other in range(rows) if other not in places]
        places.append(min(free, key=lambda other: (abs(other - row), other), default=rows + len(places)))
    return places
