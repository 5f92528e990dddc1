"""What the keys do: each is told in full before it is done, and what the engine answers is told after."""

from collections.abc import Callable
from typing import NamedTuple

from kedge.domain.accounts import TradingState
from kedge.domain.codes import Code
from kedge.domain.orders import Role
from kedge.engine.control import messages as m
from kedge.engine.view import AccountView, OrderView, PositionView, View
from kedge.tui.orders import role, short, wish
from kedge.tui.positions import holding
from kedge.wording.figures import gain, price
from kedge.wording.phrases import meaning


class Act(NamedTuple):
    """Something that a person can have done."""

    title: str
    words: str
    question: Callable[[str], m.Question]  # from the reason
    told: Callable[[m.Done], str]


class Refusal(NamedTuple):
    """Something that a key does not do, and why."""

    title: str
    words: str


def kill_switch(view: View) -> Act:
    """On when trading is active, off when it is not."""
    if view.trading is TradingState.ACTIVE:
        return Act(
            "Kill switch ON",
            "Every new entry of every account is refused from now on, over restarts too, until the switch is turned "
            "off. Stops, targets and exits go on working. Entries that wait at a venue can still fill (C cancels "
            "them), and positions stay open (f closes them).",
            lambda why: m.SetTrading(TradingState.HALTED, why),
            lambda done: "Trading is HALTED." if done.items else "Trading was HALTED already.",
        )
    return Act(
        "Kill switch OFF",
        f"Trading of all accounts is {view.trading}. All accounts may take new risk again; one that is paused stays "
        "so.",
        lambda why: m.SetTrading(TradingState.ACTIVE, why),
        lambda done: "Trading is ACTIVE." if done.items else "Trading was ACTIVE already.",
    )


def pause(account: AccountView) -> Act:
    """Pause an account, or resume it."""
    if account.state is TradingState.ACTIVE:
        return Act(
            f"Pause {account.id}",
            f"Account {account.id} only reduces what it holds from now on: its entries are refused. Exits, stops and "
            "targets go on working.",
            lambda why: m.SetTrading(TradingState.REDUCING, why, account.id),
            lambda _: f"Account {account.id} is REDUCING.",
        )
    return Act(
        f"Resume {account.id}",
        f"Account {account.id} is {account.state}. It may enter again; the kill switch, when it is on, still holds.",
        lambda why: m.SetTrading(TradingState.ACTIVE, why, account.id),
        lambda _: f"Account {account.id} is ACTIVE.",
    )


def cancel(order: OrderView) -> Act | Refusal:
    """Cancel one order, unless it protects something."""
    what = f"{role(order)} order {short(order.id)} of {order.account} ({wish(order)})"
    if order.role.is_protective:
        return Refusal(
            "Not cancelled",
            f"The {what} is protection, and this key takes none away. It goes with its position (x closes it) or with "
            f"its entry. To leave the position without it all the same: kedge cancel {order.id} --including-stops.",
        )
    return Act(
        "Cancel an order",
        f"The venue is asked to cancel the {what}. What it has filled by then is filled.",
        lambda why: m.Cancel(order.id, why),
        lambda _: f"Asked to cancel {short(order.id)}.",
    )


def cancel_entries(view: View) -> Act | Refusal:
    """Cancel every entry that waits."""
    entries = [order for order in view.orders if order.role is Role.ENTRY]
    if not entries:
        return Refusal(
            "Nothing to cancel", "No entry waits. Stops, targets and exits are never cancelled by this key."
        )
    return Act(
        f"Cancel {_count(len(entries), 'entry', 'entries')}",
        f"The venues are asked to cancel every entry that waits, of all accounts: {_list(map(wish, entries))}. Stops, "
        "targets and exits stay. New entries can come (k keeps them away).",
        lambda why: m.CancelAll(why, entries_only=True),
        lambda done: f"Asked to cancel {_count(len(done.items), 'entry', 'entries')}.",
    )


def close(position: PositionView) -> Act:
    """Close one position."""
    worth = (
        ""
        if position.price is None or position.unrealised is None
        else f" (now {price(position.price)}, open result {gain(position.unrealised)})"
    )
    return Act(
        "Close a position",
        f"{holding(position)} of {position.account} is closed at the market{worth}. Its stop and target go with it. "
        "Nothing keeps a strategy from opening it again.",
        lambda why: m.Close(why, position.id),
        _closed,
    )


def flatten(view: View) -> Act | Refusal:
    """Close every position."""
    if not view.positions:
        return Refusal("Nothing to close", "No position is open.")
    return Act(
        f"Close {_count(len(view.positions), 'position', 'positions')}",
        f"Every position of every account is closed at the market: {_list(map(holding, view.positions))}. Entries that "
        "wait stay (C cancels them), and new ones can come (k keeps them away).",
        m.Close,
        _closed,
    )


def _closed(done: m.Done) -> str:
    parts = [f"Exits sent for {_count(len(done.items), 'position', 'positions')}."]
    for position, code in done.left.items():
        on_its_way = code == Code.ALREADY_EXITING
        why = "an exit is on its way already" if on_its_way else f"NO EXIT SENT, {code}: {meaning(code)}"
        parts.append(f"{short(position)}: {why}.")
    return " ".join(parts)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _list(items: "map[str]", most: int = 6) -> str:
    names = list(items)
    rest = len(names) - most
    return "; ".join(names[:most]) + (f"; and {rest} more" if rest > 0 else "")
