"""Reading a journal from outside: no lock, no engine needed, none disturbed. It works beside a running engine, after a
crash that left the log behind, and on a copy in a directory where nothing can be written.
"""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import NamedTuple, Self

import apsw

from kedge.domain.events import OrderSubmitted
from kedge.domain.ids import AccountId, BookId, OrderId, SignalId
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import FINAL_STATES, OrderState
from kedge.domain.orders import Order
from kedge.journal.base import Recorded
from kedge.journal.connection import JOURNAL_FILE, connect_read_only, sqlite_errors
from kedge.journal.errors import NoJournalError, NotReadableError
from kedge.journal.record import Record
from kedge.journal.schema import MIGRATIONS, refuse_newer, schema_of

Fields = dict[str, str | int | float | None]  # numbers are decimal text, times nanoseconds, ratios floats

_PURPOSE = ("strength", "reason", "metadata", "pnl", "expected_price")
_AT_ONCE = 500
_NOT_SHOWN = frozenset(("book", "record"))


class History(NamedTuple):
    """One thing with everything that was recorded about it."""

    fields: Fields
    events: list[Recorded]


def open_reader(data_dir: Path, book: BookId | None = None) -> "JournalReader":
    """Open a journal to read; `book` may be left out where there is one only."""
    path = data_dir / JOURNAL_FILE
    try:
        found = path.is_file()
    except OSError as error:
        raise NotReadableError(f"{path}: cannot be looked at: {error.strerror}") from error
    if not found:
        raise NoJournalError(f"there is no journal in {data_dir}: no {JOURNAL_FILE}")
    if not os.access(path, os.R_OK):
        raise NotReadableError(f"{path}: {os.strerror(errno.EACCES)}")
    with sqlite_errors(path, NotReadableError):
        connection, copy = _connect(path)
        try:
            refuse_newer(connection, path, len(MIGRATIONS))
            return JournalReader(connection, path, _book(connection, path, book), copy)
        except BaseException:
            connection.close(True)
            if copy is not None:
                copy.cleanup()
            raise


