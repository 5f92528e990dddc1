"""The journals that Kedge has sit the exam."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import cast

import pytest
from tests.conformance.journal_exam import Cabinet, JournalExam, LastingCabinet, LastingJournalExam
from tests.conformance.journal_story import BOOK, JOURNAL_ID

from kedge.domain.ids import BookId
from kedge.journal.base import Journal
from kedge.journal.memory import MemoryJournal
from kedge.journal.sqlite import SqliteJournal, open_journal
from kedge.journal.tables import BY_NAME, Line


class InMemory:
    def new(self, book: BookId = BOOK) -> Journal:
        return MemoryJournal(book, JOURNAL_ID)

    def table(self, journal: Journal, name: str) -> list[Line]:
        assert isinstance(journal, MemoryJournal)
        return journal.table(name)


class InFiles:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._numbers = count()
        self._directory = root
        self._opened: list[SqliteJournal] = []

    def new(self, book: BookId = BOOK) -> Journal:
        self._directory = self._root / str(next(self._numbers))
        return self.open(book)

    def open(self, book: BookId = BOOK) -> Journal:
        journal = open_journal(
            self._directory, book=book, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096
        )
        self._opened.append(journal)
        return journal

    def table(self, journal: Journal, name: str) -> list[Line]:
        assert isinstance(journal, SqliteJournal)
        table = BY_NAME[name]
        columns, keys = ", ".join(table.columns), ", ".join(table.columns[: table.keys])
        rows = journal._database.execute(f"SELECT {columns} FROM {name} ORDER BY {keys}")  # noqa: S608
        return cast("list[Line]", rows.fetchall())

    def close(self) -> None:
        for journal in self._opened:
            journal.close()


class TestMemoryJournal(JournalExam):
    """For replay and tests."""

    @pytest.fixture
    def cabinet(self) -> Cabinet:
        return InMemory()


class TestSqliteJournal(LastingJournalExam):
    """The one that ships."""

    @pytest.fixture
    def lasting(self, tmp_path: Path) -> Iterator[LastingCabinet]:
        files = InFiles(tmp_path)
        yield files
        files.close()

    @pytest.fixture
    def cabinet(self, lasting: LastingCabinet) -> Cabinet:
        return lasting
