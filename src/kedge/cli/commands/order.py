"""`kedge order`: the life of one order."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import forms, listing, output
from kedge.cli.commands.orders import state_cell
from kedge.cli.completion import offer_orders
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, examples
from kedge.cli.output import Column
from kedge.cli.record import id_of, reading, words_of
from kedge.domain.events import OrderSubmitted
from kedge.domain.ids import OrderId
from kedge.domain.instants import show_instant
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.orders import Role
from kedge.engine.clock import system_clock
from kedge.wording import figures
from kedge.wording.phrases import wish
from kedge.wording.text import Cell
from kedge.wording.times import Calendar, show_moment, show_span
from kedge.wording.words import Words

if TYPE_CHECKING:
    from kedge.journal.base import Recorded
    from kedge.journal.reader import Fields

EXAMPLES = examples("kedge order ORDER", "kedge order ORDER --json")


def order(
    order_id: Annotated[
        str,
        typer.Argument(
            metavar="ORDER", help="The order's id, or the end of it.", autocompletion=offer_orders
        ),
    ],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Tell the whole life of one order."""
    with reading(data_dir) as reader:
        found = reader.order(OrderId(order_id))
        if found is None:
            known = [str(row["id"]) for row in reader.orders()]
            found = reader.order(OrderId(id_of("order", order_id, known)))
        assert found is not None, "the id is one of those listed"
        fields, events = found
        fills = reader.fills(order=OrderId(str(fields["id"])))
        legs = reader.orders(parent=OrderId(str(fields["id"])))
        words = words_of(reader)
        if as_json:
            _emit(fields, events, fills, words)
        else:
            _show(fields, events, legs, words)


def _emit(fields: "Fields", events: "Sequence[Recorded]", fills: "Sequence[Fields]", words: Words) -> None:
    history = [
        {
            "seq": told.seq,
            "at": show_instant(told.at),
            "event": str(told.event.__struct_config__.tag),
            "text": _text(told, fields, words),
        }
        for told in events
    ]
    output.emit(
        {
            "order": forms.order(fields),
            "fills": forms.items(fills, forms.FILL),
            "history": history,
        }
    )


def _show(fields: "Fields", events: "Sequence[Recorded]", legs: "Sequence[Fields]", words: Words) -> None:
    average = figures.decimal(fields["average_price"])
    created, updated = listing.instant(fields["created"]), listing.instant(fields["updated"])
    filled = f"{figures.shown_quantity(fields['filled'])} of {figures.shown_quantity(fields['quantity'])}"
    output.show_pairs(
        (
            ("Order", Cell(str(fields["id"]), "bold")),
            ("At the venue", str(fields["venue_order_id"] or "")),
            ("Account", str(fields["account"])),
            (
                "What",
                f"{fields['side']} {figures.shown_quantity(fields['quantity'])} {fields['instrument']}, {_how(fields)}",
            ),
            ("Role", str(fields["role"])),
            ("State", state_cell(fields["state"])),
            ("Filled", filled + (f" at {figures.price(average)}" if average is not None else "")),
            ("Fees", figures.money(fees) if (fees := figures.decimal(fields["fees"])) else ""),
            ("Signal", str(fields["signal"] or "")),
            ("Strategy", str(fields["strategy"] or "")),
            ("Belongs to", f"entry {fields['parent']}" if fields["parent"] else ""),
            ("Exits", ", ".join(f"{leg['role']} {leg['id']}" for leg in legs)),
            ("Recorded", show_moment(created) if created is not None else ""),
            ("Took", show_span(updated - created) if _is_done(fields) and created and updated else ""),
        )
    )
    output.say()
    calendar = Calendar([told.at for told in events], system_clock())
    output.show_table(
        (
            Column(f"Time {calendar.zone}"),
            Column("After", right=True),
            Column("What happened", flexible=True),
        ),
        (
            (
                calendar.show(told.at),
                f"+{show_span(told.at - events[0].at)}" if told is not events[0] else "",
                _text(told, fields, words),
            )
            for told in events
        ),
    )


def _text(told: "Recorded", fields: "Fields", words: Words) -> str:
    """One event; the exits of a bracket leave in the request of their entry, a target in that of its stop."""
    if isinstance(told.event, OrderSubmitted):
        for leg in told.event.legs:
            if leg.id == fields["id"]:
                with_ = "entry" if told.event.request.role is Role.ENTRY else "stop"
                return f"sent with its {with_}: {wish(leg)}"
    return words.tell(told.event, told.cause)


def _is_done(fields: "Fields") -> bool:
    return is_final(OrderState(str(fields["state"])))


def _how(fields: "Fields") -> str:
    stop, limit = figures.decimal(fields["stop_price"]), figures.decimal(fields["limit_price"])
    parts = [
        "" if stop is None else f"stop {figures.price(stop)}",
        "" if limit is None else f"limit {figures.price(limit)}",
    ]
    how = " ".join(part for part in parts if part) or str(fields["type"]).replace("_", " ")
    return f"{how}, {str(fields['tif']).replace('_', ' ')}"
