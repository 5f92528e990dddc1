"""Where the control socket lies, in a form that the system takes."""

import os
from pathlib import Path

SOCKET_NAME = "control.sock"
PATH_BYTES_MAX = 100  # the system's limit for socket paths is 108 on Linux and 104 elsewhere


def address_of(data_dir: Path) -> str:
    """The socket's path: relative to the working directory where the full one is too long."""
    full = str((data_dir / SOCKET_NAME).absolute())
    return full if len(os.fsencode(full)) <= PATH_BYTES_MAX else os.path.relpath(full)
