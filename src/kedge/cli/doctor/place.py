"""The data directory: whether the record can be kept there, and whether the disk keeps its word quickly."""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from kedge.cli.doctor.finding import Finding, failure, fine, warning
from kedge.journal.reserve import RESERVE_BYTES

_FREE_BYTES_WANTED = 1 << 30
_SYNCS = 20
_SYNC_SLOW_MS = 20.0
_VANISHING = ("tmpfs", "ramfs", "overlay")
_REMOTE = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs")
_MEBI = 1 << 20


def examine_place(data_dir: Path) -> Iterator[Finding]:
    """All findings about the directory; where it is not there yet, about the one that it will be made in."""
    if os.path.exists(data_dir) and not os.path.isdir(data_dir):  # noqa: PTH110, PTH112 (no error where one may not look)
        yield failure("Data", f"{data_dir} is a file", "Name a directory: data_dir in the settings.")
        return
    there, is_there = _nearest(data_dir), os.path.isdir(data_dir)  # noqa: PTH112
    if not os.access(there, os.W_OK | os.X_OK):
        yield failure("Data", f"{there} cannot be written to", "Make it writable for the engine's user.")
        return
    later = "" if is_there else " is not there yet; it is made at the first start"
    yield fine("Data", f"{data_dir}{later}")
    if is_there:
        yield _permissions(data_dir)
    yield _room(there)
    yield _file_system(there)
    yield _sync(there)


def _nearest(path: Path) -> Path:
    """The directory itself, or the nearest one above it that is there."""
    path = path.absolute()
    while not os.path.isdir(path):  # noqa: PTH112
        path = path.parent
    return path


def _permissions(data_dir: Path) -> Finding:
    mode = data_dir.stat().st_mode
    if mode & 0o022:
        return warning(
            "Permissions",
            f"others may write into it (mode {mode & 0o777:o})",
            f"chmod go-w {data_dir}: who can write there can change the record.",
        )
    return fine("Permissions", f"only its owner may write (mode {mode & 0o777:o})")


def _room(there: Path) -> Finding:
    free = shutil.disk_usage(there).free
    seen = f"{free / _MEBI:,.0f} MiB are free"
    if free < RESERVE_BYTES:
        advice = "Make room: the engine does not start without its reserve for exits and stops."
        return failure("Disk", seen, advice)
    if free < _FREE_BYTES_WANTED:
        return warning("Disk", seen, "Make room: a day of trading writes some tens of MiB.")
    return fine("Disk", seen)


def _file_system(there: Path) -> Finding:
    kind = file_system_of(there, _mounts())
    if kind in _VANISHING:
        return warning(
            "File system",
            f"{kind}",
            "What lies there may vanish with the machine or container: mount a volume.",
        )
    if kind in _REMOTE:
        return warning(
            "File system", f"{kind}, over a network", "Locks and syncs may not hold there: use a local disk."
        )
    return fine("File system", kind or "cannot be told here")


def _mounts() -> str:
    try:
        return Path("/proc/self/mounts").read_text("utf-8", "replace")
    except OSError:
        return ""


def file_system_of(path: Path, mounts: str) -> str:
    """The kind of the file system on which a path lies, by the system's list of mounts; empty when it is not in it."""
    found = ("", "")
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, fields[2])
    return found[1]


def _sync(there: Path) -> Finding:
    """How long it takes until something is durable: the floor under every answer that the engine gives."""
    try:
        took = [_timed_sync(there) for _ in range(_SYNCS)]
    except OSError as error:
        return failure("Sync", f"the disk does not keep its word: {error.strerror}", "Use another disk.")
    middle, worst = statistics.median(took), max(took)
    seen = f"{middle:.2f} ms until a write is durable (at worst {worst:.2f} ms)"
    if middle > _SYNC_SLOW_MS:
        return warning("Sync", seen, "Every signal waits for it: use a faster disk.")
    return fine("Sync", seen)


def _timed_sync(there: Path) -> float:
    with tempfile.TemporaryFile(dir=there) as file:
        file.write(bytes(4096))
        file.flush()
        begun = time.perf_counter()
        os.fdatasync(file.fileno()) if hasattr(os, "fdatasync") else os.fsync(file.fileno())
        return (time.perf_counter() - begun) * 1000
