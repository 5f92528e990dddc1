"""What an adapter puts its reports and quotes in, and the engine reads them from."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Stream(AsyncIterator[T], Generic[T]):
    """A queue with one reader and an end. `put` never waits, so that telling cannot hold up doing.

    With `keep` the oldest give way when the reader is that many behind: right for prices, never for reports.
    """

    def __init__(self, keep: int | None = None) -> None:
        self._items: deque[T] = deque(maxlen=keep)
        self._closed = False
        self._changed = asyncio.Event()

    def put(self, item: T) -> None:
        """Hand one item to the reader; after the end it is dropped."""
        if not self._closed:
            self._items.append(item)
            self._changed.set()

    def drain(self) -> list[T]:
        """All that the reader has not taken yet, for whoever has to be told in order."""
        items = list(self._items)
        self._items.clear()
        return items

    def close(self) -> None:
        """Nothing more will come: the reader gets what is left and then the end."""
        self._closed = True
        self._changed.set()

    def __aiter__(self) -> "Stream[T]":
        return self

    async def __anext__(self) -> T:
        while not self._items:
            if self._closed:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._items.popleft()
