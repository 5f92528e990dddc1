"""The stored record as it is read: rows, steps, the fold, the full check, snapshots, and the archive of what has left
the book's memory. Reading needs no lock; it goes in pages, so that a slow reader never holds the log back.
"""

from collections.abc import Iterator
from pathlib import Path

import apsw

from kedge.domain.ids import BookId, OrderId, SignalId
from kedge.domain.inputs import Input
from kedge.domain.instants import Instant
from kedge.domain.orders import Order
from kedge.domain.signals import Outcome
from kedge.domain.steps import Step
from kedge.journal.base import Apply, Head, Recorded, Row, Snapshot, Verification
from kedge.journal.chain import genesis
from kedge.journal.codec import decode_cause, decode_event, decode_order
from kedge.journal.connection import meaning, sqlite_errors
from kedge.journal.errors import CorruptError, JournalError, NotReadableError
from kedge.journal.fold import RawRow, agree, check, fold, steps_of
from kedge.journal.snapshots import digest
from kedge.kernel.state import Judged

_PAGE_MIN, _PAGE_MAX = 32, 2_000
_COLUMNS = "seq, step, at, kind, version, subject, payload, cause, hash"
_ROWS = f"SELECT {_COLUMNS} FROM events WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"  # noqa: S608
_ROWS_ABOUT = f"SELECT {_COLUMNS} FROM events WHERE subject = ? AND book = ? ORDER BY id"  # noqa: S608
_LAST_SEQ = "SELECT seq FROM events WHERE id > ? AND id <= ? ORDER BY id DESC LIMIT 1"
_BOOK_BITS = 40  # an event's key is the book's number and, in so many bits, the event's (see `schema`)
_HEAD = "SELECT seq, step, hash FROM books WHERE book = ?"
SEQ_MAX = 2**_BOOK_BITS - 1


