"""How SQLite is run, and what its errors mean."""

from pathlib import Path

import apsw
import pytest
from tests.conformance.journal_story import BOOK, JOURNAL_ID, steps

from kedge.journal import reader as reader_module
from kedge.journal.connection import connect_read_only, make_durable, meaning
from kedge.journal.errors import (
    CorruptError,
    DiskFullError,
    NotAJournalError,
    NotReadableError,
    NotWritableError,
    SyncFailedError,
)
from kedge.journal.reader import open_reader
from kedge.journal.sqlite import open_journal

PATH = Path("journal.db")


def error_of(kind: type[apsw.Error], code: int = 0) -> apsw.Error:
    error = kind("made up")
    error.__dict__["extendedresult"] = code
    return error


@pytest.mark.parametrize(
    ("error", "meant"),
    [
        (error_of(apsw.FullError), DiskFullError),
        (error_of(apsw.IOError, apsw.SQLITE_IOERR_SHMSIZE), DiskFullError),
        (error_of(apsw.IOError, apsw.SQLITE_IOERR_FSYNC), SyncFailedError),
        (error_of(apsw.IOError, apsw.SQLITE_IOERR_WRITE), SyncFailedError),
        (error_of(apsw.IOError, apsw.SQLITE_IOERR_READ), SyncFailedError),
        (error_of(apsw.IOError), SyncFailedError),
        (error_of(apsw.CorruptError), CorruptError),
        (error_of(apsw.SQLError), CorruptError),
        (error_of(apsw.ConstraintError), CorruptError),
        (error_of(apsw.NotADBError), NotAJournalError),
        (error_of(apsw.BusyError), NotWritableError),
        (error_of(apsw.ReadOnlyError), NotWritableError),
        (error_of(apsw.CantOpenError), NotWritableError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_error_of_sqlite_has_a_meaning(error: apsw.Error, meant: type[Exception]) -> None:
    found = meaning(error, PATH)
    assert type(found) is meant
    assert "journal.db" in str(found)


def test_a_reader_is_not_told_that_it_cannot_write() -> None:
    assert type(meaning(error_of(apsw.CantOpenError), PATH, NotReadableError)) is NotReadableError
    assert type(meaning(error_of(apsw.CorruptError), PATH, NotReadableError)) is CorruptError


def test_a_disk_that_failed_is_named_with_its_fault() -> None:
    assert "SQLITE_IOERR_FSYNC" in str(meaning(error_of(apsw.IOError, apsw.SQLITE_IOERR_FSYNC), PATH))


def test_where_no_log_can_be_kept_nothing_is_written() -> None:
    with pytest.raises(NotWritableError, match="write-ahead log"):
        make_durable(apsw.Connection(":memory:"), PATH)


def test_a_journal_is_read_on_a_disk_without_room_for_the_index_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(path: Path, *, immutable: bool = False) -> apsw.Connection:
        if path.parent == tmp_path and not immutable:
            raise error_of(apsw.IOError, apsw.SQLITE_IOERR_SHMSIZE)
        return connect_read_only(path, immutable=immutable)

    monkeypatch.setattr(reader_module, "connect_read_only", no_room)
    with open_journal(tmp_path, book=BOOK, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096) as journal:
        journal.append(steps(4))
        head = journal.head
        with open_reader(tmp_path) as reader:
            assert reader.head == head
    with open_reader(tmp_path) as reader:
        assert reader.head == head


def test_the_product_runs_sqlite_as_promised(tmp_path: Path) -> None:
    with open_journal(tmp_path, book=BOOK, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096) as journal:
        database = journal._database
        told = {
            name: database.pragma(name)
            for name in ("journal_mode", "synchronous", "fullfsync", "checkpoint_fullfsync", "trusted_schema")
        }
    assert told == {
        "journal_mode": "wal",
        "synchronous": 2,
        "fullfsync": 1,
        "checkpoint_fullfsync": 1,
        "trusted_schema": 0,
    }
