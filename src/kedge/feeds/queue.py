"""What waits for the one reader of a stream: bounded, and fair about what is lost.

A reader that is too slow loses the oldest quotes, which newer ones have replaced anyway, and they are counted. All else
is never lost here: where nothing but that is left, whoever fills the queue waits, and the socket behind it with it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from kedge.domain.quotes import Quote
from kedge.feeds.base import FeedItem
from kedge.feeds.counters import Counters


class DataQueue(AsyncIterator[FeedItem]):
    """First in, first out, for one writer and one reader."""

    def __init__(self, keep: int, counters: Counters) -> None:
        self._keep = keep
        self._counters = counters
        self._number = 0
        # Apart, so that the oldest quote is found at once; the numbers tell which of the two comes first.
        self._quotes: deque[tuple[int, FeedItem]] = deque()
        self._others: deque[tuple[int, FeedItem]] = deque()
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._closed = False
        self._error: BaseException | None = None

    def __len__(self) -> int:
        return len(self._quotes) + len(self._others)

    async def put(self, item: FeedItem) -> None:
        """Hand one item to the reader; waits only while the queue is full of trades and bars."""
        while len(self) >= self._keep and not self._closed:
            if self._quotes:
                self._quotes.popleft()
                self._counters.quotes_lost += 1
            else:
                self._room.clear()
                await self._room.wait()
        if self._closed:
            return
        self._number += 1
        (self._quotes if isinstance(item, Quote) else self._others).append((self._number, item))
        self._changed.set()

    def close(self, error: BaseException | None = None) -> None:
        """Nothing more will come: the reader gets what is left and then the end, or this error."""
        self._closed = True
        self._error = error
        self._changed.set()
        self._room.set()

    def __aiter__(self) -> "DataQueue":
        return self

    async def __anext__(self) -> FeedItem:
        while not len(self):
            if self._error is not None:
                raise self._error
            if self._closed:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        self._room.set()
        lane = self._quotes
        if not lane or (self._others and self._others[0][0] < lane[0][0]):
            lane = self._others
        return lane.popleft()[1]
