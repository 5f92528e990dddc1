"""The form of the journal's file, as ordered steps from an empty file to the newest form.

A step is never changed once released: to change the form, add a step. An older program refuses a newer form.
`application_id` marks the file as ours, so that nothing is ever written into somebody else's database.
"""

from collections.abc import Callable, Sequence

import apsw

from kedge.domain.numbers import Nano, from_nano, plain
from kedge.journal.connection import transaction
from kedge.journal.errors import CorruptError, NewerJournalError, NotAJournalError

APPLICATION_ID = 0x4B454447  # "KEDG"

_SCHEMA_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE books (
    number INTEGER PRIMARY KEY, book TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL, step INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT;

-- The key is the book's number and the event's, in one integer: a third less room and time than a key of two columns.
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    book INTEGER GENERATED ALWAYS AS (id >> 40) VIRTUAL, seq INTEGER GENERATED ALWAYS AS (id & 0xFFFFFFFFFF) VIRTUAL,
    step INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL, subject TEXT,
    payload BLOB NOT NULL, cause BLOB, hash BLOB NOT NULL
) STRICT;
CREATE INDEX events_subject ON events (subject) WHERE subject IS NOT NULL;

CREATE TABLE snapshots (
    book TEXT NOT NULL, seq INTEGER NOT NULL, schema TEXT NOT NULL,
    step INTEGER NOT NULL, hash BLOB NOT NULL, blob BLOB NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (book, seq)
) STRICT;

