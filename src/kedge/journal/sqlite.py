"""The journal in a SQLite file: the writer.

Every commit is fenced: it only goes through while the book's stored head and epoch are the ones that this process
knows, so a process that was overtaken writes nothing more. A commit whose fate is unknown (the disk failed, the
process was interrupted in the middle) closes the journal for good; the restart finds out what is there.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import apsw

from kedge.domain.ids import BookId
from kedge.domain.steps import Step
from kedge.journal.base import Fold, Head
from kedge.journal.batch import Batch, prepare
from kedge.journal.chain import genesis
from kedge.journal.connection import (
    JOURNAL_FILE,
    Connect,
    connect,
    make_durable,
    meaning,
    sqlite_errors,
    transaction,
)
from kedge.journal.directory import make_directory
from kedge.journal.errors import (
    CorruptError,
    DiskFullError,
    JournalError,
    NotWritableError,
    StaleEpochError,
    SyncFailedError,
    VanishedError,
)
from kedge.journal.lock import DirectoryLock
from kedge.journal.projection import Projection
from kedge.journal.record import Record
from kedge.journal.reserve import RESERVE_BYTES, Reserve
from kedge.journal.schema import MIGRATIONS, Migration, migrate, refuse_newer
from kedge.journal.snapshots import SNAPSHOTS_KEPT, digest
from kedge.journal.tables import BY_NAME, NO_CHANGES, TABLES, Changes

_INSERT = (
    "INSERT INTO events (id, step, at, kind, version, subject, payload, cause, hash) "
    "VALUES ({base} + ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_UPSERTS = {table.name: table.upsert for table in TABLES}
_MOVE_HEAD = "UPDATE books SET seq = ?, step = ?, hash = ? WHERE book = ? AND epoch = ? AND seq = ?"
_STEPS_A_CHUNK = 2_000
# Pages in the log from which a checkpoint is worth its two syncs, and from which it cannot wait for an idle moment.
LOG_PAGES_TIDY = 250
LOG_PAGES_MAX = 4_000


def open_journal(
    data_dir: Path,
    *,
    book: BookId,
    new_id: str,
    program: str,
    connect: Connect = connect,
    reserve_bytes: int = RESERVE_BYTES,
    migrations: Sequence[Migration] = MIGRATIONS,
) -> "SqliteJournal":
    """Open a book's journal for writing; makes the directory and the journal (with the id `new_id`) where needed."""
    make_directory(data_dir)
    lock = DirectoryLock.acquire(data_dir)
    path, reserve = data_dir / JOURNAL_FILE, Reserve(data_dir, reserve_bytes)

    def connection() -> apsw.Connection:
        return _prepared(connect, path, book, new_id=new_id, program=program, migrations=migrations)

    try:
        try:
            return SqliteJournal(connection(), path, book, lock, reserve)
        except DiskFullError:  # a restart, too, has to be recorded
            if not reserve.release():
                raise
            return SqliteJournal(connection(), path, book, lock, reserve)
    except BaseException:
        lock.release()
        raise


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file lies at a path; None when none does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepared(
    connect: Connect, path: Path, book: BookId, *, new_id: str, program: str, migrations: Sequence[Migration]
) -> apsw.Connection:
    """A connection to a file of the newest form, in which the book is ours."""
    with sqlite_errors(path):
        connection = connect(path)
        try:
            refuse_newer(connection, path, len(migrations))
            make_durable(connection, path)
            migrate(connection, path, new_id=new_id, program=program, migrations=migrations)
            _take_over(connection, book)
        except BaseException:
            connection.close(True)
            raise
        return connection


def _take_over(connection: apsw.Connection, book: BookId) -> None:
    """Raise the book's epoch: from here on whoever had it before is refused."""
    journal_id = str(connection.execute("SELECT value FROM meta WHERE key = 'journal_id'").get)
    with transaction(connection):
        connection.execute(
            "INSERT INTO books (book, epoch, seq, step, hash) VALUES (?, 1, 0, 0, ?) "
            "ON CONFLICT (book) DO UPDATE SET epoch = epoch + 1",
            (book, genesis(journal_id, book)),
        )


