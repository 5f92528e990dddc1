"""The full inspection, made when all is quiet: is the record whole, does it tell of one state only, and do the books
that follow from it agree with the exchange's?
"""

import shutil
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from kedge.domain.ids import AccountId, OrderId
from kedge.domain.lifecycle import UNANSWERED_STATES, OrderState
from kedge.domain.numbers import to_nano
from kedge.domain.orders import Order
from kedge.engine.recovery import state_schema
from kedge.journal.connection import JOURNAL_FILE, connect_read_only
from kedge.journal.errors import JournalError
from kedge.journal.reader import JournalReader, open_reader
from kedge.journal.sqlite import open_journal
from kedge.journal.tables import TABLES
from kedge.kernel.book import Book
from kedge.kernel.state import BookState
from kedge.torture.fills import Heard, check_fills, heard_of
from kedge.torture.stage import BOOK
from kedge.torture.truth import Taken, Truth

# The engine rounds a share of a future's cost to a billionth at each partial close; the truth never rounds.
_ROUNDING = Fraction(1, 10**6)


def inspect(data_dir: Path, truth: Truth, live_state: bytes) -> list[str]:
    """Every broken promise, in words; `live_state` is what the engine itself held in memory when it was quiet."""
    try:
        with open_reader(data_dir, BOOK) as reader:
            findings = check_record(reader)
            folded = _fold(reader)
            findings += check_fold(reader, folded, live_state)
            findings += check_replay(reader, folded)
            heard = heard_of(reader)
        findings += check_tables(data_dir)
    except JournalError as error:
        return [f"the journal cannot be read: {error}"]
    return findings + check_fills(heard, truth) + check_books(folded.state, truth, heard)


def check_record(reader: JournalReader) -> list[str]:
    """The chain, the head, and that every row can be decoded."""
    found = reader.verify()
    return [] if found.ok else [f"the record is broken at event {found.broken_seq}: {found.problem}"]


def check_fold(reader: JournalReader, folded: Book, live_state: bytes) -> list[str]:
    """From the first event, from the last snapshot, and in the memory of the process: one state."""
    findings = []
    whole = folded.snapshot()
    if whole != live_state:
        findings.append("the folded record differs from the state that the engine held in memory")
    if (snapshot := reader.load_snapshot(state_schema())) is not None:
        book = Book.restored(snapshot.blob)
        reader.replay_into(book.apply, snapshot.seq)
        if book.snapshot() != whole:
            findings.append(f"the fold from the snapshot at event {snapshot.seq} differs from the whole fold")
    return findings


def check_replay(reader: JournalReader, folded: Book) -> list[str]:
    """The recorded causes, handed in again, lead to the recorded events."""
    again = Book.empty(BOOK)
    for step in reader.steps():
        if step.cause is None:
            return [f"step {step.number} has no recorded cause"]
        if again.handle(step.cause) != list(step.events):
            return [f"step {step.number}: the recorded input does not lead to the recorded events"]
    if again.snapshot() != folded.snapshot():
        return ["the recorded inputs do not lead to the folded state"]
    return []


def check_tables(data_dir: Path) -> list[str]:
    """The readable tables are those that `rebuild` makes of the events; tried on a copy."""
    with TemporaryDirectory(prefix="kedge-tables-") as folder:
        copy = Path(folder)
        for file in sorted(data_dir.glob(f"{JOURNAL_FILE}*")):
            shutil.copy(file, copy / file.name)
        before = _tables(copy)
        journal = open_journal(copy, book=BOOK, new_id="unused", program="inspection", reserve_bytes=4096)
        try:
            journal.rebuild(Book.empty(BOOK))
        finally:
            journal.close()
        after = _tables(copy)
    return [
        f"the table {name} is not what the events make of it: {_first_difference(before[name], after[name])}"
        for name in before
        if before[name] != after[name]
    ]


def check_books(state: BookState, truth: Truth, heard: Heard) -> list[str]:
    """Orders, positions and cash of the engine against those of the exchange, cash in the order of what was heard."""
    findings = []
    for account in state.accounts:
        findings += _orders(state, truth, account)
        findings += _positions(state, truth, account)
        believed, cash = Fraction(state.accounts[account].cash), truth.cash(account, heard.fills)
        if abs(believed - cash) > _ROUNDING:
            findings.append(f"{account}: the engine counts {believed} in cash, the exchange {cash}")
    return findings


def _fold(reader: JournalReader) -> Book:
    book = Book.empty(BOOK)
    reader.replay_into(book.apply)
    book.refresh()
    return book


def _orders(state: BookState, truth: Truth, account: AccountId) -> list[str]:
    live = truth.live(account)
    believed: dict[OrderId, Order] = {
        id_: state.orders[id_]
        for ids in state.open.get(account, {}).values()
        for id_ in ids
        if state.orders[id_].state is not OrderState.NEW
    }
    findings = [
        f"{order.id} is {order.state} although all is quiet"
        for order in believed.values()
        if order.state in UNANSWERED_STATES
    ]
    findings += [
        f"{id_} lives at the exchange and the engine does not know" for id_ in live if id_ not in believed
    ]
    for id_, order in believed.items():
        if id_ not in live:
            findings.append(f"{id_} is believed {order.state} and the exchange has no such live order")
        else:
            findings += _terms(order, live[id_])
    return findings


def _terms(order: Order, taken: Taken) -> list[str]:
    pairs: tuple[tuple[str, int | None, int | None], ...] = (
        ("quantity", to_nano(order.quantity), taken.quantity),
        ("filled", to_nano(order.filled), taken.filled),
        ("limit_price", None if order.limit_price is None else to_nano(order.limit_price), taken.limit_price),
        ("stop_price", None if order.stop_price is None else to_nano(order.stop_price), taken.stop_price),
    )
    return [
        f"{order.id}: the engine believes {name} {ours}, the exchange has {theirs} (in billionths)"
        for name, ours, theirs in pairs
        if ours != theirs
    ]


def _positions(state: BookState, truth: Truth, account: AccountId) -> list[str]:
    held = {symbol: Fraction(quantity) for symbol, quantity in state.holdings(account).items()}
    real = truth.positions(account)
    return [
        f"{account} {symbol}: the engine holds {held.get(symbol, 0)}, the exchange {real.get(symbol, 0)}"
        for symbol in sorted({**held, **real})
        if held.get(symbol, 0) != real.get(symbol, 0)
    ]


def _tables(data_dir: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = connect_read_only(data_dir / JOURNAL_FILE)
    try:
        return {
            table.name: connection.execute(
                f"SELECT {', '.join(table.columns)} FROM {table.name} ORDER BY {', '.join(table.columns[: table.keys])}"  # noqa: S608
            ).fetchall()
            for table in TABLES
        }
    finally:
        connection.close()


def _first_difference(before: list[tuple[object, ...]], after: list[tuple[object, ...]]) -> str:
    for was, should in zip(before, after, strict=False):
        if was != should:
            return f"{was} in place of {should}"
    return f"{len(before)} rows in place of {len(after)}"
