"""`kedge lab script`: plays requests and reports to the kernel, and shows what becomes of the orders."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.document import DOCUMENT_BYTES_MAX
from kedge.cli.errors import Problem, Status
from kedge.cli.json_lines import documents, opened
from kedge.cli.options import AsJson, examples
from kedge.domain.numbers import Nano, from_nano, money, plain
from kedge.wording.text import Cell

if TYPE_CHECKING:
    from kedge.domain.commands import Command
    from kedge.lab.script import Answer, Standing

EXAMPLES = examples(
    "kedge lab script life.jsonl",
    "my-venue-notes | kedge lab script -",
    "kedge lab script life.jsonl --json",
)
_COLUMNS = "{:>4}  {:<16}  {:<8}  {:<16}  {:>8}  {:>8}  {:>10}  "
_HEADINGS = ("line", "what", "order", "state", "filled", "leaves", "average")


def script(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="One request or report a line, as JSON; - is standard input."),
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Play order requests and venue reports, line by line.

    After each line, a JSON document, the order that it is about is shown, and what the engine does about it.

    They go to the engine's own kernel, without an engine, a venue or a market around it: what is shown is what an
    engine would believe, send and raise. Each order is an entry without a stop, in an account of its own.

    Kinds of line: new, replace, cancel; ack, reject, fill, cancelled, expired, replaced, cancel_rejected,
    replace_rejected, showed, missing, silent, bust, correct; wait. Each line is answered before the next is read;
    empty lines and lines that begin with # are passed over. A line that cannot be played ends it with status 2.

    With --json each line is answered by one document.
    """
    from kedge.lab.script import Script
    from kedge.lab.script_form import ScriptError

    playing = Script()
    is_first = True
    with opened(file) as lines:
        for number, content in documents(lines):
            try:
                if len(content) > DOCUMENT_BYTES_MAX:
                    raise ScriptError(number, f"the line is longer than {DOCUMENT_BYTES_MAX} bytes")  # noqa: TRY301
                answer = playing.play(number, content)
            except ScriptError as error:
                raise _bad(error.number, error.field, str(error)) from None
            if as_json:
                output.emit(_document(answer))
                continue
            if is_first:
                output.say(f"{_COLUMNS.format(*_HEADINGS)}the engine", "bold")
                is_first = False
            _say(answer)


def _bad(number: int, field: str | None, fault: str) -> Problem:
    facts: dict[str, object] = {"line": number, "field": field}
    return Problem("BAD_SCRIPT", f"{fault[0].upper()}{fault[1:]}.", status=Status.USAGE, facts=facts)


# --- for people ---


def _say(answer: "Answer") -> None:
    for one in answer.standings:
        average = "" if one.average_price is None else _number(one.average_price)
        figures = (_number(one.filled), _number(one.leaves), average)
        first = _COLUMNS.format(answer.line, answer.kind, one.order, one.state, *figures)
        notes = _notes(one)
        if not notes:
            output.say(first.rstrip())
        for note in notes:
            output.say_behind(first, note)
            first = " " * len(first)


def _notes(one: "Standing") -> list[Cell]:
    notes = [Cell(f"sends {_spoken(command)}") for command in one.sends]
    if one.plans_cancel:
        notes.append(Cell("will cancel as soon as it is answered"))
    if one.refuses:
        notes.append(Cell(f"refuses: {one.refuses}", "yellow"))
    for alarm in one.raises:
        figures = ", ".join(f"{name} {value}" for name, value in alarm.figures.items())
        notes.append(
            Cell(f"raises {alarm.kind}: {alarm.detail}{f' ({figures})' if figures else ''}", "bold red")
        )
    return notes


def _spoken(command: "Command") -> str:
    from kedge.domain.commands import CancelOrder, QueryOrder, ReplaceOrder, SubmitOrder
    from kedge.wording.phrases import new_terms, wish

    match command:
        case SubmitOrder(request=request):
            return f"submit: {wish(request)}"
        case ReplaceOrder(terms=terms):
            return f"replace: {new_terms(terms)}"
        case CancelOrder():
            return "cancel"
        case QueryOrder():
            return "query"


# --- for programs ---


def _document(answer: "Answer") -> dict[str, object]:
    return {
        "line": answer.line,
        "kind": answer.kind,
        "orders": [
            {
                "order": one.order,
                "state": one.state,
                "filled": _number(one.filled),
                "leaves": _number(one.leaves),
                "average_price": None if one.average_price is None else _number(one.average_price),
                "sends": [_command(command) for command in one.sends],
                "plans_cancel": one.plans_cancel,
                "refuses": one.refuses or None,
                "raises": [
                    {"alarm": alarm.kind, "detail": alarm.detail, "figures": alarm.figures}
                    for alarm in one.raises
                ],
            }
            for one in answer.standings
        ],
    }


def _command(command: "Command") -> dict[str, object]:
    from kedge.domain.commands import CancelOrder, QueryOrder, ReplaceOrder, SubmitOrder

    match command:
        case SubmitOrder(request=request):
            prices = _terms(quantity=request.quantity, limit=request.limit_price, stop=request.stop_price)
            return {"command": "submit", "side": request.side, "type": request.type, **prices}
        case ReplaceOrder(terms=terms):
            return {
                "command": "replace",
                **_terms(quantity=terms.quantity, limit=terms.limit_price, stop=terms.stop_price),
            }
        case CancelOrder():
            return {"command": "cancel"}
        case QueryOrder():
            return {"command": "query"}


def _terms(*, quantity: Nano | None, limit: Nano | None, stop: Nano | None) -> dict[str, object]:
    given = {"quantity": quantity, "limit_price": limit, "stop_price": stop}
    return {name: _number(from_nano(value)) for name, value in given.items() if value is not None}


def _number(number: Decimal) -> str:
    """Exact, but for an average that has no end: that to a billionth."""
    return plain(money(number))
