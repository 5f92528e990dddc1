"""What `verify` sees: any changed byte, any row taken out, put in or moved, and a tail that was cut off."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from shutil import copytree

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.journal_story import BOOK, JOURNAL_ID, alarm, steps

from kedge.journal.base import Row
from kedge.journal.chain import link
from kedge.journal.connection import JOURNAL_FILE
from kedge.journal.errors import CorruptError, JournalError, NewerJournalError
from kedge.journal.reader import open_reader
from kedge.journal.sqlite import open_journal

COUNT = 20
MIDDLE = 8  # an event in the middle of the record, the second of its step
FIRST = 7  # the first event of the same step


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A journal at rest, with its log moved into the file."""
    directory = tmp_path / "journal"
    with open_journal(
        directory, book=BOOK, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096
    ) as journal:
        journal.append(steps(10))
        assert journal.head.seq == COUNT
    return directory


@pytest.fixture
def database(directory: Path) -> Iterator[apsw.Connection]:
    """A way to do to it what nobody should."""
    connection = apsw.Connection(str(directory / JOURNAL_FILE))
    yield connection
    connection.close()


def test_an_untouched_record_is_whole(directory: Path) -> None:
    with open_reader(directory) as reader:
        found = reader.verify()
    assert (found.ok, found.events, found.last_seq, found.broken_seq) == (True, COUNT, COUNT, None)
    assert len(found.head) == 64


SWAP = """
    UPDATE events SET id = id + 5000 WHERE seq = :middle;
    UPDATE events SET id = id - 1 WHERE seq = :middle + 1;
    UPDATE events SET id = id - 4999 WHERE seq = :middle + 5000;
"""
PUT_BEHIND = """
    INSERT INTO events (id, step, at, kind, version, subject, payload, cause, hash)
    SELECT id + 1, step + 1, at, kind, version, subject, payload, cause, hash FROM events WHERE seq = :count
"""
TAMPERING = [
    ("the key", "UPDATE events SET id = id + 1000 WHERE seq = :middle", MIDDLE),
    ("the step", "UPDATE events SET step = step + 1 WHERE seq = :middle", MIDDLE),
    ("the time", "UPDATE events SET at = at + 1 WHERE seq = :middle", MIDDLE),
    ("the kind", "UPDATE events SET kind = 'OrderFilled' WHERE seq = :middle", MIDDLE),
    ("the version", "UPDATE events SET version = 2 WHERE seq = :middle", MIDDLE),
    ("the subject", "UPDATE events SET subject = 'o-2' WHERE seq = :middle", MIDDLE),
    ("no subject", "UPDATE events SET subject = NULL WHERE seq = :middle", MIDDLE),
    ("the payload", "UPDATE events SET payload = CAST(payload || ' ' AS BLOB) WHERE seq = :middle", MIDDLE),
    ("a cause added", "UPDATE events SET cause = X'7B7D' WHERE seq = :middle", MIDDLE),
    ("a cause emptied", "UPDATE events SET cause = X'' WHERE seq = :first", FIRST),
    ("the cause taken out", "UPDATE events SET cause = NULL WHERE seq = :first", FIRST),
    ("the hash", "UPDATE events SET hash = zeroblob(32) WHERE seq = :middle", MIDDLE),
    ("a row in the middle taken out", "DELETE FROM events WHERE seq = :middle", MIDDLE),
    ("the first row taken out", "DELETE FROM events WHERE seq = 1", 1),
    ("the tail cut off", "DELETE FROM events WHERE seq > :count - 3", COUNT - 2),
    ("all rows taken out", "DELETE FROM events", 1),
    ("two rows swapped", SWAP, MIDDLE),
    ("a row put behind", PUT_BEHIND, COUNT + 1),
    ("the head's number", "UPDATE books SET seq = seq - 1", COUNT),
    ("the head's step", "UPDATE books SET step = step - 1", COUNT + 1),
    ("the head's hash", "UPDATE books SET hash = zeroblob(32)", COUNT + 1),
    ("the journal's id", "UPDATE meta SET value = 'other' WHERE key = 'journal_id'", 1),
    ("the book's name", "UPDATE books SET book = 'other'", 1),
]


@pytest.mark.parametrize(
    ("sql", "broken"), [case[1:] for case in TAMPERING], ids=[case[0] for case in TAMPERING]
)
def test_it_names_the_first_row_that_cannot_be_trusted(
    directory: Path, database: apsw.Connection, sql: str, broken: int
) -> None:
    database.execute(sql, {"middle": MIDDLE, "first": FIRST, "count": COUNT})
    assert database.total_changes()
    with open_reader(directory) as reader:
        found = reader.verify()
        assert not found.ok
        assert found.broken_seq == broken
        assert found.problem
        if sql != PUT_BEHIND:  # the fold ends at the head; what stands behind it was never acknowledged
            with pytest.raises(CorruptError) as raised:
                reader.replay_into(lambda *_: None)
            assert raised.value.seq == broken


