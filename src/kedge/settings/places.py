"""Where a value was written: a profile, a line of the file or of `.env`, or a variable of the environment."""

from enum import IntEnum

import msgspec


class Source(IntEnum):
    """The places that settings come from; a later one overrides, and is told of last."""

    PROFILE = 0  # of a prop firm's rules: see `prop_profiles`
    FILE = 1
    DOTENV = 2
    ENVIRONMENT = 3


class Place(msgspec.Struct, frozen=True, order=True):
    """One place, in the order in which faults are told."""

    source: Source
    file: str = ""
    line: int = 0
    column: int = 0
    variable: str = ""
    profile: str = ""  # with its date

    def __str__(self) -> str:
        """As people look it up."""
        if self.source is Source.ENVIRONMENT:
            return f"environment variable {self.variable}"
        if self.profile:
            return f"profile {self.profile}"
        spot = f"{self.file}:{self.line}" if self.line else self.file
        if self.source is Source.DOTENV:
            return f"{spot}: {self.variable}" if self.variable else spot
        return f"{spot}:{self.column}" if self.column else spot
