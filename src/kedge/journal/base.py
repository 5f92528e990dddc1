"""The journal's port. Whoever keeps a record for the engine offers this and passes `tests/conformance`.

A journal of one book is a list of rows without gaps, one row for each event, each bound to the one before by its
hash, and the readable tables that were written in the same transaction. `append` returns when all of it is durable.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import msgspec

from kedge.domain.events import Event
from kedge.domain.ids import BookId, OrderId, SignalId
from kedge.domain.inputs import Input
from kedge.domain.instants import Instant
from kedge.domain.orders import Order
from kedge.domain.steps import Step
from kedge.journal.tables import NO_CHANGES, Changes
from kedge.kernel.state import BookState, Judged

Apply = Callable[
    [Event, Instant, int], object
]  # event, time and number of its step: the kernel's `Book.apply`


class Head(NamedTuple):
    """The end of the record: its last event, its last step, and the hash that stands for all before it."""

    seq: int
    step: int
    hash: bytes


class Row(NamedTuple):
    """One event as it is stored; the hash covers all else that stands here, and all rows before."""

    seq: int
    step: int
    at: int
    kind: str
    version: int
    subject: str | None
    payload: bytes
    cause: bytes | None
    hash: bytes


class Recorded(NamedTuple):
    """One event with its place in the record; the cause stands with the first event of its step."""

    seq: int
    step: int
    at: Instant
    event: Event
    cause: Input | None


class Snapshot(NamedTuple):
    """A book's state as it was after `seq`; disposable, for the record can make it again."""

    seq: int
    step: int
    blob: bytes


class Verification(msgspec.Struct, frozen=True):
    """What a full check of the record found; `broken_seq` is the first row that cannot be trusted."""

    ok: bool
    events: int
    last_seq: int
    head: str
    broken_seq: int | None = None
    problem: str | None = None


class Fold(Protocol):
    """Whatever turns events back into a book (the kernel's `Book`)."""

    @property
    def state(self) -> BookState:
        """What the events so far amount to."""

    def apply(self, event: Event, at: Instant, step: int) -> object:
        """Take in the next event, with the time and the number of its step."""


class Journal(Protocol):
    """One book's record, open for writing. Every method raises a `kedge.journal.errors.JournalError`."""

    @property
    def journal_id(self) -> str:
        """The journal's own id: the first part of every id that is minted on it."""

    @property
    def book(self) -> BookId:
        """The book whose record this is."""

    @property
    def epoch(self) -> int:
        """How often the book was opened for writing; raised by this opening."""

    @property
    def head(self) -> Head:
        """The end of the record."""

    @property
    def low_on_space(self) -> bool:
        """Whether the reserve is spent: no new risk until `tidy` has found room for it again."""

    def append(self, steps: Sequence[Step], changes: Changes = NO_CHANGES) -> Head:
        """Record steps and table rows, all or nothing; returns when they would survive a power cut."""

    def rows(self, after: int = 0) -> Iterator[Row]:
        """The stored rows behind `after`, as they are: neither checked nor decoded."""

    def steps(self, after: int = 0) -> Iterator[Step]:
        """The recorded steps behind the event `after` (which must end a step), checked and decoded."""

    def replay_into(self, apply: Apply, after: int = 0) -> Head:
        """Hand every event behind `after` to `apply`, with the chain checked up to the head."""

    def verify(self) -> Verification:
        """Check every row and the head."""

    def save_snapshot(self, seq: int, schema: str, blob: bytes) -> None:
        """Keep the state as it was after `seq`; `schema` names its form. The last two are kept."""

    def load_snapshot(self, schema: str) -> Snapshot | None:
        """The newest whole snapshot of this form that belongs to this record."""

    def archived_order(self, order_id: OrderId) -> Order | None:
        """An order as it was last recorded, for when it has left the book's memory."""

    def archived_signal(self, signal_id: SignalId) -> Judged | None:
        """How a signal was judged, for when it has left the book's memory."""

    def rebuild(self, fold: Fold) -> None:
        """Make the readable tables again from the events; `fold` is a fresh book."""

    def tidy(self) -> None:
        """Work that can wait; call it when idle."""

    def close(self) -> None:
        """Let go of the journal; nothing is lost without it."""
