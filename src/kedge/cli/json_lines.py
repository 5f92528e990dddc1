"""Documents that come one a line, from a file or as another program writes them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from kedge.cli.document import DOCUMENT_BYTES_MAX
from kedge.cli.errors import Problem, Status
from kedge.cli.options import read_path


@contextmanager
def opened(file: str) -> Iterator[IO[bytes]]:
    """The file; - is standard input."""
    if file == "-":
        if sys.stdin is None:
            raise Problem("USAGE", "There is no standard input to read.", status=Status.USAGE)
        yield sys.stdin.buffer
        return
    with read_path(file, "file").open("rb") as lines:
        yield lines


def documents(lines: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each line that holds something, with its number; read one by one, so that nothing waits for the end."""
    number = 0
    while line := lines.readline(DOCUMENT_BYTES_MAX + 1):
        number += 1
        whole = line
        while len(whole) > DOCUMENT_BYTES_MAX and not line.endswith(b"\n") and line:
            line = lines.readline(DOCUMENT_BYTES_MAX + 1)  # the rest of it is no document of its own
        content = whole.strip()
        if content and not content.startswith(b"#"):
            yield number, content
