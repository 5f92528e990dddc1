"""A long session, recorded by the engine's own writer into SQLite. Memory is measured while it is made; the start-up
benchmark reads it."""

import gc
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from bench.desk import Desk
from bench.machine import resident_bytes
from kedge import __version__
from kedge.domain.ids import BookId
from kedge.engine.recovery import state_schema
from kedge.engine.writer import Writer
from kedge.journal.sqlite import SqliteJournal, open_journal
from kedge.kernel.book import Book

BOOK = BookId("bench")
INSTRUMENTS = 50
SAMPLES = 10


class Sample(NamedTuple):
    """Memory after so many events."""

    events: int
    resident: int


class Recording(NamedTuple):
    """Where the session is, and what making it took."""

    directory: Path
    events: int
    seconds: float
    samples: list[Sample]


def open_recording(directory: Path) -> SqliteJournal:
    """The session's journal, for writing."""
    return open_journal(directory, book=BOOK, new_id="jbench00", program=__version__)


def record(directory: Path, events: int) -> Recording:
    """Trade until so many events are recorded; the last position stays open."""
    book = Book.empty(BOOK)
    journal = open_recording(directory)
    writer = Writer(book, journal, state_schema())
    desk = Desk(book, writer, min(INSTRUMENTS, max(1, events // 100)))
    samples: list[Sample] = []
    start = perf_counter()
    while book.state.seq < events:
        desk.open_all()
        if book.state.seq >= events:
            break
        desk.close_all()
        writer.tidy()
        if book.state.seq >= (len(samples) + 1) * events // SAMPLES:
            desk.renew_exchange()  # it remembers every order; the engine is what is measured
            gc.collect()
            samples.append(Sample(book.state.seq, resident_bytes()))
    seconds = perf_counter() - start
    writer.snapshot()
    journal.close()
    return Recording(directory, book.state.seq, seconds, samples)
