"""`kedge pause` and `resume`: an account or a strategy takes no new risk, or goes on; and locks that a person ends."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.completion import offer_accounts_and_strategies, offer_locks
from kedge.cli.errors import Problem, Status
from kedge.cli.held_back import lock_item, lock_line
from kedge.cli.live import Line, calling, confirm
from kedge.cli.options import DEFAULT_DATA_DIR, DEFAULT_WHY, AsJson, DataDir, Why, Yes, examples
from kedge.cli.record import reading
from kedge.domain.accounts import TradingState
from kedge.domain.codes import LOCKS, Code
from kedge.domain.ids import AccountId
from kedge.wording.governing import LIMITS

if TYPE_CHECKING:
    from kedge.engine.view import View

PAUSE_EXAMPLES = examples("kedge pause alpha", "kedge pause orb-es --why 'it trades too much'")
RESUME_EXAMPLES = examples(
    "kedge resume alpha",
    "kedge resume orb-es --why 'it was the feed'",
    "kedge resume alpha --release DAILY_LOSS_LIMIT --why 'I have looked'",
)
_SHOWN = 8
Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="The id of an account, or the name of a strategy.",
        autocompletion=offer_accounts_and_strategies,
    ),
]
IsAccount = Annotated[
    bool, typer.Option("--account", help="The account of this name, where a strategy has it too.")
]
IsStrategy = Annotated[
    bool, typer.Option("--strategy", help="The strategy of this name, also one that has sent nothing yet.")
]


def pause(
    name: Name,
    account: IsAccount = False,
    strategy: IsStrategy = False,
    why: Why = DEFAULT_WHY,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Let an account only reduce, or a strategy no longer enter.

    Entries are refused; exits, stops and targets go on working. It holds over restarts.
    """
    with calling(data_dir) as line:
        view, _ = line.look()
        if _is_strategy(name, view, data_dir, account=account, strategy=strategy):
            _set_strategy(line, name, why, paused=True, as_json=as_json)
        else:
            _set_account(line, view, AccountId(name), TradingState.REDUCING, why, as_json=as_json)


