"""The data directory: made so that it survives a power cut, together with what is put into it."""

import os
from pathlib import Path

from kedge.journal.errors import NotWritableError


def make_directory(directory: Path) -> None:
    """Make the directory and those above it, each made durable in its parent."""
    try:
        _make(directory)
    except OSError as error:
        raise NotWritableError(f"{directory}: cannot make this directory: {error.strerror}") from error


def _make(directory: Path) -> None:
    if directory.is_dir():
        return
    _make(directory.parent)
    directory.mkdir(exist_ok=True)
    parent = os.open(directory.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
