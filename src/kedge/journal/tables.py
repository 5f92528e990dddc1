"""The readable tables: which there are, what their columns mean when a row is written again, and the SQL for it.

They are written in the transaction of the events that changed them, so they are never ahead or behind. They hold no
truth of their own: `rebuild` makes the same tables from the events. Prices, quantities and money are plain decimal
text; times are nanoseconds since 1970 in UTC.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from kedge.domain.numbers import ZERO, parse_decimal, plain, use_exact_arithmetic

Value = str | int | bytes | None
Line = tuple[Value, ...]  # one row of a table, in the order of its columns
Changes = Mapping[str, Sequence[Line]]  # table -> rows to write, each key once; a bare key takes the row away
NO_CHANGES: Changes = MappingProxyType({})


class Merge(Enum):
    """What becomes of a column when its row is written again."""

    LAST = "{new}"
    FIRST = "coalesce({old}, {new})"
    NEWEST = "coalesce({new}, {old})"  # as LAST, but what is absent changes nothing
    COUNT = "{old} + {new}"
    MONEY = "add_decimals({old}, {new})"


class Table(NamedTuple):
    """A table's columns; the first `keys` of them name a row. Columns not listed in `merges` keep the LAST."""

    name: str
    columns: tuple[str, ...]
    keys: int
    merges: Mapping[str, Merge] = MappingProxyType({})
    may_go: bool = False  # a row can turn out never to have been

    @property
    def upsert(self) -> str:
        """SQL that writes a row, new or known."""
        names = ", ".join(self.columns)
        marks = ", ".join("?" * len(self.columns))
        if not self.merges:
            return f"INSERT OR REPLACE INTO {self.name} ({names}) VALUES ({marks})"  # noqa: S608 (our own names)
        updates = ", ".join(f"{column} = {self._merged(column)}" for column in self.columns[self.keys :])
        keys = ", ".join(self.columns[: self.keys])
        return (
            f"INSERT INTO {self.name} ({names}) VALUES ({marks}) ON CONFLICT ({keys}) DO UPDATE SET {updates}"  # noqa: S608
        )

    @property
    def delete(self) -> str:
        """SQL that takes a row away, by its keys."""
        keys = " AND ".join(f"{column} = ?" for column in self.columns[: self.keys])
        return f"DELETE FROM {self.name} WHERE {keys}"  # noqa: S608 (our own names)

    def strikes(self, line: Line) -> bool:
        """Whether a line names a row that is to go: it has its keys and nothing else."""
        return self.may_go and len(line) == self.keys

    def merge(self, old: Line | None, new: Line) -> Line:
        """What `upsert` makes of a row, for backends without SQL."""
        if old is None or not self.merges:
            return new
        return tuple([merge(was, now) for merge, was, now in zip(_MERGES[self.name], old, new, strict=True)])

    def _merged(self, column: str) -> str:
        form = self.merges.get(column, Merge.LAST).value
        return form.format(old=f"{self.name}.{column}", new=f"excluded.{column}")


def add_decimals(*texts: object) -> str:
    """The exact sum of numbers given as text; registered with SQLite, which would add them as floats."""
    use_exact_arithmetic()
    return plain(sum((parse_decimal(str(text)) for text in texts), ZERO))


def _count(old: Value, new: Value) -> Value:
    assert isinstance(old, int)
    assert isinstance(new, int)
    return old + new


MERGING: Mapping[Merge, Callable[[Value, Value], Value]] = {
    Merge.LAST: lambda _old, new: new,
    Merge.FIRST: lambda old, new: new if old is None else old,
    Merge.NEWEST: lambda old, new: old if new is None else new,
    Merge.COUNT: _count,
    Merge.MONEY: add_decimals,
}


def _table(name: str, keys: str, others: str, *, may_go: bool = False, **merges: Merge) -> Table:
    key_columns = ("book", *keys.split())
    columns = key_columns + tuple(others.split())
    return Table(name, columns, len(key_columns), MappingProxyType(merges), may_go)


ACCOUNTS = _table(
    "accounts",
    "id",
    "venue currency starting_cash cash realised fees state book_state trades wins losses updated venue_account owner",
)
BROKER_ACCOUNTS = _table("broker_accounts", "venue account", "currency updated")
UNALLOCATED = _table("unallocated", "venue account instrument", "quantity held updated", may_go=True)
SYMBOLS = _table("symbols", "symbol", "asset tick lot multiplier currency margin updated")
ORDERS = _table(
    "orders",
    "id",
    "venue_order_id account instrument side type quantity filled average_price limit_price stop_price fees state "
    "role tif holder reduce_only signal parent strategy reason created updated "
    "sent signal_time expected_price accepted first_fill last_fill record",
    sent=Merge.FIRST,
    signal_time=Merge.FIRST,
    expected_price=Merge.FIRST,
    accepted=Merge.FIRST,
    first_fill=Merge.FIRST,
    last_fill=Merge.NEWEST,
)
FILLS = _table(
    "fills",
    "order_id execution",
    "account instrument side role quantity price fee at recorded late",
    may_go=True,
)
POSITIONS = _table(
    "positions",
    "id",
    "account instrument state direction quantity entered entry_price exit_price cost realised fees stop opened "
    "closed entry_order updated risk adds",
    may_go=True,
)
DUST = _table("dust", "account instrument", "quantity cost updated", may_go=True)
TRADES = _table(
    "trades",
    "id",
    "account strategy instrument direction quantity entry_time entry_price exit_time exit_price exit_reason pnl "
    "fees r_multiple stop entry_order exit_order risk adds",
    may_go=True,
)
SIGNALS = _table(
    "signals",
    "id",
    "account kind instrument direction strength expected_price quantity stop strategy reason ts at outcome code "
    "order_id digest metadata pnl",
)
STRATEGY_STATE = _table(
    "strategy_state",
    "account strategy",
    "trades wins losses pnl updated",
    trades=Merge.COUNT,
    wins=Merge.COUNT,
    losses=Merge.COUNT,
    pnl=Merge.MONEY,
)
STRATEGIES = _table(
    "strategies",
    "id",
    "account instrument rule bar since found taken refused missed trades wins losses pnl last_delay worst_delay "
    "last_error opened session_found session_taken session_refused session_missed session_trades session_wins "
    "session_losses session_pnl updated",
    may_go=True,
)
SETUPS = _table(
    "setups", "id", "strategy account instrument close seen direction reason fate code delay updated"
)
RUNS = _table("runs", "step", "epoch nonce journal_id version settings_hash at")

TABLES: tuple[Table, ...] = (
    ACCOUNTS,
    BROKER_ACCOUNTS,
    UNALLOCATED,
    SYMBOLS,
    ORDERS,
    FILLS,
    POSITIONS,
    DUST,
    TRADES,
    SIGNALS,
    STRATEGY_STATE,
    STRATEGIES,
    SETUPS,
    RUNS,
)
BY_NAME: Mapping[str, Table] = MappingProxyType({table.name: table for table in TABLES})
_MERGES: Mapping[str, Sequence[Callable[[Value, Value], Value]]] = MappingProxyType(
    {
        table.name: [MERGING[table.merges.get(column, Merge.LAST)] for column in table.columns]
        for table in TABLES
    }
)
