"""`kedge positions`: what is open, and where its way out lies."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from kedge.cli import forms, listing, output
from kedge.cli.commands.orders import OPEN_STATES
from kedge.cli.forms import Item
from kedge.cli.listing import SHOWN_TO_PEOPLE, Page, page, say_rest
from kedge.cli.options import DEFAULT_DATA_DIR, Account, After, AsJson, DataDir, Limit, Since, examples
from kedge.cli.output import Column
from kedge.cli.record import account_of, reading
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import plain
from kedge.domain.orders import Role
from kedge.engine.clock import system_clock
from kedge.wording import figures
from kedge.wording.text import Cell
from kedge.wording.times import Calendar

if TYPE_CHECKING:
    from kedge.engine.view import PositionView
    from kedge.journal.reader import Fields, JournalReader

_STANDING = (OrderState.NEW, OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED, OrderState.PENDING_REPLACE)
EXAMPLES = examples("kedge positions", "kedge positions --account alpha", "kedge positions --since 3d --json")


def positions(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account: Account = None,
    since: Since = None,
    limit: Limit = None,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List open positions with their stops and targets.

    With --since also closed ones, if they were opened since.
    """
    with reading(data_dir) as reader:
        whose = account_of(reader, account)
        rows = reader.positions(account=whose, states=("OPEN",))
        if since is not None:
            closed = reader.positions(account=whose, since=since, states=("CLOSED",))
            rows += closed
        found = page(rows, "opened", limit=limit if as_json else limit or SHOWN_TO_PEOPLE, after=after)
        exits = Exits(reader.orders(account=whose, states=OPEN_STATES))
    if as_json:
        output.emit({"items": [exits.item(row) for row in found.rows], "next": found.following})
    elif not found.rows:
        output.say("No open positions." if since is None else "No positions.")
    else:
        show_positions(found, exits)


class Exits:
    """The working stops and targets, found by the entry that they belong to."""

    def __init__(self, orders: "Sequence[Fields]") -> None:
        self._orders = [order for order in orders if order["role"] in (Role.STOP, Role.TARGET)]

    @classmethod
    def of(cls, reader: "JournalReader") -> "Exits":
        """Those of all accounts."""
        return cls(reader.orders(states=OPEN_STATES))

    def holder(self, position: "Fields") -> str:
        """Who holds its stop now: the venue, the engine, or both; empty where nobody does."""
        found = dict.fromkeys(
            "engine" if order["state"] == OrderState.NEW else "venue"
            for order in self._of(position, Role.STOP)
            if order["state"] in _STANDING
        )
        return " and ".join(sorted(found, reverse=True))

    def _of(self, position: "Fields", role: Role) -> "list[Fields]":
        own = (
            each
            for each in self._orders
            if each["parent"] == position["entry_order"] and each["role"] == role
        )
        # One that is being withdrawn, or that the venue has not answered for, says nothing while another stands.
        return sorted(own, key=lambda order: order["state"] not in _STANDING)

    def level(self, position: "Fields", role: Role) -> Decimal | None:
        """Where the position's stop or target lies now."""
        name = "stop_price" if role is Role.STOP else "limit_price"
        return next((figures.decimal(order[name]) for order in self._of(position, role)), None)

    def item(self, position: "Fields") -> Item:
        """A position with the levels of its exits, as programs get it."""
        stop, target = self.level(position, Role.STOP), self.level(position, Role.TARGET)
        levels: Item = {
            "stop_price": None if stop is None else plain(stop),
            "target_price": None if target is None else plain(target),
            "stop_held_by": self.holder(position) or None,
        }
        return forms.item(position, forms.POSITION) | levels


def show_positions(found: Page, exits: Exits, valued: "Mapping[str, PositionView] | None" = None) -> None:
    """The table that people get; where an engine has valued them, with what they are worth."""
    rows = found.rows
    live = [None if valued is None else valued.get(str(row["id"])) for row in rows]
    prices = figures.prices((None if each is None else each.price for each in live), absent="")
    calendar = Calendar([listing.instant(row["opened"]) for row in rows], system_clock())
    entries = figures.prices(figures.decimal(row["entry_price"]) for row in rows)
    stops = figures.prices(exits.level(row, Role.STOP) for row in rows)
    targets = figures.prices(exits.level(row, Role.TARGET) for row in rows)
    columns = (
        Column(f"Opened {calendar.zone}"),
        Column("Account"),
        Column("Symbol"),
        Column("Side"),
        Column.over("Entry", entries),
        Column.over("Stop", stops),
        Column("Holder"),
        Column.over("Target", targets),
        *(() if valued is None else (Column.over("Price", prices), Column("Unrealised", right=True))),
        Column("State"),
    )
    output.show_table(
        columns,
        (
            (
                calendar.show(listing.instant(row["opened"])),
                str(row["account"]),
                str(row["instrument"]),
                f"{row['direction']} {figures.shown_quantity(row[_size(row)])}",
                entry,
                stop if stop.strip() or row["state"] != "OPEN" else Cell("none", "bold red"),
                exits.holder(row) if row["state"] == "OPEN" else "",
                target,
                *(() if valued is None else (price, _unrealised(now))),
                str(row["state"]).lower(),
            )
            for row, entry, stop, target, price, now in zip(
                rows, entries, stops, targets, prices, live, strict=True
            )
        ),
    )
    say_rest(found, "positions")


def _unrealised(now: "PositionView | None") -> Cell:
    return Cell("") if now is None or now.unrealised is None else figures.gain_cell(now.unrealised)


def _size(position: "Fields") -> str:
    """Which column tells its size: what is open, or what once was."""
    return "quantity" if position["state"] == "OPEN" else "entered"
