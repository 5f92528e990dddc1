"""What goes wrong between a source of market data and its clients: each at a seeded rate, all off unless asked for.

The source itself never errs: its history tells what really happened. Each kind of fault draws from its own generator,
so that turning one on does not move the others.
"""

from random import Random
from typing import Final

import msgspec

from kedge.feeds import wire

_HUGE_BYTES: Final = 2 * 1024 * 1024
_GARBAGE: Final = "\u0007 not a message {"


class FeedFaults(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How often each thing goes wrong: rates from 0 (never) to 1 (always); then what is wrong all the time."""

    drop: float = 0.0  # a message is never sent
    double: float = 0.0  # it is sent twice
    reorder: float = 0.0  # it is sent after the one that follows it
    halve: float = 0.0  # its second half is missing
    garbage: float = 0.0  # before it comes something that is no message
    huge: float = 0.0  # before it comes a frame of two megabytes
    slow_seconds: float = 0.0  # each message is sent so much later
    refuse_connections: int = 0  # so many connections are turned away with status 503 first
    silent_seconds: float = (
        0.0  # a connection of this age is told nothing more, though pings are answered; 0: never
    )
    dead_seconds: float = 0.0  # nor are pings answered on one of this age
    cut_seconds: float = 0.0  # a connection of this age is cut, so that all clients come again

    def __post_init__(self) -> None:
        """Refuse what are no rates."""
        for name in _RATES:
            rate: float = getattr(self, name)
            if not 0 <= rate <= 1:
                raise ValueError(f"feed faults: {name} must be between 0 and 1, not {rate}")
        if not all(0 <= getattr(self, name) <= 3600 for name in _SPANS):
            raise ValueError("feed faults: slow, silent, dead and cut must be between 0 and 3600 seconds")
        if self.refuse_connections < 0:
            raise ValueError("feed faults: refuse must be 0 or more")


_UNITS: Final = ("_seconds", "_connections")
_RATES: Final = ("drop", "double", "reorder", "halve", "garbage", "huge")
_SPANS: Final = ("slow_seconds", "silent_seconds", "dead_seconds", "cut_seconds")


def short_name(field: str) -> str:
    """What people call a fault: its field without the unit."""
    for unit in _UNITS:
        field = field.removesuffix(unit)
    return field


FAULTS: Final = {short_name(field): field for field in FeedFaults.__struct_fields__}


class FeedMischief:
    """Deals the faults out."""

    def __init__(self, faults: FeedFaults, seed: int) -> None:
        self.faults = faults
        self.struck: dict[str, int] = {}  # how often, by the short name of the fault
        self._dice = {name: Random(f"{seed}:{name}") for name in _RATES}
        self._held: list[str] = []

    def bend(self, message: wire.Told) -> list[str]:
        """The frames that are sent for a message; one that is held back comes with the next."""
        struck = {name: self._dice[name].random() < getattr(self.faults, name) for name in _RATES}
        if struck["drop"]:
            struck = {"drop": True}
        elif self._held:
            struck["reorder"] = False  # one waits already to be overtaken
        for name in (name for name, has_struck in struck.items() if has_struck):
            self.note(name)
        if struck["drop"]:
            return []
        text = wire.to_text(message)
        if struck["halve"]:
            text = text[: len(text) // 2]
        frames = [text] * (2 if struck["double"] else 1)
        if struck["garbage"]:
            frames.insert(0, _GARBAGE)
        if struck["huge"]:
            frames.insert(0, "x" * _HUGE_BYTES)
        if struck["reorder"]:
            self._held = frames
            return []
        held, self._held = self._held, []
        return frames + held

    def note(self, fault: str) -> None:
        """Count one that has struck."""
        self.struck[fault] = self.struck.get(fault, 0) + 1
