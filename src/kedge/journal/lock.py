"""The lock on a data directory. The system holds it for the process, so it dies with it: there is nothing to clean
up after a crash, and no lock file that has to be removed by hand.
"""

import fcntl
import os
from pathlib import Path
from typing import Self

from kedge.domain.instants import SECOND, Instant, show_instant
from kedge.journal.errors import JournalInUseError, NotWritableError

LOCK_FILE = "lock"


class DirectoryLock:
    """One process's hold on a data directory; the file says whose, for the error that another one gets."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, directory: Path) -> Self:
        """Take the directory, or say who has it."""
        try:
            descriptor = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            place = directory / LOCK_FILE if os.access(directory, os.W_OK) else directory
            raise NotWritableError(f"{place}: cannot write here: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        except BlockingIOError:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise JournalInUseError(f"data directory {directory} is in use by {holder}") from None
        except OSError as error:
            os.close(descriptor)
            raise NotWritableError(f"{directory}: cannot lock it: {error.strerror}") from error
        return cls(descriptor)

    def release(self) -> None:
        """Let go; the file stays, since removing it would let two processes lock two files of one name."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _holder(descriptor: int) -> str:
    pid = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
    # The holder wrote the file when it took the lock; to the second is close enough for people.
    since = Instant(os.fstat(descriptor).st_mtime_ns // SECOND * SECOND)
    return f"process {pid or '(unknown)'} since {show_instant(since)}"
