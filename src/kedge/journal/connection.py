"""Connections to the journal's file: the one place that says how SQLite is run, and what its errors mean here.

WAL, so that readers never wait for the writer nor it for them; `synchronous=FULL`, so that a commit that returned
survives a power cut. SQLite's own checkpoints are off: it makes them in the middle of a commit and passes over their
errors (see docs/decisions/0005-sqlite-through-apsw.md).
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import apsw

from kedge.journal.errors import (
    CorruptError,
    DiskFullError,
    JournalError,
    NotAJournalError,
    NotWritableError,
    SyncFailedError,
)
from kedge.journal.tables import add_decimals

Connect = Callable[[Path], apsw.Connection]

JOURNAL_FILE = "journal.db"
BUSY_TIMEOUT_MS = 5_000
CACHE_KIB = 64 * 1024


def connect(path: Path, *, vfs: str | None = None) -> apsw.Connection:
    """A connection that writes; makes the file when there is none."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 0)
    connection.pragma("trusted_schema", False)
    connection.pragma("cell_size_check", True)
    connection.create_scalar_function("add_decimals", add_decimals, 2, deterministic=True)
    return connection


def make_durable(connection: apsw.Connection, path: Path) -> None:
    """Switch to the write-ahead log with a full sync at each commit; called once the file is known to be ours."""
    if (mode := connection.pragma("journal_mode", "wal")) != "wal":
        raise NotWritableError(f"{path}: no write-ahead log can be kept here (SQLite offers {mode!r} only)")
    connection.pragma("synchronous", "FULL")
    connection.pragma("fullfsync", True)  # macOS: a plain fsync leaves the data in the drive's cache
    connection.pragma("checkpoint_fullfsync", True)
    connection.pragma("cache_size", -CACHE_KIB)
    connection.wal_autocheckpoint(0)


def connect_read_only(path: Path, *, immutable: bool = False) -> apsw.Connection:
    """A connection that only reads; `immutable` promises that nobody writes, and looks at no log."""
    uri = f"file:{quote(str(path))}?mode=ro" + ("&immutable=1" if immutable else "")
    connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.pragma("trusted_schema", False)
    connection.pragma("cell_size_check", True)
    return connection


def meaning(error: apsw.Error, path: Path, otherwise: type[JournalError] = NotWritableError) -> JournalError:
    """What an error of SQLite means for the engine."""
    match error:
        case apsw.FullError():
            return DiskFullError(f"{path}: no room on the disk")
        case apsw.IOError():
            code = getattr(error, "extendedresult", 0)
            if code == apsw.SQLITE_IOERR_SHMSIZE:  # no room for the index of the log
                return DiskFullError(f"{path}: no room on the disk")
            name = apsw.mapping_extended_result_codes.get(code, f"SQLite's error {code}")
            return SyncFailedError(f"{path}: the disk failed ({name})")
        case apsw.CorruptError() | apsw.SQLError() | apsw.MismatchError() | apsw.ConstraintError():
            # Our statements are fixed: when one does not fit, the tables are not what they should be.
            return CorruptError(f"{path} is damaged: {error}")
        case apsw.NotADBError():
            return NotAJournalError(f"{path} is no journal: {error}")
        case apsw.CantOpenError() | apsw.ReadOnlyError() if (closed := _closed_file(path)) is not None:
            return otherwise(f"{closed}: {os.strerror(errno.EACCES)}")
        case _:
            return otherwise(f"{path}: {error}")


def _closed_file(path: Path) -> Path | None:
    """The file whose permissions are the reason, perhaps one of those beside it; SQLite says only that it could not."""
    files = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]
    return next((file for file in files if file.exists() and not os.access(file, os.R_OK | os.W_OK)), None)


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """All or nothing: committed at the end, rolled back on whatever is raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back itself after some errors
            connection.execute("ROLLBACK")
        raise


@contextmanager
def sqlite_errors(path: Path, otherwise: type[JournalError] = NotWritableError) -> Iterator[None]:
    """Turn SQLite's errors into ours; `otherwise` is for those that say nothing about the journal itself."""
    try:
        yield
    except apsw.Error as error:
        raise meaning(error, path, otherwise) from error
    except UnicodeDecodeError as error:  # SQLite does not look at what it is given back as text
        raise CorruptError(f"{path} is damaged: {error}") from error
