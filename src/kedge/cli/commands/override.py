"""`kedge cancel`, `close` and `flatten`: a person's own hand, recorded with who and why."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.closed import recorded_order
from kedge.cli.completion import offer_open_orders, offer_positions
from kedge.cli.errors import Problem, Status
from kedge.cli.live import Line, calling, confirm
from kedge.cli.options import (
    DEFAULT_DATA_DIR,
    DEFAULT_WHY,
    Account,
    AsJson,
    DataDir,
    IncludingStops,
    Why,
    Yes,
    examples,
    read_percent,
    read_size,
)
from kedge.cli.record import id_of, matching, unknown
from kedge.domain.codes import Code
from kedge.domain.ids import AccountId, OrderId
from kedge.domain.numbers import plain
from kedge.wording.figures import quantity as quantity_text
from kedge.wording.phrases import meaning
from kedge.wording.text import Cell

if TYPE_CHECKING:
    from kedge.engine.control.messages import Done
    from kedge.engine.view import View

CANCEL_EXAMPLES = examples(
    "kedge cancel ORDER",
    "kedge cancel --all --account alpha",
    "kedge cancel --all --yes --json",
)
CLOSE_EXAMPLES = examples(
    "kedge close POSITION",
    "kedge close POSITION --pct 50",
    "kedge close POSITION --quantity 2 --why 'news at 14:00'",
)
_WHOLE: Mapping[str, Decimal] = MappingProxyType({})
FLATTEN_EXAMPLES = examples("kedge flatten", "kedge flatten --account alpha --yes")


def cancel(
    order: Annotated[
        str | None,
        typer.Argument(
            metavar="ORDER", help="The order's id, or the end of it.", autocompletion=offer_open_orders
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every open order that protects nothing.")
    ] = False,
    account: Account = None,
    including_stops: IncludingStops = False,
    why: Why = DEFAULT_WHY,
    yes: Yes = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Cancel one order, or all of them.

    Stops and targets stay unless --including-stops is given, which has to be confirmed. With --all it asks first on
    a terminal. The venue has the last word: what it has filled by then is filled.
    """
    from kedge.engine.control.messages import Cancel, CancelAll

    _check_cancel(order, everything=everything, account=account)
    with calling(data_dir) as line:
        view, _ = line.look()
        whose = account_in(view, account)
        if order is not None:
            id_ = OrderId(_order_in(view, order, data_dir))
            if including_stops:
                confirm(f"Cancel {id_}, also if it protects a position?", yes=yes, elsewhere=False)
            done = line.do(Cancel(id_, why, including_stops))
        else:
            what = "all orders, stops and targets included," if including_stops else "all orders"
            confirm(f"Cancel {what} of {whose or 'all accounts'}?", yes=yes, elsewhere=not including_stops)
            done = line.do(CancelAll(why, whose, including_stops))
    if as_json:
        output.emit({"cancelling": done.items})
    else:
        say_list("Asked to cancel", "order", done.items, "There was no order to cancel.")


