"""`kedge positions`: what is held, what is about to be, and what was."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import listing, output
from kedge.cli.completion import offer_positions
from kedge.cli.dust import dust_items, show_dust
from kedge.cli.forms import Item
from kedge.cli.held import Holdings
from kedge.cli.listing import SHOWN_TO_PEOPLE, Page, page, say_rest
from kedge.cli.live import seen
from kedge.cli.options import (
    DEFAULT_DATA_DIR,
    Account,
    After,
    AsJson,
    DataDir,
    InstrumentOnly,
    Limit,
    Since,
    StrategyOnly,
    examples,
)
from kedge.cli.output import Column
from kedge.cli.position import percent, show_position, size_column, span, state_cell
from kedge.cli.record import account_of, id_of, reading
from kedge.cli.unallocated import show_unallocated, unallocated_items
from kedge.domain.ids import AccountId
from kedge.domain.numbers import ZERO
from kedge.domain.positions import PositionState
from kedge.engine.clock import system_clock
from kedge.wording import figures
from kedge.wording.text import Cell
from kedge.wording.times import Calendar

if TYPE_CHECKING:
    from kedge.journal.reader import Fields, JournalReader

EXAMPLES = examples(
    "kedge positions",
    "kedge positions POSITION",
    "kedge positions --closed --since today --account alpha",
    "kedge positions --json",
)


def positions(
    position: Annotated[
        str | None,
        typer.Argument(
            metavar="POSITION",
            help="All about this one: its id, or the end of it.",
            autocompletion=offer_positions,
        ),
    ] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Those that are closed, instead.")] = False,
    account: Account = None,
    instrument: InstrumentOnly = None,
    strategy: StrategyOnly = None,
    since: Since = None,
    limit: Limit = None,
    after: After = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """List positions with their stops and targets.

    Entries that may still open one are among them. With --since also closed ones, if they were opened since. It
    comes out of the record, so no engine is needed; a running one adds prices, open results and R.
    """
    with reading(data_dir) as reader:
        view = seen(data_dir)
        whose = account_of(reader, account)
        held = Holdings(reader, whose, view)
        if position is not None:
            _tell_one(reader, held, position, as_json=as_json)
            return
        open_ = [] if closed else reader.positions(account=whose)
        rows = open_ if closed else held.pending(open_) + open_
        if closed or since is not None:
            rows = rows + reader.positions(account=whose, since=since, states=(PositionState.CLOSED,))
        rows = held.those_of(rows, instrument, strategy)
        found = page(rows, "opened", limit=limit if as_json else limit or SHOWN_TO_PEOPLE, after=after)
        held.know(found.rows)
        items = [held.item(row) for row in found.rows]
        loose = _unallocated(reader, whose)
        dust = [row for row in reader.dust(account=whose) if instrument in (None, row["instrument"])]
    if as_json:
        output.emit(
            {
                "items": items,
                "next": found.following,
                "unallocated": unallocated_items(loose),
                "dust": dust_items(dust),
            }
        )
        return
    if not found.rows:
        output.say("No closed positions." if closed else "No positions." if since else "No open positions.")
    elif closed:
        _show_closed(found, items)
    else:
        show_positions(found, items, priced=view is not None)
    show_dust(dust)
    show_unallocated(loose)


def _unallocated(reader: "JournalReader", account: str | None) -> "list[Fields]":
    """All of it, or what lies in the venue account of one account."""
    rows = reader.unallocated()
    if account is None:
        return rows
    there = [(each["venue"], each["venue_account"]) for each in reader.accounts(account=AccountId(account))]
    return [row for row in rows if (row["venue"], row["account"]) in there]


def show_positions(found: Page, items: Sequence[Item], *, priced: bool) -> None:
    """The table that people get; where an engine has valued them, with what they are worth."""
    rows = found.rows
    calendar = Calendar([listing.instant(row["opened"]) for row in rows], system_clock())
    levels = {
        name: figures.prices(figures.decimal(item.get(name)) for item in items)
        for name in ("entry_price", "stop_price", "target_price", "price")
    }
    columns = (
        Column(f"Opened {calendar.zone}"),
        Column("Account"),
        Column("Symbol"),
        Column("Side"),
        Column.over("Entry", levels["entry_price"]),
        Column.over("Stop", levels["stop_price"]),
        Column.over("Target", levels["target_price"]),
        *(_WORTH if priced else ()),
        Column("State"),
    )
    output.show_table(
        columns,
        (
            (
                calendar.show(listing.instant(row["opened"])),
                str(row["account"]),
                str(row["instrument"]),
                f"{row['direction']} {figures.shown_quantity(row[size_column(row)])}",
                levels["entry_price"][place],
                _stop_cell(item, levels["stop_price"][place]),
                levels["target_price"][place],
                *(_worth(item, levels["price"][place]) if priced else ()),
                _state_cell(item),
            )
            for place, (row, item) in enumerate(zip(rows, items, strict=True))
        ),
    )
    say_rest(found, "positions")


_WORTH = (
    Column("Price", right=True),
    Column("Unrealised", right=True),
    Column("Return", right=True),
    Column("R", right=True),
    Column("Age", right=True),
)


def _worth(item: Item, price: str) -> tuple[str | Cell, ...]:
    unrealised = figures.decimal(item.get("unrealised"))
    age = item.get("age_seconds")
    return (
        price,
        Cell("") if unrealised is None else figures.gain_cell(unrealised),
        percent(item.get("return_pct")),
        figures.shown_multiple(item.get("r_now")),
        span(age),
    )


def _stop_cell(item: Item, stop: str) -> str | Cell:
    """The stop; that there is none, or none for a part, has to be seen."""
    protection = item.get("protection")
    if not isinstance(protection, dict):
        return stop
    if not stop.strip():
        return Cell("none", "bold red")
    return Cell(stop, "bold red") if figures.decimal(protection["uncovered"]) else stop


def _state_cell(item: Item) -> Cell:
    """How far it is, and what rests at the venue beside the stop that the engine holds."""
    state, wider = state_cell(item), item.get("disaster_stop")
    if not isinstance(wider, dict):
        return state
    return Cell(
        f"{state.text}, disaster stop at {figures.price(figures.decimal(wider['price']) or ZERO)}",
        state.style,
    )


def _show_closed(found: Page, items: Sequence[Item]) -> None:
    calendar = Calendar([listing.instant(row["closed"]) for row in found.rows], system_clock())
    entries = figures.prices(figures.decimal(item["entry_price"]) for item in items)
    exits = figures.prices(figures.decimal(item["exit_price"]) for item in items)
    output.show_table(
        (
            Column(f"Closed {calendar.zone}"),
            Column("Account"),
            Column("Symbol"),
            Column("Side"),
            Column.over("Entry", entries),
            Column.over("Exit", exits),
            Column("By"),
            Column("P&L", right=True),
            Column("Return", right=True),
            Column("R", right=True),
            Column("Held", right=True),
        ),
        (
            (
                calendar.show(listing.instant(row["closed"])),
                str(row["account"]),
                str(row["instrument"]),
                f"{row['direction']} {figures.shown_quantity(row['entered'])}",
                entry,
                exit_,
                str(item.get("exit_reason") or ""),
                figures.gain_cell(figures.decimal(item.get("pnl")) or ZERO),
                percent(item.get("return_pct")),
                figures.shown_multiple(item.get("r_multiple")),
                span(item.get("holding_seconds")),
            )
            for row, item, entry, exit_ in zip(found.rows, items, entries, exits, strict=True)
        ),
    )
    say_rest(found, "closed positions")


def _tell_one(reader: "JournalReader", held: Holdings, name: str, *, as_json: bool) -> None:
    rows = reader.positions(states=(PositionState.OPEN, PositionState.CLOSED))
    id_ = id_of("position", name, [str(row["id"]) for row in rows])
    row = next(row for row in rows if row["id"] == id_)
    held.know([row])
    item = held.item(row)
    if as_json:
        output.emit(item)
    else:
        show_position(held, row, item)
