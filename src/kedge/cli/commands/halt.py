"""`kedge halt`: the kill switch of one account."""

from typing import Annotated

import typer

from kedge.cli.commands.override import account_in
from kedge.cli.completion import offer_accounts
from kedge.cli.kill_outcome import Cancels, Flattens, Timeout, mode_of, throw
from kedge.cli.live import calling
from kedge.cli.options import DEFAULT_DATA_DIR, DEFAULT_WHY, AsJson, DataDir, Why, examples

EXAMPLES = examples("kedge halt alpha", "kedge halt alpha --flatten --why 'wrong fills'")


def halt(
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="The account's id.", autocompletion=offer_accounts)
    ],
    cancel: Cancels = False,
    flatten: Flattens = False,
    timeout: Timeout = None,
    why: Why = DEFAULT_WHY,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Refuse the entries of one account.

    That lasts until `kedge resume`, over restarts too. Exits go on working, and a position that stays open keeps its
    stop and its targets. It never asks first. With --cancel or --flatten it waits until the venue has confirmed what
    was done.
    """
    with calling(data_dir) as line:
        whose = account_in(line.look()[0], account)
        throw(line, mode_of(cancel=cancel, flatten=flatten), why, timeout, whose, as_json=as_json)
