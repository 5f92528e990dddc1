"""An event loop whose time jumps: when everything waits, it goes straight to the next deadline.

A day of an engine's life passes in minutes, and nothing in it knows: the engine, its venues and its feeds take the time
from a clock that they are handed, and sleep by the loop.
"""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from kedge.domain.instants import SECOND, Instant

T = TypeVar("T")


class _JumpingSelector(selectors.BaseSelector):
    """Looks at files without waiting for them; the wait that was asked for passes at once."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.passed = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:  # nothing is planned: only the world outside can go on
            return self._real.select(None)
        ready = self._real.select(0)
        if not ready and timeout > 0:
            self.passed += timeout
        return ready

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time begins at 0 and passes only when everybody waits for it."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.passed


class VirtualClock:
    """The time of day on a virtual loop."""

    def __init__(self, loop: VirtualLoop, begin: Instant) -> None:
        self._loop = loop
        self._begin = begin

    def __call__(self) -> Instant:
        """Now."""
        return Instant(self._begin + round(self._loop.time() * SECOND))


def run_virtually(main: Coroutine[Any, Any, T], loop: VirtualLoop) -> T:
    """Run to the end on this loop, which is closed then."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main)
