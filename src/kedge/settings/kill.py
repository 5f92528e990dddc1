"""`KEDGE_KILL`: no setting, but a word of the environment (or of `.env`) to the next start."""

from typing import Final

KILL_VARIABLE: Final = "KEDGE_KILL"
_NO = ("", "0", "false", "no", "off")


def asks_for_kill(value: str) -> bool:
    """Whether the next start is to have the kill switch on; what is not clearly a no is a yes."""
    return value.strip().lower() not in _NO
