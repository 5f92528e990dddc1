"""`KEDGE_KILL`: no setting, but a word of the environment (or of `.env`) to the next start."""

from typing import Final

from kedge.domain.kill import KillMode

KILL_VARIABLE: Final = "KEDGE_KILL"
_NO = ("", "0", "false", "no", "off")


def asks_for_kill(value: str) -> KillMode | None:
    """How the kill switch is to be thrown at the next start; what is not clearly a no is a yes."""
    word = value.strip().lower()
    if word in _NO:
        return None
    return KillMode(word) if word in tuple(KillMode) else KillMode.BLOCK
