"""`kedge journal`: the record itself."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from kedge import __version__
from kedge.cli import export as exporting
from kedge.cli import forms, output
from kedge.cli.commands.check_limits import check_limits
from kedge.cli.errors import Problem, Status
from kedge.cli.listing import SHOWN_TO_PEOPLE
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, Since, examples, read_count, read_number
from kedge.cli.output import Column
from kedge.cli.ranges import Stretch, events_about, stretch
from kedge.cli.record import reading_long, words_of
from kedge.domain.instants import Instant, show_instant
from kedge.engine.clock import system_clock
from kedge.wording.text import Cell
from kedge.wording.times import Calendar, show_moment
from kedge.wording.words import Words

app = typer.Typer(
    help="The record: check it, look into it, take it elsewhere.",
    epilog=examples(
        "kedge journal verify", "kedge journal show --limit 5", "kedge journal export --out events.jsonl"
    ),
    rich_markup_mode=None,
)


app.command(
    "check-limits",
    epilog=examples("kedge journal check-limits", "kedge journal check-limits --file events.jsonl"),
)(check_limits)


@app.callback(invoke_without_command=True)
def _journal(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        output.say(context.get_help())


@app.command(epilog=examples("kedge journal verify", "kedge journal verify --json"))
def verify(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> int:
    """Check every hash of the record.

    The exit status is 0 only when the record is whole, from the first event to the last.
    """
    from kedge.journal.base import Verification
    from kedge.journal.errors import CorruptError

    try:
        with reading_long(data_dir) as reader:
            found = reader.verify()
    except CorruptError as error:  # not even a row can be looked for: the file itself is damaged
        found = Verification(
            ok=False, events=0, last_seq=0, head="", broken_seq=error.seq or None, problem=str(error)
        )
    if as_json:
        document: forms.Item = {
            "ok": found.ok,
            "events": found.events,
            "last_seq": found.last_seq,
            "head": found.head,
        }
        if not found.ok:
            document |= {"broken_seq": found.broken_seq, "problem": found.problem}
        output.emit(document)
    elif found.ok:
        output.say_parts(Cell("Whole: ", "green"), f"{found.events:,} events, every hash fits.")
        output.say(f"Head {found.head}")
    else:
        output.say_parts(Cell("Broken: ", "bold red"), f"{found.problem}.")
        output.say("Restore a copy, and compare it with this one up to there.")
    return Status.DONE if found.ok else Status.FAILED


@app.command(
    epilog=examples("kedge journal show", "kedge journal show --since 10m", "kedge journal show --about SPY")
)
def show(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    since: Since = None,
    after: Annotated[
        int | None,
        typer.Option("--after", metavar="SEQ", parser=read_number, help="Behind the event of this number."),
    ] = None,
    about: Annotated[
        str | None,
        typer.Option("--about", metavar="ID", help="About this order, signal, account or instrument."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", parser=read_count, help="At most N events.")
    ] = SHOWN_TO_PEOPLE,
    as_json: AsJson = False,
) -> None:
    """Show recorded events, the oldest first.

    The newest ones, unless --since or --after says where to begin.
    """
    with reading_long(data_dir) as reader:
        if about is None:
            found = stretch(reader, since=since, after=after, limit=limit)
        else:
            told = events_about(reader, about)
            found = Stretch(
                [one for one in told if one.at >= (since or 0) and one.seq > (after or 0)][-limit:], None
            )
        words = words_of(reader)
        if as_json:
            _emit_events(found, words)
        else:
            _show_events(found, words)


@app.command(epilog=examples("kedge journal stats", "kedge journal stats --json"))
def stats(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Count what the record holds."""
    with reading_long(data_dir) as reader:
        head, runs, journal_id = reader.head, reader.runs(), reader.journal_id
        kinds: Counter[str] = Counter()
        first = last = None
        for row in reader.rows():
            kinds[row.kind] += 1
            first, last = first or Instant(row.at), Instant(row.at)
    size = sum(path.stat().st_size for path in data_dir.glob("journal.db*"))
    if as_json:
        output.emit(
            {
                "journal": journal_id,
                "events": sum(kinds.values()),
                "steps": head.step,
                "last_seq": head.seq,
                "head": head.hash.hex(),
                "first_event": None if first is None else show_instant(first),
                "last_event": None if last is None else show_instant(last),
                "starts": len(runs),
                "bytes": size,
                "kinds": dict(sorted(kinds.items())),
            }
        )
        return
    output.show_pairs(
        (
            ("Journal", journal_id),
            ("Events", f"{sum(kinds.values()):,} in {head.step:,} steps"),
            ("First", "" if first is None else show_moment(first)),
            ("Last", "" if last is None else show_moment(last)),
            ("Starts", f"{len(runs):,}"),
            ("On disk", f"{size / 1_048_576:,.1f} MiB"),
            ("Head", head.hash.hex()),
        )
    )
    output.say()
    output.show_table(
        (Column("Event"), Column("Count", right=True)),
        ((kind, f"{count:,}") for kind, count in kinds.most_common()),
    )


