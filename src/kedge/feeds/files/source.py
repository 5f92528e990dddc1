"""A file as batches of columns. What it is, its content says: Parquet and gzip by their first bytes, the rest is CSV.

CSV columns stay text here. What a text means is decided where the column is known, so a number never is a guess and
every complaint can name its row. Only what fits into a batch is in memory at a time.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from kedge.feeds.errors import BadFileError

Batch = dict[str, Any]  # column by name: a `pyarrow.Array`

_ROWS: Final = 32_768
_BLOCK_BYTES: Final = 2 * 1024 * 1024
_HEAD_BYTES: Final = 64 * 1024
_PARQUET: Final = b"PAR1"
_GZIP: Final = b"\x1f\x8b"
_BYTE_ORDER: Final = "\ufeff"


class Source:
    """One file, opened to see what its columns are called."""

    def __init__(self, path: Path) -> None:
        """Look at the beginning of a file; raises `BadFileError`."""
        self.path = path
        start = _first_bytes(path)
        self._is_parquet = start.startswith(_PARQUET)
        self._compression = "gzip" if start.startswith(_GZIP) else None
        if path.suffix == ".parquet" and not self._is_parquet:
            raise BadFileError(path, "is not a Parquet file, though it is called one")
        self._separator = ","
        self.names: list[str] = self._parquet_names() if self._is_parquet else self._csv_names()

    def whole_numbers(self, name: str) -> tuple[int, int] | None:
        """The least and the greatest number in a column, where the file says so by itself."""
        if not self._is_parquet:
            return None
        with pq.ParquetFile(self.path) as file:
            place = self.names.index(name)
            groups = [file.metadata.row_group(number).column(place) for number in range(file.num_row_groups)]
            known = [
                group.statistics for group in groups if group.is_stats_set and group.statistics.has_min_max
            ]
            if not groups or len(known) < len(groups):
                return None
            return int(min(each.min for each in known)), int(max(each.max for each in known))

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        """These columns, some rows at a time; raises `BadFileError`."""
        try:
            for batch in self._parquet(names) if self._is_parquet else self._csv(names):
                yield dict(zip(batch.schema.names, batch.columns, strict=True))
        except (pa.ArrowInvalid, OSError) as error:
            raise BadFileError(self.path, _cause(error)) from error

    def _parquet_names(self) -> list[str]:
        try:
            with pq.ParquetFile(self.path) as file:
                return cast("list[str]", file.schema_arrow.names)
        except (pa.ArrowInvalid, OSError) as error:
            raise BadFileError(self.path, f"is damaged or cut off: {_cause(error)}") from error

    def _parquet(self, names: Sequence[str]) -> Iterator[Any]:
        with pq.ParquetFile(self.path) as file:
            yield from file.iter_batches(batch_size=_ROWS, columns=list(names), use_threads=False)

    def _csv_names(self) -> list[str]:
        """The header. A file without commas in it may have semicolons or tabs."""
        header = next((line for line in self._head().splitlines() if line.strip()), "")
        if not header:
            raise BadFileError(self.path, "is empty")
        if "," not in header:
            self._separator = next((mark for mark in ";\t" if mark in header), ",")
        return next(csv.reader([header], delimiter=self._separator))

    def _head(self) -> str:
        try:
            with pa.input_stream(self.path, compression=self._compression) as stream:
                head: bytes = stream.read(_HEAD_BYTES)
        except (pa.ArrowInvalid, OSError) as error:
            raise BadFileError(self.path, _cause(error)) from error
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise BadFileError(self.path, "is not in UTF-8 but in UTF-16; save it as UTF-8")
        if b"\0" in head:
            raise BadFileError(self.path, "is neither CSV nor Parquet: there are zero bytes in it")
        # The last character may be cut in two.
        return head.decode("utf-8", errors="replace").removeprefix(_BYTE_ORDER)

    def _csv(self, names: Sequence[str]) -> Iterator[Any]:
        uneven: list[Any] = []

        def stop_at(row: Any) -> str:
            uneven.append(row)
            return "error"

        text = pa.string()
        try:
            with pa.input_stream(self.path, compression=self._compression) as stream:
                yield from pyarrow.csv.open_csv(
                    stream,
                    read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
                    parse_options=pyarrow.csv.ParseOptions(
                        delimiter=self._separator, invalid_row_handler=stop_at
                    ),
                    convert_options=pyarrow.csv.ConvertOptions(
                        column_types=dict.fromkeys(names, text),
                        include_columns=list(names),
                        strings_can_be_null=True,
                        null_values=[""],
                    ),
                )
        except pa.ArrowInvalid as error:
            if not uneven:
                raise
            row = uneven[0]
            problem = f"has {row.actual_columns} values for {row.expected_columns} columns: {row.text[:80]}"
            raise BadFileError(self.path, problem, row.number - 1) from error


def _first_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise BadFileError(path, "is a directory; name the files in it")
    try:
        with path.open("rb") as file:
            return file.read(len(_PARQUET))
    except OSError as error:
        raise BadFileError(path, f"cannot be opened: {error.strerror or error}") from None


def _cause(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "Empty CSV" in text:
        return "is empty"
    if "ompressed" in text or "inflate" in text:
        return f"is damaged or cut off ({text})"
    if "UTF8" in text:
        return f"is not in UTF-8 ({text})"
    return text
