"""A disk that fails on demand: it counts its calls and lets one of them, or all from one on, fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from itertools import count
from typing import Any

import apsw

_names = count()


class Fault(Enum):
    """How a call fails, as SQLite's own file system would say it."""

    FULL = (apsw.FullError, apsw.SQLITE_FULL)
    NO_WRITE = (apsw.IOError, apsw.SQLITE_IOERR_WRITE)
    NO_SYNC = (apsw.IOError, apsw.SQLITE_IOERR_FSYNC)
    NO_READ = (apsw.IOError, apsw.SQLITE_IOERR_READ)

    @property
    def call(self) -> str:
        """The call that fails so."""
        return {Fault.NO_SYNC: "sync", Fault.NO_READ: "read"}.get(self, "write")

    @property
    def error(self) -> apsw.Error:
        """The error as SQLite's file system gives it."""
        kind, code = self.value
        error: apsw.Error = kind("made up")
        error.__dict__.update(result=code & 0xFF, extendedresult=code)
        return error


class FaultyDisk(apsw.VFS):  # type: ignore[misc,unused-ignore]
    """A virtual file system in which calls fail while a fault is set."""

    def __init__(self) -> None:
        self.name = f"faulty-{next(_names)}"
        self.calls = {"write": 0, "sync": 0, "read": 0}
        self._fault: Fault | None = None
        self._first = self._last = 0
        super().__init__(self.name, "")

    @contextmanager
    def failing(self, fault: Fault, *, at: int = 1, times: int = 1_000_000) -> Iterator[None]:
        """Let the call number `at` (of its kind, from now on) fail, and the next ones, so many times in all."""
        self._fault = fault
        self._first = self.calls[fault.call] + at
        self._last = self._first + times - 1
        yield
        self._fault = None

    def call(self, kind: str) -> None:
        """One more call of this kind."""
        self.calls[kind] += 1
        fault = self._fault
        if fault is not None and fault.call == kind and self._first <= self.calls[kind] <= self._last:
            raise fault.error

    def xOpen(self, name: Any, flags: list[int]) -> "FaultyFile":  # noqa: N802 (SQLite's name)
        return FaultyFile(self, name, flags)


class FaultyFile(apsw.VFSFile):  # type: ignore[misc,unused-ignore]
    """One open file of the disk."""

    def __init__(self, disk: FaultyDisk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.call("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.call("sync")
        super().xSync(flags)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.call("read")
        return super().xRead(amount, offset)
