"""How long a start takes on a long record, folded from its beginning and from a snapshot.

Measured by what the engine does at a start: `recover`, every hash checked. The floors are reading the same rows with
apsw and hashing them without decoding any, and decoding the snapshot's bytes.
"""

from hashlib import blake2b
from pathlib import Path
from time import perf_counter
from typing import Any

import apsw
import msgspec

from bench.measure import Aim, Measured, Scale, percentile
from bench.recording import open_recording, record
from kedge.engine.recovery import recover, state_schema
from kedge.journal.connection import JOURNAL_FILE
from kedge.kernel.state import BookState

_DECODER = msgspec.json.Decoder(BookState)
_PAGE = 2_000
_ROWS = (
    "SELECT id, step, at, kind, version, subject, payload, cause, hash FROM events "
    "WHERE id > ? ORDER BY id LIMIT ?"
)


def run(scale: Scale, directory: Path) -> list[Measured]:
    """Fold twice, each time between two floors; then start from the snapshot some times."""
    events = scale.of(1_000_000, 50_000, 1_000)
    place = directory / "recording"
    if not (place / JOURNAL_FILE).exists():
        record(place, events)
    folds, floors, starts, decodes = [], [_read_and_hash(place)], [], []
    for _ in range(scale.of(2, 2, 1)):
        folds.append(_fold(place))
        floors.append(_read_and_hash(place))
    for _ in range(scale.of(20, 10, 2)):
        started, decoded = _from_snapshot(place)
        starts.append(started)
        decodes.append(decoded)
    million = 1_000_000 / events
    return [
        Measured(
            key="startup.fold",
            what=f"fold of {events:,} events, hashes checked, without a snapshot (per million)",
            value=min(folds) * million,
            unit="s",
            floor=min(floors) * million,
            floor_is="reading the same rows and hashing them, nothing decoded",
            aim=Aim(6),
            notes={"us_per_event": min(folds) * 1e6 / events},
        ),
        Measured(
            key="startup.snapshot",
            what="start from a snapshot at the end of the same record",
            value=percentile(starts, 50) * 1_000,
            unit="ms",
            floor=percentile(decodes, 50) * 1_000,
            floor_is="decoding the snapshot's bytes",
            aim=Aim(20),
            notes={"best": min(starts) * 1_000},
        ),
    ]


def _fold(place: Path) -> float:
    """The engine's own start, told that no snapshot has its form."""
    with open_recording(place) as journal:
        start = perf_counter()
        book = recover(journal, "a form that no snapshot has")
        taken = perf_counter() - start
        assert book.state.seq == journal.head.seq, "the fold ends where the record ends"
    return taken


def _read_and_hash(place: Path) -> float:
    connection = apsw.Connection(str(place / JOURNAL_FILE), flags=apsw.SQLITE_OPEN_READONLY)
    start = perf_counter()
    previous, after = b"", 0
    page: list[tuple[Any, ...]]
    while page := connection.execute(_ROWS, (after, _PAGE)).fetchall():
        for row in page:
            previous = blake2b(previous + row[6] + (row[7] or b""), digest_size=32).digest()
        after = page[-1][0]
    taken = perf_counter() - start
    connection.close()
    return taken


def _from_snapshot(place: Path) -> tuple[float, float]:
    schema = state_schema()
    with open_recording(place) as journal:
        start = perf_counter()
        book = recover(journal, schema)
        taken = perf_counter() - start
        assert book.state.seq == journal.head.seq, "the snapshot stands for the whole record"
        snapshot = book.snapshot()
        start = perf_counter()
        _DECODER.decode(snapshot)
        return taken, perf_counter() - start
