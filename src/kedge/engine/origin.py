"""Where a start of the engine comes from."""

from typing import Final, NamedTuple

from kedge.domain.kill import KillMode


class Origin(NamedTuple):
    """What the settings and the environment say of this one start."""

    settings_hash: str = ""
    kill: KillMode | None = None  # it is to have the kill switch on
    who: str = "environment"  # says so
    why: str = "KEDGE_KILL is set"


BY_HAND: Final = Origin()