@pytest.mark.parametrize("column", ["step", "at", "kind", "version", "subject", "payload", "cause", "hash"])
def test_every_byte_of_every_column_counts(directory: Path, database: apsw.Connection, column: str) -> None:
    """Row by row and byte by byte, past SQLite's own checks of types."""
    random = Random(column)
    update = f"UPDATE events SET {column} = ? WHERE seq = ?"  # noqa: S608
    value = database.execute(f"SELECT {column} FROM events WHERE seq = ?", (FIRST,)).get  # noqa: S608
    with open_reader(directory) as reader:
        for changed in mutations(value, random):
            database.execute(update, (changed, FIRST))
            found = reader.verify()
            assert not found.ok, (value, changed)
            assert found.broken_seq == FIRST
            database.execute(update, (value, FIRST))
        assert reader.verify().ok


def mutations(value: object, random: Random) -> Iterator[object]:
    """The value with one bit of it changed: every byte has its turn."""
    match value:
        case int():
            yield from (value ^ (1 << bit) for bit in range(0, 60, 4))
        case str():
            yield from (value[:at] + "~" + value[at + 1 :] for at in range(len(value)))
        case bytes():
            for at in range(len(value)):
                flipped = value[at] ^ (1 << random.randrange(8))
                yield value[:at] + bytes([flipped]) + value[at + 1 :]
        case None:
            yield from (b"", b"{}")


class TestDamagedFile:
    """A byte of the file itself changes: either it shows, or what is read is what was written."""

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
    def test_damage_shows_or_does_not_matter(
        self, directory: Path, tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
    ) -> None:
        copy = tmp_path_factory.mktemp("damaged") / "journal"
        copytree(directory, copy)
        file = copy / JOURNAL_FILE
        content = bytearray(file.read_bytes())
        content[int(place * len(content))] ^= 1 << bit
        file.write_bytes(content)
        try:
            with open_reader(copy) as reader:
                whole, rows = reader.verify().ok, list(reader.rows())
        except JournalError:
            return
        assert not whole or rows == self.rows_of(directory)

    def rows_of(self, directory: Path) -> list[Row]:
        with open_reader(directory) as reader:
            return list(reader.rows())


def test_damaged_text_is_found_where_it_stands(directory: Path, database: apsw.Connection) -> None:
    database.execute("UPDATE events SET subject = CAST(X'FFFE' AS TEXT) WHERE seq = ?", (MIDDLE,))
    with open_reader(directory) as reader:
        assert reader.verify().broken_seq == MIDDLE
        with pytest.raises(CorruptError, match=str(MIDDLE)):
            list(reader.rows())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            lambda rows: rows[3]._replace(kind="OrderTeleported", payload=b'{"type":"OrderTeleported.1"}'),
            NewerJournalError,
        ),
        (
            lambda rows: rows[3]._replace(version=99, payload=b'{"type":"OrderAccepted.99"}'),
            NewerJournalError,
        ),
        (lambda rows: rows[3]._replace(kind="OrderFilled"), CorruptError),
        (lambda rows: rows[3]._replace(payload=b"{"), CorruptError),
        (lambda rows: rows[3]._replace(payload=b'{"type":"OrderAccepted.1"}'), CorruptError),
    ],
    ids=["unknown kind", "unknown version", "another kind", "no JSON", "fields missing"],
)
def test_a_row_that_is_chained_well_and_cannot_be_read(
    directory: Path, change: Callable[[list[Row]], Row], error: type[JournalError]
) -> None:
    """Somebody wrote it on purpose: the chain is right, the content is none of ours."""
    with open_reader(directory) as reader:
        rows = list(reader.rows())
    rows[3] = change(rows)
    database = apsw.Connection(str(directory / JOURNAL_FILE))
    for at, row in enumerate(rows[3:], start=3):
        new_hash = link(rows[at - 1].hash, row[:8])
        rows[at] = row._replace(hash=new_hash)
        database.execute(
            "UPDATE events SET kind = ?, version = ?, payload = ?, hash = ? WHERE seq = ?",
            (row.kind, row.version, row.payload, new_hash, row.seq),
        )
    database.execute("UPDATE books SET hash = ?", (rows[-1].hash,))
    database.close()
    with open_reader(directory) as reader:
        found = reader.verify()
        assert not found.ok
        assert found.broken_seq == 4
        with pytest.raises(error, match="event 4"):
            list(reader.steps())


def test_rows_behind_a_cut_that_the_head_agrees_with_cannot_be_known(directory: Path) -> None:
    """What the docs say of the chain's limit: whoever can write the file can cut it and set the head to fit."""
    database = apsw.Connection(str(directory / JOURNAL_FILE))
    database.execute("DELETE FROM events WHERE seq > 7")
    database.execute(
        "UPDATE books SET (seq, step, hash) = (SELECT seq, step, hash FROM events WHERE seq = 7)"
    )
    database.close()
    with open_reader(directory) as reader:
        assert reader.verify().ok


def test_long_texts_are_covered_to_their_end(tmp_path: Path) -> None:
    with open_journal(tmp_path, book=BOOK, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096) as journal:
        journal.append([alarm(1, "x" * 50_000)])
    database = apsw.Connection(str(tmp_path / JOURNAL_FILE))
    database.execute("UPDATE events SET payload = CAST(replace(payload, 'xx\"', 'xy\"') AS BLOB)")
    database.close()
    with open_reader(tmp_path) as reader:
        assert reader.verify().broken_seq == 1
