"""What accounts hold that is too little to be sold, for people and for programs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kedge.cli import forms, listing, output
from kedge.cli.output import Column
from kedge.wording import figures
from kedge.wording.text import Cell
from kedge.wording.times import show_moment

if TYPE_CHECKING:
    from kedge.journal.reader import Fields


def dust_items(rows: "Sequence[Fields]") -> list[forms.Item]:
    """As programs get it."""
    return forms.items(rows, forms.DUST)


def show_dust(rows: "Sequence[Fields]") -> None:
    """The table that people get, under a line of its own; nothing where there is none."""
    if not rows:
        return
    output.say()
    output.say("Dust: held on, and too little to be sold", "bold")
    columns = (
        Column("Account"),
        Column("Symbol"),
        Column("Quantity", right=True),
        Column("Cost", right=True),
        Column("Since"),
    )
    output.show_table(columns, (_row(row) for row in rows))


def _row(row: "Fields") -> tuple[str | Cell, ...]:
    cost, since = figures.decimal(row["cost"]), listing.instant(row["updated"])
    return (
        str(row["account"]),
        str(row["instrument"]),
        figures.shown_quantity(row["quantity"]),
        "" if cost is None else figures.money(cost),
        "" if since is None else show_moment(since),
    )
