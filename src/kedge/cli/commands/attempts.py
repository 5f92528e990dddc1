"""What was done about orders that were not sent after all or that their venue rejected, as `kedge explain` tells it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from kedge.cli import output
from kedge.cli.forms import Item
from kedge.cli.output import Column
from kedge.cli.record import words_of
from kedge.domain.events import OrderAbandoned, OrderGivenUp, OrderRetried, RetryPlanned
from kedge.domain.ids import OrderId
from kedge.domain.instants import Instant, show_instant
from kedge.engine.clock import system_clock
from kedge.wording.times import Calendar

if TYPE_CHECKING:
    from kedge.journal.reader import Fields, JournalReader


class Attempt(NamedTuple):
    """One step of the way from an order to the one in its place."""

    seq: int
    at: Instant
    event: RetryPlanned | OrderRetried | OrderGivenUp | OrderAbandoned
    said: str  # by the venue
    text: str


def attempts_of(reader: "JournalReader", orders: "Sequence[Fields]") -> list[Attempt]:
    """What was planned, sent and given up in place of these orders, oldest first."""
    words = words_of(reader)
    found = []
    for order in orders:
        known = None if order["parent"] else reader.order(OrderId(str(order["id"])))
        for told in known[1] if known is not None else ():
            event = told.event
            if isinstance(event, (RetryPlanned, OrderRetried, OrderGivenUp, OrderAbandoned)):
                said = str(order["reason"] or "")
                found.append(Attempt(told.seq, told.at, event, said, words.tell(event)))
    return sorted(found, key=lambda attempt: attempt.seq)


def attempt_item(attempt: Attempt) -> Item:
    """One of them in JSON."""
    item: Item = {
        "at": show_instant(attempt.at),
        "order": attempt.event.order,
        "said": attempt.said,
        "text": attempt.text,
    }
    match attempt.event:
        case RetryPlanned(kind=kind, course=course, due=due, changes=changes):
            planned = {"kind": kind, "course": course, "due": show_instant(due), "changes": changes}
            return item | {"what": "planned"} | planned
        case OrderRetried(by=by):
            return item | {"what": "sent", "by": by}
        case OrderAbandoned(code=code, gate=gate, figures=figures):
            return item | {"what": "not sent", "code": code, "gate": gate, "figures": figures}
        case OrderGivenUp(kind=kind, why=why, code=code):
            return item | {"what": "given up", "kind": kind, "why": why, "code": code or None}


def show_attempts(attempts: Sequence[Attempt]) -> None:
    """One line for each; nothing when no order was rejected."""
    if not attempts:
        return
    output.say()
    calendar = Calendar([attempt.at for attempt in attempts], system_clock())
    output.show_table(
        (
            Column(f"Time {calendar.zone}"),
            Column("Order"),
            Column("The venue said", flexible=True),
            Column("What was done", flexible=True),
        ),
        (
            (calendar.show(attempt.at), attempt.event.order, attempt.said, attempt.text)
            for attempt in attempts
        ),
    )
