"""A disk that forgets what was not synced.

The files are really written, so that SQLite reads what it wrote; beside them the disk keeps what each file held at its
last sync and what was written since. When the power is cut, every call fails from then on, and `remains` says what is
found after the restart: what was synced, and of the rest nothing, or (torn) any part of it that a real disk could have
got to: some of the writes, the last of them cut short at a sector. That a file was made or removed is safe once its
directory was synced, which SQLite does at the first sync of a new log.
"""

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import apsw

SECTOR = 512
_names = count()


@dataclass
class Change:
    """One write that was not synced yet; `data` is None for a truncation to `offset`."""

    offset: int
    data: bytes | None

    def apply(self, content: bytearray) -> None:
        """Make the change."""
        if self.data is None:
            del content[self.offset :]
            return
        end = self.offset + len(self.data)
        content.extend(bytes(max(0, end - len(content))))
        content[self.offset : end] = self.data

    def torn(self, random: Random) -> "Change":
        """The first sectors of the write only."""
        if self.data is None:
            return self
        return Change(self.offset, self.data[: SECTOR * random.randrange(len(self.data) // SECTOR + 1)])


@dataclass
class Image:
    """What the platter holds of one file, and whether its directory knows that it is there."""

    content: bytearray = field(default_factory=bytearray)
    changes: list[Change] = field(default_factory=list)
    named: bool = False
    removed: bool = False

    def sync(self) -> None:
        """All that was written is safe."""
        for change in self.changes:
            change.apply(self.content)
        self.changes.clear()

    def remains(self, random: Random | None) -> bytes | None:
        """What is found after the power cut; with a generator, torn."""
        if random is None:
            return bytes(self.content) if self.named else None
        if (
            self.removed or not self.named
        ) and random.random() < 0.5:  # made or removed, and the directory not synced
            return None
        content = bytearray(self.content)
        survivors = [change for change in self.changes if random.random() < 0.5]
        for change in survivors[:-1]:
            change.apply(content)
        for change in survivors[-1:]:
            change.torn(random).apply(content)
        return bytes(content)


class PowerCutError(apsw.IOError):
    """There is no power."""


class Disk(apsw.VFS):  # type: ignore[misc,unused-ignore]
    """A virtual file system whose power goes off at the call number `cut_at`, or when `cut` is called."""

    def __init__(self, cut_at: int) -> None:
        self.name = f"power-cut-{next(_names)}"
        self.images: dict[str, Image] = {}
        self.off = False
        self._left = cut_at
        super().__init__(self.name, "")

    def cut(self) -> None:
        """Cut the power."""
        self.off = True

    def call(self) -> None:
        """One more call that changes something."""
        self._left -= 1
        if self._left <= 0:
            self.off = True
        if self.off:
            raise PowerCutError

    def xOpen(self, name: Any, flags: list[int]) -> "DiskFile":  # noqa: N802 (SQLite's name)
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        assert path is not None, "a journal needs no temporary files"
        return DiskFile(self, path, name, flags)

    def xDelete(self, path: str, syncdir: bool) -> None:  # noqa: N802
        self.call()
        super().xDelete(path, syncdir)
        if path in self.images:
            self.images[path].removed = True
        if syncdir:
            self.sync_directory()

    def sync_directory(self) -> None:
        """It is safe which files there are."""
        for path, image in list(self.images.items()):
            if image.removed:
                del self.images[path]
            image.named = True

    def remains(self, directory: Path, random: Random | None) -> None:
        """Write what is found after the restart into a directory."""
        directory.mkdir()
        for path, image in self.images.items():
            content = image.remains(random)
            if content is not None:
                (directory / Path(path).name).write_bytes(content)


class DiskFile(apsw.VFSFile):  # type: ignore[misc,unused-ignore]
    """One open file of the disk."""

    def __init__(self, disk: Disk, path: str, name: Any, flags: list[int]) -> None:
        self._disk = disk
        if path not in disk.images or disk.images[path].removed:
            disk.images[path] = Image(named=path in disk.images)
        self._image = disk.images[path]
        self._is_log = bool(flags[0] & (apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL))
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.call()
        super().xWrite(data, offset)
        self._image.changes.append(Change(offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.call()
        super().xTruncate(size)
        self._image.changes.append(Change(size, None))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.call()
        super().xSync(flags)
        self._image.sync()
        if self._is_log and not self._image.named:
            self._disk.sync_directory()
