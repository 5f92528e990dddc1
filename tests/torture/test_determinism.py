"""Same in, same out: one seed writes one journal, byte for byte, in any process and in any directory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kedge.journal.reader import open_reader

PROGRAM = """
import sys
from pathlib import Path
from kedge.torture.campaign import on_disk
from kedge.torture.network import Faults
from kedge.torture.rehearsal import Rehearsal

folder, seed, bracket = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "True"
report = Rehearsal(seed, lambda: on_disk(folder), Faults(), bracket=bracket).run(250)
assert not report.findings, report.findings
print(report.head)
"""


def export(folder: Path, hash_seed: str, seed: int, bracket: bool) -> tuple[str, list[tuple[object, ...]]]:
    """Rehearse in a process of its own; its head and every stored row with its hash."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), str(seed), str(bracket)],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with open_reader(folder) as reader:
        rows: list[tuple[object, ...]] = [tuple(row) for row in reader.rows()]
        assert reader.verify().ok
        assert done.stdout.strip() == reader.head.hash.hex()
    return done.stdout, rows


@pytest.mark.parametrize("bracket", [True, False])
def test_one_seed_writes_one_journal(bracket: bool, tmp_path: Path) -> None:
    first = export(tmp_path / "first", "1", 7, bracket)
    second = export(tmp_path / "a" / "second", "4242", 7, bracket)
    assert first == second
    assert len(first[1]) > 200


def test_another_seed_writes_another_journal(tmp_path: Path) -> None:
    first = export(tmp_path / "first", "1", 7, bracket=True)
    assert export(tmp_path / "second", "1", 8, bracket=True)[0] != first[0]
