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

    def __post_init__(self) -> None:
        """Refuse what are no rates."""
        for name in _RATES:
            rate: float = getattr(self, name)
            if not 0 <= rate <= 1:
                raise ValueError(f"feed faults: {name} must be between 0 and 1, not {rate}")
        if not (0 <= self.slow_seconds <= 3600 and self.refuse_connections >= 0):
            raise ValueError("feed faults: slow_seconds and refuse_connections must be 0 or more")


_RATES: Final = ("drop", "double", "reorder", "halve", "garbage", "huge")


class FeedMischief:
    """Deals the faults out."""

    def __init__(self, faults: FeedFaults, seed: int) -> None:
        self.faults = faults
        self._dice = {name: Random(f"{seed}:{name}") for name in _RATES}
        self._held: list[str] = []

    def bend(self, message: wire.Told) -> list[str]:
        """The frames that are sent for a message; one that is held back comes with the next."""
        struck = {name: self._dice[name].random() < getattr(self.faults, name) for name in _RATES}
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
        if struck["reorder"] and not self._held:
            self._held = frames
            return []
        held, self._held = self._held, []
        return frames + held
