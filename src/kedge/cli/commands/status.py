"""`kedge status`: what is there now, out of the record."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kedge.cli import figures, forms, listing, output
from kedge.cli.commands.orders import OPEN_STATES
from kedge.cli.commands.positions import Exits, show_positions
from kedge.cli.listing import page
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, examples
from kedge.cli.output import Cell, Column
from kedge.cli.record import holder_of, last_event, reading
from kedge.cli.times import show_moment, show_span
from kedge.domain.accounts import TradingState
from kedge.domain.instants import Instant, show_instant
from kedge.domain.numbers import ZERO
from kedge.engine.clock import system_clock

if TYPE_CHECKING:
    from kedge.journal.reader import Fields

EXAMPLES = examples("kedge status", "kedge status --json", "kedge status --data-dir /srv/kedge")
_STYLES = {TradingState.ACTIVE: "green", TradingState.REDUCING: "yellow", TradingState.HALTED: "bold red"}


def status(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Show accounts, open positions, and whether an engine runs.

    All of it comes out of the record: no engine is needed.
    """
    with reading(data_dir) as reader:
        accounts, positions = reader.accounts(), reader.positions()
        orders, runs, head = reader.orders(states=OPEN_STATES), reader.runs(), reader.head
        exits, last, journal_id = Exits(orders), last_event(reader), reader.journal_id
    pid = holder_of(data_dir)
    trading = _trading(accounts)
    if as_json:
        output.emit(
            {
                "data_dir": str(data_dir),
                "journal": journal_id,
                "events": head.seq,
                "last_event": None if last is None else show_instant(last),
                "engine": {"running": pid is not None, "pid": pid or None},
                "last_start": forms.item(runs[-1], forms.RUN) if runs else None,
                "trading": trading,
                "accounts": [_account(account, positions, orders) for account in accounts],
                "positions": [exits.item(position) for position in positions],
            }
        )
        return
    output.show_pairs(
        (
            ("Data", f"{data_dir}, journal {journal_id}"),
            ("Record", f"{head.seq:,} events" + ("" if last is None else f", the last {_ago(last)}")),
            ("Engine", _engine(pid, runs)),
            ("Trading", Cell(trading, _STYLES[trading])),
        )
    )
    if accounts:
        output.say()
        _show_accounts(accounts, positions, orders)
    if positions:
        output.say()
        show_positions(page(positions, "opened", limit=None, after=None), exits)


def _trading(accounts: "Sequence[Fields]") -> TradingState:
    """The state of trading for all; each account can be held back further by its own."""
    states = [account["book_state"] for account in accounts]
    return TradingState(str(states[0])) if states else TradingState.ACTIVE


def _account(account: "Fields", positions: "Sequence[Fields]", orders: "Sequence[Fields]") -> forms.Item:
    counts: forms.Item = {
        "open_positions": sum(position["account"] == account["id"] for position in positions),
        "open_orders": sum(order["account"] == account["id"] for order in orders),
    }
    return forms.item(account, forms.ACCOUNT) | counts


def _show_accounts(
    accounts: "Sequence[Fields]", positions: "Sequence[Fields]", orders: "Sequence[Fields]"
) -> None:
    columns = (
        Column("Account"),
        Column("State"),
        Column("Cash", right=True),
        Column("Realised", right=True),
        Column("Fees", right=True),
        Column("Won/lost", right=True),
        Column("Positions", right=True),
        Column("Orders", right=True),
    )
    rows = []
    for account in accounts:
        item = _account(account, positions, orders)
        rows.append(
            (
                str(account["id"]),
                Cell(str(account["state"]), _STYLES[TradingState(str(account["state"]))]),
                figures.money(figures.decimal(account["cash"]) or ZERO),
                figures.gain_cell(figures.decimal(account["realised"]) or ZERO),
                figures.money(figures.decimal(account["fees"]) or ZERO),
                f"{account['wins']}/{account['losses']}",
                str(item["open_positions"]),
                str(item["open_orders"]),
            )
        )
    output.show_table(columns, rows)


def _engine(pid: int | None, runs: "Sequence[Fields]") -> Cell:
    started = listing.instant(runs[-1]["at"]) if runs else None
    if pid is None:
        return Cell(
            "not running" + (f", last started {_ago(started)}" if started is not None else ""), "yellow"
        )
    who = f"running, process {pid}" if pid else "running"
    return Cell(who + (f", started {_ago(started)}" if started is not None else ""), "green")


def _ago(at: Instant) -> str:
    span = system_clock() - at
    return f"{show_moment(at)} ({show_span(span)} ago)" if span >= 0 else show_moment(at)
