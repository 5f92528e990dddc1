"""`kedge strategies`: what the strategies of our own have found, what became of it, and what it has made."""

from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import forms, listing, output
from kedge.cli.completion import offer_strategies
from kedge.cli.errors import Problem
from kedge.cli.held_back import paused_in, paused_item
from kedge.cli.listing import SHOWN_TO_PEOPLE, Page, emit_page, page, say_rest
from kedge.cli.options import DEFAULT_DATA_DIR, Account, AsJson, DataDir, Since, examples
from kedge.cli.output import Column
from kedge.cli.record import account_of, reading
from kedge.domain.instants import Span
from kedge.domain.numbers import ZERO
from kedge.domain.strategies import Missed
from kedge.engine.clock import system_clock
from kedge.market.length import show_length
from kedge.wording.figures import decimal, gain_cell
from kedge.wording.strategies import MISSED
from kedge.wording.text import Cell
from kedge.wording.times import Calendar, show_moment, show_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.engine.held_back import PausedView
    from kedge.journal.reader import Fields

EXAMPLES = examples("kedge strategies", "kedge strategies orb-spy", "kedge strategies --setups --since today")
_STYLES = {"taken": "green", "refused": "yellow", "missed": "red", "waiting": "bold yellow"}


def strategies(
    strategy: Annotated[
        str | None,
        typer.Argument(
            metavar="[STRATEGY]", help="One of them: its last setups.", autocompletion=offer_strategies
        ),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account: Account = None,
    since: Since = None,
    setups: Annotated[
        bool, typer.Option("--setups", help="The setups of all of them, the newest first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List our own strategies with this session's setups and trades."""
    with reading(data_dir) as reader:
        wanted = account_of(reader, account)
        known = reader.own_strategies(account=wanted)
        if strategy is not None and all(row["id"] != strategy for row in reader.own_strategies()):
            names = ", ".join(str(row["id"]) for row in reader.own_strategies()) or "none"
            raise Problem("UNKNOWN_STRATEGY", f"There is no strategy {strategy}; there are: {names}.")
        found = page(
            reader.setups(account=wanted, strategy=strategy, since=since),
            "seen",
            limit=None if as_json else SHOWN_TO_PEOPLE,
            after=None,
        )
        last = {str(row["strategy"]): row for row in reversed(found.rows)}
        paused = paused_in(reader, [str(row["id"]) for row in known])
    if strategy is None and not setups:
        _tell(known, last, paused, as_json=as_json)
    elif as_json:
        emit_page(found, forms.SETUP)
    elif not found.rows:
        output.say("No setups.")
    else:
        _show_setups(found)


def _tell(
    known: "Sequence[Fields]", last: "dict[str, Fields]", paused: "dict[str, PausedView]", *, as_json: bool
) -> None:
    if as_json:
        items = [_item(row, last, paused) for row in known]
        output.emit({"items": items, "next": None})
    elif not known:
        output.say("The settings name no strategies.")
    else:
        _show(known, last, paused)


def _item(row: "Fields", last: "dict[str, Fields]", paused: "dict[str, PausedView]") -> forms.Item:
    id_ = str(row["id"])
    return forms.item(row, forms.STRATEGY) | {
        "paused": paused_item(paused[id_]) if id_ in paused else None,
        "last_setup": forms.item(last[id_], forms.SETUP) if id_ in last else None,
    }


def _show(known: "Sequence[Fields]", last: "dict[str, Fields]", paused: "dict[str, PausedView]") -> None:
    output.show_table(
        (
            Column("Strategy"),
            Column("Rule"),
            Column("Account"),
            Column("Symbol"),
            Column("Bar"),
            Column("State"),
            Column("Found", right=True),
            Column("Taken", right=True),
            Column("Refused", right=True),
            Column("Missed", right=True),
            Column("Trades", right=True),
            Column("Wins", right=True),
            Column("P&L", right=True),
            Column("Last setup"),
            Column("Delay", right=True),
        ),
        (
            (
                str(row["id"]),
                str(row["rule"]),
                str(row["account"]),
                str(row["instrument"]),
                _length(row),
                Cell("paused", "yellow") if row["id"] in paused else "on",
                *(
                    str(row[f"session_{name}"])
                    for name in ("found", "taken", "refused", "missed", "trades", "wins")
                ),
                gain_cell(decimal(row["session_pnl"]) or ZERO),
                _last(last.get(str(row["id"]))),
                show_span(int(row["last_delay"] or 0)) if row["last_delay"] else "",
            )
            for row in known
        ),
    )
    for each in paused.values():
        output.say()
        goes_on = f"`kedge resume {each.strategy}` lets it go on"
        output.say(f"Strategy {each.strategy} is paused ({each.who}: {each.why}); {goes_on}.", "yellow")


def _length(row: "Fields") -> str:
    return show_length(Span(int(row["bar"] or 0)))


def _last(setup: "Fields | None") -> Cell | str:
    if setup is None:
        return ""
    code = f" {setup['code']}" if setup["code"] else ""
    return Cell(f"{setup['fate']}{code}", _STYLES.get(str(setup["fate"]), ""))


def _show_setups(found: Page) -> None:
    calendar = Calendar([listing.instant(row["close"]) for row in found.rows], system_clock())
    output.show_table(
        (
            Column(f"Bar {calendar.zone}"),
            Column("Setup"),
            Column("Strategy"),
            Column("Account"),
            Column("Symbol"),
            Column("Side"),
            Column("Fate"),
            Column("Delay", right=True),
            Column("Why", flexible=True),
        ),
        (
            (
                calendar.show(listing.instant(row["close"])),
                str(row["id"]),
                str(row["strategy"]),
                str(row["account"]),
                str(row["instrument"]),
                str(row["direction"] or ""),
                _last(row),
                show_span(int(row["delay"] or 0)),
                str(row["reason"] or ""),
            )
            for row in found.rows
        ),
    )
    say_rest(found, "setups")


def explain_missed(setup: "Fields", *, as_json: bool) -> None:
    """A setup that was never judged: why it was missed, and when it was seen."""
    why = MISSED[Missed(str(setup["code"]))]
    if as_json:
        output.emit({"setup": forms.item(setup, forms.SETUP), "outcome": "MISSED", "why": why})
        return
    closed, seen = listing.instant(setup["close"]), listing.instant(setup["seen"])
    assert closed is not None
    assert seen is not None
    output.show_pairs(
        (
            ("Setup", Cell(str(setup["id"]), "bold")),
            ("Asked for", f"{setup['direction'] or ''} {setup['instrument']}".strip()),
            ("Account", str(setup["account"])),
            ("Strategy", str(setup["strategy"])),
            ("Reason", str(setup["reason"] or "")),
            ("Bar closed", show_moment(closed)),
            ("Seen", f"{show_moment(seen)}, {show_span(seen - closed)} later"),
            ("Outcome", Cell(f"MISSED {setup['code']}", "red")),
        )
    )
    output.paragraph(f"It was never tried: {why}.")
