"""`kedge accounts`: the money of each account."""

from kedge.cli import output
from kedge.cli.commands.orders import OPEN_STATES
from kedge.cli.commands.status import account_item, show_accounts
from kedge.cli.live import seen
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, examples
from kedge.cli.record import reading

EXAMPLES = examples("kedge accounts", "kedge accounts --json")


def accounts(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """List accounts with their money.

    It comes out of the record, so no engine is needed. A running one adds equity and open results.
    """
    with reading(data_dir) as reader:
        found, positions = reader.accounts(), reader.positions()
        orders = reader.orders(states=OPEN_STATES)
    view = seen(data_dir)
    if as_json:
        output.emit({"items": [account_item(each, positions, orders, view) for each in found], "next": None})
    elif not found:
        output.say("No accounts.")
    else:
        show_accounts(found, positions, orders, view)
