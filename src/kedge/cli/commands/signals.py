"""`kedge signals`: what was asked for, and how each ended."""

from kedge.cli import forms, listing, output
from kedge.cli.listing import SHOWN_TO_PEOPLE, Page, emit_page, page, say_rest
from kedge.cli.options import DEFAULT_DATA_DIR, Account, After, AsJson, DataDir, Limit, Since, examples
from kedge.cli.output import Column
from kedge.cli.record import account_of, reading, short
from kedge.domain.signals import Outcome
from kedge.engine.clock import system_clock
from kedge.wording.text import Cell
from kedge.wording.times import Calendar

EXAMPLES = examples("kedge signals --limit 10", "kedge signals --since today --json", "kedge explain SIGNAL")
_STYLES = {Outcome.ORDERED: "green", Outcome.ADJUSTED: "green", Outcome.REFUSED: "yellow"}


def signals(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account: Account = None,
    since: Since = None,
    limit: Limit = None,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List signals with their outcomes, the newest first."""
    with reading(data_dir) as reader:
        rows = reader.signals(account=account_of(reader, account), since=since)
        found = page(rows, "at", limit=limit if as_json else limit or SHOWN_TO_PEOPLE, after=after)
        journal_id = reader.journal_id
    if as_json:
        emit_page(found, forms.SIGNAL)
    elif not found.rows:
        output.say("No signals.")
    else:
        _show(found, journal_id)


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
