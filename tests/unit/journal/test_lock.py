"""One writer for one data directory, for as long as it lives."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kedge.journal.errors import JournalInUseError, NotWritableError
from kedge.journal.lock import LOCK_FILE, DirectoryLock

HOLD = """
import sys
from pathlib import Path
from kedge.journal.lock import DirectoryLock
lock = DirectoryLock.acquire(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has the directory."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_has_it(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    with pytest.raises(
        JournalInUseError, match=rf"in use by process {holder.pid} since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
    ):
        DirectoryLock.acquire(tmp_path)


def test_the_lock_dies_with_its_process(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    DirectoryLock.acquire(tmp_path).release()


def test_the_same_process_cannot_take_it_twice(tmp_path: Path) -> None:
    lock = DirectoryLock.acquire(tmp_path)
    with pytest.raises(JournalInUseError, match=str(os.getpid())):
        DirectoryLock.acquire(tmp_path)
    lock.release()
    DirectoryLock.acquire(tmp_path).release()


def test_letting_go_twice_does_nothing(tmp_path: Path) -> None:
    lock = DirectoryLock.acquire(tmp_path)
    lock.release()
    lock.release()
    assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())


def test_a_directory_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotWritableError, match="nowhere"):
        DirectoryLock.acquire(tmp_path / "nowhere")


def test_a_lock_that_cannot_be_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).mkdir()
    with pytest.raises(NotWritableError, match="cannot write here"):
        DirectoryLock.acquire(tmp_path)
