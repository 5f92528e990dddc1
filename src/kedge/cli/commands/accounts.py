"""`kedge accounts`: the money of each account, and the room that is left under its rules."""

from typing import TYPE_CHECKING

from kedge.cli import output
from kedge.cli.commands.orders import OPEN_STATES
from kedge.cli.commands.status import account_item, show_accounts
from kedge.cli.live import seen
from kedge.cli.options import DEFAULT_DATA_DIR, Account, AsJson, DataDir, Owner, examples
from kedge.cli.record import account_of, reading, unknown
from kedge.cli.room import room_item, rooms, show_room
from kedge.cli.unallocated import show_unallocated, unallocated_items
from kedge.domain.ids import AccountId

if TYPE_CHECKING:
    from kedge.journal.reader import Fields

EXAMPLES = examples("kedge accounts", "kedge accounts --account alpha", "kedge accounts --owner ann --json")

_DAMAGED = "What room is left cannot be told: the record is damaged. `kedge journal verify` says where."


def accounts(
    account: Account = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    owner: Owner = None,
    as_json: AsJson = False,
) -> None:
    """List accounts: their money, and the room left by each rule.

    It comes out of the record, so no engine is needed. A running one adds equity and open results, and measures the
    room by the prices of now; without one what is open counts as it was valued last.
    """
    view = seen(data_dir)
    with reading(data_dir) as reader:
        whose = account_of(reader, account)
        found, positions = _of_owner(reader.accounts(account=whose), owner), reader.positions()
        orders = reader.orders(states=OPEN_STATES)
        there = [(each["venue"], each["venue_account"]) for each in found]
        loose = [row for row in reader.unallocated() if (row["venue"], row["account"]) in there]
        room = rooms(reader, view)
    shown = [room[str(each["id"])] for each in found if str(each["id"]) in room]
    if as_json:
        told = {each.account: room_item(each) for each in shown}
        items = [
            account_item(each, positions, orders, view) | {"room": told.get(AccountId(str(each["id"])))}
            for each in found
        ]
        output.emit({"items": items, "next": None, "unallocated": unallocated_items(loose)})
    elif not found:
        output.say("No accounts.")
    else:
        show_accounts(found, positions, orders, view)
        if not shown and view is None:
            output.say()
            output.paragraph(_DAMAGED, "yellow")
        for each in shown:
            output.say()
            show_room(each)
        show_unallocated(loose)


def _of_owner(accounts: "list[Fields]", owner: str | None) -> "list[Fields]":
    """Those of an owner; a misspelt one is not taken for one without accounts."""
    if owner is None:
        return accounts
    found = [account for account in accounts if account["owner"] == owner]
    if not found:
        raise unknown("owner", owner, sorted({str(each["owner"]) for each in accounts if each["owner"]}))
    return found
