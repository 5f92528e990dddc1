"""What leaves the program: one JSON document for programs, tables and lines for people.

Rich makes the tables and hands them over as text; everything is written by `_write`, so that a reader who has gone
away (`kedge orders | head -1`) ends a command in one place. On a terminal a table fits its width; elsewhere it is
plain, and nothing is cut off.
"""

import io
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from kedge.wording.text import Cell, clean

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

PIPED_WIDTH = 10_000  # wider than any table: what goes to a file or another program is never cut


class ReaderGoneError(Exception):
    """Whoever read our output reads no more."""


class OutputError(Exception):
    """Standard output takes nothing: a full disk behind it, most likely."""


class Column(NamedTuple):
    """A heading; the text of a `flexible` column goes on in a second line when the terminal is narrow."""

    title: str
    right: bool = False
    flexible: bool = False

    @classmethod
    def over(cls, title: str, cells: Sequence[str]) -> "Column":
        """The heading of cells that are aligned already, above their right end."""
        return cls(title.rjust(max(map(len, cells), default=0)))


Row = Sequence[str | Cell]


def on_terminal() -> bool:
    """Whether a person sees the output as it comes."""
    return sys.stdout is not None and sys.stdout.isatty()


def in_colour() -> bool:
    """Whether the terminal is to show colours and weights."""
    return on_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def emit(document: object) -> None:
    """The document as JSON: on one line for programs, indented on a terminal."""
    import msgspec

    try:
        content = msgspec.json.encode(document)
    except UnicodeEncodeError:  # the name of a file need not be text; JSON has to be
        import json

        text = json.dumps(msgspec.to_builtins(document), ensure_ascii=False, separators=(",", ":"))
        content = text.encode("utf-8", "replace")
    _write((msgspec.json.format(content) if on_terminal() else content) + b"\n")


def pass_on(content: bytes) -> None:
    """Lines that are ready as they are."""
    _write(content)


def say(text: str = "", style: str = "") -> None:
    """A line for people."""
    _write_text(f"{text if not style or not in_colour() else _paint(text, style)}\n")


def say_parts(*parts: str | Cell) -> None:
    """A line for people, of which parts have a style of their own."""
    painted = in_colour()
    _write_text("".join(_part(part, painted=painted) for part in parts) + "\n")


def say_behind(first: str, text: Cell) -> None:
    """A line that begins with a place of fixed width; what does not fit goes on below the text."""
    import textwrap

    width = max(_width() - len(first), 20)
    for line in textwrap.wrap(clean(text.text), width) or [""]:
        say_parts(first, Cell(line, text.style))
        first = " " * len(first)


def paragraph(text: str, style: str = "") -> None:
    """A sentence or more, wrapped on a terminal."""
    import textwrap

    for line in textwrap.wrap(text, _width()) or [""]:
        say(line, style)


def show_table(columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """A table under a line of headings."""
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD if on_terminal() else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1 if on_terminal() else 2, 0, 0),
        header_style="bold",
    )
    for column in columns:
        table.add_column(
            _styled(column.title),
            justify="right" if column.right else "left",
            no_wrap=not column.flexible,
            overflow="fold" if column.flexible else "ellipsis",
        )
    for row in rows:
        table.add_row(*(_styled(cell) for cell in row))
    _show(table)


def show_pairs(pairs: Iterable[tuple[str, str | Cell]], indent: int = 0) -> None:
    """Names with their values, one a line; those without a value are left out."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value if isinstance(value, str) else value.text:
            table.add_row(_styled(Cell(" " * indent + name, "dim")), _styled(value))
    _show(table)


def finish() -> None:
    """Hand over what is still held back; called once, at the end."""
    if sys.stdout is not None:
        with _endings():
            sys.stdout.flush()


def discard() -> None:
    """Let nothing more be written, so that the interpreter does not stumble over a reader who has gone."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)


def _show(renderable: "RenderableType") -> None:
    lines = _render(renderable, _width()).splitlines()
    _write_text("".join(f"{line.rstrip()}\n" for line in lines))


def _width() -> int:
    return max(shutil.get_terminal_size().columns, 20) if on_terminal() else PIPED_WIDTH


def _render(renderable: "RenderableType", width: int) -> str:
    from rich.console import Console

    painted = in_colour()
    page = _Page(getattr(sys.stdout, "encoding", None) or "utf-8")
    console = Console(
        file=page,
        width=width,
        force_terminal=painted,
        color_system="auto" if painted else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(renderable)
    return page.getvalue()


class _Page(io.StringIO):
    """Collects what Rich draws; by the encoding Rich knows whether lines can be drawn."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


def _styled(cell: str | Cell) -> "Text":
    from rich.text import Text

    return Text(clean(cell)) if isinstance(cell, str) else Text(clean(cell.text), style=cell.style)


def _paint(text: str, style: str) -> str:
    return _render(_styled(Cell(text, style)), PIPED_WIDTH).rstrip("\n")


def _part(part: str | Cell, *, painted: bool) -> str:
    if isinstance(part, str):
        return clean(part)
    return _paint(part.text, part.style) if painted and part.style else clean(part.text)


def _write_text(text: str) -> None:
    _write(text.encode(getattr(sys.stdout, "encoding", None) or "utf-8", "replace"))


def _write(content: bytes) -> None:
    if sys.stdout is None:  # the program was started without one: nobody wants to read
        return
    with _endings():
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


@contextmanager
def _endings() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError from error
    except OSError as error:
        raise OutputError(f"The output cannot be written: {error.strerror or error}.") from error