def close(
    position: Annotated[
        str,
        typer.Argument(
            metavar="POSITION", help="The position's id, or the end of it.", autocompletion=offer_positions
        ),
    ],
    quantity: Annotated[
        Decimal | None,
        typer.Option("--quantity", metavar="N", parser=read_size, help="So much of it; else all."),
    ] = None,
    pct: Annotated[
        Decimal | None,
        typer.Option(
            "--pct", metavar="P", parser=read_percent, help="So many percent of it, rounded down to the lot."
        ),
    ] = None,
    why: Why = DEFAULT_WHY,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Close one position at the market, or a part of it.

    What is left of it keeps its stop and its targets. More than is open cannot be closed: then all of it is.
    """
    from kedge.engine.control.messages import Close

    if quantity is not None and pct is not None:
        raise Problem(
            "USAGE",
            "Give --quantity or --pct, not both. `kedge close --help` tells what can be asked.",
            status=Status.USAGE,
            facts={"command": "kedge close"},
        )
    with calling(data_dir) as line:
        view, _ = line.look()
        held = {str(each.id): each.quantity for each in view.positions}
        id_ = id_of("position", position, list(held))
        done = line.do(Close(why, id_, quantity=quantity, pct=pct))
    tell_closed(done, held, as_json=as_json)


def flatten(
    account: Account = None,
    why: Why = DEFAULT_WHY,
    yes: Yes = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Close every position at the market.

    Asks first on a terminal. Entries that still wait may open new positions: `kedge cancel --all` withdraws them,
    `kedge kill on --cancel --flatten` does all of it.
    """
    with calling(data_dir) as line:
        view, _ = line.look()
        whose = account_in(view, account)
        count = sum(whose in (None, each.account) for each in view.positions)
        confirm(
            f"Close {count} position{'' if count == 1 else 's'} of {whose or 'all accounts'} at the market?",
            yes=yes,
            elsewhere=True,
        )
        done = flatten_now(line, why, whose)
    tell_closed(done, {}, as_json=as_json)


def flatten_now(line: Line, why: str, account: AccountId | None = None) -> "Done":
    """Close all positions, of one account or of all."""
    from kedge.engine.control.messages import Close

    return line.do(Close(why, account=account))


def account_in(view: "View", name: str | None) -> AccountId | None:
    """The account that a person names, as the engine knows it."""
    known = [account.id for account in view.accounts]
    if name is not None and name not in known:
        raise unknown("account", name, known)
    return None if name is None else AccountId(name)


def say_list(done: str, noun: str, items: Sequence[str], nothing: str) -> None:
    """What it was done to, one a line."""
    if not items:
        output.say(nothing)
        return
    output.say(f"{done} {len(items)} {noun}{'' if len(items) == 1 else 's'}:")
    for item in items:
        output.say_parts("  ", Cell(item))


def tell_closed(done: "Done", held: Mapping[str, Decimal], *, as_json: bool) -> None:
    """Which positions are being closed; when one is not, that is the command's failure. `held`: their sizes before."""
    refuse_left(done)
    if as_json:
        output.emit(closing_item(done))
    else:
        say_closing(done, held)


def refuse_left(done: "Done") -> None:
    """Fail when a position was given no exit and has none on its way."""
    left = [f"{id_} ({code})" for id_, code in done.left.items() if code != Code.ALREADY_EXITING]
    if left:
        codes = {code for code in done.left.values() if code != Code.ALREADY_EXITING}
        why = f" {meaning(codes.pop())}" if len(codes) == 1 else ""
        raise Problem(
            "NOT_CLOSED",
            f"No exit was sent for {', '.join(left)}.{why} `kedge positions` shows what is open.",
            facts=closing_item(done) | {"left": done.left},
        )


def closing_item(done: "Done") -> dict[str, object]:
    """As programs get it."""
    sizes = {id_: plain(size) for id_, size in done.sizes.items()}
    return {"closing": done.items, "already_exiting": tuple(done.left), "quantities": sizes}


def say_closing(done: "Done", held: Mapping[str, Decimal] = _WHOLE) -> None:
    """As people get it."""
    if done.items or not done.left:
        named = [f"{id_}{_of_it(done.sizes.get(id_), held.get(id_))}" for id_ in done.items]
        say_list("Sent exits for", "position", named, "There was no position to close.")
    if done.left:
        say_list("An exit was on its way already for", "position", tuple(done.left), "")


def _of_it(size: Decimal | None, held: Decimal | None) -> str:
    """How much of it, where that is a part."""
    part = size is not None and held is not None and size < held
    return f", {quantity_text(size)} of {quantity_text(held)}" if part and size and held else ""


def _order_in(view: "View", name: str, data_dir: Path) -> str:
    """The order that a person names: an open one, or else one of the record."""
    is_open = [each.id for each in view.orders]
    return id_of("order", name, is_open) if matching(name, is_open) else recorded_order(data_dir, name)


def _check_cancel(order: str | None, *, everything: bool, account: str | None) -> None:
    if (order is not None) == everything:
        wrong = "Name one order, or give --all."
    elif account is not None and not everything:
        wrong = "--account goes with --all."
    else:
        return
    raise Problem(
        "USAGE",
        f"{wrong} `kedge cancel --help` tells what can be asked.",
        status=Status.USAGE,
        facts={"command": "kedge cancel"},
    )
