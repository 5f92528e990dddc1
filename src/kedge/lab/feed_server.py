"""A source of market data at the far end of a real socket: it tells what it is told to tell, and errs on demand.

It speaks the protocol of `kedge.feeds.wire`. Besides the faults that come by themselves (`FeedFaults`), a test or a
person can make it fall silent, hang up on everybody, or turn the next connections away.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import WSMsgType, web

from kedge.domain.announcements import Schedule
from kedge.domain.ids import Symbol
from kedge.domain.quotes import Bar
from kedge.feeds import wire
from kedge.feeds.base import Feed, FeedItem
from kedge.feeds.errors import GarbledError
from kedge.lab.feed_client import FeedClient, Silence
from kedge.lab.feed_faults import FeedFaults, FeedMischief

WordListener = Callable[[str], None]

LOOPBACK: Final = "127.0.0.1"
_BARS_KEPT: Final = 100_000


class FeedServer:
    """One source and its clients."""

    def __init__(
        self,
        symbols: tuple[Symbol, ...],
        faults: FeedFaults | None = None,
        seed: int = 0,
        token: str = "",
        on_word: WordListener | None = None,
    ) -> None:
        """`on_word` hears of who comes and goes, and of what is done to a connection."""
        self.mischief = FeedMischief(faults or FeedFaults(), seed)
        self.silence = Silence.NONE
        self.refusals = self.mischief.faults.refuse_connections
        self.connections = 0  # that were asked for, those turned away too
        self.told = 0  # quotes, trades and bars that the source had
        self.sent = 0  # messages to clients, whatever was in them
        self._on_word = on_word or _say_nothing
        self._symbols = dict.fromkeys(symbols)
        self._token = token
        self._numbers = dict.fromkeys(symbols, 0)
        self._bars: deque[Bar] = deque(maxlen=_BARS_KEPT)
        self._clients: dict[FeedClient, None] = {}
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
            self.told += 1
            frames = self.mischief.bend(wire.Told(self._numbers[item.instrument], item))
            if self.mischief.faults.slow_seconds:
                await asyncio.sleep(self.mischief.faults.slow_seconds)
            for client in list(self._clients):
                if item.instrument in client.symbols:
                    for frame in frames:
                        await self._send(client, frame)

    async def play(self, feed: Feed) -> None:
        """Tell everything that another feed has."""
        async for item in feed.data():
            for told in item.actions if isinstance(item, Schedule) else (item,):
                await self.tell(told)

    async def alive(self) -> None:
        """Tell all that there is nothing to tell."""
        for client in list(self._clients):
            if client.symbols:
                await self._send(client, wire.to_text(wire.Alive()))

    def cut(self) -> None:
        """Hang up on everybody, without a word."""
        for client in self._clients:
            client.cut()

    async def _send(self, client: FeedClient, frame: str) -> None:
        if self._silence_of(client) is Silence.NONE:
            self.sent += await client.send(frame)

    def _silence_of(self, client: FeedClient) -> Silence:
        return client.silence if self.silence is Silence.NONE else self.silence

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self.connections += 1
        if self.refusals:
            self.refusals -= 1
            self.mischief.note("refuse")
            self._on_word(f"connection {self.connections} is turned away")
            return web.Response(status=503)
        socket = web.WebSocketResponse(autoping=False)
        client = FeedClient(self.connections, socket, request)
        await socket.prepare(request)
        self._clients[client] = None
        try:
            async for frame in socket:
                if frame.type is WSMsgType.PING and self._silence_of(client) is not Silence.ALL:
                    await socket.pong(frame.data)
                elif frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._greet(client, frame.data)
        finally:
            del self._clients[client]
            client.gone()
            self._on_word(f"connection {client.number} is over after {client.sent:,} messages")
        return socket

    async def _greet(self, client: FeedClient, frame: str | bytes) -> None:
        if self._silence_of(client) is Silence.ALL:
            return
        why = self._objection(frame)
        if why:
            self._on_word(f"connection {client.number} is refused: {why}")
            await client.send(wire.to_text(wire.Refused(why)))
            return
        asked = wire.read_subscribe(frame)
        await client.send(wire.to_text(wire.Welcome(asked.symbols)))
        self._on_word(f"connection {client.number} subscribes to {', '.join(asked.symbols)}")
        client.symbols = dict.fromkeys(asked.symbols)
        self._let_age(client)
        self._arrived.set()

    def _let_age(self, client: FeedClient) -> None:
        """Have happen to it what faults bring with time."""
        faults = self.mischief.faults
        if faults.silent_seconds:
            client.later(faults.silent_seconds, lambda: self._hush(client, Silence.DATA, "silent"))
        if faults.dead_seconds:
            client.later(faults.dead_seconds, lambda: self._hush(client, Silence.ALL, "dead"))
        if faults.cut_seconds:
            client.later(faults.cut_seconds, lambda: self._cut_off(client))

    def _hush(self, client: FeedClient, silence: Silence, fault: str) -> None:
        client.silence = silence
        self.mischief.note(fault)
        self._on_word(
            f"connection {client.number} is told nothing more"
            + (", and its pings are not answered" if silence is Silence.ALL else "")
        )

    def _cut_off(self, client: FeedClient) -> None:
        self.mischief.note("cut")
        self._on_word(f"connection {client.number} is cut")
        client.cut()

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


def _say_nothing(_word: str) -> None:
    """Nobody wants to know."""
