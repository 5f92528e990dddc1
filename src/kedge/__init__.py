"""Kedge turns trading signals into protected orders and never loses track of one."""

TYPE_CHECKING = False  # as type checkers take it; `typing` itself is not loaded for it
__version__ = "0.1.0"
__all__ = ["Engine", "Entry", "Exit", "StopAdjustment", "__version__"]

if TYPE_CHECKING:
    from kedge.domain.builders import Entry, Exit, StopAdjustment
    from kedge.engine.engine import Engine
else:
    _PLACES = {
        "Engine": "kedge.engine.engine",
        **dict.fromkeys(("Entry", "Exit", "StopAdjustment"), "kedge.domain.builders"),
    }

    def __getattr__(name: str) -> object:
        """Each is loaded for those who ask for it: most who import kedge, the command line too, do not."""
        if name in _PLACES:
            from importlib import import_module  # noqa: PLC0415

            return getattr(import_module(_PLACES[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