class JournalReader(Record):
    """One book's record and readable tables, read only; made by `open_reader`."""

    def __init__(
        self, connection: apsw.Connection, path: Path, book: BookId, copy: "TemporaryDirectory[str] | None"
    ) -> None:
        super().__init__(connection, path, book)
        self._copy = copy

    def orders(
        self,
        *,
        account: AccountId | None = None,
        since: Instant | None = None,
        signal: SignalId | None = None,
        parent: OrderId | None = None,
        states: Sequence[str] = (),
    ) -> list[Fields]:
        """Orders, oldest first; `since` is about when they were recorded."""
        wanted = {"account": account, "signal": signal, "parent": parent}
        return self._select("orders", "created, id", since, wanted, states)

    def living_orders(self, *, account: AccountId | None = None) -> list[Order]:
        """The orders that may still trade, whole, oldest first."""
        ids = [
            OrderId(str(row["id"]))
            for row in self.orders(account=account, states=[s for s in OrderState if s not in FINAL_STATES])
        ]
        return [order for order in map(self.archived_order, ids) if order is not None]

    def purposes(self, orders: Sequence[str]) -> dict[str, Fields]:
        """What these orders were for, by their ids: the signal of each, and what its sender put beside it."""
        known = self._columns("signals")
        columns = [name for name in _PURPOSE if name in known]  # fewer in the form of an older program
        told = ", ".join(f"s.{name}" for name in columns)
        found: dict[str, Fields] = {}
        for first in range(0, len(orders), _AT_ONCE):
            some = orders[first : first + _AT_ONCE]
            sql = (
                f"SELECT o.id, o.signal, o.strategy, {told} FROM orders o "  # noqa: S608 (our own names)
                "LEFT JOIN signals s ON s.book = o.book AND s.id = o.signal "
                f"WHERE o.book = ? AND o.id IN ({', '.join('?' * len(some))})"
            )
            for id_, *values in self._all(sql, self._book, *some):
                found[id_] = dict(zip(("signal", "strategy", *columns), values, strict=True))
        return found

    def fills(
        self, *, account: AccountId | None = None, since: Instant | None = None, order: OrderId | None = None
    ) -> list[Fields]:
        """Fills, oldest first."""
        return self._select(
            "fills", "at, recorded, order_id, execution", since, {"account": account, "order_id": order}
        )

    def trades(self, *, account: AccountId | None = None, since: Instant | None = None) -> list[Fields]:
        """Completed round trips, by when they ended."""
        return self._select("trades", "exit_time, id", since, {"account": account})

    def positions(
        self,
        *,
        account: AccountId | None = None,
        since: Instant | None = None,
        states: Sequence[str] = ("OPEN",),
    ) -> list[Fields]:
        """Positions, open ones unless told otherwise, by when they were opened."""
        return self._select("positions", "opened, id", since, {"account": account}, states)

    def signals(
        self, *, account: AccountId | None = None, since: Instant | None = None, outcome: str | None = None
    ) -> list[Fields]:
        """Signals with their outcomes, by when they were judged."""
        return self._select("signals", "at, id", since, {"account": account, "outcome": outcome})

    def accounts(self, *, account: AccountId | None = None) -> list[Fields]:
        """Accounts with their money."""
        found = self._select("accounts", "id", None, {"id": account})
        return [{"venue_account": fields["id"], "owner": None} | fields for fields in found]

    def unallocated(self) -> list[Fields]:
        """What accounts at venues hold that is no account's here."""
        if not self._columns("unallocated"):
            return []  # a file of before there was such a thing
        return self._select("unallocated", "venue, account, instrument", None, {})

    def dust(self, *, account: AccountId | None = None) -> list[Fields]:
        """What accounts hold that is too little to be sold."""
        if not self._columns("dust"):
            return []  # a file of before there was such a thing
        return self._select("dust", "account, instrument", None, {"account": account})

    def broker_accounts(self) -> list[Fields]:
        """The accounts at venues."""
        return self._select("broker_accounts", "venue, account", None, {})

    def symbols(self) -> list[Fields]:
        """The instruments that are known."""
        return self._select("symbols", "symbol", None, {})

    def strategies(self, *, account: AccountId | None = None) -> list[Fields]:
        """What each strategy has done in each account."""
        return self._select("strategy_state", "account, strategy", None, {"account": account})

    def own_strategies(self, *, account: AccountId | None = None) -> list[Fields]:
        """The strategies of our own that the settings named last."""
        if not self._columns("strategies"):
            return []  # a file of before there was such a thing
        return self._select("strategies", "id", None, {"account": account})

    def setups(
        self,
        *,
        account: AccountId | None = None,
        since: Instant | None = None,
        strategy: str | None = None,
        id_: SignalId | None = None,
    ) -> list[Fields]:
        """What strategies of our own have found, by when it was seen."""
        if not self._columns("setups"):
            return []  # a file of before there was such a thing
        wanted = {"account": account, "strategy": strategy, "id": id_}
        return self._select("setups", "seen, id", since, wanted)

    def strategies_heard(self) -> list[str]:
        """The names of all strategies that have ever sent a signal, and of our own."""
        found = self._all("SELECT DISTINCT strategy FROM signals WHERE book = ?", self._book)
        heard = {str(name) for (name,) in found if name is not None}
        return sorted(heard | {str(row["id"]) for row in self.own_strategies()})

    def metrics(self, *, account: AccountId | None = None, since: Instant | None = None) -> list[Fields]:
        """What the execution of each order was like."""
        return self._select("execution_metrics", "decided, order_id", since, {"account": account})

    def runs(self, *, since: Instant | None = None) -> list[Fields]:
        """The starts of the engine."""
        return self._select("runs", "at, step", since, {})

    def order(self, order_id: OrderId) -> History | None:
        """An order and its whole history; a leg's begins with the request that it left in."""
        found = self._select("orders", "created, id", None, {"id": order_id})
        if not found:
            return None
        events = self.events_about(order_id)
        parent = found[0]["parent"]
        if isinstance(parent, str):
            events = [told for told in self.events_about(parent) if _sends(told, order_id)] + events
        return History(found[0], events)

    def signal(self, signal_id: SignalId) -> History | None:
        """A signal, how it was judged, and each time that it came again."""
        found = self._select("signals", "at, id", None, {"id": signal_id})
        return History(found[0], self.events_about(signal_id)) if found else None

    def faults_of_the_file(self) -> list[str]:
        """What SQLite finds wrong with the file's own structure, indexes included; takes a while."""
        found = [str(fault) for (fault,) in self._all("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    @contextmanager
    def at_one_moment(self) -> Iterator[Self]:
        """Let all that is read inside be of one moment, whatever an engine writes meanwhile; not for long readings."""
        with sqlite_errors(self._path), self._connection:
            yield self

    def close(self) -> None:
        """Let go of the file."""
        self._database.close(True)
        if self._copy is not None:
            self._copy.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _select(
        self,
        table: str,
        order_by: str,
        since: Instant | None,
        wanted: Mapping[str, str | None],
        states: Sequence[str] = (),
    ) -> list[Fields]:
        """Rows of a table; `since` is about the first column of `order_by`."""
        conditions: list[str] = ["book = ?"]
        bindings: list[str | int] = [self._book]
        for column, value in wanted.items():
            if value is not None:
                conditions.append(f"{column} = ?")
                bindings.append(value)
        if since is not None:
            conditions.append(f"{order_by.partition(',')[0]} >= ?")
            bindings.append(since)
        if states:
            conditions.append(f"state IN ({', '.join('?' * len(states))})")
            bindings.extend(states)
        sql = f"SELECT * FROM {table} WHERE {' AND '.join(conditions)} ORDER BY {order_by}"  # noqa: S608 (our own names)
        with sqlite_errors(self._path, NotReadableError):
            rows = self._connection.execute(sql, bindings).fetchall()
            names = self._columns(table)
        return [
            {name: value for name, value in zip(names, row, strict=True) if name not in _NOT_SHOWN}
            for row in rows
        ]

    def _columns(self, table: str) -> list[str]:
        """The names of a table's columns (a cursor knows them only while it has rows)."""
        found = self._connection.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,))
        return [name for (name,) in found]


