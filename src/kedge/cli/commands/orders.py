"""`kedge orders`: every order on record."""

from decimal import Decimal
from typing import TYPE_CHECKING

from kedge.cli import forms, listing, output
from kedge.cli.listing import SHOWN_TO_PEOPLE, Page, page, say_rest
from kedge.cli.options import DEFAULT_DATA_DIR, Account, After, AsJson, DataDir, Limit, Open, Since, examples
from kedge.cli.output import Column
from kedge.cli.record import account_of, reading, short
from kedge.domain.lifecycle import FINAL_STATES, OrderState
from kedge.engine.clock import system_clock
from kedge.wording import figures
from kedge.wording.text import Cell
from kedge.wording.times import Calendar

if TYPE_CHECKING:
    from kedge.journal.reader import Fields

EXAMPLES = examples(
    "kedge orders --limit 10",
    "kedge orders --open --account alpha",
    "kedge orders --since 2h --json",
)
OPEN_STATES = tuple(state for state in OrderState if state not in FINAL_STATES)
_STYLES = {
    OrderState.FILLED: "green",
    OrderState.REJECTED: "red",
    OrderState.IN_DOUBT: "bold red",
    OrderState.CANCELLED: "dim",
    OrderState.EXPIRED: "dim",
}


def orders(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account: Account = None,
    since: Since = None,
    only_open: Open = False,
    limit: Limit = None,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List orders, the newest first.

    Filled is what was traded of what was asked for; Price is the mean of the fills, or what the order waits for.
    """
    with reading(data_dir) as reader:
        rows = reader.orders(
            account=account_of(reader, account), since=since, states=OPEN_STATES if only_open else ()
        )
        found = page(rows, "created", limit=limit if as_json else limit or SHOWN_TO_PEOPLE, after=after)
        journal_id = reader.journal_id
    if as_json:
        output.emit({"items": forms.orders(found.rows), "next": found.following})
    elif not found.rows:
        output.say("No orders.")
    else:
        show_orders(found, journal_id)


def show_orders(found: Page, journal_id: str) -> None:
    """The table that people get."""
    rows = found.rows
    calendar = Calendar([listing.instant(row["created"]) for row in rows], system_clock())
    prices = figures.prices((_price(row) for row in rows), absent="market")
    columns = (
        Column(f"Time {calendar.zone}"),
        Column("Order"),
        Column("Account"),
        Column("Symbol"),
        Column("Role"),
        Column("Side"),
        Column("Filled", right=True),
        Column.over("Price", prices),
        Column("State"),
    )
    output.show_table(
        columns,
        (
            (
                calendar.show(listing.instant(row["created"])),
                short(row["id"], journal_id),
                str(row["account"]),
                str(row["instrument"]),
                str(row["role"]),
                str(row["side"]),
                f"{figures.shown_quantity(row['filled'])}/{figures.shown_quantity(row['quantity'])}",
                price,
                state_cell(row["state"]),
            )
            for row, price in zip(rows, prices, strict=True)
        ),
    )
    say_rest(found, "orders")


def state_cell(state: object) -> Cell:
    """An order's state in words, coloured by what it means for the person who looks."""
    known = OrderState(str(state))
    if known is OrderState.NEW:
        return Cell("held by the engine")
    return Cell(known.lower().replace("_", " "), _STYLES.get(known, ""))


def _price(row: "Fields") -> Decimal | None:
    """The mean price of what has filled, or else the price that the order waits for."""
    for name in ("average_price", "stop_price", "limit_price"):
        if row[name] is not None:
            return figures.decimal(row[name])
    return None