def resume(
    name: Name,
    account: IsAccount = False,
    strategy: IsStrategy = False,
    release: Annotated[
        str | None,
        typer.Option(
            "--release",
            metavar="CODE",
            help="End this lock of the account, and nothing else.",
            autocompletion=offer_locks,
        ),
    ] = None,
    why: Why = DEFAULT_WHY,
    yes: Yes = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Let a paused account or strategy enter again, or end a lock.

    The kill switch, when it is on, still holds for all. A lock is what a limit of the account has set; it is not ended
    while equity is still at or below that limit. --release asks first; where nobody can be asked it needs --yes.
    """
    code = None if release is None else _lock_named(release)
    with calling(data_dir) as line:
        view, _ = line.look()
        if not _is_strategy(name, view, data_dir, account=account, strategy=strategy):
            if code is None:
                _set_account(line, view, AccountId(name), TradingState.ACTIVE, why, as_json=as_json)
            else:
                _release(line, AccountId(name), code, why, yes=yes, as_json=as_json)
        elif code is not None:
            raise _usage("--release is for accounts: a strategy has no locks.", "resume")
        else:
            _set_strategy(line, name, why, paused=False, as_json=as_json)


def _is_strategy(name: str, view: "View", data_dir: Path, *, account: bool, strategy: bool) -> bool:
    """Whether the name is a strategy's; one that is nobody's, or both, is not guessed at."""
    if account and strategy:
        raise _usage("Give --account or --strategy, not both.", "pause")
    accounts: list[str] = [each.id for each in view.accounts]
    with reading(data_dir) as reader:
        strategies = sorted({*view.held_back.strategies, *reader.strategies_heard()})
    if strategy:
        return True
    if name in accounts and name in strategies and not account:
        raise Problem(
            "AMBIGUOUS_NAME",
            f"{name} is an account and a strategy. Say which with --account or --strategy.",
            status=Status.USAGE,
            facts={"name": name},
        )
    if name in accounts:
        return False
    if name in strategies and not account:
        return True
    raise (
        _unknown("account", name, accounts)
        if account
        else _unknown("account or strategy", name, accounts, strategies)
    )


def _unknown(nouns: str, name: str, accounts: Sequence[str], strategies: Sequence[str] = ()) -> Problem:
    close = get_close_matches(name, [*accounts, *strategies], n=3, cutoff=0.7)
    hints = [f"Did you mean {' or '.join(close)}?"] if close else []
    if not close and accounts:
        hints.append(f"Accounts: {_listed(accounts)}.")
    if not close and strategies:
        hints.append(f"Strategies: {_listed(strategies)}.")
    return Problem("UNKNOWN_NAME", " ".join((f"There is no {nouns} {name}.", *hints)), facts={"name": name})


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _set_strategy(line: Line, name: str, why: str, *, paused: bool, as_json: bool) -> None:
    from kedge.engine.control.messages import SetStrategy

    changed = bool(line.do(SetStrategy(name, paused, why)).items)
    if as_json:
        output.emit({"strategy": name, "paused": paused, "changed": changed})
    elif paused:
        output.say(f"Strategy {name} {'is' if changed else 'was already'} paused: its entries are refused.")
    elif changed:
        output.say(f"Strategy {name} goes on.")
    else:
        output.say(f"Strategy {name} was not paused; what is counted of it begins anew.")


def _set_account(
    line: Line, view: "View", account: AccountId, state: TradingState, why: str, *, as_json: bool
) -> None:
    from kedge.engine.control.messages import SetTrading

    changed = bool(line.do(SetTrading(state, why, account)).items)
    locks = [lock for lock in view.held_back.locks if lock.account == account]
    if as_json:
        output.emit(
            {
                "account": account,
                "state": state,
                "changed": changed,
                "trading": view.trading,
                "locks": [lock_item(lock) for lock in locks],
            }
        )
        return
    output.say(f"Account {account} {'is' if changed else 'was already'} {state}.")
    if state is not TradingState.ACTIVE:
        return
    if view.trading is not TradingState.ACTIVE:
        output.say(f"Trading of all accounts is {view.trading}: `kedge kill off` ends that.", "bold red")
    for lock in locks:
        output.say(f"It is {lock_line(lock)}.", "bold red")


def _release(line: Line, account: AccountId, code: Code, why: str, *, yes: bool, as_json: bool) -> None:
    from kedge.engine.control.messages import Release

    confirm(f"Let account {account} enter again, after {LIMITS[code]}?", yes=yes, elsewhere=False)
    line.do(Release(account, code, why))
    view, _ = line.look()
    state = next(each.state for each in view.accounts if each.id == account)
    locks = [lock for lock in view.held_back.locks if lock.account == account]
    if as_json:
        output.emit(
            {
                "account": account,
                "released": code,
                "state": state,
                "trading": view.trading,
                "locks": [lock_item(lock) for lock in locks],
            }
        )
        return
    output.say(f"Account {account} is not locked by {LIMITS[code]} any more.")
    for lock in locks:
        output.say(f"It is {lock_line(lock)}.", "bold red")
    if state is not TradingState.ACTIVE:
        output.say(f"It is {state} all the same: `kedge resume {account}` ends that.", "bold red")
    if view.trading is not TradingState.ACTIVE:
        output.say(f"Trading of all accounts is {view.trading}: `kedge kill off` ends that.", "bold red")


def _lock_named(text: str) -> Code:
    wanted = text.strip().upper().replace("-", "_")
    if wanted not in LOCKS:
        raise _usage(f"{text} is no lock; there are {', '.join(LOCKS)}.", "resume")
    return Code(wanted)


def _usage(wrong: str, command: str) -> Problem:
    return Problem(
        "USAGE",
        f"{wrong} `kedge {command} --help` tells what can be asked.",
        status=Status.USAGE,
        facts={"command": f"kedge {command}"},
    )
