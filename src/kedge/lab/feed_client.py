"""One client of the feed server: what it asked for, and what has befallen its connection."""

import asyncio
from collections.abc import Callable, Mapping
from enum import StrEnum

from aiohttp import web

from kedge.domain.ids import Symbol


class Silence(StrEnum):
    """What is not said any more."""

    NONE = "none"
    DATA = "data"  # pings are answered, and nothing else is said
    ALL = "all"  # not even pings are answered


class FeedClient:
    """One connection. A client that is gone is silently told nothing."""

    def __init__(self, number: int, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.number = number
        self.silence = Silence.NONE
        self.symbols: Mapping[Symbol, None] = {}
        self.sent = 0  # messages
        self._socket = socket
        self._request = request
        self._timers: list[asyncio.TimerHandle] = []

    async def send(self, frame: str) -> bool:
        """Send a message; whether there was still somebody to send it to."""
        if self._socket.closed:
            return False
        try:
            await self._socket.send_str(frame)
        except ConnectionError:  # it hung up, or was cut off, a moment ago
            return False
        self.sent += 1
        return True

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do this to it when it has been here for so long, if it still is."""
        self._timers.append(asyncio.get_running_loop().call_later(seconds, act))

    def cut(self) -> None:
        """End the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    def gone(self) -> None:
        """Nothing more will happen to it."""
        for timer in self._timers:
            timer.cancel()
