"""`kedge portfolio`: what all positions of each account come to, and those of all accounts of a currency."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from kedge.cli import output
from kedge.cli.forms import Item
from kedge.cli.held import Holdings
from kedge.cli.live import seen
from kedge.cli.options import DEFAULT_DATA_DIR, Account, AsJson, DataDir, examples
from kedge.cli.output import Column
from kedge.cli.record import account_of, reading
from kedge.domain.numbers import ZERO, added, money, plain
from kedge.wording import figures
from kedge.wording.text import Cell

if TYPE_CHECKING:
    from kedge.journal.reader import Fields

EXAMPLES = examples("kedge portfolio", "kedge portfolio --account alpha", "kedge portfolio --json")


class Share(msgspec.Struct):
    """What a number of positions come to; what needs prices is None while one of them has none."""

    positions: int = 0
    pending: int = 0
    cost: Decimal = ZERO
    value: Decimal | None = ZERO
    unrealised: Decimal | None = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    winning: int = 0
    losing: int = 0
    wins: int = 0
    losses: int = 0

    @property
    def average_size(self) -> Decimal | None:
        """What a position has cost, in the mean."""
        return money(self.cost / self.positions) if self.positions else None

    @property
    def result(self) -> Decimal | None:
        """All that was made, open and closed, after fees."""
        return None if self.unrealised is None else self.realised + self.unrealised - self.fees

    def take(self, cost: Decimal, unrealised: Decimal | None, *, long: bool) -> None:
        """Count a position in."""
        self.positions += 1
        self.cost += cost
        worth = None if unrealised is None else cost + unrealised if long else cost - unrealised
        self.value = added(self.value, worth)
        self.unrealised = added(self.unrealised, unrealised)
        self.winning += unrealised is not None and unrealised > 0
        self.losing += unrealised is not None and unrealised < 0

    def join(self, other: "Share") -> None:
        """Count all of another account in."""
        self.value = added(self.value, other.value)
        self.unrealised = added(self.unrealised, other.unrealised)
        for name in (
            "positions",
            "pending",
            "cost",
            "realised",
            "fees",
            "winning",
            "losing",
            "wins",
            "losses",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def item(self) -> Item:
        """As programs get it."""
        return {
            "positions": self.positions,
            "pending": self.pending,
            "cost": plain(self.cost),
            "value": _text(self.value),
            "average_size": _text(self.average_size),
            "unrealised": _text(self.unrealised),
            "realised": plain(self.realised),
            "fees": plain(self.fees),
            "result": _text(self.result),
            "winning": self.winning,
            "losing": self.losing,
            "wins": self.wins,
            "losses": self.losses,
        }


def portfolio(account: Account = None, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Sum the positions up, by account and by currency.

    It comes out of the record, so no engine is needed; a running one adds what positions are worth now. Winning and
    losing are open positions, won and lost are closed ones.
    """
    with reading(data_dir) as reader:
        view = seen(data_dir)
        whose = account_of(reader, account)
        accounts = reader.accounts(account=whose)
        rows = reader.positions(account=whose)
        held = Holdings(reader, whose, view)
        pending = held.pending(rows)
        shares = [(each, _share(each, rows, pending, held)) for each in accounts]
    totals: dict[str, Share] = {}
    for each, share in shares:
        totals.setdefault(str(each["currency"]), Share()).join(share)
    if as_json:
        output.emit(
            {
                "items": [
                    {"account": each["id"], "currency": each["currency"]} | share.item()
                    for each, share in shares
                ],
                "totals": [{"currency": currency} | share.item() for currency, share in totals.items()],
                "next": None,
            }
        )
    elif not shares:
        output.say("No accounts.")
    else:
        _show(shares, totals, priced=view is not None)


def _share(account: "Fields", rows: "Sequence[Fields]", pending: "Sequence[Fields]", held: Holdings) -> Share:
    share = Share(
        pending=sum(row["account"] == account["id"] for row in pending),
        realised=figures.decimal(account["realised"]) or ZERO,
        fees=figures.decimal(account["fees"]) or ZERO,
        wins=int(account["wins"] or 0),
        losses=int(account["losses"] or 0),
    )
    for row in rows:
        if row["account"] == account["id"]:
            live = held.live(row)
            cost = figures.decimal(row["cost"]) or ZERO
            share.take(cost, None if live is None else live.unrealised, long=row["direction"] == "LONG")
    return share


def _show(shares: "Sequence[tuple[Fields, Share]]", totals: dict[str, Share], *, priced: bool) -> None:
    worth = (Column("Value", right=True), Column("Unrealised", right=True)) if priced else ()
    columns = (
        Column("Account"),
        Column("Positions", right=True),
        Column("Cost", right=True),
        Column("Average", right=True),
        *worth,
        Column("Winning", right=True),
        Column("Realised", right=True),
        Column("Fees", right=True),
        Column("Won/lost", right=True),
    )
    rows = [(str(each["id"]), share) for each, share in shares]
    if len(shares) > 1:
        rows += [(f"all {currency}", share) for currency, share in totals.items()]
    output.show_table(columns, (_row(name, share, priced=priced) for name, share in rows))


def _row(name: str, share: Share, *, priced: bool) -> tuple[str | Cell, ...]:
    pending = f" + {share.pending} pending" if share.pending else ""
    average = share.average_size
    values = (
        "" if share.value is None else figures.money(share.value),
        "" if share.unrealised is None else figures.gain_cell(share.unrealised),
    )
    return (
        name,
        f"{share.positions}{pending}",
        figures.money(share.cost),
        "" if average is None else figures.money(average),
        *(values if priced else ()),
        f"{share.winning}/{share.losing}" if priced else "",
        figures.gain_cell(share.realised),
        figures.money(share.fees),
        f"{share.wins}/{share.losses}",
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
