"""`kedge trades`: completed round trips."""

from kedge.cli import listing, output
from kedge.cli.held import Holdings
from kedge.cli.listing import SHOWN_TO_PEOPLE, Page, page, say_rest
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
from kedge.cli.record import account_of, reading
from kedge.domain.numbers import ZERO
from kedge.engine.clock import system_clock
from kedge.wording import figures
from kedge.wording.times import Calendar

EXAMPLES = examples(
    "kedge trades", "kedge trades --since today --account alpha", "kedge trades --json --limit 100"
)


def trades(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account: Account = None,
    instrument: InstrumentOnly = None,
    strategy: StrategyOnly = None,
    since: Since = None,
    limit: Limit = None,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List completed round trips, the newest first.

    P&L is after all fees; R is the same in units of what was at risk at the entry.
    """
    with reading(data_dir) as reader:
        whose = account_of(reader, account)
        held = Holdings(reader, whose)
        rows = held.those_of(reader.trades(account=whose, since=since), instrument, strategy)
        found = page(rows, "exit_time", limit=limit if as_json else limit or SHOWN_TO_PEOPLE, after=after)
        held.know(found.rows)
        items = [held.trade(row) for row in found.rows]
    if as_json:
        output.emit({"items": items, "next": found.following})
    elif not found.rows:
        output.say("No trades.")
    else:
        _show(found)


def _show(found: Page) -> None:
    rows = found.rows
    calendar = Calendar([listing.instant(row["exit_time"]) for row in rows], system_clock())
    entries = figures.prices(figures.decimal(row["entry_price"]) for row in rows)
    exits = figures.prices(figures.decimal(row["exit_price"]) for row in rows)
    columns = (
        Column(f"Time {calendar.zone}"),
        Column("Account"),
        Column("Symbol"),
        Column("Side"),
        Column.over("Entry", entries),
        Column.over("Exit", exits),
        Column("By"),
        Column("P&L", right=True),
        Column("R", right=True),
    )
    output.show_table(
        columns,
        (
            (
                calendar.show(listing.instant(row["exit_time"])),
                str(row["account"]),
                str(row["instrument"]),
                f"{row['direction']} {figures.shown_quantity(row['quantity'])}",
                entry,
                exit_,
                str(row["exit_reason"]),
                figures.gain_cell(figures.decimal(row["pnl"]) or ZERO),
                figures.shown_multiple(row["r_multiple"]),
            )
            for row, entry, exit_ in zip(rows, entries, exits, strict=True)
        ),
    )
    say_rest(found, "trades")
