"""*Nothing lost* when the process dies: `kill -9` at moments that nobody chose."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from tests.conformance.journal_story import BOOK, JOURNAL_ID

from kedge.journal.reader import open_reader
from kedge.journal.sqlite import open_journal

ROOT = Path(__file__).parents[2]
WRITE_FOR_EVER = """
import sys
from pathlib import Path
from tests.conformance.journal_story import BOOK, JOURNAL_ID, steps
from kedge.journal.sqlite import open_journal

journal = open_journal(Path(sys.argv[1]), book=BOOK, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096)
while True:
    head = journal.append(steps(3, first=journal.head.step + 1))
    sys.stdout.write(f"{head.seq}\\n")
    sys.stdout.flush()
    if head.step % 60 == 0:
        journal._move_log()
        journal.save_snapshot(head.seq, "form-1", b"state" * 1000)
"""


def assert_survives_kills(directory: Path, kills: int) -> None:
    random = Random(kills)
    for epoch in range(1, kills + 1):
        acknowledged = write_and_die(directory, lines=random.randrange(1, 200))
        with open_reader(directory) as reader:  # before any engine has cleaned up
            assert reader.verify().ok
            assert reader.head.seq >= acknowledged
        with open_journal(
            directory, book=BOOK, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096
        ) as journal:
            assert journal.epoch == 2 * epoch
            assert journal.verify().ok
            assert journal.head.seq >= acknowledged


def write_and_die(directory: Path, lines: int) -> int:
    """The last event that was acknowledged before the process was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, str(directory)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), str(ROOT)])},
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(lines)]
        assert all(told), "the writer ended by itself"
        os.kill(process.pid, signal.SIGKILL)
        told += process.stdout.readlines()
    return int([line for line in told if line.endswith("\n")][-1])


def test_a_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    assert_survives_kills(tmp_path, kills=3)


@pytest.mark.torture
def test_many_killed_processes_lose_nothing_that_they_acknowledged(tmp_path: Path) -> None:
    assert_survives_kills(tmp_path, kills=100)
