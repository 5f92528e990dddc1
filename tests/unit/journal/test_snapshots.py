"""A snapshot is believed only where everything fits; otherwise it is passed over without a word."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from tests.conformance.journal_story import BOOK, JOURNAL_ID, steps

from kedge.journal.sqlite import SqliteJournal, open_journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    """A journal with an older snapshot at 3 and a newer one at 7."""
    journal = open_journal(tmp_path, book=BOOK, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096)
    journal.append(steps(5))
    journal.save_snapshot(3, "form-1", b"older")
    journal.save_snapshot(7, "form-1", b"newer")
    yield journal
    journal.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE snapshots SET blob = X'6F6C646572' WHERE seq = 7",
        "UPDATE snapshots SET blob = X'' WHERE seq = 7",
        "UPDATE snapshots SET digest = zeroblob(32) WHERE seq = 7",
        "UPDATE snapshots SET hash = zeroblob(32) WHERE seq = 7",
        "UPDATE snapshots SET step = step + 1 WHERE seq = 7",
        "UPDATE snapshots SET seq = 8 WHERE seq = 7",
        "UPDATE snapshots SET schema = 'form-2' WHERE seq = 7",
        "DELETE FROM snapshots WHERE seq = 7",
        # Another past: the row is chained anew, or it is gone.
        "UPDATE events SET hash = zeroblob(32) WHERE seq = 7",
        "DELETE FROM events WHERE seq = 7",
    ],
)
def test_one_that_does_not_fit_gives_way_to_the_older_one(journal: SqliteJournal, sql: str) -> None:
    other = apsw.Connection(str(journal._path))
    other.execute(sql)
    assert other.total_changes() == 1
    other.close()
    found = journal.load_snapshot("form-1")
    assert found is not None
    assert (found.seq, found.blob) == (3, b"older")


def test_where_none_fits_there_is_none(journal: SqliteJournal) -> None:
    other = apsw.Connection(str(journal._path))
    other.execute("UPDATE snapshots SET blob = X'00'")
    other.close()
    assert journal.load_snapshot("form-1") is None
    assert journal.verify().ok


def test_a_form_that_was_renamed_in_the_file_is_not_believed(journal: SqliteJournal) -> None:
    other = apsw.Connection(str(journal._path))
    other.execute("UPDATE snapshots SET schema = 'form-2'")
    other.close()
    assert journal.load_snapshot("form-2") is None