def _sends(told: Recorded, leg: OrderId) -> bool:
    return isinstance(told.event, OrderSubmitted) and any(request.id == leg for request in told.event.legs)


def _connect(path: Path) -> "tuple[apsw.Connection, TemporaryDirectory[str] | None]":
    """Open the file in the way that its directory allows.

    SQLite reads a journal with a log only where it can share an index beside it. Where it may not make that index,
    nobody writes either: without a log the file alone says all, and with one a copy of both is read.
    """
    try:
        return _readable(connect_read_only(path)), None
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.IOError) as error:
        no_room = getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE
        if not os.access(path, os.R_OK) or (isinstance(error, apsw.IOError) and not no_room):
            raise
    log = path.with_name(path.name + "-wal")
    if not log.exists() or not log.stat().st_size:
        return _readable(connect_read_only(path, immutable=True)), None
    copy = TemporaryDirectory(prefix="kedge-")
    try:
        for source in (path, log):
            shutil.copyfile(source, Path(copy.name) / source.name)
        return _readable(connect_read_only(Path(copy.name) / path.name)), copy
    except BaseException:
        copy.cleanup()
        raise


def _readable(connection: apsw.Connection) -> apsw.Connection:
    """The connection, once it has read something: only then does SQLite look at the log."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except BaseException:
        connection.close(True)
        raise
    return connection


def _book(connection: apsw.Connection, path: Path, wanted: BookId | None) -> BookId:
    if not schema_of(connection, path):
        raise NoJournalError(f"{path} is empty: no engine has got as far as writing to it")
    books = [BookId(book) for (book,) in connection.execute("SELECT book FROM books ORDER BY book")]
    if wanted is not None:
        if wanted in books:
            return wanted
        raise NoJournalError(f"{path} has no book {wanted}; it has {', '.join(books) or 'none'}")
    if len(books) != 1:
        raise NoJournalError(f"{path} has {len(books)} books ({', '.join(books)}): say which")
    return books[0]
