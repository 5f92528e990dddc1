"""The writer: what fences its commits, and what it makes of being interrupted."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import apsw
import pytest
from tests.conformance.journal_story import BOOK, JOURNAL_ID, Story, step, steps

from kedge.domain.ids import BookId
from kedge.journal.connection import JOURNAL_FILE
from kedge.journal.errors import (
    CorruptError,
    JournalError,
    JournalInUseError,
    NotWritableError,
    OutOfOrderError,
    StaleEpochError,
    VanishedError,
)
from kedge.journal.lock import LOCK_FILE
from kedge.journal.projection import Projection
from kedge.journal.reader import open_reader
from kedge.journal.sqlite import LOG_PAGES_MAX, LOG_PAGES_TIDY, SqliteJournal, open_journal
from kedge.journal.tables import Line


def open_in(directory: Path, book: BookId = BOOK) -> SqliteJournal:
    return open_journal(directory, book=book, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    journal = open_in(tmp_path / "data")
    yield journal
    journal.close()


def log_size(journal: SqliteJournal) -> int:
    return journal._path.with_name(JOURNAL_FILE + "-wal").stat().st_size


def test_a_second_engine_is_refused(journal: SqliteJournal, tmp_path: Path) -> None:
    with pytest.raises(JournalInUseError, match="in use by process"):
        open_in(tmp_path / "data")
    journal.append(steps(1))


def test_one_that_was_overtaken_writes_nothing_more(journal: SqliteJournal, tmp_path: Path) -> None:
    """Somebody removed the lock, and a second engine took the book over: the epoch stops the first."""
    journal.append(steps(2))
    (tmp_path / "data" / LOCK_FILE).unlink()
    with open_in(tmp_path / "data") as successor:
        with pytest.raises(StaleEpochError, match=r"at epoch 2.*knows epoch 1"):
            journal.append(steps(1, first=3))
        for use in (
            lambda: journal.append([]),
            lambda: journal.save_snapshot(1, "form", b""),
            journal.verify,
        ):
            with pytest.raises(StaleEpochError):
                use()
        assert successor.head.step == 2
        successor.append(steps(1, first=3))
        assert successor.verify().ok


def test_a_head_that_somebody_else_moved_stops_the_writer(journal: SqliteJournal) -> None:
    journal.append(steps(2))
    other = apsw.Connection(str(journal._path))
    other.execute("UPDATE books SET seq = seq + 1")
    other.close()
    with pytest.raises(StaleEpochError):
        journal.append(steps(1, first=3))


def test_a_foreign_write_lock_is_waited_for_and_then_named(journal: SqliteJournal) -> None:
    journal._database.set_busy_timeout(20)
    other = apsw.Connection(str(journal._path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotWritableError, match="locked"):
        journal.append(steps(1))
    other.execute("ROLLBACK")
    other.close()
    journal.append(steps(1))
    assert journal.verify().events == journal.head.seq > 0


class Interrupted(Sequence[Line]):
    """Rows whose writing is interrupted by the keyboard."""

    def __len__(self) -> int:
        return 1

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: Any) -> Any:
        raise KeyboardInterrupt


def test_an_interrupted_commit_leaves_nothing(journal: SqliteJournal) -> None:
    journal.append(steps(1))
    with pytest.raises(KeyboardInterrupt):
        journal.append([step(2)], {"fills": Interrupted()})
    assert journal.head.step == 1
    journal.append([step(2)])
    assert journal.verify().ok


def test_after_a_commit_that_nobody_was_told_of_the_writer_stops(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    """The interrupt comes between the commit and its acknowledgement."""

    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    journal.append(steps(1))
    journal._database.set_wal_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        journal.append([step(2)])
    with pytest.raises(NotWritableError, match="interrupted"):
        journal.append([step(2)])
    journal.close()
    with open_in(tmp_path / "data") as again:
        assert again.head.step == 2
        assert again.verify().ok


def test_rows_and_tables_are_written_together_or_not_at_all(journal: SqliteJournal) -> None:
    story = Story(1)
    projection = Projection(story.state)
    told = list(story.next_steps(20))
    for one in told:
        projection.note(one)
    broken: dict[str, Any] = {**projection.changes(), "orders": [("main", "o-1")]}
    with pytest.raises(JournalError):
        journal.append(told, broken)
    assert journal.head.seq == 0
    assert journal._database.execute("SELECT count(*) FROM events").get == 0
    assert journal._database.execute("SELECT count(*) FROM accounts").get == 0


def test_steps_out_of_order_do_not_stop_the_writer(journal: SqliteJournal) -> None:
    journal.append(steps(2))
    with pytest.raises(OutOfOrderError):
        journal.append([step(2)])
    journal.append([step(3)])


def test_a_closed_journal_lets_the_next_one_in(tmp_path: Path) -> None:
    for epoch in (1, 2):
        journal = open_in(tmp_path)
        assert journal.epoch == epoch
        journal.close()
        journal.close()


def test_it_makes_the_directory_and_those_above(tmp_path: Path) -> None:
    with open_in(tmp_path / "a" / "b" / "c") as journal:
        assert journal.head.seq == 0
    assert (tmp_path / "a" / "b" / "c" / JOURNAL_FILE).exists()


def test_a_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a directory")
    with pytest.raises(NotWritableError, match="data"):
        open_in(tmp_path / "data")


class TestLog:
    """The write-ahead log is moved into the file when idle, and in any case before it grows large."""

    def test_idle_moments_keep_it_small(self, journal: SqliteJournal) -> None:
        for number in range(1, 1_200, 3):
            journal.append(steps(3, first=number))
            journal.tidy()
        assert log_size(journal) < 2 * LOG_PAGES_TIDY * 4_200
        assert journal.verify().ok

    def test_it_is_not_worth_it_for_a_few_pages(self, journal: SqliteJournal) -> None:
        journal.append(steps(3))
        pages = journal._log_pages
        journal.tidy()
        assert journal._log_pages == pages > 0

    def test_without_an_idle_moment_it_is_bounded_all_the_same(
        self, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        few = 100
        monkeypatch.setattr("kedge.journal.sqlite.LOG_PAGES_MAX", few)
        journal._log_pages_allowed = few
        for number in range(1, 5_000, 100):
            journal.append(steps(100, first=number))
        assert log_size(journal) < 2 * few * 4_200

    def test_a_reader_that_holds_it_back_does_not_stop_the_writer(self, journal: SqliteJournal) -> None:
        journal.append(steps(10))
        other = apsw.Connection(str(journal._path))
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM events").fetchall()
        while journal._log_pages < LOG_PAGES_TIDY:
            journal.append(steps(50, first=journal.head.step + 1))
        journal.tidy()
        assert journal._log_pages_allowed > LOG_PAGES_MAX
        journal.append(steps(50, first=journal.head.step + 1))
        other.execute("COMMIT")
        other.close()
        journal.tidy()
        assert journal._log_pages_allowed == LOG_PAGES_MAX
        assert journal.verify().ok


def test_a_record_that_was_damaged_while_it_slept_is_refused_by_the_fold(tmp_path: Path) -> None:
    with open_in(tmp_path) as journal:
        journal.append(steps(5))
    database = apsw.Connection(str(tmp_path / JOURNAL_FILE))
    database.execute("UPDATE events SET at = at + 1 WHERE seq = 4")
    database.close()
    with open_in(tmp_path) as journal, pytest.raises(CorruptError, match="event 4") as raised:
        journal.replay_into(lambda *_: None)
    assert raised.value.seq == 4


def test_a_failed_opening_lets_go_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_FILE).mkdir()
    with pytest.raises(NotWritableError):
        open_in(tmp_path)
    (tmp_path / JOURNAL_FILE).rmdir()
    open_in(tmp_path).close()


def test_readers_see_a_batch_as_soon_as_it_is_acknowledged(journal: SqliteJournal, tmp_path: Path) -> None:
    with open_reader(tmp_path / "data") as reader:
        for number in range(1, 4):
            journal.append([step(number)])
            assert reader.head == journal.head


def _deleted(directory: Path) -> None:
    shutil.rmtree(directory)


def _replaced(directory: Path) -> None:
    other = directory / "other"
    shutil.copy(directory / JOURNAL_FILE, other)
    other.replace(directory / JOURNAL_FILE)


@pytest.mark.parametrize("gone", [_deleted, _replaced])
def test_a_file_that_is_gone_from_under_the_writer_stops_it(
    tmp_path: Path, gone: Callable[[Path], None]
) -> None:
    journal = open_in(tmp_path / "data")
    try:
        journal.append(steps(2))
        journal.tidy()
        gone(tmp_path / "data")
        with pytest.raises(VanishedError, match="was deleted or replaced while it was written"):
            journal.tidy()
        with pytest.raises(VanishedError):
            journal.append(steps(1, first=3))
    finally:
        journal.close()
