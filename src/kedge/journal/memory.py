"""A journal that forgets: the same record, chain and tables, kept in memory. For replay and for tests."""

from collections.abc import Iterator, Sequence

from kedge.domain.ids import BookId, OrderId, SignalId
from kedge.domain.instants import Instant
from kedge.domain.orders import Order
from kedge.domain.signals import Outcome
from kedge.domain.steps import Step
from kedge.journal import tables
from kedge.journal.base import Apply, Fold, Head, Row, Snapshot, Verification
from kedge.journal.batch import prepare
from kedge.journal.chain import genesis
from kedge.journal.codec import decode_order
from kedge.journal.errors import CorruptError
from kedge.journal.fold import RawRow, agree, check, fold, steps_of
from kedge.journal.projection import Projection
from kedge.journal.snapshots import SNAPSHOTS_KEPT
from kedge.journal.tables import BY_NAME, NO_CHANGES, Changes, Line
from kedge.kernel.state import Judged

Key = tuple[tables.Value, ...]


class MemoryJournal:
    """One book's journal for as long as the process lives."""

    low_on_space = False

    def __init__(self, book: BookId, journal_id: str) -> None:
        self.book = book
        self.journal_id = journal_id
        self.epoch = 1
        self._genesis = Head(0, 0, genesis(journal_id, book))
        self.head = self._genesis
        self._rows: list[RawRow] = []
        self._tables: dict[str, dict[Key, Line]] = {name: {} for name in BY_NAME}
        self._snapshots: list[tuple[str, Snapshot]] = []

    def append(self, steps: Sequence[Step], changes: Changes = NO_CHANGES) -> Head:
        """Record steps and table rows."""
        batch = prepare(steps, self.head)
        self._rows += batch.rows
        self.head = batch.head
        self._write_tables(changes)
        return self.head

    def rows(self, after: int = 0) -> Iterator[Row]:
        """The stored rows behind `after`."""
        return map(Row._make, self._rows[after:])

    def steps(self, after: int = 0) -> Iterator[Step]:
        """The recorded steps behind the event `after` (which must end a step), checked and decoded."""
        return steps_of(self._rows[after:], self._head_at(after))

    def replay_into(self, apply: Apply, after: int = 0) -> Head:
        """Hand every event behind `after` to `apply`, with the chain checked up to the head."""
        found = fold(self._rows[after:], self._head_at(after), apply)
        agree(found, self.head)
        return found

    def verify(self) -> Verification:
        """Check every row and the head."""
        return check(self._rows, self._genesis, self.head)

    def save_snapshot(self, seq: int, schema: str, blob: bytes) -> None:
        """Keep the state as it was after `seq`; the last two are kept."""
        at = self._head_at(seq)
        others = [kept for kept in self._snapshots if kept[1].seq != seq]
        kept = sorted([*others, (schema, Snapshot(seq, at.step, blob))], key=lambda kept: kept[1].seq)
        self._snapshots = kept[-SNAPSHOTS_KEPT:]

    def load_snapshot(self, schema: str) -> Snapshot | None:
        """The newest snapshot of this form."""
        fitting = [snapshot for form, snapshot in self._snapshots if form == schema]
        return fitting[-1] if fitting else None

    def archived_order(self, order_id: OrderId) -> Order | None:
        """An order as it was last recorded."""
        line = self._tables["orders"].get((self.book, order_id))
        return None if line is None else decode_order(line[-1])

    def archived_signal(self, signal_id: SignalId) -> Judged | None:
        """How a signal was judged."""
        line = self._tables["signals"].get((self.book, signal_id))
        if line is None:
            return None
        told = dict(zip(tables.SIGNALS.columns, line, strict=True))
        order = told["order_id"]
        return Judged(
            str(told["digest"]),
            Outcome(str(told["outcome"])),
            str(told["code"]),
            None if order is None else OrderId(str(order)),
            Instant(int(str(told["at"]))),
        )

    def table(self, name: str) -> list[Line]:
        """The rows of a readable table, by their keys."""
        return [line for _key, line in sorted(self._tables[name].items(), key=lambda item: item[0])]

    def rebuild(self, fold: Fold) -> None:
        """Make the readable tables again from the events; `fold` is a fresh book."""
        for lines in self._tables.values():
            lines.clear()
        projection = Projection(fold.state)
        for step in self.steps():
            for event in step.events:
                fold.apply(event, step.at, step.number)
            projection.note(step)
        self._write_tables(projection.changes())

    def tidy(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held."""

    def _write_tables(self, changes: Changes) -> None:
        for name, lines in changes.items():
            table, kept = BY_NAME[name], self._tables[name]
            for line in lines:
                key = line[: table.keys]
                if table.strikes(line):
                    kept.pop(key, None)
                else:
                    kept[key] = table.merge(kept.get(key), line)

    def _head_at(self, seq: int) -> Head:
        if seq == 0:
            return self._genesis
        if seq > len(self._rows):
            raise CorruptError(f"event {seq} is missing", seq)
        row = self._rows[seq - 1]
        return Head(row[0], row[1], row[-1])
