"""`kedge signal`: hands signals to a running engine."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.commands import load
from kedge.cli.document import DOCUMENT_BYTES_MAX, signal_document
from kedge.cli.errors import Problem, Status
from kedge.cli.live import calling
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, Stop, Target, examples, read_path
from kedge.cli.preview import tell_preview
from kedge.wording.text import Cell

if TYPE_CHECKING:
    import msgspec

    from kedge.engine.answers import SignalAnswer

SEND_EXAMPLES = examples(
    "kedge signal send --account alpha --instrument SPY --kind buy --stop 590",
    "kedge signal send --account alpha --instrument ES --kind buy --target 2R",
    "kedge signal send --account alpha --instrument SPY --kind exit",
    "kedge signal send --file signal.json --json",
    "kedge signal send --account alpha --instrument SPY --kind buy --dry-run",
)
app = typer.Typer(
    help="Hand signals to a running engine.",
    epilog=SEND_EXAMPLES,
    rich_markup_mode=None,
    no_args_is_help=False,
)


def _text(name: str, metavar: str, help_: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(name, metavar=metavar, help=help_)
    return option


@app.callback(invoke_without_command=True)
def _signal(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        output.say(context.get_help())


@app.command("send", epilog=SEND_EXAMPLES)
def send(
    document: Annotated[
        str | None, typer.Argument(metavar="DOCUMENT", help="The signal as JSON, instead of the options.")
    ] = None,
    *,
    file: Annotated[str | None, _text("--file", "FILE", "The same from a file; - is standard input.")] = None,
    account: Annotated[str | None, _text("--account", "ID", "Which account is to act.")] = None,
    instrument: Annotated[str | None, _text("--instrument", "SYMBOL", "In what.")] = None,
    kind: Annotated[str | None, _text("--kind", "KIND", "entry, exit, stop_adjustment, buy or sell.")] = None,
    direction: Annotated[str | None, _text("--direction", "WAY", "long or short.")] = None,
    strength: Annotated[str | None, _text("--strength", "N", "How sure the sender is, 0 to 100.")] = None,
    quantity: Annotated[str | None, _text("--quantity", "N", "How much; else as the account says.")] = None,
    pct: Annotated[str | None, _text("--pct", "P", "Of an exit: so many percent of what is open.")] = None,
    pnl: Annotated[
        str | None, _text("--pnl", "MONEY", "Of an exit: what you think the trade has made.")
    ] = None,
    limit: Annotated[str | None, _text("--limit", "PRICE", "Pay no more, get no less.")] = None,
    stop: Stop = None,
    target: Target = None,
    id_: Annotated[str | None, _text("--id", "ID", "Makes it unique; else one is made.")] = None,
    reason: Annotated[str | None, _text("--reason", "TEXT", "Why; kept with the signal.")] = None,
    strategy: Annotated[str | None, _text("--strategy", "NAME", "Whose signal it is.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would come of it now; nothing is done.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Send one signal and tell how it ended.

    With --dry-run the running engine only tells how each gate would judge it now, and what would leave.
    A signal that a gate refuses has been answered: the status is 0. The same id with another content is a conflict:
    nothing is done and the status is 1.
    """
    from kedge.engine.control.messages import Judged, SendSignal, Tried, TryOut

    fields = {
        "id": id_,
        "account": account,
        "instrument": instrument,
        "kind": None if kind is None else kind.strip().upper().replace("-", "_"),
        "direction": None if direction is None else direction.strip().upper(),
        "strength": strength,
        "quantity": quantity,
        "pct": pct,
        "pnl": pnl,
        "order": None if limit is None else {"type": "limit", "limit_price": limit},
        "stop": stop,
        "targets": target or None,
        "reason": reason,
        "strategy": strategy,
    }
    content = _document({name: value for name, value in fields.items() if value is not None}, document, file)
    with calling(data_dir) as line:
        answer = line.ask(TryOut(content) if dry_run else SendSignal(content))
    if isinstance(answer, Tried):
        tell_preview(answer.preview, as_json=as_json)
        return
    assert isinstance(answer, Judged), "this question has no other answer"
    tell_answer(answer.answer, as_json=as_json)


def _document(fields: dict[str, object], document: str | None, file: str | None) -> "msgspec.Raw":
    import msgspec

    ways = (bool(fields), document is not None, file is not None)
    if sum(ways) != 1:
        raise Problem(
            "USAGE",
            "Give the signal in one way: by options, as a document, or with --file. "
            "`kedge signal send --help` tells what can be asked.",
            status=Status.USAGE,
            facts={"command": "kedge signal send"},
        )
    if fields:
        return msgspec.Raw(msgspec.json.encode(fields))
    content = document.encode("utf-8", "surrogateescape") if document is not None else _read(str(file))
    return signal_document(content)


def _read(file: str) -> bytes:
    if file != "-":
        with read_path(file, "file").open("rb") as opened:
            return opened.read(DOCUMENT_BYTES_MAX + 1)
    return sys.stdin.buffer.read(DOCUMENT_BYTES_MAX + 1) if sys.stdin is not None else b""


def tell_answer(answer: "SignalAnswer", *, as_json: bool) -> None:
    """How a signal has ended."""
    from kedge.engine.answers import Repeat
    from kedge.wording.phrases import meaning

    if answer.repeat is Repeat.CONFLICT:
        raise Problem(
            "SIGNAL_CONFLICT",
            f"Signal {answer.signal} is known with another content (it ended as {answer.outcome}): nothing was done.",
            facts={"signal": answer.signal, "outcome": answer.outcome},
        )
    why = meaning(answer.code)
    if as_json:
        output.emit(
            {
                "signal": answer.signal,
                "outcome": answer.outcome,
                "repeat": answer.repeat,
                "code": answer.code or None,
                "meaning": why or None,
                "order": answer.order,
            }
        )
        return
    refused = Cell(f"{answer.outcome} {answer.code}", "yellow")
    again = " (sent before: nothing was done again)" if answer.repeat is Repeat.SAME else ""
    output.show_pairs(
        (
            ("Signal", f"{answer.signal}{again}"),
            ("Outcome", refused if answer.code else str(answer.outcome)),
            ("Order", answer.order or ""),
        )
    )
    if why:
        output.paragraph(why)


app.command("load", epilog=load.EXAMPLES)(load.load)
