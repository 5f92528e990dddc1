"""Several recorded files as one stream in the order of time.

Rows of the same time come in the order in which the files are named, and of one file in their order there: the same
files always give the same stream. Recordings of our own hold the order in which things came; where all files do, that
order is played, which no order of times could restore. Files of one instrument and kind are parts of one recording
(`kedge.feeds.files.joint`); a folder stands for the files below it.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kedge.domain.ids import Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.quotes import MarketData
from kedge.feeds.errors import BadFileError
from kedge.feeds.files.folder import files_in
from kedge.feeds.files.form import Kind, Terms
from kedge.feeds.files.joint import Joint, Row
from kedge.feeds.files.lanes import lanes_of
from kedge.feeds.files.recorded_file import RecordedFile
from kedge.feeds.files.summary import Summary, total


class RecordedData:
    """Files that were looked at; iterate once to read them. Memory does not grow with their size."""

    def __init__(
        self, paths: Sequence[Path], instruments: Mapping[Symbol, Instrument], terms: Terms | None = None
    ) -> None:
        """Open all files and see what they hold; raises `BadFileError`."""
        found: dict[Path, None] = {}
        for number, path in enumerate(paths):
            if path in paths[:number]:
                raise BadFileError(path, "is named twice")
            found.update(dict.fromkeys(files_in(path, instruments) if path.is_dir() else [path]))
        self.files = tuple(RecordedFile(path, instruments, terms) for path in found)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What kinds of data are there."""
        return tuple(kind for kind in Kind if any(file.kind is kind for file in self.files))

    @property
    def summary(self) -> Summary:
        """The figures so far; whole when everything was read."""
        return total(file.summary for file in self.files)

    def __iter__(self) -> Iterator[MarketData]:
        """Every row of every file; raises `BadFileError` at the first bad one."""
        by_arrival = all(file.has_arrivals for file in self.files)
        if len(self.files) == 1:
            return (item for _, item in self.files[0].rows(by_arrival=by_arrival))
        lanes = lanes_of(self.files) if by_arrival else [[file] for file in self.files]
        numbers = {file.path: number for number, file in enumerate(self.files)}
        # The number of the file breaks ties, so market data itself is never compared.
        rows = heapq.merge(*(_lane(files, numbers, by_arrival=by_arrival) for files in lanes))
        if not self._may_overlap():
            return (item for _, _, item in rows)
        return Joint(self.files, by_arrival=by_arrival).join(rows)

    def _may_overlap(self) -> bool:
        """Whether two files could hold rows of one instrument and kind, as far as can be told without reading."""
        for kind in self.kinds:
            symbols = [file.symbol for file in self.files if file.kind is kind]
            if len(symbols) > len(set(symbols)) or (None in symbols and len(symbols) > 1):
                return True
        return False


def _lane(files: Sequence[RecordedFile], numbers: Mapping[Path, int], *, by_arrival: bool) -> Iterator[Row]:
    for file in files:
        number = numbers[file.path]
        for key, item in file.rows(by_arrival=by_arrival):
            yield key, number, item