CREATE TABLE accounts (
    book TEXT NOT NULL, id TEXT NOT NULL, venue TEXT, currency TEXT, starting_cash TEXT, cash TEXT,
    realised TEXT, fees TEXT, state TEXT, book_state TEXT,
    trades INTEGER, wins INTEGER, losses INTEGER, updated INTEGER,
    PRIMARY KEY (book, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE broker_accounts (
    book TEXT NOT NULL, venue TEXT NOT NULL, account TEXT NOT NULL, currency TEXT, updated INTEGER,
    PRIMARY KEY (book, venue, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE symbols (
    book TEXT NOT NULL, symbol TEXT NOT NULL, asset TEXT, tick TEXT, lot TEXT, multiplier TEXT,
    currency TEXT, margin TEXT, updated INTEGER,
    PRIMARY KEY (book, symbol)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    book TEXT NOT NULL, id TEXT NOT NULL, client_order_id TEXT GENERATED ALWAYS AS (id) VIRTUAL,
    venue_order_id TEXT, account TEXT, instrument TEXT, side TEXT, type TEXT, quantity TEXT, filled TEXT,
    average_price TEXT, limit_price TEXT, stop_price TEXT, fees TEXT, state TEXT, role TEXT, tif TEXT,
    holder TEXT, reduce_only INTEGER, signal TEXT, parent TEXT, strategy TEXT, reason TEXT,
    created INTEGER, updated INTEGER,
    sent INTEGER, signal_time INTEGER, expected_price TEXT, accepted INTEGER, first_fill INTEGER, last_fill INTEGER,
    record BLOB NOT NULL,
    PRIMARY KEY (book, id)
) STRICT;
CREATE INDEX orders_signal ON orders (signal) WHERE signal IS NOT NULL;

CREATE TABLE fills (
    book TEXT NOT NULL, order_id TEXT NOT NULL, execution TEXT NOT NULL, account TEXT, instrument TEXT,
    side TEXT, role TEXT, quantity TEXT, price TEXT, fee TEXT, at INTEGER, recorded INTEGER, late INTEGER,
    PRIMARY KEY (book, order_id, execution)
) STRICT, WITHOUT ROWID;

CREATE TABLE positions (
    book TEXT NOT NULL, id TEXT NOT NULL, account TEXT, instrument TEXT, state TEXT, direction TEXT,
    quantity TEXT, entered TEXT, entry_price TEXT, exit_price TEXT, cost TEXT, realised TEXT, fees TEXT,
    stop TEXT, opened INTEGER, closed INTEGER, entry_order TEXT, updated INTEGER,
    PRIMARY KEY (book, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE trades (
    book TEXT NOT NULL, id TEXT NOT NULL, account TEXT, strategy TEXT, instrument TEXT, direction TEXT,
    quantity TEXT, entry_time INTEGER, entry_price TEXT, exit_time INTEGER, exit_price TEXT, exit_reason TEXT,
    pnl TEXT, fees TEXT, r_multiple TEXT, stop TEXT, entry_order TEXT, exit_order TEXT,
    PRIMARY KEY (book, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE signals (
    book TEXT NOT NULL, id TEXT NOT NULL, account TEXT, kind TEXT, instrument TEXT, direction TEXT,
    strength TEXT, expected_price TEXT, quantity TEXT, stop TEXT, strategy TEXT, reason TEXT,
    ts INTEGER, at INTEGER, outcome TEXT, code TEXT, order_id TEXT, digest TEXT,
    PRIMARY KEY (book, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE strategy_state (
    book TEXT NOT NULL, account TEXT NOT NULL, strategy TEXT NOT NULL,
    trades INTEGER, wins INTEGER, losses INTEGER, pnl TEXT, updated INTEGER,
    PRIMARY KEY (book, account, strategy)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    book TEXT NOT NULL, step INTEGER NOT NULL, epoch INTEGER, nonce TEXT, journal_id TEXT, version TEXT,
    settings_hash TEXT, at INTEGER,
    PRIMARY KEY (book, step)
) STRICT, WITHOUT ROWID;

-- What the executions were like; slippage is positive when it was against us. Ratios only, so floats will do.
CREATE VIEW execution_metrics AS SELECT
    book, id AS order_id, account, instrument, side, role, signal, strategy, quantity, filled,
    signal_time, created AS decided, sent, accepted, first_fill, last_fill, expected_price, average_price, fees,
    round((CAST(average_price AS REAL) / CAST(expected_price AS REAL) - 1) * 10000
          * CASE side WHEN 'buy' THEN 1 ELSE -1 END, 4) AS slippage_bps,
    accepted - sent AS sent_to_accepted_ns,
    first_fill - sent AS sent_to_fill_ns,
    first_fill - signal_time AS signal_to_fill_ns
FROM orders;
"""

_SCHEMA_2 = """
ALTER TABLE signals ADD COLUMN metadata TEXT;
ALTER TABLE signals ADD COLUMN pnl TEXT;
ALTER TABLE positions ADD COLUMN risk TEXT;
ALTER TABLE positions ADD COLUMN adds INTEGER;
ALTER TABLE trades ADD COLUMN risk TEXT;
ALTER TABLE trades ADD COLUMN adds INTEGER;
"""

# Several accounts on one account at a venue, and what is held there that is none of theirs.
_SCHEMA_3 = """
ALTER TABLE accounts ADD COLUMN venue_account TEXT;
ALTER TABLE accounts ADD COLUMN owner TEXT;
UPDATE accounts SET venue_account = id;

CREATE TABLE unallocated (
    book TEXT NOT NULL, venue TEXT NOT NULL, account TEXT NOT NULL, instrument TEXT NOT NULL,
    quantity TEXT, held TEXT, updated INTEGER,
    PRIMARY KEY (book, venue, account, instrument)
) STRICT, WITHOUT ROWID;
"""

# What is held and too little to be sold.
_SCHEMA_4 = """
CREATE TABLE dust (
    book TEXT NOT NULL, account TEXT NOT NULL, instrument TEXT NOT NULL, quantity TEXT, cost TEXT, updated INTEGER,
    PRIMARY KEY (book, account, instrument)
) STRICT, WITHOUT ROWID;
"""

# Strategies of our own, and what they have found; no older program had any.
_SCHEMA_5 = """
CREATE TABLE strategies (
    book TEXT NOT NULL, id TEXT NOT NULL, account TEXT, instrument TEXT, rule TEXT, bar INTEGER, since INTEGER,
    found INTEGER, taken INTEGER, refused INTEGER, missed INTEGER,
    trades INTEGER, wins INTEGER, losses INTEGER, pnl TEXT,
    last_delay INTEGER, worst_delay INTEGER, last_error TEXT, opened INTEGER,
    session_found INTEGER, session_taken INTEGER, session_refused INTEGER, session_missed INTEGER,
    session_trades INTEGER, session_wins INTEGER, session_losses INTEGER, session_pnl TEXT, updated INTEGER,
    PRIMARY KEY (book, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE setups (
    book TEXT NOT NULL, id TEXT NOT NULL, strategy TEXT, account TEXT, instrument TEXT, close INTEGER, seen INTEGER,
    direction TEXT, reason TEXT, fate TEXT, code TEXT, delay INTEGER, updated INTEGER,
    PRIMARY KEY (book, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX setups_strategy ON setups (book, strategy);
"""
_DUST_SO_FAR = """
SELECT books.book, json_extract(CAST(payload AS TEXT), '$.account') AS account,
       json_extract(CAST(payload AS TEXT), '$.instrument') AS instrument,
       sum(json_extract(CAST(payload AS TEXT), '$.quantity')),
       sum(json_extract(CAST(payload AS TEXT), '$.cost')), max(at)
FROM events JOIN books ON books.number = events.book WHERE kind = 'DustLeft' GROUP BY 1, 2, 3
"""

Migration = Callable[[apsw.Connection], object]


def _schema_1(connection: apsw.Connection) -> None:
    connection.execute(_SCHEMA_1)
    connection.pragma("application_id", APPLICATION_ID)


def _schema_2(connection: apsw.Connection) -> None:
    """What a position was entered for, what it put at risk, and what an exit's sender thinks it made."""
    connection.execute(_SCHEMA_2)


def _schema_3(connection: apsw.Connection) -> None:
    connection.execute(_SCHEMA_3)


def _schema_4(connection: apsw.Connection) -> None:
    """What was left before there was a table for it stands in the events, and nothing had changed it since."""
    connection.execute(_SCHEMA_4)
    for book, account, instrument, quantity, cost, at in connection.execute(_DUST_SO_FAR).fetchall():
        figures = (plain(from_nano(Nano(int(str(each))))) for each in (quantity, cost))
        connection.execute(
            "INSERT INTO dust VALUES (?, ?, ?, ?, ?, ?)", (book, account, instrument, *figures, at)
        )


def _schema_5(connection: apsw.Connection) -> None:
    connection.execute(_SCHEMA_5)


MIGRATIONS: tuple[Migration, ...] = (_schema_1, _schema_2, _schema_3, _schema_4, _schema_5)


def schema_of(connection: apsw.Connection, path: object) -> int:
    """The form that a file has, 0 for an empty one; refuses what is no journal."""
    marker = connection.pragma("application_id")
    if marker == APPLICATION_ID:
        text = str(connection.execute("SELECT value FROM meta WHERE key = 'schema'").get)
        if not text.isdecimal():
            raise CorruptError(f"{path} does not say which form it has ({text!r})")
        return int(text)
    if marker == 0 and not connection.execute("SELECT count(*) FROM sqlite_schema").get:
        return 0
    raise NotAJournalError(f"{path} is a database of another program; nothing in it was changed")


def refuse_newer(connection: apsw.Connection, path: object, known: int) -> None:
    """Refuse a form that only a newer program can know."""
    schema = schema_of(connection, path)
    if schema > known:
        program = connection.execute("SELECT value FROM meta WHERE key = 'program'").get
        raise NewerJournalError(
            f"{path} has form {schema}, written by kedge {program}; this program knows forms up to {known}: "
            "install the newer kedge"
        )


def migrate(
    connection: apsw.Connection, path: object, *, new_id: str, program: str, migrations: Sequence[Migration]
) -> None:
    """Bring the file to the newest form, all steps or none; an empty one becomes the journal `new_id`."""
    refuse_newer(connection, path, len(migrations))
    with transaction(connection):
        schema = schema_of(connection, path)  # again: now nobody else can change it
        for step in migrations[schema:]:
            step(connection)
        connection.execute("INSERT INTO meta VALUES ('journal_id', ?) ON CONFLICT DO NOTHING", (new_id,))
        for key, value in (("schema", str(len(migrations))), ("program", program)):
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
