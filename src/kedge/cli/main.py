"""The program: its commands, and the one place where an error becomes words and an exit status."""

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from kedge import __version__
from kedge.cli import errors, output
from kedge.cli.commands import (
    accounts,
    adjust,
    approve,
    check,
    dash,
    demo,
    doctor,
    explain,
    halt,
    init,
    journal,
    kill,
    lab,
    order,
    orders,
    override,
    pause,
    portfolio,
    positions,
    profiles,
    run,
    signal,
    signals,
    status,
    strategies,
    trades,
)
from kedge.cli.errors import Problem, Status
from kedge.cli.options import examples

_RUN, _ACT, _LOOK, _RECORD = "Run", "Act on a running engine", "Look", "Record"
_PRACTISE = "Practise"

app = typer.Typer(
    name="kedge",
    help="Turns trading signals into protected orders and never loses track of one.",
    epilog=examples("kedge demo --seconds 20", "kedge status", "kedge trades --since today --json"),
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init", epilog=init.EXAMPLES, rich_help_panel=_RUN)(init.init)
app.command("check", epilog=check.EXAMPLES, rich_help_panel=_RUN)(check.check)
app.command("profiles", epilog=profiles.EXAMPLES, rich_help_panel=_RUN)(profiles.profiles)
app.command("doctor", epilog=doctor.EXAMPLES, rich_help_panel=_RUN)(doctor.doctor)
app.command("run", epilog=run.EXAMPLES, rich_help_panel=_RUN)(run.run)
app.command("demo", epilog=demo.EXAMPLES, rich_help_panel=_RUN)(demo.demo)
app.command("dash", epilog=dash.EXAMPLES, rich_help_panel=_RUN)(dash.dash)
app.add_typer(signal.app, name="signal", rich_help_panel=_ACT)
app.command("cancel", epilog=override.CANCEL_EXAMPLES, rich_help_panel=_ACT)(override.cancel)
app.command("close", epilog=override.CLOSE_EXAMPLES, rich_help_panel=_ACT)(override.close)
app.command("adjust", epilog=adjust.EXAMPLES, rich_help_panel=_ACT)(adjust.adjust)
app.command("flatten", epilog=override.FLATTEN_EXAMPLES, rich_help_panel=_ACT)(override.flatten)
app.add_typer(kill.app, name="kill", rich_help_panel=_ACT)
app.command("halt", epilog=halt.EXAMPLES, rich_help_panel=_ACT)(halt.halt)
app.command("pause", epilog=pause.PAUSE_EXAMPLES, rich_help_panel=_ACT)(pause.pause)
app.command("resume", epilog=pause.RESUME_EXAMPLES, rich_help_panel=_ACT)(pause.resume)
app.command("approve", epilog=approve.APPROVE_EXAMPLES, rich_help_panel=_ACT)(approve.approve)
app.command("decline", epilog=approve.DECLINE_EXAMPLES, rich_help_panel=_ACT)(approve.decline)
app.command("status", epilog=status.EXAMPLES, rich_help_panel=_LOOK)(status.status)
app.command("accounts", epilog=accounts.EXAMPLES, rich_help_panel=_LOOK)(accounts.accounts)
app.command("orders", epilog=orders.EXAMPLES, rich_help_panel=_LOOK)(orders.orders)
app.command("order", epilog=order.EXAMPLES, rich_help_panel=_LOOK)(order.order)
app.command("positions", epilog=positions.EXAMPLES, rich_help_panel=_LOOK)(positions.positions)
app.command("portfolio", epilog=portfolio.EXAMPLES, rich_help_panel=_LOOK)(portfolio.portfolio)
app.command("trades", epilog=trades.EXAMPLES, rich_help_panel=_LOOK)(trades.trades)
app.command("signals", epilog=signals.EXAMPLES, rich_help_panel=_LOOK)(signals.signals)
app.command("strategies", epilog=strategies.EXAMPLES, rich_help_panel=_LOOK)(strategies.strategies)
app.command("explain", epilog=explain.EXAMPLES, rich_help_panel=_LOOK)(explain.explain)
app.add_typer(journal.app, name="journal", rich_help_panel=_RECORD)
app.add_typer(lab.app, name="lab", rich_help_panel=_PRACTISE)


def _show_version(wanted: bool) -> None:
    if wanted:
        output.say(f"kedge {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _kedge(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        output.say(context.get_help())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Nothing but this decides what an error looks like."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        try:
            status = _run(arguments)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (here errors become words)
            status = _tell(error, arguments)
        output.finish()
    except output.ReaderGoneError:
        output.discard()
        return Status.READER_GONE
    except output.OutputError as error:
        _tell_people(Problem("OUTPUT", str(error)))
        output.discard()
        return Status.FAILED
    return status


def _run(arguments: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        result = command.main(arguments, prog_name="kedge", standalone_mode=False)
    except SystemExit as error:
        if not error.code:
            return Status.DONE  # it has told a shell what it offers
        # So it takes a reader who has gone while it told of itself (`kedge --help | head -1`).
        raise output.ReaderGoneError from error
    return result if isinstance(result, int) else Status.DONE


def _tell(error: BaseException, arguments: Sequence[str]) -> int:
    if isinstance(error, output.ReaderGoneError | output.OutputError):
        raise error
    if isinstance(error, KeyboardInterrupt):
        return Status.INTERRUPTED
    problem = _problem(error, arguments)
    if problem.code == "FAULT" and os.environ.get("KEDGE_DEBUG"):
        raise error
    if _wants_json(arguments):
        output.emit(problem.document)
    else:
        _tell_people(problem)
    return problem.status


def _problem(error: BaseException, arguments: Sequence[str]) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, TyperException):
        return _usage(error, arguments)
    return errors.problem_of(error) or errors.fault(error)


def _usage(error: TyperException, arguments: Sequence[str]) -> Problem:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else _command_of(arguments)
    message = error.format_message().strip()
    ended = message if message.endswith((".", "?", "!")) else f"{message}."
    return Problem(
        "USAGE",
        f"{ended} `{command} --help` tells what can be asked.",
        status=Status.USAGE,
        facts={"command": command},
    )


def _command_of(arguments: Sequence[str]) -> str:
    """The command that was called, as far as it can be told from the words themselves."""
    words = ["kedge"]
    groups = {"journal": journal.app, "signal": signal.app, "kill": kill.app, "lab": lab.app}
    for known in (app, groups.get(arguments[0]) if arguments else None):
        if known is None:
            break
        names = [
            command.name or getattr(command.callback, "__name__", "") for command in known.registered_commands
        ]
        names += [group.name for group in known.registered_groups if isinstance(group.name, str)]
        if len(words) <= len(arguments) and arguments[len(words) - 1] in names:
            words.append(arguments[len(words) - 1])
    return " ".join(words)


def _tell_people(problem: Problem) -> None:
    with contextlib.suppress(OSError, AttributeError):  # AttributeError: the program has no standard error
        sys.stderr.write(f"kedge: {problem.message}\n")
        sys.stderr.flush()


def _wants_json(arguments: Sequence[str]) -> bool:
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in own
