"""`kedge signals`: what was asked for, and how each ended; what waits for a person; what was refused, and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import forms, listing, output
from kedge.cli.errors import Problem, Status
from kedge.cli.forms import Item
from kedge.cli.listing import SHOWN_TO_PEOPLE, Page, emit_page, page, say_rest
from kedge.cli.options import DEFAULT_DATA_DIR, Account, After, AsJson, DataDir, Limit, Since, examples
from kedge.cli.output import Column
from kedge.cli.record import account_of, holder_of, reading, short
from kedge.domain.governing import SignalHeld
from kedge.domain.instants import SECOND, Instant, show_instant
from kedge.domain.signals import Outcome
from kedge.engine.clock import system_clock
from kedge.wording.figures import shown_quantity
from kedge.wording.phrases import meaning
from kedge.wording.text import Cell
from kedge.wording.times import Calendar, show_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.journal.reader import Fields, JournalReader

EXAMPLES = examples(
    "kedge signals --limit 10",
    "kedge signals --held",
    "kedge signals --refused --since today",
    "kedge explain SIGNAL",
)
_STYLES = {
    Outcome.ORDERED: "green",
    Outcome.ADJUSTED: "green",
    Outcome.REFUSED: "yellow",
    Outcome.HELD: "bold yellow",
}


def signals(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account: Account = None,
    since: Since = None,
    held: Annotated[
        bool, typer.Option("--held", help="Those only that wait for a person, with the time left.")
    ] = False,
    refused: Annotated[
        bool, typer.Option("--refused", help="The refusals summed by their codes, the most frequent first.")
    ] = False,
    limit: Limit = None,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List signals with their outcomes, the newest first."""
    _check(held=held, refused=refused, paged=limit is not None or after is not None)
    outcome = Outcome.HELD if held else Outcome.REFUSED if refused else None
    with reading(data_dir) as reader:
        rows = reader.signals(account=account_of(reader, account), since=since, outcome=outcome)
        shown = limit if as_json else limit or SHOWN_TO_PEOPLE
        found = page(rows, "at", limit=None if refused else shown, after=after)
        until = {str(row["id"]): _until(reader, row) for row in found.rows} if held else {}
        journal_id = reader.journal_id
    if refused:
        _tell_refused(found.rows, as_json=as_json)
    elif held:
        _tell_held(found, until, journal_id, is_running=holder_of(data_dir) is not None, as_json=as_json)
    elif as_json:
        emit_page(found, forms.SIGNAL)
    elif not found.rows:
        output.say("No signals.")
    else:
        _show(found, journal_id)


def _check(*, held: bool, refused: bool, paged: bool) -> None:
    if held and refused:
        wrong = "Give --held or --refused, not both."
    elif refused and paged:
        wrong = "--limit and --after are for lists: --refused sums up all of them."
    else:
        return
    raise Problem(
        "USAGE",
        f"{wrong} `kedge signals --help` tells what can be asked.",
        status=Status.USAGE,
        facts={"command": "kedge signals"},
    )


def _until(reader: "JournalReader", row: "Fields") -> Instant:
    """How long it waits: as it was held last."""
    told = [each.event for each in reader.events_about(str(row["id"]))]
    return [event.until for event in told if isinstance(event, SignalHeld)][-1]


def _tell_held(
    found: Page, until: dict[str, Instant], journal_id: str, *, is_running: bool, as_json: bool
) -> None:
    now = system_clock()
    left = {id_: max(end - now, 0) for id_, end in until.items()}
    if as_json:
        items = [
            forms.item(row, forms.SIGNAL)
            | {
                "until": show_instant(until[str(row["id"])]),
                "left_seconds": round(left[str(row["id"])] / SECOND, 3),
            }
            for row in found.rows
        ]
        output.emit({"items": items, "next": found.following})
        return
    if not found.rows:
        output.say("No signal waits for a person.")
        return
    calendar = Calendar([listing.instant(row["at"]) for row in found.rows], now)
    output.show_table(
        (
            Column(f"Time {calendar.zone}"),
            Column("Signal"),
            Column("Account"),
            Column("Symbol"),
            Column("Kind"),
            Column("Side"),
            Column("Size", right=True),
            Column("Left"),
            Column("Why", flexible=True),
        ),
        (
            (
                calendar.show(listing.instant(row["at"])),
                short(row["id"], journal_id),
                str(row["account"]),
                str(row["instrument"] or ""),
                str(row["kind"] or "").lower().replace("_", " "),
                str(row["direction"] or ""),
                shown_quantity(row["quantity"]),
                Cell(show_span(left[str(row["id"])]), "yellow")
                if left[str(row["id"])]
                else Cell("over", "red"),
                str(row["reason"] or row["strategy"] or ""),
            )
            for row in found.rows
        ),
    )
    say_rest(found, "signals")
    output.say()
    if is_running:
        output.say(
            "`kedge approve SIGNAL` or `kedge decline SIGNAL`; without a word they are refused.", "dim"
        )
    else:
        output.say("No engine is running: what is over by its next start is refused then.", "yellow")


def _tell_refused(rows: "Sequence[Fields]", *, as_json: bool) -> None:
    items = _summed(rows)
    if as_json:
        output.emit({"items": [item | {"last": show_instant(_last(item))} for item in items], "next": None})
        return
    if not items:
        output.say("No signal was refused.")
        return
    calendar = Calendar([_last(item) for item in items], system_clock())
    output.show_table(
        (
            Column("Code"),
            Column("Refused", right=True),
            Column(f"Last {calendar.zone}"),
            Column("Meaning", flexible=True),
        ),
        (
            (str(item["code"]), f"{item['count']:,}", calendar.show(_last(item)), str(item["meaning"] or ""))
            for item in items
        ),
    )


def _summed(rows: "Sequence[Fields]") -> list[Item]:
    """By code, the most frequent first, and of two as frequent ones the one that came last."""
    found: dict[str, Item] = {}
    for row in rows:
        code, at = str(row["code"]), listing.instant(row["at"]) or Instant(0)
        item = found.setdefault(
            code, {"code": code, "count": 0, "last": Instant(0), "meaning": meaning(code) or None}
        )
        item["count"] = int(str(item["count"])) + 1
        item["last"] = max(_last(item), at)
    return sorted(found.values(), key=lambda item: (-int(str(item["count"])), -_last(item)))


def _last(item: Item) -> Instant:
    last = item["last"]
    assert isinstance(last, int), "it is still an instant here"
    return Instant(last)


def _show(found: Page, journal_id: str) -> None:
    rows = found.rows
    calendar = Calendar([listing.instant(row["at"]) for row in rows], system_clock())
    columns = (
        Column(f"Time {calendar.zone}"),
        Column("Signal"),
        Column("Account"),
        Column("Symbol"),
        Column("Kind"),
        Column("Side"),
        Column("Outcome"),
        Column("Why", flexible=True),
    )
    output.show_table(
        columns,
        (
            (
                calendar.show(listing.instant(row["at"])),
                short(row["id"], journal_id),
                str(row["account"]),
                str(row["instrument"] or ""),
                str(row["kind"] or "").lower().replace("_", " "),
                str(row["direction"] or ""),
                Cell(str(row["outcome"]).lower(), _STYLES.get(Outcome(str(row["outcome"])), "")),
                str(row["code"] or row["reason"] or ""),
            )
            for row in rows
        ),
    )
    say_rest(found, "signals")
