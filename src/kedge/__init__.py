"""Kedge turns trading signals into protected orders and never loses track of one."""

from typing import TYPE_CHECKING

from kedge.domain.builders import Entry, Exit, StopAdjustment

__version__ = "0.1.0"
__all__ = ["Engine", "Entry", "Exit", "StopAdjustment", "__version__"]

if TYPE_CHECKING:
    from kedge.engine.engine import Engine
else:

    def __getattr__(name: str) -> object:
        """The engine is loaded for those who ask for it: most who import kedge, the command line too, do not."""
        if name == "Engine":
            from kedge.engine.engine import Engine  # noqa: PLC0415

            return Engine
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