@app.command(
    epilog=examples("kedge journal export > events.jsonl", "kedge journal export --out events.jsonl")
)
def export(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    after: Annotated[
        int,
        typer.Option("--after", metavar="SEQ", parser=read_number, help="Behind the event of this number."),
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Into this new file instead of standard output."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the events as JSON lines, hashes included.

    One line for each event; with --json all in one document.
    """
    with reading_long(data_dir) as reader:
        head = reader.head
        if out is not None:
            exporting.write_file(out, exporting.lines_of(reader.rows(after)))
            count = max(head.seq - after, 0)
            if as_json:
                output.emit(
                    {"file": str(out), "events": count, "last_seq": head.seq, "head": head.hash.hex()}
                )
            else:
                output.say(f"Wrote {count:,} events to {out}; head {head.hash.hex()}.")
        elif as_json:
            items = [exporting.document_of(row) for row in reader.rows(after)]
            output.emit({"items": items, "next": None, "head": head.hash.hex()})
        else:
            for chunk in exporting.lines_of(reader.rows(after)):
                output.pass_on(chunk)


@app.command(epilog=examples("kedge journal rebuild"))
def rebuild(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Make the readable tables again from the events.

    Orders, trades and all the other tables; refused while an engine runs.
    """
    from kedge.journal.sqlite import open_journal
    from kedge.kernel.book import Book

    with reading_long(data_dir) as reader:  # open_journal would begin a new one where there is none
        book, journal_id = reader.book, reader.journal_id
    with open_journal(data_dir, book=book, new_id=journal_id, program=__version__) as journal:
        found = journal.verify()
        if not found.ok:
            raise Problem(
                "CORRUPT", f"The tables were left as they are, for the record is broken: {found.problem}."
            )
        journal.rebuild(Book.empty(book))
    if as_json:
        output.emit({"rebuilt": True, "events": found.events, "head": found.head})
    else:
        output.say(f"The readable tables are made again from {found.events:,} events.")


def _emit_events(found: Stretch, words: Words) -> None:
    items = [
        {
            "seq": told.seq,
            "step": told.step,
            "at": show_instant(told.at),
            "event": told.event,
            "cause": told.cause,
            "text": words.tell(told.event, told.cause),
        }
        for told in found.events
    ]
    output.emit({"items": items, "next": found.following})


def _show_events(found: Stretch, words: Words) -> None:
    if not found.events:
        output.say("No events.")
        return
    calendar = Calendar([told.at for told in found.events], system_clock())
    columns = (
        Column("Seq", right=True),
        Column(f"Time {calendar.zone}"),
        Column("Account"),
        Column("Symbol"),
        Column("Event", flexible=True),
    )
    rows = []
    for told in found.events:
        place = words.place(told.event, told.cause)
        rows.append(
            (
                str(told.seq),
                calendar.show(told.at),
                place.account,
                place.instrument,
                words.tell(told.event, told.cause),
            )
        )
    output.show_table(columns, rows)
    if found.following is not None:
        output.say()
        output.say(f"It goes on: --after {found.following}", "dim")
