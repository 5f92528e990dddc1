"""A word to the next start, left in the data directory beside the record: it is to have the kill switch on.

Whoever ends an engine that does not answer cannot have it recorded. The next one does that before anything else, and
takes the word away once it is durable.
"""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from kedge.domain.kill import KillMode

MARK = "kill.json"


class KillMark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the switch is to be thrown, and who says so."""

    mode: KillMode
    who: str
    why: str


UNREADABLE = KillMark(KillMode.BLOCK, "engine", f"{MARK} in the data directory cannot be read")


def leave_mark(directory: Path, mark: KillMark) -> None:
    """Durable when this returns; raises `OSError`."""
    beside = directory / f"{MARK}.new"
    with beside.open("wb") as file:
        file.write(msgspec.json.encode(mark))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(directory / MARK)
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_mark(directory: Path) -> KillMark | None:
    """What was left there; what cannot be read was meant to stop something, and does."""
    try:
        return msgspec.json.decode((directory / MARK).read_bytes(), type=KillMark)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError):
        return UNREADABLE


def clear_mark(directory: Path) -> None:
    """It is in the record by now."""
    with suppress(FileNotFoundError):
        (directory / MARK).unlink()
