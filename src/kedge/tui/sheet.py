"""A table as the dashboard shows it: headings, and rows that are told apart by a key, so that a cursor can stay on
one.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from kedge.wording.text import Cell, clean


class Column(NamedTuple):
    """A heading; numbers stand at the right."""

    title: str
    right: bool = False


class Row(NamedTuple):
    """The cells of one thing, and its id."""

    key: str
    cells: Sequence[str | Cell]


class Sheet(NamedTuple):
    """One table at one moment."""

    columns: Sequence[Column]
    rows: Sequence[Row]


class Listing(DataTable[Text]):
    """A table on the screen; its cursor stays on the row that it is on, wherever that goes."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name, cursor_type="row", cell_padding=0)
        self._headings: tuple[Column, ...] = ()

    @property
    def selected(self) -> str | None:
        """The key of the row under the cursor."""
        if not self.is_valid_row_index(self.cursor_row):
            return None
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value

    def show(self, sheet: Sheet) -> None:
        """Show this; where only figures have changed, only those are written."""
        if tuple(sheet.columns) != self._headings:
            self._begin(sheet.columns)
        keys = [row.key for row in sheet.rows]
        if keys == [key.value for key in self.rows]:
            for at, row in enumerate(sheet.rows):
                self._rewrite(at, row)
            return
        selected, place = self.selected, self.cursor_row
        self.clear()
        for row in sheet.rows:
            self.add_row(*self._texts(row), key=row.key)
        if keys:
            self.move_cursor(row=keys.index(selected) if selected in keys else min(place, len(keys) - 1))

    def _begin(self, columns: Sequence[Column]) -> None:
        self.clear(columns=True)
        self._headings = tuple(columns)
        for column in columns:
            self.add_column(Text(f" {column.title}", justify="right" if column.right else "left"))

    def _rewrite(self, at: int, row: Row) -> None:
        for place, text in enumerate(self._texts(row)):
            if self.get_row_at(at)[place] != text:
                cell = self.coordinate_to_cell_key(Coordinate(at, place))
                self.update_cell(*cell, text, update_width=True)

    def _texts(self, row: Row) -> list[Text]:
        return [_text(cell, column) for cell, column in zip(row.cells, self._headings, strict=True)]


def _text(cell: str | Cell, column: Column) -> Text:
    text, style = cell if isinstance(cell, Cell) else (cell, "")
    return Text(f" {clean(text)}", style, justify="right" if column.right else "left", no_wrap=True)
