"""What is held and what was: each position with all that is known of it, out of the record.

Where an engine runs it is asked for prices; nothing else of this needs one.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from kedge.cli import forms, listing
from kedge.cli.forms import Item
from kedge.domain.ids import AccountId
from kedge.domain.instants import SECOND, Span
from kedge.domain.numbers import ZERO, plain, use_exact_arithmetic
from kedge.domain.orders import Order, Side
from kedge.domain.performance import in_risks, per_day, return_pct, reward_to_risk
from kedge.domain.positions import PositionState
from kedge.domain.signals import Direction
from kedge.engine.clock import system_clock
from kedge.wording import figures

if TYPE_CHECKING:
    from kedge.engine.view import PositionView, View
    from kedge.journal.reader import Fields, JournalReader
    from kedge.kernel.standing import Standing, WayOut

_NO_PURPOSE: "Fields" = {}
_PENDING = "entry-"  # so that a list can go on behind one, although it has no id


class Holdings:
    """The positions of a record, for one reading of it."""

    def __init__(
        self, reader: "JournalReader", account: AccountId | None = None, view: "View | None" = None
    ) -> None:
        use_exact_arithmetic()
        self._reader = reader
        self._orders: dict[tuple[str, str], list[Order]] = {}
        for order in reader.living_orders(account=account):
            self._orders.setdefault((order.request.account, order.request.instrument), []).append(order)
        self._multipliers = {
            str(row["symbol"]): figures.decimal(row["multiplier"]) for row in reader.symbols()
        }
        self._live: dict[str, PositionView] = (
            {} if view is None else {each.id: each for each in view.positions}
        )
        self._purposes: dict[str, Fields] = {}
        self._trades: dict[str, Fields] = {}
        self.now = system_clock() if view is None else view.at

    def pending(self, held: Sequence["Fields"]) -> "list[Fields]":
        """Rows for the entries that may still fill where nothing is open."""
        from kedge.kernel.standing import pending_entries

        pairs = [(str(row["account"]), str(row["instrument"])) for row in held]
        orders = [order for orders in self._orders.values() for order in orders]
        return [_row_of(order) for order in pending_entries(orders, pairs)]

    def those_of(
        self, rows: Sequence["Fields"], instrument: str | None, strategy: str | None
    ) -> "list[Fields]":
        """The rows of an instrument and of a strategy, as far as they are named."""
        if strategy is not None:
            self.know(rows)
        return [
            row
            for row in rows
            if instrument in (None, row["instrument"])
            and strategy in (None, self.purpose(row["entry_order"]).get("strategy"))
        ]

    def know(self, rows: Sequence["Fields"]) -> None:
        """Look up what these were entered for, and what closed ones were left for."""
        ended = [listing.instant(row["closed"]) for row in rows if row.get("closed")]
        first = min((at for at in ended if at is not None), default=None)
        if first is not None:
            trades = self._reader.trades(since=first)
            self._trades |= {str(trade["id"]): trade for trade in trades}
            rows = [*rows, *trades]
        ids = {str(row[name]) for row in rows for name in ("entry_order", "exit_order") if row.get(name)}
        self._purposes |= self._reader.purposes(sorted(ids - set(self._purposes)))

    def purpose(self, order: object) -> "Fields":
        """What an order was for."""
        return self._purposes.get(str(order), _NO_PURPOSE)

    def live(self, row: "Fields") -> "PositionView | None":
        """The same as the running engine values it."""
        return self._live.get(str(row["id"]))

    def standing(self, row: "Fields") -> "Standing":
        """What is under way with it, and where its ways out are."""
        from kedge.kernel.standing import standing_of

        orders = self._orders.get((str(row["account"]), str(row["instrument"])), [])
        return standing_of(figures.decimal(row["quantity"]) or ZERO, orders)

    def item(self, row: "Fields") -> Item:
        """One position as programs get it."""
        told = forms.item(row, forms.POSITION) | self._entered(row)
        if row["state"] == PositionState.CLOSED:
            return told | self._ended(row)
        if row["state"] == PositionState.PENDING_ENTRY:
            return told | {"id": None}
        return told | self._stands(row)

    def trade(self, row: "Fields") -> Item:
        """One completed round trip as programs get it."""
        return forms.item(row, forms.TRADE) | self._entered(row) | self._made(row)

    def entry_value(self, row: "Fields", quantity: str) -> Decimal | None:
        """What was entered, at the price that it was entered at."""
        multiplier = self._multipliers.get(str(row["instrument"]))
        size, price = figures.decimal(row[quantity]), figures.decimal(row["entry_price"])
        if multiplier is None or size is None or price is None:
            return None
        return abs(size) * price * multiplier

    def _entered(self, row: "Fields") -> Item:
        purpose = self.purpose(row["entry_order"])
        return {
            "strategy": purpose.get("strategy") or row.get("strategy"),
            "signal": purpose.get("signal"),
            "strength": purpose.get("strength"),
            "reason": purpose.get("reason"),
            "expected_price": purpose.get("expected_price"),
            **forms.item(purpose, ("metadata",)),
            "risk": row.get("risk"),
            "adds": row.get("adds") or 0,
        }

    def _ended(self, row: "Fields") -> Item:
        trade = self._trades.get(str(row["id"]))
        if trade is None:
            return {}
        names = ("exit_reason", "exit_order", "pnl", "r_multiple")
        return forms.item(trade, names) | self._made(trade)

    def _made(self, trade: "Fields") -> Item:
        """What came of it, beside what the sender of its exit thinks it made."""
        pnl = figures.decimal(trade["pnl"]) or ZERO
        opened, closed = listing.instant(trade["entry_time"]), listing.instant(trade["exit_time"])
        held = Span(0 if opened is None or closed is None else closed - opened)
        left_for = self.purpose(trade["exit_order"])
        if left_for.get("signal") == self.purpose(trade["entry_order"]).get("signal"):
            left_for = _NO_PURPOSE  # by its own stop or target
        claimed = figures.decimal(left_for.get("pnl"))
        return {
            "return_pct": _text(self._return(trade, pnl, "quantity")),
            "holding_seconds": _seconds(held),
            "pnl_per_day": _text(per_day(pnl, held)),
            "exit_signal": left_for.get("signal"),
            "signalled_pnl": _text(claimed),
            "pnl_difference": None if claimed is None else plain(pnl - claimed),
        }

    def _return(self, row: "Fields", result: Decimal, quantity: str) -> Decimal | None:
        value = self.entry_value(row, quantity)
        return None if value is None else return_pct(result, value)

    def _stands(self, row: "Fields") -> Item:
        standing, live = self.standing(row), self.live(row)
        opened = listing.instant(row["opened"])
        age = Span(max(self.now - (self.now if opened is None else opened), 0))
        entry, first = figures.decimal(row["entry_price"]) or ZERO, figures.decimal(row["stop"])
        told: Item = {
            "state": standing.state,
            "exiting": plain(standing.exiting),
            "stop_price": _text(standing.stop),
            "target_price": _text(standing.target),
            "stops": [_way(way) for way in standing.stops],
            "targets": [_way(way) for way in standing.targets],
            "reward_risk": _text(
                reward_to_risk(entry, first, [(way.price, way.quantity) for way in standing.targets])
            ),
            "protection": {
                "covered_by": standing.covered_by,
                "venue": plain(standing.at_venue),
                "engine": plain(standing.in_engine),
                "uncovered": plain(standing.uncovered),
            },
            "disaster_stop": None if standing.disaster is None else _way(standing.disaster),
            "age_seconds": _seconds(age),
        }
        return told | self._worth(row, live, age)

    def _worth(self, row: "Fields", live: "PositionView | None", age: Span) -> Item:
        """With the price of now; null where nobody knows it."""
        result = self.result(row)
        return {
            "price": None if live is None else _text(live.price),
            "unrealised": None if live is None else _text(live.unrealised),
            "result": _text(result),
            "return_pct": None if result is None else _text(self._return(row, result, "entered")),
            "r_now": None if result is None else _text(in_risks(result, figures.decimal(row.get("risk")))),
            "pnl_per_day": None if result is None else _text(per_day(result, age)),
        }

    def result(self, row: "Fields") -> Decimal | None:
        """What it has made by now: what was closed of it, what is open at the price of now, less its fees."""
        live = self.live(row)
        if live is None or live.unrealised is None:
            return None
        realised, fees = figures.decimal(row["realised"]) or ZERO, figures.decimal(row["fees"]) or ZERO
        return realised + live.unrealised - fees


def beside(fields: "Fields") -> str:
    """What the sender of a signal has put beside it."""
    metadata = forms.item(fields, ("metadata",))["metadata"]
    return (
        ", ".join(f"{name} {value}" for name, value in metadata.items()) if isinstance(metadata, dict) else ""
    )


def claimed(item: Item) -> str:
    """What the sender of the exit says that the trade has made, beside what it did."""
    said, difference = figures.decimal(item.get("signalled_pnl")), figures.decimal(item.get("pnl_difference"))
    if said is None or difference is None:
        return ""
    if not difference:
        return f"{figures.gain(said)}, as the record does"
    more = "more" if difference > ZERO else "less"
    return f"{figures.gain(said)}; the record says {figures.money(abs(difference))} {more}"


def _row_of(entry: Order) -> "Fields":
    """A position that is not there yet, in the columns of those that are."""
    row: Fields = dict.fromkeys(forms.POSITION)
    return row | {
        "id": f"{_PENDING}{entry.id}",
        "account": entry.request.account,
        "instrument": entry.request.instrument,
        "state": PositionState.PENDING_ENTRY,
        "direction": Direction.LONG if entry.request.side is Side.BUY else Direction.SHORT,
        "quantity": plain(entry.leaves * entry.request.side.sign),
        "opened": entry.created,
        "entry_order": entry.id,
        "updated": entry.updated,
    }


def _way(way: "WayOut") -> Item:
    return {"price": plain(way.price), "quantity": plain(way.quantity), "held_by": way.holder}


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _seconds(span: Span) -> float:
    return round(span / SECOND, 3)
