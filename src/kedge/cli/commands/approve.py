"""`kedge approve` and `decline`: a person's yes or no to a signal that waits for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli.commands.signal import tell_answer
from kedge.cli.completion import offer_held_signals
from kedge.cli.errors import Problem
from kedge.cli.live import calling
from kedge.cli.options import DEFAULT_DATA_DIR, DEFAULT_WHY, AsJson, DataDir, Why, examples
from kedge.cli.record import id_of, matching, reading
from kedge.domain.ids import SignalId

if TYPE_CHECKING:
    from kedge.engine.view import View

APPROVE_EXAMPLES = examples("kedge signals --held", "kedge approve SIGNAL", "kedge approve SIGNAL --json")
DECLINE_EXAMPLES = examples("kedge decline SIGNAL --why 'news at 14:00'")
Signal = Annotated[
    str,
    typer.Argument(
        metavar="SIGNAL", help="The signal's id, or the end of it.", autocompletion=offer_held_signals
    ),
]


def approve(
    signal: Signal,
    why: Why = DEFAULT_WHY,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Say yes to a signal that waits, and tell how it ends.

    `kedge signals --held` lists them. It goes through every gate again, by the prices of now: what has become too late,
    too large or too far from the market is refused all the same.
    """
    _answer(signal, why, data_dir, approved=True, as_json=as_json)


def decline(
    signal: Signal,
    why: Why = DEFAULT_WHY,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Say no to a signal that waits for a yes: it ends as refused."""
    _answer(signal, why, data_dir, approved=False, as_json=as_json)


def _answer(name: str, why: str, data_dir: Path, *, approved: bool, as_json: bool) -> None:
    from kedge.engine.control.messages import Approve, Judged

    with calling(data_dir) as line:
        view, _ = line.look()
        answer = line.ask(Approve(_named(name, view, data_dir), approved, why))
    assert isinstance(answer, Judged), "this question has no other answer"
    tell_answer(answer.answer, as_json=as_json)


def _named(name: str, view: "View", data_dir: Path) -> SignalId:
    """The signal that a person means: one that waits, or else one of the record, of which the engine tells more."""
    waiting = [str(each.signal) for each in view.held_back.signals]
    if matching(name, waiting):
        return SignalId(id_of("signal", name, waiting))
    with reading(data_dir) as reader:
        known = [str(row["id"]) for row in reader.signals()]
    if not matching(name, known):
        raise Problem(
            "UNKNOWN_SIGNAL",
            f"There is no signal {name}. `kedge signals --held` lists those that wait.",
            facts={"signal": name},
        )
    return SignalId(id_of("signal", name, known))
