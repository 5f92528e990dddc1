"""Start: the record is folded into a book, from the last snapshot where there is one."""

import logging
from hashlib import blake2b
from typing import Protocol

import msgspec

from kedge.domain.ids import BookId
from kedge.journal.base import Apply, Head, Snapshot
from kedge.kernel.book import Book
from kedge.kernel.state import BookState

log = logging.getLogger("kedge.recovery")


class Foldable(Protocol):
    """What a book can be folded from: a journal, or a record that is only read."""

    @property
    def book(self) -> BookId:
        """Whose record it is."""

    def load_snapshot(self, schema: str) -> Snapshot | None:
        """The newest one of this form."""

    def replay_into(self, apply: Apply, after: int = 0) -> Head:
        """Hand every event behind `after` to `apply`."""


def state_schema() -> str:
    """A name for the form of the state: a snapshot of another form is of no use and is passed over."""
    described = msgspec.json.encode(msgspec.json.schema(BookState), order="deterministic")
    return blake2b(described, digest_size=16).hexdigest()


def recover(journal: Foldable, schema: str) -> Book:
    """The book as the journal says it was, every hash on the way checked."""
    snapshot = journal.load_snapshot(schema)
    book = Book.empty(journal.book)
    after = 0
    if snapshot is not None:
        try:
            book, after = Book.restored(snapshot.blob), snapshot.seq
        except msgspec.DecodeError as error:
            log.warning("the snapshot at %d is of no use (%s): folding the whole record", snapshot.seq, error)
    journal.replay_into(book.apply, after)
    book.refresh()
    return book
