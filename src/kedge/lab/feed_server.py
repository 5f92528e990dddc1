"""A source of market data at the far end of a real socket: it tells what it is told to tell, and errs on demand.

It speaks the protocol of `kedge.feeds.wire`. Besides the faults that come at rates (`FeedFaults`), a test or a person
can make it fall silent, hang up on everybody, or turn the next connections away.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec
from aiohttp import WSMsgType, web

from kedge.domain.ids import Symbol
from kedge.domain.quotes import Bar
from kedge.feeds import wire
from kedge.feeds.base import Feed, FeedItem
from kedge.feeds.errors import GarbledError
from kedge.lab.feed_faults import FeedFaults, FeedMischief

LOOPBACK: Final = "127.0.0.1"
_BARS_KEPT: Final = 100_000


class Silence(StrEnum):
    """What the server does not do."""

    NONE = "none"
    DATA = "data"  # it answers pings, and says nothing else
    ALL = "all"  # it does not even answer pings


class _Client:
    """One connection and what it asked for."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request
        self.symbols: Mapping[Symbol, None] = {}

    async def send(self, frame: str) -> None:
        if not self.socket.closed:
            await self.socket.send_str(frame)

    def cut(self) -> None:
        """End the connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


class FeedServer:
    """One source and its clients."""

    def __init__(
        self, symbols: tuple[Symbol, ...], faults: FeedFaults | None = None, seed: int = 0, token: str = ""
    ) -> None:
        self.mischief = FeedMischief(faults or FeedFaults(), seed)
        self.silence = Silence.NONE
        self.refusals = self.mischief.faults.refuse_connections
        self.connections = 0  # that were asked for, those turned away too
        self._symbols = dict.fromkeys(symbols)
        self._token = token
        self._numbers = dict.fromkeys(symbols, 0)
        self._bars: deque[Bar] = deque(maxlen=_BARS_KEPT)
        self._clients: dict[_Client, None] = {}
        self._arrived = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> str:
        """Listen on the loopback; returns where. Raises `OSError`."""
        app = web.Application()
        app.router.add_get(wire.STREAM_PATH, self._stream)
        app.router.add_get(wire.HISTORY_PATH, self._history)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, port).start()
        _, bound = self._runner.addresses[0][:2]
        return f"http://{LOOPBACK}:{bound}"

    async def close(self) -> None:
        """Hang up on everybody and stop."""
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    async def subscribers(self, count: int = 1) -> None:
        """Wait until so many clients are subscribed."""
        while sum(bool(client.symbols) for client in self._clients) < count:
            self._arrived.clear()
            await self._arrived.wait()

    async def tell(self, *items: FeedItem) -> None:
        """Tell all who asked for them, in this order."""
        for item in items:
            if isinstance(item, Bar):
                self._bars.append(item)
            self._numbers[item.instrument] += 1
            frames = self.mischief.bend(wire.Told(self._numbers[item.instrument], item))
            if self.mischief.faults.slow_seconds:
                await asyncio.sleep(self.mischief.faults.slow_seconds)
            await self._send(item.instrument, frames)

    async def play(self, feed: Feed) -> None:
        """Tell everything that another feed has."""
        async for item in feed.data():
            await self.tell(item)

    async def alive(self) -> None:
        """Tell all that there is nothing to tell."""
        if self.silence is Silence.NONE:
            for client in list(self._clients):
                await client.send(wire.to_text(wire.Alive()))

    def cut(self) -> None:
        """Hang up on everybody, without a word."""
        for client in self._clients:
            client.cut()

    async def _send(self, symbol: Symbol, frames: list[str]) -> None:
        if self.silence is not Silence.NONE:
            return
        for client in list(self._clients):
            if symbol in client.symbols:
                for frame in frames:
                    await client.send(frame)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self.connections += 1
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        client = _Client(socket, request)
        self._clients[client] = None
        try:
            async for frame in socket:
                if frame.type is WSMsgType.PING and self.silence is not Silence.ALL:
                    await socket.pong(frame.data)
                elif frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._greet(client, frame.data)
        finally:
            del self._clients[client]
        return socket

    async def _greet(self, client: _Client, frame: str | bytes) -> None:
        if self.silence is Silence.ALL:
            return
        why = self._objection(frame)
        if why:
            await client.send(wire.to_text(wire.Refused(why)))
            return
        asked = wire.read_subscribe(frame)
        await client.send(wire.to_text(wire.Welcome(asked.symbols)))
        client.symbols = dict.fromkeys(asked.symbols)
        self._arrived.set()

    def _objection(self, frame: str | bytes) -> str:
        """Why a client is not told anything; empty for one that is welcome."""
        try:
            asked = wire.read_subscribe(frame)
        except GarbledError as error:
            return str(error)
        if asked.version != wire.VERSION:
            return f"version {wire.VERSION} is spoken here, not {asked.version}"
        if asked.token != self._token:
            return "the token is not known here"
        unknown = [symbol for symbol in asked.symbols if symbol not in self._symbols]
        return f"there is no {unknown[0]} here" if unknown else ""

    async def _history(self, request: web.Request) -> web.Response:
        try:
            length, count, before = (int(request.query[name]) for name in ("length", "count", "before"))
            symbol = request.query["symbol"]
        except (KeyError, ValueError):
            return web.Response(status=400, text="symbol, length, count and before are needed")
        if symbol not in self._symbols:
            return web.Response(status=404, text=f"there is no {symbol} here")
        found = [
            bar
            for bar in self._bars
            if bar.instrument == symbol and bar.at - bar.start == length and bar.at <= before
        ]
        return web.Response(
            body=msgspec.json.encode(found[-count:] if count > 0 else []), content_type="application/json"
        )
