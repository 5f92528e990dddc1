"""An order that a person wants to act on and that has ended already: told how, and when."""

from pathlib import Path
from typing import TYPE_CHECKING

from kedge.cli import listing
from kedge.cli.errors import Problem
from kedge.cli.record import id_of, reading
from kedge.domain.instants import show_instant
from kedge.domain.lifecycle import OrderState, is_final
from kedge.wording import figures
from kedge.wording.times import show_moment

if TYPE_CHECKING:
    from kedge.journal.reader import Fields


def recorded_order(data_dir: Path, name: str) -> str:
    """The id of an order that is not among the open ones; raises `Problem` when it has ended, or never was."""
    with reading(data_dir) as reader:
        orders = {str(row["id"]): row for row in reader.orders()}
    id_ = id_of("order", name, list(orders))
    if is_final(OrderState(str(orders[id_]["state"]))):
        raise _ended(orders[id_])
    return id_  # it was opened since we looked


def _ended(fields: "Fields") -> Problem:
    ended = listing.instant(fields["updated"])
    facts = {"order": fields["id"], "state": fields["state"]}
    if ended is not None:
        facts["ended"] = show_instant(ended)
    return Problem(
        "NOT_OPEN",
        f"Order {fields['id']} has ended: {_how(fields)}"
        f"{'' if ended is None else f', {show_moment(ended)}'}. There is nothing to cancel.",
        facts=facts,
    )


def _how(fields: "Fields") -> str:
    state, filled, reason = OrderState(str(fields["state"])), fields["filled"], str(fields["reason"] or "")
    if state is OrderState.FILLED:
        return f"filled, {figures.shown_quantity(filled)} of {figures.shown_quantity(fields['quantity'])}"
    part = figures.decimal(filled)
    traded = f" with {figures.shown_quantity(filled)} of {figures.shown_quantity(fields['quantity'])} filled"
    return f"{state.lower()}{traded if part else ''}{f' ({reason})' if reason else ''}"
