"""A file that only takes up room. When the disk is full it is given up, so that exits and stops can be recorded."""

import os
from pathlib import Path
from random import Random

RESERVE_FILE = "reserve"
RESERVE_BYTES = 8 * 1024 * 1024
_CHUNK = 1024 * 1024


class Reserve:
    """The room kept back in a data directory."""

    def __init__(self, directory: Path, size: int = RESERVE_BYTES) -> None:
        self._path = directory / RESERVE_FILE
        self._partial = directory / (RESERVE_FILE + ".partial")
        self._directory = directory
        self._size = size

    @property
    def held(self) -> bool:
        """Whether the room is there to be given up."""
        try:
            return self._path.stat().st_size >= self._size
        except OSError:
            return False

    def restore(self) -> bool:
        """Take the room again if as much would still be left beside it; says whether it is held now."""
        if self.held:
            return True
        try:
            if free_bytes(self._directory) < 2 * self._size:
                return False
            self._allocate()
        except OSError:
            self._partial.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> bool:
        """Give the room up; says whether there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def _allocate(self) -> None:
        # A file that is merely long takes no room, and zeros may be compressed away: so noise, really written.
        noise = Random(0)
        with self._partial.open("wb") as file:
            for start in range(0, self._size, _CHUNK):
                file.write(noise.randbytes(min(_CHUNK, self._size - start)))
            file.flush()
            os.fsync(file.fileno())
        self._partial.replace(self._path)


def free_bytes(directory: Path) -> int:
    """Room on the directory's disk for a process without privileges."""
    disk = os.statvfs(directory)
    return disk.f_bavail * disk.f_frsize
