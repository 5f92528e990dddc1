"""The form of the file: how it is made, moved on, and refused."""

from pathlib import Path

import apsw
import pytest
from tests.conformance.journal_story import BOOK, JOURNAL_ID, steps

from kedge.domain.events import DustLeft, Event
from kedge.domain.ids import AccountId, PositionId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import Nano
from kedge.domain.steps import Step
from kedge.journal.connection import JOURNAL_FILE
from kedge.journal.errors import CorruptError, JournalError, NewerJournalError, NotAJournalError
from kedge.journal.reader import open_reader
from kedge.journal.schema import MIGRATIONS, Migration
from kedge.journal.sqlite import SqliteJournal, open_journal
from kedge.journal.tables import TABLES, Table


def open_with(
    directory: Path, *, migrations: tuple[Migration, ...] = MIGRATIONS, program: str = "0.1.0"
) -> SqliteJournal:
    return open_journal(
        directory, book=BOOK, new_id=JOURNAL_ID, program=program, reserve_bytes=4096, migrations=migrations
    )


def meta(directory: Path) -> dict[str, str]:
    connection = apsw.Connection(str(directory / JOURNAL_FILE))
    found = connection.execute("SELECT key, value FROM meta").fetchall()
    connection.close()
    return {str(key): str(value) for key, value in found}


def add_note(connection: apsw.Connection) -> None:
    """What a next form might do."""
    connection.execute("ALTER TABLE orders ADD COLUMN note TEXT; CREATE TABLE notes (text TEXT) STRICT")


def fail_half_way(connection: apsw.Connection) -> None:
    """A step that does something and then breaks."""
    connection.execute("DROP TABLE trades")
    connection.execute("SELECT no_such_column FROM orders")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_file_has_the_columns_that_the_code_writes(tmp_path: Path, table: Table) -> None:
    with open_with(tmp_path) as journal:
        columns = journal._database.execute(
            "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", (table.name,)
        )
        found = columns.fetchall()
    assert tuple(name for name, _key in found) == table.columns
    assert [key for _name, key in found] == [*range(1, table.keys + 1), *[0] * (len(found) - table.keys)]


def test_a_new_journal_says_what_it_is(tmp_path: Path) -> None:
    open_with(tmp_path, program="0.7.1").close()
    assert meta(tmp_path) == {
        "journal_id": JOURNAL_ID,
        "schema": str(len(MIGRATIONS)),
        "program": "0.7.1",
    }


def test_an_older_form_is_moved_on_and_keeps_its_record(tmp_path: Path) -> None:
    with open_with(tmp_path) as journal:
        journal.append(steps(5))
        rows = list(journal.rows())
    with open_with(tmp_path, migrations=(*MIGRATIONS, add_note), program="0.2.0") as journal:
        assert list(journal.rows()) == rows
        assert journal.verify().ok
        journal.append(steps(1, first=6))
        assert journal._database.execute("SELECT count(note), count(*) FROM orders").get == (0, 0)
    assert meta(tmp_path) == {
        "journal_id": JOURNAL_ID,
        "schema": str(len(MIGRATIONS) + 1),
        "program": "0.2.0",
    }


def test_the_first_form_is_read_as_it_is_and_moved_on_when_it_is_written(tmp_path: Path) -> None:
    with open_with(tmp_path, migrations=MIGRATIONS[:1]):
        pass
    connection = apsw.Connection(str(tmp_path / JOURNAL_FILE))
    connection.execute(
        "INSERT INTO accounts (book, id, venue, cash) VALUES (?, 'alpha', 'paper', '5')", (BOOK,)
    )
    connection.close()
    with open_reader(tmp_path) as reader:
        (fields,) = reader.accounts()
        assert (fields["venue_account"], fields["owner"], reader.unallocated()) == ("alpha", None, [])
    with open_with(tmp_path) as journal:
        assert journal._database.execute("SELECT venue_account, owner FROM accounts").get == ("alpha", None)


