"""`kedge status`: what is there now, out of the record, with prices where an engine runs."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from kedge.cli import forms, listing, output
from kedge.cli.commands.orders import OPEN_STATES
from kedge.cli.commands.positions import show_positions
from kedge.cli.held import Holdings
from kedge.cli.held_back import held_back_in, held_back_item, held_back_pairs
from kedge.cli.kill_outcome import kill_cell, report_item
from kedge.cli.listing import page
from kedge.cli.live import seen
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, examples
from kedge.cli.output import Column
from kedge.cli.record import holder_of, last_event, reading
from kedge.cli.unallocated import show_unallocated, unallocated_items
from kedge.domain.accounts import TradingState
from kedge.domain.instants import NEVER, Instant, show_instant
from kedge.domain.numbers import ZERO, plain
from kedge.engine.clock import system_clock
from kedge.wording import figures
from kedge.wording.markets import market_status
from kedge.wording.text import Cell
from kedge.wording.times import show_moment, show_span

if TYPE_CHECKING:
    from kedge.engine.view import MarketView, QuoteView, View
    from kedge.journal.reader import Fields

EXAMPLES = examples("kedge status", "kedge status --json", "kedge status --data-dir /srv/kedge")
STYLES = {TradingState.ACTIVE: "green", TradingState.REDUCING: "yellow", TradingState.HALTED: "bold red"}


def status(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Show accounts, open positions, and whether an engine runs.

    It comes out of the record, so no engine is needed. A running one adds prices, equity and open results.
    """
    with reading(data_dir) as reader:
        pid, view = holder_of(data_dir), seen(data_dir)
        accounts, positions = reader.accounts(), reader.positions()
        orders, runs, head = reader.orders(states=OPEN_STATES), reader.runs(), reader.head
        last, journal_id = last_event(reader), reader.journal_id
        found = page(positions, "opened", limit=None, after=None)
        held = Holdings(reader, view=view)
        held.know(positions)
        items = [held.item(position) for position in found.rows]
        loose = reader.unallocated()
        now = system_clock() if view is None else view.at
        back = held_back_in(reader, now) if view is None else view.held_back
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
                "kills": [] if view is None else [report_item(report) for report in view.kills],
                "accounts": [account_item(account, positions, orders, view) for account in accounts],
                "positions": items,
                "unallocated": unallocated_items(loose),
                "quotes": [] if view is None else [_quote(quote) for quote in view.quotes],
                "markets": [] if view is None else [_market(market) for market in view.markets],
                "signals_waiting": None if view is None else view.waiting,
                **held_back_item(back),
            }
        )
        return
    output.show_pairs(
        (
            ("Data", f"{data_dir}, journal {journal_id}"),
            ("Record", f"{head.seq:,} events" + ("" if last is None else f", the last {_ago(last)}")),
            ("Engine", _engine(pid, runs)),
            ("Trading", Cell(trading, STYLES[trading])),
            *(() if view is None else (("Kill switch", kill_cell(report)) for report in view.kills)),
            ("Prices", "" if view is None else ", ".join(_prices(view))),
            ("Markets", "" if view is None else "; ".join(_markets(view))),
            ("Waiting", "" if view is None or not view.waiting else _waiting(view.waiting)),
            *held_back_pairs(back, now),
            ("Halted", "" if view is None else Cell(", ".join(_halts(view)), "bold red")),
            ("Refused data", "" if view is None else Cell(", ".join(_refused(view)), "yellow")),
        )
    )
    if accounts:
        output.say()
        show_accounts(accounts, positions, orders, view)
    if positions:
        output.say()
        show_positions(found, items, priced=view is not None)
    show_unallocated(loose)


def _trading(accounts: "Sequence[Fields]") -> TradingState:
    """The state of trading for all; each account can be held back further by its own."""
    states = [account["book_state"] for account in accounts]
    return TradingState(str(states[0])) if states else TradingState.ACTIVE


