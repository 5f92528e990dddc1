"""`kedge signal load`: hands signals in line by line, from a file or as another program writes them."""

from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.document import signal_document
from kedge.cli.errors import Problem, Status
from kedge.cli.json_lines import documents, opened
from kedge.cli.live import Line, calling
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, examples
from kedge.wording.text import Cell, clean

if TYPE_CHECKING:
    from kedge.engine.answers import SignalAnswer

EXAMPLES = examples(
    "kedge signal load signals.jsonl",
    "my-strategy | kedge signal load -",
    "kedge signal load signals.jsonl --json",
)


def load(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="One signal a line, as JSON; - is standard input.")
    ],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> int:
    """Hand in signals, one JSON document a line.

    Each is sent when its line is read and answered before the next, so a program can go on writing to standard input.
    Empty lines and lines that begin with # are passed over. A line that is no signal is told of and passed over too:
    the others are not held up, and the status is 1 then. With --json there is a list of all answers at the end.

    The same file can be loaded again after an interruption: signals whose id is known are answered, not done again.
    """
    items: list[dict[str, object]] = []
    wrong = 0
    with opened(file) as lines, calling(data_dir) as engine:
        for number, content in documents(lines):
            item = _send(engine, number, content)
            wrong += "error" in item
            if as_json:
                items.append(item)
            else:
                _say(item)
    if as_json:
        output.emit({"items": items, "next": None})
    elif wrong:
        output.say(f"{wrong} line{'' if wrong == 1 else 's'} could not be handed in.", "yellow")
    return Status.FAILED if wrong else Status.DONE


def _send(engine: Line, number: int, content: bytes) -> dict[str, object]:
    from kedge.engine.control.messages import Judged, SendSignal

    try:
        answer = engine.ask(SendSignal(signal_document(content)))
    except Problem as problem:
        if problem.code not in ("BAD_SIGNAL", "BAD_REQUEST"):
            raise  # the engine is gone: what follows would fail alike
        return {"line": number, "error": {"code": problem.code, "message": problem.message}}
    assert isinstance(answer, Judged), "this question has no other answer"
    return _item(number, answer.answer)


def _item(number: int, answer: "SignalAnswer") -> dict[str, object]:
    from kedge.engine.answers import Repeat

    if answer.repeat is Repeat.CONFLICT:
        message = f"signal {answer.signal} is known with another content: nothing was done"
        return {"line": number, "error": {"code": "SIGNAL_CONFLICT", "message": message}}
    return {
        "line": number,
        "signal": answer.signal,
        "outcome": answer.outcome,
        "repeat": answer.repeat,
        "code": answer.code or None,
        "order": answer.order,
    }


def _say(item: dict[str, object]) -> None:
    error = item.get("error")
    if isinstance(error, dict):
        output.say_parts(f"line {item['line']}: ", Cell(clean(str(error["message"])), "bold red"))
        return
    code = f" {item['code']}" if item["code"] else ""
    again = " (sent before)" if item["repeat"] == "same" else ""
    output.say_parts(
        f"line {item['line']}: {item['signal']} ",
        Cell(f"{item['outcome']}{code}", "yellow" if code else ""),
        again,
    )
