"""Where the control socket lies, in a form that the system takes.

Systems take short paths only. Where that of the data directory is too long, it is named from the working directory
on, or, where the system offers that (Linux), by an open descriptor of the directory, which is short always.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOCKET_NAME = "control.sock"
PATH_BYTES_MAX = 100  # the system's limit for socket paths is 108 on Linux and 104 elsewhere
_ADVICE = (
    "too many for a socket here; start the engine and call it in its data directory, or use a shorter path"
)
DESCRIPTORS = Path("/proc/self/fd")


def address_of(data_dir: Path) -> str:
    """The socket's path: relative to the working directory where the full one is too long."""
    full = str((data_dir / SOCKET_NAME).absolute())
    return full if _is_short(full) else os.path.relpath(full)


@contextmanager
def reachable(data_dir: Path) -> Iterator[str]:
    """A path to the socket that holds inside, however long that of the directory; raises `OSError` without one."""
    address = address_of(data_dir)
    if _is_short(address):
        yield address
        return
    if not DESCRIPTORS.is_dir():
        raise OSError(errno.ENAMETOOLONG, f"its path has more than {PATH_BYTES_MAX} bytes, {_ADVICE}")
    folder = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield str(DESCRIPTORS / str(folder) / SOCKET_NAME)
    finally:
        os.close(folder)


def _is_short(path: str) -> bool:
    return len(os.fsencode(path)) <= PATH_BYTES_MAX
