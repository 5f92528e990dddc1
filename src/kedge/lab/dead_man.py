"""A dead man's switch: what has to be said again and again is not said any more, so something is done.

Brokers offer it under names such as cancel-all-after. It works where the engine, its machine or its line is gone.
"""

import asyncio
from collections.abc import Callable

SECONDS_MAX = 3600.0


class DeadMansSwitch:
    """Off until it is refreshed for the first time; off again once it has gone off, or is refreshed for nothing."""

    def __init__(self, goes_off: Callable[[], None]) -> None:
        self._goes_off = goes_off
        self._timer: asyncio.TimerHandle | None = None

    def refresh(self, seconds: float) -> None:
        """Somebody is alive: wait for so long from now on. Nothing or less switches it off."""
        self.disarm()
        if seconds > 0:
            wait = min(seconds, SECONDS_MAX)
            self._timer = asyncio.get_running_loop().call_later(wait, self._goes_off)

    def disarm(self) -> None:
        """Nothing happens any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
