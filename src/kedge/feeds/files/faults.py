"""What is wrong in a batch of rows. Many checks look at whole columns; the first bad row is what people are told."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kedge.feeds.errors import BadFileError

Mask = NDArray[np.bool_]


class Faults:
    """Collects the faults of one batch; `numbers` says which rows of the file it holds."""

    def __init__(self, path: Path, numbers: Sequence[int] | NDArray[np.intp]) -> None:
        self._path = path
        self._numbers = numbers
        self._row: int | None = None
        self._problem = ""

    def note(self, wrong: Mask, problem: Callable[[int], str]) -> None:
        """These rows are wrong; of two faults in one row the one that is noted first is told."""
        if wrong.any():
            self.note_row(int(wrong.argmax()), problem)

    def note_row(self, row: int, problem: Callable[[int], str]) -> None:
        """The row of the batch is wrong."""
        if self._row is None or row < self._row:
            self._row, self._problem = row, problem(row)

    def refuse_any(self) -> None:
        """Raise `BadFileError` for the first bad row, if there is one."""
        if self._row is not None:
            raise BadFileError(self._path, self._problem, int(self._numbers[self._row]))
