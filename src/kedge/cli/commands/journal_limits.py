"""`kedge journal limits`: whether anything that left could have breached a limit, worked out from the record alone."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from kedge.cli import export as exporting
from kedge.cli import forms, output
from kedge.cli.errors import Problem, Status
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir
from kedge.cli.output import Column
from kedge.cli.record import reading_long
from kedge.wording.text import Cell

if TYPE_CHECKING:
    from kedge.referee import Margin, Verdict

_SHOWN = 20  # breaches


def limits(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> int:
    """Judge from the record alone whether every limit held.

    By a program of its own that shares no code with the gates: each entry that left is counted with all that was open
    and on its way, at its worst, whatever would have filled and in which order. The exit status is 0 only when no
    limit could have been breached.
    """
    verdict = _judged(data_dir)
    if as_json:
        output.emit(_document(verdict))
    else:
        _show(verdict)
    return Status.DONE if verdict.ok else Status.FAILED


def _judged(data_dir: Path) -> "Verdict":
    from kedge.referee import RecordError, Referee

    try:
        with reading_long(data_dir) as reader:
            return Referee().read(_lines(exporting.lines_of(reader.rows())))
    except RecordError as error:
        raise Problem("CORRUPT", f"The record cannot be judged: {error}.") from None


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return (line for chunk in chunks for line in chunk.splitlines())


def _document(verdict: "Verdict") -> forms.Item:
    return {
        "ok": verdict.ok,
        "events": verdict.events,
        "entries": verdict.entries,
        "enlarged": verdict.enlarged,
        "tightest": [_margin(each) for each in verdict.margins.values()],
        "breaches": [_margin(each.margin) | {"what": each.what} for each in verdict.breaches],
    }


def _margin(margin: "Margin") -> forms.Item:
    return {
        "limit": margin.limit,
        "used": _number(margin.used),
        "most": _number(margin.most),
        "order": margin.order,
        "account": margin.account,
        "seq": margin.seq,
        "at": _moment(margin.at),
    }


def _show(verdict: "Verdict") -> None:
    larger = f"{verdict.enlarged:,} that were made larger"
    counted = f"{verdict.entries:,} entries and {larger}, in {verdict.events:,} events"
    if verdict.ok:
        output.say_parts(Cell("Inside the limits: ", "green"), f"{counted}.")
    else:
        output.say_parts(Cell("Breached: ", "bold red"), f"{len(verdict.breaches):,} times, by {counted}.")
        _table([each.margin for each in verdict.breaches[:_SHOWN]])
    if verdict.margins:
        output.say()
        output.say("The nearest that each limit was come to:")
        _table([margin for margin in verdict.margins.values() if margin.most > 0])


def _table(margins: "Iterable[Margin]") -> None:
    output.show_table(
        (
            Column("Limit"),
            Column("Used", right=True),
            Column("Most", right=True),
            Column("Account"),
            Column("Order"),
            Column("Time UTC"),
        ),
        (
            (
                each.limit,
                _number(each.used),
                _number(each.most),
                each.account,
                each.order,
                _moment(each.at)[:19],
            )
            for each in margins
        ),
    )


def _number(exact: Fraction) -> str:
    """To the cent, or whole."""
    return str(exact.numerator) if exact.denominator == 1 else f"{float(exact):.2f}"


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
