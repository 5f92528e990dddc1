"""`kedge kill`: no new risk at all, of any account."""

from typing import Annotated

import typer

from kedge.cli import output
from kedge.cli.commands.override import (
    closing_item,
    flatten_now,
    refuse_left,
    say_closing,
    say_list,
)
from kedge.cli.live import Line, calling, confirm
from kedge.cli.options import DEFAULT_DATA_DIR, DEFAULT_WHY, AsJson, DataDir, Why, Yes, examples
from kedge.domain.accounts import TradingState

ON_EXAMPLES = examples("kedge kill on --why 'wrong prices'", "kedge kill on --cancel --flatten")
OFF_EXAMPLES = examples("kedge kill off", "kedge kill off --yes --why 'prices are right again'")

app = typer.Typer(
    help="The kill switch: no new risk from now on.",
    epilog=examples("kedge kill on --cancel --flatten", "kedge kill off"),
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _kill(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        output.say(context.get_help())


@app.command("on", epilog=ON_EXAMPLES)
def on(
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Withdraw entries that are not filled yet.")
    ] = False,
    flatten: Annotated[bool, typer.Option("--flatten", help="Close every position at the market.")] = False,
    why: Why = DEFAULT_WHY,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Halt: every new entry is refused, of every account.

    It stays on over restarts until `kedge kill off`. Stops, targets and exits go on working. It never asks first.
    """
    from kedge.engine.control.messages import CancelAll

    with calling(data_dir) as line:
        changed = _set(line, TradingState.HALTED, why)
        cancelled = line.do(CancelAll(why, entries_only=True)).items if cancel else ()
        done = flatten_now(line, why) if flatten else None
    if done is not None:
        refuse_left(done, "Trading is halted. ")
    if as_json:
        closing = (
            {"closing": (), "already_exiting": (), "quantities": {}} if done is None else closing_item(done)
        )
        output.emit({"trading": TradingState.HALTED, "changed": changed, "cancelling": cancelled, **closing})
        return
    output.say("Trading is halted." if changed else "Trading was halted already.", "bold red")
    if cancel:
        say_list("Asked to cancel", "order", cancelled, "There was no entry to cancel.")
    if done is not None:
        say_closing(done)


@app.command("off", epilog=OFF_EXAMPLES)
def off(
    why: Why = DEFAULT_WHY,
    yes: Yes = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Let entries through again; an account that is paused stays so.

    Asks first; where nobody can be asked it needs --yes.
    """
    with calling(data_dir) as line:
        confirm("Let all accounts take new risk again?", yes=yes, elsewhere=False)
        changed = _set(line, TradingState.ACTIVE, why)
    if as_json:
        output.emit({"trading": TradingState.ACTIVE, "changed": changed})
    else:
        output.say("Trading is active." if changed else "Trading was active already.")


def _set(line: Line, state: TradingState, why: str) -> bool:
    """Whether that changed anything."""
    from kedge.engine.control.messages import SetTrading

    return bool(line.do(SetTrading(state, why)).items)
