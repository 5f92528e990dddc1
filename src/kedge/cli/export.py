"""The record as JSON lines, for other programs and for keeping: an event a line, with all that its hash covers."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kedge.cli.errors import Problem
from kedge.domain.instants import Instant, show_instant

if TYPE_CHECKING:
    from kedge.journal.base import Row

_CHUNK = 256 * 1024


def document_of(row: "Row") -> dict[str, object]:
    """One event as it is stored; payload and cause are the very bytes that were hashed."""
    import msgspec

    return {
        "seq": row.seq,
        "step": row.step,
        "at": show_instant(Instant(row.at)),
        "kind": row.kind,
        "version": row.version,
        "subject": row.subject,
        "payload": msgspec.Raw(row.payload),
        "cause": None if row.cause is None else msgspec.Raw(row.cause),
        "hash": row.hash.hex(),
    }


def lines_of(rows: "Iterable[Row]") -> Iterator[bytes]:
    """The lines, several at a time."""
    import msgspec

    encode = msgspec.json.Encoder().encode
    chunk = bytearray()
    for row in rows:
        chunk += encode(document_of(row)) + b"\n"
        if len(chunk) >= _CHUNK:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)


def write_file(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a new file, all of it or nothing; an existing one is left alone."""
    if path.exists():
        raise Problem("FILE_EXISTS", f"{path} exists already; name another file.")
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
