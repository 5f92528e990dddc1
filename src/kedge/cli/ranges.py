"""Parts of the record: where to begin, how much to show, where it goes on."""

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from kedge.cli.errors import Problem
from kedge.domain.instants import Instant

if TYPE_CHECKING:
    from kedge.journal.base import Recorded
    from kedge.journal.reader import JournalReader


class Stretch(NamedTuple):
    """Some events in a row; `following` is what to begin behind for the rest."""

    events: "list[Recorded]"
    following: int | None


def stretch(reader: "JournalReader", *, since: Instant | None, after: int | None, limit: int) -> Stretch:
    """Events behind `after` and not before `since`; the newest ones when neither is given."""
    last = reader.head.seq
    if after is None and since is None:
        return Stretch(list(reader.recorded(max(last - limit, 0))), None)
    begin = max(after or 0, 0 if since is None else _before(reader, since, last))
    events = list(islice(reader.recorded(begin), limit))
    goes_on = bool(events) and events[-1].seq < last
    return Stretch(events, events[-1].seq if goes_on else None)


def events_about(reader: "JournalReader", subject: str) -> "list[Recorded]":
    """Every event about one thing."""
    events = reader.events_about(subject)
    if not events:
        raise Problem(
            "UNKNOWN_SUBJECT", f"The record has no event about {subject}.", facts={"about": subject}
        )
    return events


def _before(reader: "JournalReader", since: Instant, last: int) -> int:
    """The last event before a time, found by halving: times never run backward in the record."""
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        row = next(reader.rows(middle), None)
        if row is not None and row.at < since:
            low = middle + 1
        else:
            high = middle
    return low
