"""The latest events in plain words, the newest on top."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from kedge.engine.control.messages import Told, Weight
from kedge.wording.text import clean
from kedge.wording.times import show_clock

STYLES = {
    Weight.QUIET: "dim",
    Weight.PLAIN: "",
    Weight.NOTABLE: "bold",
    Weight.GOOD: "green",
    Weight.LOSS: "red",
    Weight.CAUTION: "yellow",
    Weight.ALARM: "bold red",
}


def events(lines: Iterable[Told]) -> Table | Text:
    """The lines; a long one goes on below itself."""
    table = Table.grid(padding=(0, 1, 0, 0))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        place = clean(f"{line.account} {line.instrument}".strip())
        table.add_row(
            Text(show_clock(line.at), "dim"), Text(place), Text(clean(line.text), STYLES[line.weight])
        )
    return table if table.row_count else Text("Nothing has happened yet.", "dim")
