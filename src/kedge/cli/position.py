"""One position with all that is known of it, as people get it; and how its figures are written in lists too."""

from typing import TYPE_CHECKING

from kedge.cli import listing, output
from kedge.cli.forms import Item
from kedge.cli.held import Holdings, beside, claimed
from kedge.domain.instants import SECOND, Span
from kedge.domain.positions import PositionState
from kedge.wording import figures
from kedge.wording.text import Cell
from kedge.wording.times import show_moment, show_span

if TYPE_CHECKING:
    from kedge.journal.reader import Fields

_STYLES = {PositionState.PENDING_ENTRY: "cyan", PositionState.PENDING_EXIT: "yellow"}


def show_position(held: Holdings, row: "Fields", item: Item) -> None:
    """All about one."""
    opened, closed = listing.instant(row["opened"]), listing.instant(row["closed"])
    output.show_pairs(
        (
            ("Position", Cell(str(row["id"]), "bold")),
            (
                "What",
                f"{row['direction']} {figures.shown_quantity(row[size_column(row)])} {row['instrument']}",
            ),
            ("Account", str(row["account"])),
            ("State", state_cell(item)),
            ("Strategy", str(item["strategy"] or "")),
            ("Signal", _signal(item)),
            ("Why", str(item["reason"] or "")),
            ("Beside it", beside(held.purpose(row["entry_order"]))),
            ("Entered", "" if opened is None else f"{show_moment(opened)}, {_entered(item)}"),
            ("Left", "" if closed is None else f"{show_moment(closed)}, {_left(item)}"),
            ("Stop", _stops(item)),
            ("Targets", _ways(item.get("targets"))),
            ("Covered by", _covered(item)),
            ("Disaster stop", _disaster(item)),
            ("At risk", _money(item.get("risk"))),
            ("Reward/risk", _plain(item.get("reward_risk"))),
            ("Price", _price(item.get("price"))),
            ("Unrealised", _gain(item.get("unrealised"))),
            ("Realised", _gain(item.get("realised"))),
            ("Fees", _money(item.get("fees"))),
            ("Result", _result(item)),
            ("A day", _gain(item.get("pnl_per_day"))),
            ("Held for", span(item.get("age_seconds", item.get("holding_seconds")))),
            ("Its sender says", claimed(item)),
        )
    )


def _signal(item: Item) -> str:
    strength = f", strength {item['strength']}" if item["strength"] else ""
    return f"{item['signal']}{strength}" if item["signal"] else ""


def _entered(item: Item) -> str:
    expected = figures.decimal(item["expected_price"])
    adds = int(str(item["adds"] or 0))
    more = f", added to {adds} time{'' if adds == 1 else 's'}" if adds else ""
    was_expected = "" if expected is None else f" ({figures.price(expected)} was expected)"
    size = figures.shown_quantity(item["entered"])
    return f"{size} at {_price(item['entry_price'])}{was_expected}{more}"


def _left(item: Item) -> str:
    reason = str(item.get("exit_reason") or "the venue").replace("_", " ")
    return f"at {_price(item['exit_price'])} by {reason}"


def _stops(item: Item) -> str | Cell:
    if item["state"] == PositionState.CLOSED:
        return ""
    first = figures.decimal(item["stop"])
    ways = _ways(item.get("stops"))
    was = f" (at entry {figures.price(first)})" if first is not None else ""
    return f"{ways}{was}" if ways else Cell("none", "bold red")


def _ways(ways: object) -> str:
    if not isinstance(ways, list):
        return ""
    return ", ".join(f"{figures.shown_quantity(way['quantity'])} at {_price(way['price'])}" for way in ways)


def _covered(item: Item) -> str | Cell:
    protection = item.get("protection")
    if not isinstance(protection, dict):
        return ""
    missing = figures.decimal(protection["uncovered"])
    if missing:
        size = figures.quantity(missing)
        return Cell(f"{protection['covered_by']}: {size} without a way out", "bold red")
    return str(protection["covered_by"])


def _disaster(item: Item) -> str:
    """What rests at the venue for when the engine that holds the stop is gone."""
    way = item.get("disaster_stop")
    return "" if way is None else f"{_ways([way])}, at the venue"


def _result(item: Item) -> str | Cell:
    result = figures.decimal(item.get("pnl", item.get("result")))
    if result is None:
        return ""
    multiple = figures.shown_multiple(item.get("r_multiple", item.get("r_now")))
    parts = (percent(item.get("return_pct")), f"{multiple} R" if multiple else "")
    cell = figures.gain_cell(result)
    return Cell(f"{cell.text} ({', '.join(part for part in parts if part)})", cell.style)


def _plain(text: object) -> str:
    number = figures.decimal(text)
    return "" if number is None else figures.money(number)


def _money(text: object) -> str:
    number = figures.decimal(text)
    return figures.money(number) if number else ""


def _price(text: object) -> str:
    number = figures.decimal(text)
    return "" if number is None else figures.price(number)


def _gain(text: object) -> str | Cell:
    number = figures.decimal(text)
    return "" if number is None else figures.gain_cell(number)


def state_cell(item: Item) -> Cell:
    """How far it is."""
    state = PositionState(str(item["state"]))
    return Cell(state.lower().replace("_", " "), _STYLES.get(state, ""))


def percent(text: object) -> str:
    """A share with its sign."""
    number = figures.decimal(text)
    return "" if number is None else f"{figures.gain(number)}%"


def span(seconds: object) -> str:
    """How long it was, or has been, held."""
    return show_span(Span(int(seconds * SECOND))) if isinstance(seconds, float | int) else ""


def size_column(position: "Fields") -> str:
    """Which column tells its size: what is open, or what once was."""
    return "entered" if position["state"] == PositionState.CLOSED else "quantity"
