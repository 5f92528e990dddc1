"""`kedge adjust`: moves the stop or the targets of a position, recorded with who and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.commands.override import account_in
from kedge.cli.completion import offer_positions
from kedge.cli.errors import Problem, Status
from kedge.cli.live import calling
from kedge.cli.options import (
    DEFAULT_DATA_DIR,
    DEFAULT_WHY,
    Account,
    AsJson,
    DataDir,
    Stop,
    Target,
    Why,
    examples,
)
from kedge.cli.record import id_of

if TYPE_CHECKING:
    from kedge.domain.ids import AccountId
    from kedge.engine.view import View

EXAMPLES = examples(
    "kedge adjust SPY --stop 590.50",
    "kedge adjust POSITION --stop break-even --why 'news at 14:00'",
    "kedge adjust SPY --account alpha --target 1R:50 --target 597 --json",
)


def adjust(
    position: Annotated[
        str,
        typer.Argument(
            metavar="POSITION",
            help="The position's id, or the end of it, or its instrument.",
            autocompletion=offer_positions,
        ),
    ],
    stop: Stop = None,
    target: Target = None,
    account: Account = None,
    why: Why = DEFAULT_WHY,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Move the stop or the targets of one position.

    A stop is never moved beyond where it was at entry, nor to where it would close at once. --target replaces all of
    its targets. Trailing takes a stop up again once the market is at a new price.
    """
    from kedge.engine.control.messages import Adjust, Judged
    from kedge.wording.phrases import meaning

    if stop is None and not target:
        raise Problem(
            "USAGE",
            "Give --stop or --target. `kedge adjust --help` tells what can be asked.",
            status=Status.USAGE,
            facts={"command": "kedge adjust"},
        )
    with calling(data_dir) as line:
        view, _ = line.look()
        id_ = _position_in(view, position, account_in(view, account))
        judged = line.ask(Adjust(id_, why, stop, tuple(target or ())))
    assert isinstance(judged, Judged), "this question has no other answer"
    answer = judged.answer
    facts = {"signal": answer.signal, "position": id_, "code": answer.code}
    if answer.code:
        raise Problem(
            "NOT_ADJUSTED",
            f"Nothing was moved: {meaning(answer.code)} `kedge explain {answer.signal}` shows the figures.",
            facts=facts,
        )
    if as_json:
        output.emit({"adjusted": id_, "signal": answer.signal})
    else:
        output.say(f"Adjusted position {id_} (signal {answer.signal}).")


def _position_in(view: "View", name: str, account: "AccountId | None") -> str:
    """The position that a person names, by its id or by its instrument."""
    there = [each for each in view.positions if account in (None, each.account)]
    of_instrument = [each for each in there if each.instrument == name]
    if not of_instrument:
        return id_of("position", name, [each.id for each in there])
    if len(of_instrument) > 1:
        accounts = ", ".join(each.account for each in of_instrument)
        raise Problem(
            "AMBIGUOUS_POSITION",
            f"{name} is held by several accounts ({accounts}): name one with --account.",
            status=Status.USAGE,
            facts={"instrument": name, "accounts": [each.account for each in of_instrument]},
        )
    return of_instrument[0].id
