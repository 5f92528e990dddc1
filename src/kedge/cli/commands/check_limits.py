"""`kedge journal check-limits`: whether anything that left could have breached a limit, by the record alone."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import export as exporting
from kedge.cli import forms, output
from kedge.cli.errors import Problem, Status
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir
from kedge.cli.output import Column
from kedge.cli.record import reading_long
from kedge.domain.instants import Instant, show_instant
from kedge.domain.numbers import Nano, from_nano, plain
from kedge.wording.text import Cell

if TYPE_CHECKING:
    from kedge.referee import Margin, Verdict

_WHAT = {"entry": "The entry", "replace": "The change of"}


def check_limits(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="What `kedge journal export` wrote, instead."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Recompute whether any order could breach a limit.

    Every entry, and every change that makes one larger, is held against all limits of its account and owner, with
    everything under way filled at its worst. The sums are the referee's own: he shares no code with the engine's gates.
    The exit status is 0 only when nothing could.
    """
    from kedge.referee import RecordError, Referee

    referee = Referee()
    try:
        if file is not None:
            with _opened(file) as lines:
                verdict = referee.read(lines)
        else:
            with reading_long(data_dir) as reader:
                verdict = referee.read(_lines(exporting.lines_of(reader.rows())))
    except RecordError as error:
        raise Problem("NOT_JUDGED", f"The limits cannot be checked: {error}.") from error
    if as_json:
        output.emit(_document(verdict))
    else:
        _show(verdict)
    return Status.DONE if verdict.ok else Status.FAILED


@contextmanager
def _opened(path: Path) -> Iterator[Iterable[bytes]]:
    """The lines of a file."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Problem("NOT_READABLE", f"{path} cannot be read: {error.strerror}.") from error
    with file:
        yield file


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield from chunk.splitlines()


def _document(verdict: "Verdict") -> forms.Item:
    return {
        "ok": verdict.ok,
        "events": verdict.events,
        "entries": verdict.entries,
        "changes": verdict.enlarged,
        "limits": [_item(each) for each in verdict.margins.values()],
        "breaches": [{"what": each.what} | _item(each.margin) for each in verdict.breaches],
    }


def _item(margin: "Margin") -> forms.Item:
    return {
        "limit": margin.limit,
        "used": _text(margin.used),
        "most": _text(margin.most),
        "left": _text(margin.left),
        "account": margin.account,
        "order": margin.order,
        "seq": margin.seq,
        "at": show_instant(Instant(margin.at)),
    }


def _show(verdict: "Verdict") -> None:
    looked_at = f"{verdict.entries:,} entries and {verdict.enlarged:,} changes in {verdict.events:,} events recomputed."
    if verdict.ok:
        output.say_parts(Cell("Inside the limits: ", "green"), looked_at)
    else:
        output.say_parts(Cell("Outside the limits: ", "bold red"), looked_at)
    for breach in verdict.breaches:
        margin = breach.margin
        when = show_instant(Instant(margin.at))
        output.say(
            f"{_WHAT[breach.what]} {margin.order} of {margin.account} (event {margin.seq:,}, {when}): "
            f"{margin.limit} is {_text(margin.most)}, and {_text(margin.used)} could be used."
        )
    numbered = sorted((each for each in verdict.margins.values() if each.most), key=lambda each: each.share)
    if numbered:
        output.say()
        columns = (
            Column("Limit"),
            Column("Used", right=True),
            Column("Most", right=True),
            Column("Left", right=True),
            Column("Tightest by"),
        )
        rows = ((m.limit, _text(m.used), _text(m.most), _text(m.left), m.order) for m in numbered)
        output.show_table(columns, rows)
    never = [each.limit for each in verdict.margins.values() if not each.most and not each.used]
    if never:
        output.say(f"Nothing left against: {', '.join(never)}.", "dim")


def _text(number: Fraction) -> str:
    return plain(from_nano(Nano(round(number * 10**9))))
