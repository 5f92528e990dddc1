"""*Nothing lost*, at the level of the disk: what `append` acknowledged is there after a power cut at any call.

The same trials with `synchronous` weakened must lose something: that shows that they could.
"""

from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from tests.conformance.journal_story import BOOK, JOURNAL_ID, steps
from tests.power_loss.power_cut import Disk

from kedge.domain.steps import Step
from kedge.journal.connection import connect
from kedge.journal.errors import JournalError, NoJournalError
from kedge.journal.memory import MemoryJournal
from kedge.journal.reader import open_reader
from kedge.journal.sqlite import SqliteJournal, open_journal

GROUPS_MAX = 40
CALLS_MAX = 700


class Outcome(NamedTuple):
    """What was promised before the cut, and what was found after it, in steps."""

    acknowledged: int
    attempted: int
    found: int


def trial(directory: Path, seed: int, *, weakened: bool = False) -> Outcome:
    """Write until the power goes, restart, and look."""
    random = Random(seed)
    disk = Disk(cut_at=random.randrange(1, CALLS_MAX))
    try:
        acknowledged, attempted = write(directory / "before", disk, random, weakened=weakened)
        disk.remains(directory / "after", random if random.random() < 0.7 else None)
    finally:
        disk.unregister()
    return Outcome(acknowledged, len(attempted), read(directory / "after", attempted))


def write(directory: Path, disk: Disk, random: Random, *, weakened: bool) -> tuple[int, list[Step]]:
    """How many steps were acknowledged, and all that were handed in."""
    attempted: list[Step] = []
    acknowledged = 0
    journal: SqliteJournal | None = None
    try:
        journal = open_journal(
            directory,
            book=BOOK,
            new_id=JOURNAL_ID,
            program="0.1.0",
            connect=partial(connect, vfs=disk.name),
            reserve_bytes=4096,
        )
        if weakened:
            journal._database.pragma("synchronous", "NORMAL")
        for _ in range(GROUPS_MAX):
            group = steps(random.randrange(1, 6), first=len(attempted) + 1)
            attempted += group
            journal.append(group)
            acknowledged = journal.head.step
            if random.random() < 0.15:
                journal._move_log()
            if random.random() < 0.1:
                journal.save_snapshot(journal.head.seq, "form-1", random.randbytes(5_000))
        disk.cut()
    except JournalError:
        assert disk.off, "only the power cut may end the trial"
    finally:
        disk.cut()
        if journal is not None:
            journal.close()
    return acknowledged, attempted


def read(directory: Path, attempted: list[Step]) -> int:
    """How many steps are found after the restart; the record must be whole and the beginning of what was handed in."""
    try:
        with open_reader(directory) as reader:
            assert reader.verify().ok, reader.verify()
            assert reader._database.execute("PRAGMA integrity_check").get == "ok"
    except NoJournalError:
        assert not attempted or directory.exists()
    with open_journal(
        directory, book=BOOK, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096
    ) as journal:
        assert journal.verify().ok
        found = journal.head.step
        expected = MemoryJournal(BOOK, JOURNAL_ID)
        expected.append(attempted[:found])
        assert list(journal.rows()) == list(expected.rows())
        journal.append(steps(1, first=found + 1))
        assert journal.verify().ok
    return found


def assert_nothing_lost(directory: Path, seeds: range) -> None:
    told = 0
    for seed in seeds:
        outcome = trial(directory / str(seed), seed)
        assert outcome.acknowledged <= outcome.found <= outcome.attempted, f"seed {seed}: {outcome}"
        told += outcome.acknowledged
    assert told > len(seeds), "the trials hardly wrote anything"


def test_no_acknowledged_step_is_lost(tmp_path: Path) -> None:
    assert_nothing_lost(tmp_path, range(15))


@pytest.mark.torture
def test_no_acknowledged_step_is_lost_in_many_trials(tmp_path: Path) -> None:
    assert_nothing_lost(tmp_path, range(1_000, 1_200))


def test_the_trials_would_see_a_loss(tmp_path: Path) -> None:
    outcomes = [trial(tmp_path / str(seed), seed, weakened=True) for seed in range(15)]
    assert any(outcome.found < outcome.acknowledged for outcome in outcomes)
