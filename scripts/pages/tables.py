"""The page of the journal's file: its tables and columns as the migrations make them, with their meanings."""

from collections.abc import Iterator
from typing import NamedTuple

import apsw
from scripts.pages import columns
from scripts.pages.markdown import code, page, table

from kedge.journal import schema
from kedge.journal.tables import TABLES as READABLE

VIEWS = ("execution_metrics",)
RECORD = ("events", "books", "meta", "snapshots")


class Column(NamedTuple):
    """One column of a table."""

    name: str
    type: str
    is_key: bool


def tables_page() -> str:
    """Every table, the readable ones first."""
    found = dict(columns_by_table())
    readable = [each.name for each in READABLE] + list(VIEWS)
    unplaced = found.keys() ^ {*readable, *RECORD}
    if unplaced:
        raise ValueError(f"scripts/pages/tables.py does not place these tables: {sorted(unplaced)}")
    described = {*columns.TABLES, *columns.COLUMNS} - found.keys()
    if described:
        raise ValueError(f"scripts/pages/columns.py describes tables that are not there: {sorted(described)}")
    return page(
        "The journal's tables",
        "src/kedge/journal/schema.py and scripts/pages/columns.py",
        "The journal is one SQLite file, `journal.db`, in the data directory. Any SQLite client can read it while the "
        "engine runs. Never write to it: a changed record no longer verifies.",
        "Times are integers: nanoseconds since 1970 in UTC. Prices, quantities and money are decimal text, exact; "
        "`CAST(… AS REAL)` turns them into floats for a rough sum. **Bold** columns are the key.",
        "The readable tables hold no truth of their own. They are written in the same transaction as the events that "
        "changed them, and the events can make them again. `fills`, `trades` and `positions` show what stands: a fill "
        "that the venue has annulled, and a round trip that never was, leave them and stay in `events`.",
        table(
            ("table", "holds"),
            ((f"[{code(name)}](#{name})", columns.TABLES[name]) for name in (*readable, *RECORD)),
        ),
        "## Readable tables",
        *_blocks(readable, found),
        "## The record",
        *_blocks(RECORD, found),
    )


def columns_by_table() -> Iterator[tuple[str, list[Column]]]:
    """The tables and views of a journal that was just made, with their columns."""
    connection = apsw.Connection(":memory:")
    for step in schema.MIGRATIONS:
        step(connection)
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")
    for (name,) in names.fetchall():
        rows = connection.execute("SELECT name, type, pk FROM pragma_table_xinfo(?)", (name,)).fetchall()
        yield str(name), [Column(str(column), str(type_), bool(key)) for column, type_, key in rows]


def _blocks(names: list[str] | tuple[str, ...], found: dict[str, list[Column]]) -> Iterator[str]:
    for name in names:
        own = {column.name for column in found[name]}
        stray = columns.COLUMNS.get(name, {}).keys() - own
        if stray:
            raise ValueError(
                f"scripts/pages/columns.py describes columns that {name} has not: {sorted(stray)}"
            )
        yield f"### {name}"
        yield columns.TABLES[name]
        yield table(
            ("column", "type", "meaning"),
            (
                (
                    f"**{code(column.name)}**" if column.is_key else code(column.name),
                    column.type.lower(),
                    columns.meaning(name, column.name),
                )
                for column in found[name]
            ),
        )
