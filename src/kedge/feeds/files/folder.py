"""A folder of recorded data: the files below it that tell of our instruments.

They are what its names promise: CSV, gzipped or not, and Parquet. What is hidden, such as a part that was never
finished, is left alone, and so is a file whose name is that of another instrument.
"""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from kedge.domain.ids import Symbol
from kedge.feeds.errors import BadFileError
from kedge.feeds.files.form import SYMBOL, Kind, spelt, symbol_of
from kedge.feeds.files.source import Source

_ENDINGS: Final = (".csv", ".csv.gz", ".parquet")
_PART: Final = re.compile(r"(.+)_\d+-\d+\.parquet")  # as the recorder names what it writes


def files_in(folder: Path, symbols: Collection[Symbol]) -> list[Path]:
    """All of them, sorted by name; raises `BadFileError` where there is none."""
    try:
        found = sorted(
            path for path in folder.rglob("*") if _is_offered(path.relative_to(folder)) and path.is_file()
        )
    except OSError as error:
        raise BadFileError(folder, f"cannot be looked into: {error.strerror or error}") from None
    if not found:
        raise BadFileError(folder, f"holds no recorded files ({', '.join(_ENDINGS)})")
    ours = [path for path in found if _tells_of(path, symbols)]
    if not ours:
        raise BadFileError(folder, f"holds {len(found):,} recorded files, and none of {', '.join(symbols)}")
    return ours


def _is_offered(path: Path) -> bool:
    return path.name.lower().endswith(_ENDINGS) and not any(part.startswith(".") for part in path.parts)


def _tells_of(path: Path, symbols: Collection[Symbol]) -> bool:
    part = _PART.fullmatch(path.name)
    if part is not None and path.parent.name in list(Kind):
        return Symbol(unquote(part[1])) in symbols
    return symbol_of(path) in symbols or SYMBOL in spelt(Source(path).names)
