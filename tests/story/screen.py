"""What a person sees on a terminal: the characters that stand there now, out of the bytes that were written to it."""

import codecs
import re

_STEERING = re.compile(
    r"\x1b\[(?P<numbers>[0-9;:?<>=]*)[ $]?(?P<deed>[@-~])"  # moves, erases, colours
    r"|\x1b[()][0-9AB]|\x1b[=>78]|\x1b[P\]].*?(?:\x07|\x1b\\)",  # what shows nothing
    re.DOTALL,
)


class Screen:
    """So many rows of so many columns; colours are not kept."""

    def __init__(self, rows: int, columns: int) -> None:
        self._rows, self._columns = rows, columns
        self._row = self._column = 0
        self._cells: list[list[str]] = []
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._half = ""  # the beginning of what steers the terminal, its end not here yet
        self._clear()

    @property
    def lines(self) -> list[str]:
        """All rows, without the blanks at their ends."""
        return ["".join(cells).rstrip() for cells in self._cells]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def feed(self, written: bytes) -> None:
        """Take what was written next."""
        text, place = self._half + self._decode(written), 0
        self._half = ""
        while place < len(text):
            if text[place] != "\x1b":
                self._put(text[place])
                place += 1
            elif found := _STEERING.match(text, place):
                self._steer(found["deed"], found["numbers"])
                place = found.end()
            else:
                self._half, place = text[place:], len(text)

    def _put(self, character: str) -> None:
        match character:
            case "\r":
                self._column = 0
            case "\n":
                self._line_feed()
            case _ if character >= " ":
                if self._column == self._columns:  # the last column is left only when more comes
                    self._column = 0
                    self._line_feed()
                self._cells[self._row][self._column] = character
                self._column += 1

    def _line_feed(self) -> None:
        if self._row < self._rows - 1:
            self._row += 1
        else:
            self._cells = [*self._cells[1:], [" "] * self._columns]

    def _steer(self, deed: str | None, numbers: str | None) -> None:
        match deed, numbers:
            case "H", str(place):
                row, _, column = place.partition(";")
                self._row = min(int(row or 1), self._rows) - 1
                self._column = min(int(column or 1), self._columns) - 1
            case "J", "2":
                self._clear()
            case "K", "" | "0":
                width = self._columns - self._column
                self._cells[self._row][self._column :] = [" "] * width
            case (("h" | "l"), "?1049"):  # to the dashboard's screen, or back from it
                self._clear()
                self._row = self._column = 0

    def _clear(self) -> None:
        self._cells = [[" "] * self._columns for _ in range(self._rows)]