class Record:
    """One book's record in an open journal file."""

    def __init__(self, connection: apsw.Connection, path: Path, book: BookId) -> None:
        self._database = connection
        self._path = path
        self._book = book
        self._ended: JournalError | None = None  # why nothing may be done any more
        with sqlite_errors(path, NotReadableError):
            self._journal_id = str(connection.execute("SELECT value FROM meta WHERE key = 'journal_id'").get)
            self._number = int(connection.execute("SELECT number FROM books WHERE book = ?", (book,)).get)

    @property
    def journal_id(self) -> str:
        """The journal's own id."""
        return self._journal_id

    @property
    def book(self) -> BookId:
        """The book whose record this is."""
        return self._book

    @property
    def head(self) -> Head:
        """The end of the record."""
        return self._stored_head()

    def rows(self, after: int = 0) -> Iterator[Row]:
        """The stored rows behind `after`, as they are: neither checked nor decoded."""
        return map(Row._make, self._raw_rows(after, SEQ_MAX))

    def recorded(self, after: int = 0) -> Iterator[Recorded]:
        """The events behind `after`, decoded; the chain is not checked."""
        return map(_recorded, self.rows(after))

    def steps(self, after: int = 0) -> Iterator[Step]:
        """The recorded steps behind the event `after` (which must end a step), checked and decoded."""
        return steps_of(self._raw_rows(after, self._stored_head().seq), self._head_at(after))

    def replay_into(self, apply: Apply, after: int = 0) -> Head:
        """Hand every event behind `after` to `apply`, with the chain checked up to the head."""
        head = self._stored_head()
        found = fold(self._raw_rows(after, head.seq), self._head_at(after), apply)
        agree(found, head)
        return found

    def verify(self) -> Verification:
        """Check every row, the head, and the soundness of the file."""
        with (
            sqlite_errors(self._path, NotReadableError),
            self._connection,
        ):  # one transaction: the engine may be writing
            head = self._stored_head()
            beyond = self._one(_LAST_SEQ, self._key(0), self._key(SEQ_MAX))
        end = head.seq if beyond is None else max(head.seq, beyond[0])
        return check(self._raw_rows(0, end), self._genesis(), head)

    def load_snapshot(self, schema: str) -> Snapshot | None:
        """The newest whole snapshot of this form that belongs to this record."""
        kept = self._all(
            "SELECT s.seq, s.step, s.blob, s.digest, s.hash, e.hash FROM snapshots s "
            "JOIN events e ON e.id = s.seq + ? WHERE s.book = ? AND s.schema = ? ORDER BY s.seq DESC",
            self._key(0),
            self._book,
            schema,
        )
        for seq, step, blob, stored_digest, hash_then, hash_now in kept:
            if hash_then == hash_now and stored_digest == digest(schema, hash_then, step, blob):
                return Snapshot(seq, step, blob)
        return None

    def archived_order(self, order_id: OrderId) -> Order | None:
        """An order as it was last recorded, for when it has left the book's memory."""
        found = self._one("SELECT record FROM orders WHERE book = ? AND id = ?", self._book, order_id)
        return None if found is None else decode_order(found[0])

    def archived_signal(self, signal_id: SignalId) -> Judged | None:
        """How a signal was judged, for when it has left the book's memory."""
        found = self._one(
            "SELECT digest, outcome, code, order_id, at FROM signals WHERE book = ? AND id = ?",
            self._book,
            signal_id,
        )
        if found is None:
            return None
        how, outcome, code, order, at = found
        return Judged(how, Outcome(outcome), code, order, Instant(at))

    def events_about(self, subject: str) -> list[Recorded]:
        """Every event about an order, a signal, an account or an instrument, each with its step's cause."""
        rows = self._all(_ROWS_ABOUT, subject, self._number)
        return [_recorded(Row._make(row))._replace(cause=self._cause_of(row)) for row in rows]

    def _cause_of(self, row: RawRow) -> Input | None:
        """The cause of a row's step, which stands with the first row of it."""
        seq, number, cause = int(row[0]), row[1], row[-2]
        while cause is None:
            seq -= 1
            found = self._one("SELECT step, cause FROM events WHERE id = ?", self._key(seq))
            if found is None or found[0] != number:
                return None
            cause = found[1]
        return decode_cause(seq, cause)

    @property
    def _connection(self) -> apsw.Connection:
        if self._ended is not None:
            raise self._ended
        return self._database

    def _stored_head(self) -> Head:
        found = self._one(_HEAD, self._book)
        return Head(*found) if found else self._genesis()

    def _key(self, seq: int) -> int:
        return (self._number << _BOOK_BITS) + seq

    def _genesis(self) -> Head:
        return Head(0, 0, genesis(self._journal_id, self._book))

    def _head_at(self, seq: int) -> Head:
        """The head that the record had after an event."""
        if seq == 0:
            return self._genesis()
        found = self._one("SELECT seq, step, hash FROM events WHERE id = ?", self._key(seq))
        if found is None:
            raise CorruptError(f"event {seq} is missing", seq)
        return Head(*found)

    def _raw_rows(self, after: int, until: int) -> Iterator[RawRow]:
        size, last = _PAGE_MIN, self._key(until)
        while after < until:
            try:
                page: list[RawRow] = self._connection.execute(
                    _ROWS, (self._key(after), last, size)
                ).fetchall()
            except (apsw.CorruptError, UnicodeDecodeError) as error:
                if size > 1:  # find the very row
                    size = 1
                    continue
                raise CorruptError(f"event {after + 1} cannot be read: {error}", after + 1) from error
            except apsw.Error as error:
                raise meaning(error, self._path, NotReadableError) from error
            if not page:
                return
            yield from page
            after = page[-1][0]
            size = min(4 * size, _PAGE_MAX)  # who wants one row gets few, who wants all gets many at once

    def _one(self, sql: str, *bindings: str | int) -> RawRow | None:
        found = self._all(sql, *bindings)
        return found[0] if found else None

    def _all(self, sql: str, *bindings: str | int) -> list[RawRow]:
        with sqlite_errors(self._path, NotReadableError):
            return self._connection.execute(sql, bindings).fetchall()


def _recorded(row: Row) -> Recorded:
    event = decode_event(row.seq, row.kind, row.version, row.payload)
    return Recorded(row.seq, row.step, Instant(row.at), event, decode_cause(row.seq, row.cause))
