"""Kedge turns trading signals into protected orders and never loses track of one."""

TYPE_CHECKING = False  # as type checkers take it; `typing` itself is not loaded for it
__version__ = "0.1.0"
__all__ = [
    "Engine",
    "Enter",
    "Entry",
    "Exit",
    "Idea",
    "Kind",
    "Leave",
    "Need",
    "Own",
    "Seen",
    "StopAdjustment",
    "Strategy",
    "Terms",
    "__version__",
]

if TYPE_CHECKING:
    from kedge.domain.builders import Entry, Exit, StopAdjustment
    from kedge.engine.engine import Engine
    from kedge.strategies.idea import Enter, Idea, Leave
    from kedge.strategies.needs import Kind, Need
    from kedge.strategies.seen import Own, Seen
    from kedge.strategies.strategy import Strategy, Terms
else:
    _PLACES = {
        "Engine": "kedge.engine.engine",
        **dict.fromkeys(("Entry", "Exit", "StopAdjustment"), "kedge.domain.builders"),
        **dict.fromkeys(("Enter", "Idea", "Leave"), "kedge.strategies.idea"),
        **dict.fromkeys(("Kind", "Need"), "kedge.strategies.needs"),
        **dict.fromkeys(("Own", "Seen"), "kedge.strategies.seen"),
        **dict.fromkeys(("Strategy", "Terms"), "kedge.strategies.strategy"),
    }

    def __getattr__(name: str) -> object:
        """Each is loaded for those who ask for it: most who import kedge, the command line too, do not."""
        if name in _PLACES:
            from importlib import import_module  # noqa: PLC0415

            return getattr(import_module(_PLACES[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
