"""What accounts at venues hold that is no account's here, for people and for programs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kedge.cli import forms, listing, output
from kedge.cli.output import Column
from kedge.wording import figures
from kedge.wording.text import Cell
from kedge.wording.times import show_moment

if TYPE_CHECKING:
    from kedge.journal.reader import Fields


def unallocated_items(rows: "Sequence[Fields]") -> list[forms.Item]:
    """As programs get it."""
    return forms.items(rows, forms.UNALLOCATED)


def show_unallocated(rows: "Sequence[Fields]") -> None:
    """The table that people get, under a line of its own; nothing where the books agree."""
    if not rows:
        return
    output.say()
    output.say("Unallocated: held at a venue, and by no account here", "bold yellow")
    columns = (
        Column("Venue"),
        Column("Venue account"),
        Column("Symbol"),
        Column("Quantity", right=True),
        Column("Venue says", right=True),
        Column("Since"),
    )
    output.show_table(columns, (_row(row) for row in rows))


def _row(row: "Fields") -> tuple[str | Cell, ...]:
    since = listing.instant(row["updated"])
    return (
        str(row["venue"]),
        str(row["account"]),
        str(row["instrument"]),
        Cell(str(row["quantity"]), "yellow"),
        figures.shown_quantity(row["held"]),
        "" if since is None else show_moment(since),
    )