def test_dust_of_before_there_was_a_table_for_it_is_found_in_the_events(tmp_path: Path) -> None:
    left: list[Event] = [
        DustLeft(
            PositionId(f"p-{number}"), AccountId("alpha"), Symbol("BTC"), Nano(500_000), Nano(50_000_000)
        )
        for number in (1, 2)
    ]
    with open_with(tmp_path, migrations=MIGRATIONS[:3]) as journal:
        journal.append([Step(1, Instant(7), None, left)])
    with open_reader(tmp_path) as reader:
        assert reader.dust() == []
    with open_with(tmp_path):
        pass
    with open_reader(tmp_path) as reader:
        (found,) = reader.dust(account=AccountId("alpha"))
    assert (found["instrument"], found["quantity"], found["cost"], found["updated"]) == (
        "BTC",
        "0.001",
        "0.1",
        7,
    )


def test_a_newer_form_is_refused_and_left_alone(tmp_path: Path) -> None:
    open_with(tmp_path, migrations=(*MIGRATIONS, add_note), program="0.9.0").close()
    before = (tmp_path / JOURNAL_FILE).read_bytes()
    own = len(MIGRATIONS)
    told = rf"form {own + 1}, written by kedge 0\.9\.0.*forms up to {own}.*install the newer"
    with pytest.raises(NewerJournalError, match=told):
        open_with(tmp_path)
    with pytest.raises(NewerJournalError, match=told):
        open_reader(tmp_path)
    assert (tmp_path / JOURNAL_FILE).read_bytes() == before


def test_a_step_that_breaks_leaves_the_older_form(tmp_path: Path) -> None:
    with open_with(tmp_path) as journal:
        journal.append(steps(5))
    with pytest.raises(JournalError):
        open_with(tmp_path, migrations=(*MIGRATIONS, add_note, fail_half_way), program="0.2.0")
    assert meta(tmp_path)["schema"] == str(len(MIGRATIONS))
    assert meta(tmp_path)["program"] == "0.1.0"
    with open_with(tmp_path) as journal:
        assert journal.verify().events == journal.head.seq > 0
        assert journal.epoch == 2


def test_a_journal_whose_making_broke_is_made_again(tmp_path: Path) -> None:
    with pytest.raises(JournalError):
        open_with(tmp_path, migrations=(*MIGRATIONS, fail_half_way))
    with open_with(tmp_path) as journal:
        assert journal.head.seq == 0
        assert journal.epoch == 1


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    foreign = apsw.Connection(str(tmp_path / JOURNAL_FILE))
    foreign.execute("CREATE TABLE recipes (name TEXT)")
    foreign.close()
    before = (tmp_path / JOURNAL_FILE).read_bytes()
    with pytest.raises(NotAJournalError, match="another program"):
        open_with(tmp_path)
    with pytest.raises(NotAJournalError, match="another program"):
        open_reader(tmp_path)
    assert (tmp_path / JOURNAL_FILE).read_bytes() == before


@pytest.mark.parametrize("content", [b"Dear diary,\n" * 400, b"x" * 100])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / JOURNAL_FILE).write_bytes(content)
    with pytest.raises(NotAJournalError):
        open_with(tmp_path)
    with pytest.raises(NotAJournalError):
        open_reader(tmp_path)
    assert (tmp_path / JOURNAL_FILE).read_bytes() == content


def test_an_empty_file_becomes_a_journal(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_FILE).touch()
    with open_with(tmp_path) as journal:
        assert journal.verify().ok


def test_a_form_that_is_no_number_is_named(tmp_path: Path) -> None:
    open_with(tmp_path).close()
    connection = apsw.Connection(str(tmp_path / JOURNAL_FILE))
    connection.execute("UPDATE meta SET value = 'many' WHERE key = 'schema'")
    connection.close()
    with pytest.raises(CorruptError, match="many"):
        open_with(tmp_path)
