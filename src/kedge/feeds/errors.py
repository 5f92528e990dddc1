"""What can go wrong with market data, sorted by what happens next.

    FeedError
    ├── UnreachableError   nobody answers
    ├── RefusedError       the source says no
    ├── GarbledError       one message cannot be read
    └── BadFileError       a file cannot be trusted

A feed lets nothing but these out of `connect`, `history` and `data`. What happens to a stream that was connected once
is no error: the listeners of the link hear of it, and the counters show it.
"""

from pathlib import Path


class FeedError(Exception):
    """Market data cannot be had. No order hangs on it: trading in what lacks prices waits."""


class UnreachableError(FeedError):
    """Nobody answers, or not in time. `connect` may be called again; a stream that was connected tries by itself."""


class RefusedError(FeedError):
    """The source does not let us in, or will not answer this. A person has to look at credentials or entitlements; a
    stream that was connected tries again at its longest pause only.
    """


class GarbledError(FeedError):
    """A message cannot be read. It is counted and passed over; a stream that brings nothing else is made anew."""


class BadFileError(FeedError):
    """A file holds what must not be guessed at. Reading ends here, a replay too: mend the file or leave it out."""

    def __init__(self, path: Path, problem: str, row: int | None = None) -> None:
        """Say where: `row` counts from 1 below the header."""
        self.path = path
        self.problem = problem
        self.row = row
        super().__init__(f"{path}: {problem}" if row is None else f"{path}, row {row}: {problem}")
