"""Callers who wait until something is durable; they fail with the engine, so that none waits for ever."""

import asyncio
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Waited(Generic[T]):
    """What one caller waits for."""

    def __init__(self) -> None:
        """He has just begun to."""
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def answer(self, result: T) -> None:
        """Tell him; nobody is told who has gone in the meantime."""
        if not self.future.done():
            self.future.set_result(result)


class Waiting:
    """Everybody who waits."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self._futures: dict[asyncio.Future[Any], None] = {}

    def open(self) -> Waited[Any]:
        """For one more caller."""
        waited: Waited[Any] = Waited()
        self._futures[waited.future] = None
        waited.future.add_done_callback(self._futures.pop)
        return waited

    def fail(self, error: Exception) -> None:
        """Nobody will be answered any more."""
        for future in [future for future in self._futures if not future.done()]:
            future.set_exception(error)
