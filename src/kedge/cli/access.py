"""A data directory that is none, or that this user may not look into: told as what it is, not as an empty one."""

import os
import pwd
import stat
from pathlib import Path

from kedge.cli.errors import Problem


def refuse_unusable(data_dir: Path) -> None:
    """A data directory is a directory that we may look into; one that is not there yet is as good."""
    try:
        found = data_dir.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except PermissionError:
        raise _closed(
            data_dir,
            "a directory above it may not be looked into. Have its permissions changed",
        ) from None
    if not stat.S_ISDIR(found.st_mode):
        raise Problem("NO_DIRECTORY", f"{data_dir} is a file; --data-dir takes a directory.")
    if not os.access(data_dir, os.X_OK):
        raise _closed(
            data_dir,
            f"it belongs to {name_of(found.st_uid)}, and its permissions ({found.st_mode & 0o777:03o}) do not let "
            f"{name_of(os.getuid())} look into it. {_way_in(data_dir, found.st_uid)}",
        )


def _closed(data_dir: Path, why: str) -> Problem:
    return Problem(
        "NOT_READABLE",
        f"{data_dir} cannot be used: {why}, or name another directory with --data-dir.",
        facts={"data_dir": str(data_dir)},
    )


def _way_in(data_dir: Path, owner: int) -> str:
    if owner == os.getuid():
        return f"Make it yours to use again (chmod u+rwx {data_dir})"
    return f"Run the command as {name_of(owner)}"


def name_of(uid: int) -> str:
    """Of a user of this machine."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
