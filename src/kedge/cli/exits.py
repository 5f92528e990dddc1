"""What became of the stops and targets of an entry, told one after the other: where they went, and how they ended."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from kedge.cli import output
from kedge.cli.forms import Item
from kedge.cli.output import Column
from kedge.cli.record import short, words_of
from kedge.domain import events as e
from kedge.domain.ids import OrderId
from kedge.domain.instants import Instant, show_instant
from kedge.engine.clock import system_clock
from kedge.wording.times import Calendar

if TYPE_CHECKING:
    from kedge.journal.base import Recorded
    from kedge.journal.reader import Fields, JournalReader

_TOLD = (
    e.OrderHeld,
    e.OrderSubmitted,
    e.ReplaceSubmitted,
    e.OrderReplaced,
    e.ReplaceRefused,
    e.CancelSubmitted,
    e.OrderTriggered,
    e.OrderReleased,
    e.OrderEnded,
)


class Told(NamedTuple):
    """One thing that happened to a stop or target."""

    at: Instant
    seq: int
    order: str
    role: str
    text: str

    def item(self) -> Item:
        """As programs get it."""
        return {"at": show_instant(self.at), "order": self.order, "role": self.role, "text": self.text}


def story_of(reader: "JournalReader", signal: "Fields", orders: "Sequence[Fields]") -> list[Told]:
    """Of the exits of these orders; of a signal that has moved a stop, what it did to that and what came after."""
    words = words_of(reader)
    legs = [leg for order in orders for leg in reader.orders(parent=OrderId(str(order["id"])))]
    since = 0
    if not legs and signal["outcome"] == "ADJUSTED" and signal["order_id"]:
        found = reader.order(OrderId(str(signal["order_id"])))
        legs, since = ([found.fields] if found is not None else []), int(signal["at"] or 0)
    told = []
    for leg in legs:
        history = reader.order(OrderId(str(leg["id"])))
        events = [] if history is None else history.events
        for event in _worth_telling(events, str(leg["id"])):
            if event.at >= since:
                text = words.tell(event.event, event.cause)
                told.append(Told(event.at, event.seq, str(leg["id"]), str(leg["role"]), text))
    return sorted(told, key=lambda each: each.seq)


def _worth_telling(events: "Sequence[Recorded]", leg: str) -> "list[Recorded]":
    """Without what the orders and fills say already, and without the echo of a change that was asked for."""
    asked = False
    found = []
    for told in events:
        event = told.event
        if not isinstance(event, _TOLD):
            continue
        if isinstance(event, e.OrderSubmitted) and event.request.id != leg:
            continue  # it left in the request of its entry
        if isinstance(event, e.OrderReplaced) and asked:
            asked = False
            continue
        asked = isinstance(event, e.ReplaceSubmitted) or asked
        found.append(told)
    return found


def show_story(story: Sequence[Told], journal_id: str) -> None:
    """The table that people get."""
    if not story:
        return
    output.say()
    calendar = Calendar([told.at for told in story], system_clock())
    output.show_table(
        (
            Column(f"Time {calendar.zone}"),
            Column("Order"),
            Column("Role"),
            Column("What became of it", flexible=True),
        ),
        ((calendar.show(told.at), short(told.order, journal_id), told.role, told.text) for told in story),
    )
