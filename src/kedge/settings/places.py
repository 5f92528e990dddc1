"""Where a value was written: a line of the file or of `.env`, or a variable of the environment."""

from enum import IntEnum

import msgspec


class Source(IntEnum):
    """The three places that settings come from; a later one overrides, and is told of last."""

    FILE = 0
    DOTENV = 1
    ENVIRONMENT = 2


class Place(msgspec.Struct, frozen=True, order=True):
    """One place, in the order in which faults are told."""

    source: Source
    file: str = ""
    line: int = 0
    column: int = 0
    variable: str = ""

    def __str__(self) -> str:
        """As people look it up."""
        if self.source is Source.ENVIRONMENT:
            return f"environment variable {self.variable}"
        spot = f"{self.file}:{self.line}" if self.line else self.file
        if self.source is Source.DOTENV:
            return f"{spot}: {self.variable}" if self.variable else spot
        return f"{spot}:{self.column}" if self.column else spot
