"""Boxes, frames, arrows and words as SVG: as much as the pictures here need."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

Point = tuple[int, int]

# Attributes and no style sheet: some viewers of Markdown take style sheets out.
_TEXT = 'font-family="sans-serif" font-size="13" fill="#1f2933"'
_WORD = 'font-family="sans-serif" font-size="12" fill="#52606d"'
_BOX = 'rx="5" fill="#ffffff" stroke="#334e68" stroke-width="1.3"'
_STRONG = 'rx="5" fill="#d9e2ec" stroke="#334e68" stroke-width="1.3"'
_FRAME = 'rx="8" fill="none" stroke="#9fb3c8" stroke-width="1.2" stroke-dasharray="6 4"'
_ARROW = 'fill="none" stroke="#52606d" stroke-width="1.3"'
_TIP_LENGTH, _TIP_HALF = 8, 4


class Box(NamedTuple):
    """A rectangle."""

    x: int
    y: int
    width: int
    height: int


class Drawing:
    """A picture under construction."""

    def __init__(self, width: int, height: int, title: str) -> None:
        """An empty one, on white."""
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"  <title>{escape(title)}</title>",
            f'  <rect width="{width}" height="{height}" fill="#fbfcfd"/>',
        ]

    def box(self, box: Box, *lines: str, strong: bool = False) -> None:
        """A box with centred words, the first line stronger than the rest."""
        self._parts.append(f"  <rect {_place(box)} {_STRONG if strong else _BOX}/>")
        top = box.y + box.height // 2 + 5 - 9 * (len(lines) - 1)
        for number, line in enumerate(lines):
            self._write(
                (box.x + box.width // 2, top + 18 * number), line, "middle", _WORD if number else _TEXT
            )

    def frame(self, box: Box, title: str) -> None:
        """A dashed frame around other boxes."""
        self._parts.append(f"  <rect {_place(box)} {_FRAME}/>")
        self.label((box.x + box.width - 10, box.y + 16), title, "end")

    def arrow(self, points: Sequence[Point]) -> None:
        """An arrow along these points; its last stretch runs straight across or straight down."""
        way = " L ".join(f"{x} {y}" for x, y in points)
        self._parts.append(f'  <path d="M {way}" {_ARROW}/>')
        (from_x, from_y), (x, y) = points[-2:]
        across = (x > from_x) - (x < from_x)
        down = (y > from_y) - (y < from_y)
        back_x, back_y = x - _TIP_LENGTH * across, y - _TIP_LENGTH * down
        wings = (
            f"{back_x + _TIP_HALF * down} {back_y + _TIP_HALF * across} "
            f"{back_x - _TIP_HALF * down} {back_y - _TIP_HALF * across}"
        )
        self._parts.append(f'  <polygon points="{x} {y} {wings}" fill="#52606d"/>')

    def label(self, at: Point, words: str, anchor: str = "start") -> None:
        """Words at a place."""
        self._write(at, words, anchor, _WORD)

    def text(self) -> str:
        """The file."""
        return "\n".join([*self._parts, "</svg>"]) + "\n"

    def _write(self, at: Point, words: str, anchor: str, style: str) -> None:
        self._parts.append(
            f'  <text x="{at[0]}" y="{at[1]}" text-anchor="{anchor}" {style}>{escape(words)}</text>'
        )


def _place(box: Box) -> str:
    return f'x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"'
