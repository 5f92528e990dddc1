"""A journal of each release is kept, and every later program reads it, every event applied as it was then.

`python -m tests.golden.test_old_journals DIRECTORY` writes the one of a new release; those that are there never change.
"""

import json
import shutil
import sys
from pathlib import Path

import pytest

from kedge.domain.ids import BookId
from kedge.domain.numbers import plain
from kedge.journal.reader import open_reader
from kedge.kernel.book import Book
from kedge.kernel.state import BookState
from kedge.torture.campaign import on_disk
from kedge.torture.network import Faults
from kedge.torture.rehearsal import Rehearsal

HERE = Path(__file__).parent
KEPT = sorted(path.name for path in HERE.glob("journal-*") if path.is_dir())


def summary(state: BookState) -> dict[str, object]:
    """What the journal came to, in words that no later program may read otherwise."""
    return {
        "seq": state.seq,
        "accounts": {
            id_: [plain(a.cash), plain(a.realised), plain(a.fees), a.trades]
            for id_, a in state.accounts.items()
        },
        "positions": {
            f"{account}/{symbol}": [plain(position.quantity), plain(position.cost)]
            for account, held in state.positions.items()
            for symbol, position in held.items()
        },
        "orders": {id_: [order.state.value, plain(order.filled)] for id_, order in state.orders.items()},
        "signals": {id_: [judged.outcome.value, judged.code] for id_, judged in state.signals.items()},
    }


def folded(data_dir: Path) -> BookState:
    """The book that a journal describes."""
    with open_reader(data_dir) as reader:
        assert reader.verify().ok
        book = Book.empty(BookId(reader.book))
        reader.replay_into(book.apply)
    return book.state


@pytest.mark.parametrize("name", KEPT)
def test_a_journal_of_an_earlier_release_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    shutil.copy(HERE / name / "journal.db", tmp_path / "journal.db")
    assert summary(folded(tmp_path)) == json.loads((HERE / name / "summary.json").read_text())


def test_the_first_release_is_among_them() -> None:
    assert "journal-0.1.0" in KEPT


def write(directory: Path) -> None:
    """Make the journal of this release: a bad day with engine-held stops, then its summary."""
    work = directory / "work"
    report = Rehearsal(2, lambda: on_disk(work), Faults(), bracket=False).run(80)
    assert not report.findings, report.findings
    (directory / "summary.json").write_text(
        json.dumps(summary(folded(work)), indent=1, sort_keys=True) + "\n"
    )
    (work / "journal.db").rename(directory / "journal.db")
    shutil.rmtree(work)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
