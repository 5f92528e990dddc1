"""`kedge accounts`: the money of each account."""

from typing import TYPE_CHECKING

from kedge.cli import output
from kedge.cli.commands.orders import OPEN_STATES
from kedge.cli.commands.status import account_item, show_accounts
from kedge.cli.live import seen
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, Owner, examples
from kedge.cli.record import reading, unknown
from kedge.cli.unallocated import show_unallocated, unallocated_items

if TYPE_CHECKING:
    from kedge.journal.reader import Fields

EXAMPLES = examples("kedge accounts", "kedge accounts --owner ann", "kedge accounts --json")


def accounts(data_dir: DataDir = DEFAULT_DATA_DIR, owner: Owner = None, as_json: AsJson = False) -> None:
    """List accounts with their money.

    It comes out of the record, so no engine is needed. A running one adds equity and open results.
    """
    with reading(data_dir) as reader:
        found, positions = _of_owner(reader.accounts(), owner), reader.positions()
        orders = reader.orders(states=OPEN_STATES)
        there = [(each["venue"], each["venue_account"]) for each in found]
        loose = [row for row in reader.unallocated() if (row["venue"], row["account"]) in there]
    view = seen(data_dir)
    if as_json:
        items = [account_item(each, positions, orders, view) for each in found]
        output.emit({"items": items, "next": None, "unallocated": unallocated_items(loose)})
    elif not found:
        output.say("No accounts.")
    else:
        show_accounts(found, positions, orders, view)
        show_unallocated(loose)


def _of_owner(accounts: "list[Fields]", owner: str | None) -> "list[Fields]":
    """Those of an owner; a misspelt one is not taken for one without accounts."""
    if owner is None:
        return accounts
    found = [account for account in accounts if account["owner"] == owner]
    if not found:
        raise unknown("owner", owner, sorted({str(each["owner"]) for each in accounts if each["owner"]}))
    return found
