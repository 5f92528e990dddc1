"""`kedge kill`, `pause` and `resume`: how much may be done at all, by all accounts or by one."""

from typing import Annotated

import typer

from kedge.cli import output
from kedge.cli.commands.override import account_in
from kedge.cli.completion import offer_accounts
from kedge.cli.kill_outcome import Cancels, Flattens, Timeout, mode_of, throw
from kedge.cli.live import Line, calling, confirm
from kedge.cli.options import DEFAULT_DATA_DIR, DEFAULT_WHY, AsJson, DataDir, Why, Yes, examples
from kedge.domain.accounts import TradingState
from kedge.domain.ids import AccountId

ON_EXAMPLES = examples(
    "kedge kill on --why 'wrong prices'", "kedge kill on --cancel", "kedge kill on --flatten --timeout 60"
)
OFF_EXAMPLES = examples("kedge kill off", "kedge kill off --yes --why 'prices are right again'")
PAUSE_EXAMPLES = examples("kedge pause alpha", "kedge pause alpha --why lunch")
RESUME_EXAMPLES = examples("kedge resume alpha", "kedge resume alpha --json")
Name = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="The account's id.", autocompletion=offer_accounts)
]

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


def pause(
    account: Name, why: Why = DEFAULT_WHY, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False
) -> None:
    """Let one account only reduce what it holds.

    Its entries are refused; exits, stops and targets go on working.
    """
    _set_account(account, TradingState.REDUCING, why, data_dir, as_json=as_json)


def resume(
    account: Name, why: Why = DEFAULT_WHY, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False
) -> None:
    """Let an account enter again that was paused or halted.

    The kill switch, when it is on, still holds for all.
    """
    _set_account(account, TradingState.ACTIVE, why, data_dir, as_json=as_json)


def _set_account(name: str, state: TradingState, why: str, data_dir: DataDir, *, as_json: bool) -> None:
    with calling(data_dir) as line:
        view, _ = line.look()
        account = account_in(view, name)
        changed = _set(line, state, why, account)
    if as_json:
        output.emit({"account": account, "state": state, "changed": changed, "trading": view.trading})
        return
    output.say(f"Account {account} {'is' if changed else 'was already'} {state}.")
    if state is TradingState.ACTIVE and view.trading is not TradingState.ACTIVE:
        output.say(f"Trading of all accounts is {view.trading}: `kedge kill off` ends that.", "bold red")


def _set(line: Line, state: TradingState, why: str, account: AccountId | None = None) -> bool:
    """Whether that changed anything."""
    from kedge.engine.control.messages import SetTrading

    return bool(line.do(SetTrading(state, why, account)).items)
