"""How fast the journal takes events in, in batches, with the readable tables and without them.

Each batch is the commit that the engine would make of it: rows encoded and chained, tables projected and written, one
full sync. Making the events is not counted. The floor is `executemany` of rows of the same size into one bare table of
SQLite on the same disk, with one sync for each batch too.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns

import apsw

from bench.desk import Desk
from bench.measure import Aim, Measured, Scale
from kedge import __version__
from kedge.domain.ids import BookId
from kedge.domain.inputs import Input
from kedge.domain.steps import Step
from kedge.journal.batch import prepare
from kedge.journal.projection import Projection
from kedge.journal.sqlite import SqliteJournal, open_journal
from kedge.kernel.book import Book

INSTRUMENTS = 100


class _TimedRecord:
    """Keeps steps in three places, one after the other, and counts the time of each."""

    def __init__(self, book: Book, place: Path) -> None:
        self.events = 0
        self.with_tables = 0
        self.without_tables = 0
        self.bare = 0
        self.payload = 0
        self._book = book
        self._projection = Projection(book.state)
        self._full = _journal(place / "full")
        self._plain = _journal(place / "plain")
        self._floor = apsw.Connection(str(place / "floor.db"))
        self._floor.pragma("journal_mode", "wal")
        self._floor.pragma("synchronous", "FULL")
        self._floor.wal_autocheckpoint(0)
        self._floor.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, at INTEGER, body BLOB)")
        self._waiting: list[Step] = []

    def take(self, input_: Input) -> None:
        """Decide, and tell the projection, which is part of what is measured."""
        step = self._book.step(input_)
        if step is not None:
            start = perf_counter_ns()
            self._projection.note(step)
            self.with_tables += perf_counter_ns() - start
            self._waiting.append(step)

    def commit(self) -> Sequence[Step]:
        """Append what waits to each place, the real one and the floor in turns."""
        steps, self._waiting = self._waiting, []
        if steps:
            self.events += sum(len(step.events) for step in steps)
            self._time_floor(self._sizes(steps))
            start = perf_counter_ns()
            self._full.append(steps, self._projection.changes())
            middle = perf_counter_ns()
            self._plain.append(steps)
            self.without_tables += perf_counter_ns() - middle
            self.with_tables += middle - start
        return steps

    def tidy(self) -> None:
        """Checkpoints, as the engine makes them when it is idle."""
        self._full.tidy()
        self._plain.tidy()
        self._floor.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def close(self) -> None:
        """Let go of the files."""
        self._full.close()
        self._plain.close()
        self._floor.close()

    def _sizes(self, steps: Sequence[Step]) -> list[int]:
        rows = prepare(steps, self._plain.head).rows
        return [sum(len(cell) if isinstance(cell, bytes | str) else 8 for cell in row) for row in rows]

    def _time_floor(self, sizes: list[int]) -> None:
        rows = [(index, os.urandom(size)) for index, size in enumerate(sizes)]
        self.payload += sum(sizes)
        start = perf_counter_ns()
        with self._floor:
            self._floor.executemany("INSERT INTO rows (at, body) VALUES (?, ?)", rows)
        self.bare += perf_counter_ns() - start


def run(scale: Scale, directory: Path) -> list[Measured]:
    """Rounds of trades, recorded in batches of some hundreds of events."""
    wanted = scale.of(200_000, 20_000, 500)
    with TemporaryDirectory(dir=directory) as place:
        book = Book.empty(BookId("bench"))
        record = _TimedRecord(book, Path(place))
        desk = Desk(book, record, scale.of(INSTRUMENTS, INSTRUMENTS, 5))
        while record.events < wanted:
            desk.open_all()
            desk.close_all()
            record.tidy()
        record.close()
        return [
            _figure(record, "with_tables", "events/s into SQLite, with readable tables", record.with_tables),
            _figure(record, "without_tables", "events/s into SQLite, without tables", record.without_tables),
        ]


def _figure(record: _TimedRecord, key: str, what: str, spent: int) -> Measured:
    return Measured(
        key=f"journal.{key}",
        what=what,
        value=record.events * 1e9 / spent,
        unit="events/s",
        floor=record.events * 1e9 / record.bare,
        floor_is="executemany of rows of the same size into one bare table",
        aim=Aim(100_000, at_least=True) if key == "with_tables" else None,
        notes={
            "us_per_event": spent / record.events / 1_000,
            "bytes_per_row": record.payload / record.events,
        },
    )


def _journal(place: Path) -> SqliteJournal:
    return open_journal(place, book=BookId("bench"), new_id="jbench00", program=__version__)
