"""Where a start of the engine comes from."""

from typing import Final, NamedTuple


class Origin(NamedTuple):
    """What the settings and the environment say of this one start."""

    settings_hash: str = ""
    kill: bool = False  # it is to have the kill switch on


BY_HAND: Final = Origin()
