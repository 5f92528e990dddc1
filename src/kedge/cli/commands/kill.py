"""`kedge kill`: no new risk at all, of any account."""

import typer

from kedge.cli import output
from kedge.cli.commands import kill_end
from kedge.cli.kill_outcome import Cancels, Flattens, Timeout, mode_of, throw
from kedge.cli.live import Line, calling, confirm
from kedge.cli.options import DEFAULT_DATA_DIR, DEFAULT_WHY, AsJson, DataDir, Why, Yes, examples
from kedge.domain.accounts import TradingState

ON_EXAMPLES = examples(
    "kedge kill on --why 'wrong prices'", "kedge kill on --cancel", "kedge kill on --flatten --timeout 60"
)
OFF_EXAMPLES = examples("kedge kill off", "kedge kill off --yes --why 'prices are right again'")

app = typer.Typer(
    help="The kill switch: no new risk from now on.",
    epilog=examples("kedge kill on --flatten", "kedge kill off"),
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _kill(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        output.say(context.get_help())


@app.command("on", epilog=ON_EXAMPLES)
def on(
    cancel: Cancels = False,
    flatten: Flattens = False,
    timeout: Timeout = None,
    why: Why = DEFAULT_WHY,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Halt: every new entry is refused, of every account.

    It stays on over restarts until `kedge kill off`. Exits go on working, and a position that stays open keeps its
    stop and its targets. It never asks first. With --cancel or --flatten it waits until the venues have confirmed
    what was done, and names what could not be.
    """
    with calling(data_dir) as line:
        throw(line, mode_of(cancel=cancel, flatten=flatten), why, timeout, as_json=as_json)


app.command("end", epilog=kill_end.EXAMPLES)(kill_end.end)


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
