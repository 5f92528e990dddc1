"""What the journal does when the disk is full or broken: every call of a commit fails once."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.conformance.journal_story import BOOK, JOURNAL_ID, steps
from tests.unit.journal.faulty_disk import Fault, FaultyDisk

from kedge.domain.ids import OrderId
from kedge.journal.base import Row
from kedge.journal.connection import connect
from kedge.journal.errors import DiskFullError, JournalError, SyncFailedError
from kedge.journal.reader import open_reader
from kedge.journal.reserve import RESERVE_FILE
from kedge.journal.sqlite import LOG_PAGES_TIDY, SqliteJournal, open_journal

RESERVE = 64 * 1024
BEFORE = steps(4)
BATCH = steps(3, first=5)
AFTER = steps(2, first=8)


@pytest.fixture
def disk() -> Iterator[FaultyDisk]:
    disk = FaultyDisk()
    yield disk
    disk.unregister()


def open_on(disk: FaultyDisk, directory: Path) -> SqliteJournal:
    return open_journal(
        directory,
        book=BOOK,
        new_id=JOURNAL_ID,
        program="0.1.0",
        connect=partial(connect, vfs=disk.name),
        reserve_bytes=RESERVE,
    )


def recorded(directory: Path) -> list[Row]:
    """What a reader finds, which must be whole."""
    with open_reader(directory) as reader:
        assert reader.verify().ok
        return list(reader.rows())


def calls_of_a_commit(disk: FaultyDisk, directory: Path) -> dict[str, int]:
    """How many calls of each kind a commit of BATCH makes."""
    with open_on(disk, directory) as journal:
        journal.append(BEFORE)
        before = dict(disk.calls)
        journal.append(BATCH)
        return {kind: disk.calls[kind] - before[kind] for kind in before}


def test_a_full_disk_is_survived_from_the_reserve_at_every_write(disk: FaultyDisk, tmp_path: Path) -> None:
    writes = calls_of_a_commit(disk, tmp_path / "dry")["write"]
    assert writes > 3
    for at in range(1, writes + 1):
        directory = tmp_path / str(at)
        with open_on(disk, directory) as journal:
            journal.append(BEFORE)
            with disk.failing(Fault.FULL, at=at, times=1):
                journal.append(BATCH)
            assert journal.low_on_space, at
            assert not (directory / RESERVE_FILE).exists()
            journal.append(AFTER)
            assert list(journal.steps()) == BEFORE + BATCH + AFTER
            assert recorded(directory) == list(journal.rows())


def test_a_disk_without_any_room_refuses_the_batch_and_takes_it_later(
    disk: FaultyDisk, tmp_path: Path
) -> None:
    with open_on(disk, tmp_path) as journal:
        before = journal.append(BEFORE)
        with disk.failing(Fault.FULL):
            for _ in range(2):
                with pytest.raises(DiskFullError, match="no room"):
                    journal.append(BATCH)
        assert journal.head == before
        assert journal.low_on_space
        assert len(recorded(tmp_path)) == before.seq
        journal.append(BATCH)
        assert list(journal.steps()) == BEFORE + BATCH
        assert recorded(tmp_path) == list(journal.rows())


def test_the_reserve_is_taken_again_when_idle(disk: FaultyDisk, tmp_path: Path) -> None:
    with open_on(disk, tmp_path) as journal:
        with disk.failing(Fault.FULL, times=1):
            journal.append(BEFORE)
        assert journal.low_on_space
        journal.tidy()
        assert (tmp_path / RESERVE_FILE).stat().st_size == RESERVE
        assert journal.low_on_space is False


def test_a_restart_is_recorded_from_the_reserve_too(disk: FaultyDisk, tmp_path: Path) -> None:
    with open_on(disk, tmp_path) as journal:
        journal.append(BEFORE)
    with disk.failing(Fault.FULL, times=1), open_on(disk, tmp_path) as journal:
        assert journal.epoch == 2
        assert list(journal.steps()) == BEFORE


def test_a_restart_without_any_room_is_refused_and_changes_nothing(disk: FaultyDisk, tmp_path: Path) -> None:
    with open_on(disk, tmp_path) as journal:
        journal.append(BEFORE)
    with disk.failing(Fault.FULL), pytest.raises(DiskFullError):
        open_on(disk, tmp_path)
    with open_on(disk, tmp_path) as journal:
        assert list(journal.steps()) == BEFORE


@pytest.mark.parametrize("fault", [Fault.NO_SYNC, Fault.NO_WRITE])
def test_after_a_failed_write_or_sync_the_journal_refuses_everything(
    disk: FaultyDisk, tmp_path: Path, fault: Fault
) -> None:
    calls = calls_of_a_commit(disk, tmp_path / "dry")[fault.call]
    assert calls
    for at in range(1, calls + 1):
        directory = tmp_path / f"{fault.name}-{at}"
        journal = open_on(disk, directory)
        journal.append(BEFORE)
        with disk.failing(fault, at=at, times=1), pytest.raises(SyncFailedError):
            journal.append(BATCH)
        assert_refuses_everything(journal)
        syncs = disk.calls["sync"]
        journal.close()
        assert disk.calls["sync"] == syncs, "a sync after the failed one would be believed"
        with open_on(disk, directory) as again:
            found = list(again.steps())
            assert found in (BEFORE, BEFORE + BATCH)
            assert again.verify().ok


def assert_refuses_everything(journal: SqliteJournal) -> None:
    uses = [
        lambda: journal.append(BATCH),
        lambda: journal.save_snapshot(1, "form-1", b"state"),
        lambda: list(journal.rows()),
        lambda: journal.replay_into(lambda *_: None),
        lambda: journal.archived_order(OrderId("o-1")),
        journal.verify,
    ]
    for use in uses:
        with pytest.raises(SyncFailedError):
            use()


@pytest.mark.parametrize("fault", [Fault.NO_SYNC, Fault.NO_WRITE])
def test_a_checkpoint_that_fails_ends_the_journal_too(disk: FaultyDisk, tmp_path: Path, fault: Fault) -> None:
    journal = open_on(disk, tmp_path)
    fill_the_log(journal)
    with disk.failing(fault, times=1), pytest.raises(SyncFailedError):
        journal.tidy()
    assert_refuses_everything(journal)
    journal.close()
    with open_on(disk, tmp_path) as again:
        assert again.verify().ok
        assert again.head.step == journal.head.step


def test_a_checkpoint_on_a_full_disk_waits(disk: FaultyDisk, tmp_path: Path) -> None:
    with open_on(disk, tmp_path) as journal:
        fill_the_log(journal)
        with disk.failing(Fault.FULL):
            journal.tidy()
        journal.append(steps(1, first=journal.head.step + 1))
        journal.tidy()
        assert not journal.low_on_space
        assert journal.verify().ok


def fill_the_log(journal: SqliteJournal) -> None:
    """Write until a checkpoint is worth it."""
    while journal._log_pages < LOG_PAGES_TIDY:
        journal.append(steps(20, first=journal.head.step + 1))


def test_a_disk_that_cannot_be_read_is_an_error_of_ours(disk: FaultyDisk, tmp_path: Path) -> None:
    with open_on(disk, tmp_path) as journal:
        journal.append(steps(400))
        fill_the_log(journal)
        journal.tidy()
    with disk.failing(Fault.NO_READ), pytest.raises(JournalError):
        open_on(disk, tmp_path)