class SqliteJournal(Record):
    """One book's journal, open for writing; made by `open_journal`."""

    def __init__(
        self, connection: apsw.Connection, path: Path, book: BookId, lock: DirectoryLock, reserve: Reserve
    ) -> None:
        super().__init__(connection, path, book)
        self._lock = lock
        self._reserve = reserve
        self._insert = _INSERT.format(base=self._key(0))
        self._epoch, self._head = self._stored_epoch(), self._stored_head()
        self._low_on_space = not reserve.restore()
        self._place = _identity(path)
        self._log_pages = 0
        self._log_pages_allowed = LOG_PAGES_MAX
        connection.set_wal_hook(self._log_grew)

    @property
    def epoch(self) -> int:
        """How often the book was opened for writing; raised by this opening."""
        return self._epoch

    @property
    def head(self) -> Head:
        """The end of the record."""
        return self._head

    @property
    def low_on_space(self) -> bool:
        """Whether the reserve is spent: no new risk until `tidy` has found room for it again."""
        return self._low_on_space

    def append(self, steps: Sequence[Step], changes: Changes = NO_CHANGES) -> Head:
        """Record steps and table rows, all or nothing; returns when they would survive a power cut."""
        if self._ended is not None:
            raise self._ended
        batch = prepare(steps, self._head)
        if not batch.rows and not changes:
            return self._head

        def write() -> None:
            self._write_events(batch)
            self._write_tables(changes)

        try:
            self._commit(write, batch.head)
        except DiskFullError:
            if not self._reserve.release():
                raise
            self._low_on_space = True
            self._commit(write, batch.head)
        if self._log_pages >= self._log_pages_allowed:
            self._move_log()
        return self._head

    def save_snapshot(self, seq: int, schema: str, blob: bytes) -> None:
        """Keep the state as it was after `seq`; `schema` names its form. The last two are kept."""
        at = self._head_at(seq)

        def write() -> None:
            self._connection.execute(
                "INSERT OR REPLACE INTO snapshots (book, seq, schema, step, hash, blob, digest) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (self._book, seq, schema, at.step, at.hash, blob, digest(schema, at.hash, at.step, blob)),
            )
            self._connection.execute(
                "DELETE FROM snapshots WHERE book = ?1 AND seq NOT IN "
                "(SELECT seq FROM snapshots WHERE book = ?1 ORDER BY seq DESC LIMIT ?2)",
                (self._book, SNAPSHOTS_KEPT),
            )

        self._commit(write, self._head)

    def rebuild(self, fold: Fold) -> None:
        """Make the readable tables again from the events; `fold` is a fresh book."""
        projection = Projection(fold.state)

        def write() -> None:
            for table in TABLES:
                self._connection.execute(f"DELETE FROM {table.name} WHERE book = ?", (self._book,))  # noqa: S608
            for count, step in enumerate(self.steps(), start=1):
                for event in step.events:
                    fold.apply(event, step.at, step.number)
                projection.note(step)
                if count % _STEPS_A_CHUNK == 0:
                    self._write_tables(projection.changes())
            self._write_tables(projection.changes())

        self._commit(write, self._head)

    def tidy(self) -> None:
        """Move the log into the file, once it is worth it, and take the reserve again; call it when idle.

        Raises `VanishedError` when the file is no longer the one that was opened.
        """
        if _identity(self._path) != self._place:
            self._ended = VanishedError(f"{self._path} was deleted or replaced while it was written")
            raise self._ended
        if self._log_pages >= LOG_PAGES_TIDY:
            self._move_log()
        if self._low_on_space:
            self._low_on_space = not self._reserve.restore()

    def close(self) -> None:
        """Let go of the journal; nothing is lost without it."""
        try:
            if self._ended is not None:
                # No checkpoint after a failed sync: it would sync again and be believed.
                self._database.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            self._database.close()
        except apsw.Error:
            self._database.close(True)
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- one transaction --

    def _commit(self, write: Callable[[], None], head: Head) -> None:
        """Run `write` in one transaction that moves the head, and return when it is durable."""
        try:
            with transaction(self._connection):
                self._fence(head)
                write()
        except apsw.Error as error:
            raise self._failed(error) from error
        except JournalError:
            raise
        except BaseException as error:
            if self._stored_head() != self._head:  # committed all the same, and nobody will be told
                self._ended = NotWritableError(
                    f"{self._path}: interrupted in the middle of a commit ({error!r})"
                )
            raise
        self._head = head

    def _move_log(self) -> None:
        """A checkpoint, so that the log can begin anew. It waits for nobody: a reader may hold a part of it back."""
        try:
            pages, moved = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except (apsw.BusyError, apsw.LockedError):
            pages, moved = self._log_pages, 0
        except apsw.Error as error:
            meant = self._failed(error)
            if not isinstance(meant, DiskFullError):
                raise meant from error
            self._low_on_space = True
            pages, moved = self._log_pages, 0
        self._log_pages = pages - moved
        self._log_pages_allowed = LOG_PAGES_MAX + (0 if pages == moved else pages)

    def _log_grew(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _write_events(self, batch: Batch) -> None:
        self._connection.executemany(self._insert, batch.rows)

    def _write_tables(self, changes: Changes) -> None:
        for name, lines in changes.items():
            table = BY_NAME[name]
            struck = [line for line in lines if table.strikes(line)]
            if struck:
                self._connection.executemany(table.delete, struck)
                lines = [line for line in lines if not table.strikes(line)]  # noqa: PLW2901 - the rest of them
            self._connection.executemany(_UPSERTS[name], lines)

    def _failed(self, error: apsw.Error) -> JournalError:
        meant = meaning(error, self._path)
        if isinstance(meant, SyncFailedError | CorruptError):
            self._ended = meant
        return meant

    def _fence(self, head: Head) -> None:
        """Move the head on from where this process left it; refuse if anybody else has."""
        self._connection.execute(_MOVE_HEAD, (*head, self._book, self._epoch, self._head.seq))
        if self._connection.changes() == 1:
            return
        self._ended = StaleEpochError(
            f"book {self._book} was taken over: it is at epoch {self._stored_epoch()} and event "
            f"{self._stored_head().seq}, this process knows epoch {self._epoch} and event {self._head.seq}"
        )
        raise self._ended

    def _stored_epoch(self) -> int:
        found = self._one("SELECT epoch FROM books WHERE book = ?", self._book)
        return int(found[0]) if found else 0