def account_item(
    account: "Fields", positions: "Sequence[Fields]", orders: "Sequence[Fields]", view: "View | None"
) -> forms.Item:
    """One account as programs get it; equity and open result are null where no engine knows prices."""
    live = None if view is None else next((each for each in view.accounts if each.id == account["id"]), None)
    more: forms.Item = {
        "open_positions": sum(position["account"] == account["id"] for position in positions),
        "open_orders": sum(order["account"] == account["id"] for order in orders),
        "equity": None if live is None else _text(live.equity),
        "unrealised": None if live is None else _text(live.unrealised),
    }
    return forms.item(account, forms.ACCOUNT) | more


def show_accounts(
    accounts: "Sequence[Fields]",
    positions: "Sequence[Fields]",
    orders: "Sequence[Fields]",
    view: "View | None",
) -> None:
    """The table that people get."""
    worth = () if view is None else (Column("Equity", right=True), Column("Unrealised", right=True))
    there = _venue_accounts(accounts)
    columns = (
        Column("Account"),
        *(Column(title) for title in there),
        Column("State"),
        Column("Cash", right=True),
        *worth,
        Column("Realised", right=True),
        Column("Fees", right=True),
        Column("Won/lost", right=True),
        Column("Positions", right=True),
        Column("Orders", right=True),
    )
    rows = []
    for account in accounts:
        item = account_item(account, positions, orders, view)
        equity, unrealised = figures.decimal(item["equity"]), figures.decimal(item["unrealised"])
        values = (
            "" if equity is None else figures.money(equity),
            "" if unrealised is None else figures.gain_cell(unrealised),
        )
        rows.append(
            (
                str(account["id"]),
                *(str(account[name] or "") for name in there.values()),
                Cell(str(account["state"]), STYLES[TradingState(str(account["state"]))]),
                figures.money(figures.decimal(account["cash"]) or ZERO),
                *(() if view is None else values),
                figures.gain_cell(figures.decimal(account["realised"]) or ZERO),
                figures.money(figures.decimal(account["fees"]) or ZERO),
                f"{account['wins']}/{account['losses']}",
                str(item["open_positions"]),
                str(item["open_orders"]),
            )
        )
    output.show_table(columns, rows)


def _venue_accounts(accounts: "Sequence[Fields]") -> dict[str, str]:
    """The columns, by title, that say where accounts are held and whose they are; only where there is that to tell."""
    titles = {}
    if any(account["venue_account"] != account["id"] for account in accounts):
        titles["Venue account"] = "venue_account"
    if any(account["owner"] for account in accounts):
        titles["Owner"] = "owner"
    return titles


def _quote(quote: "QuoteView") -> forms.Item:
    return {
        "instrument": quote.instrument,
        "bid": _text(quote.bid),
        "ask": _text(quote.ask),
        "halted": quote.halted or None,
        "refused": quote.refused,
    }


def _market(market: "MarketView") -> forms.Item:
    hours = market.hours
    return {
        "market": market.name,
        "phase": hours.phase,
        "until": _moment(hours.until),
        "next_open": _moment(hours.next_open),
        "close": None if hours.close is None else _moment(hours.close),
    }


def _moment(at: Instant) -> str | None:
    return None if at == NEVER else show_instant(at)


def _markets(view: "View") -> list[str]:
    return [market_status(market.name, market.hours, view.at) for market in view.markets]


def _waiting(count: int) -> str:
    return f"{count} signal{'' if count == 1 else 's'} for an open (`kedge signals` lists them)"


def _halts(view: "View") -> list[str]:
    return [f"{quote.instrument} ({quote.halted})" for quote in view.quotes if quote.halted]


def _refused(view: "View") -> list[str]:
    return [
        f"{quote.instrument} {', '.join(f'{count} {fault}' for fault, count in quote.refused.items())}"
        for quote in view.quotes
        if quote.refused
    ]


def _prices(view: "View") -> "list[str]":
    return [
        f"{quote.instrument} {figures.price(quote.bid)} / {figures.price(quote.ask)}"
        for quote in view.quotes
        if quote.bid is not None and quote.ask is not None
    ]


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


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
