"""A feed over a WebSocket, for adapters to build on. They bring a `Dialect`; this brings the patience.

A lost connection is made anew, with pauses that grow until one has held for a minute, and is greeted and subscribed as
the first was. What was missed meanwhile is asked of history and handed on before anything new. Connections that are
open but dead are given up (`kedge.feeds.line`); what comes twice, too late or cannot be true is dropped and counted
(`kedge.feeds.sieve`).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

import aiohttp
import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import Span
from kedge.domain.instruments import Instrument
from kedge.feeds.base import FeedItem, Link, LinkListener
from kedge.feeds.counters import Counters
from kedge.feeds.dialect import Dialect
from kedge.feeds.errors import FeedError, GarbledError, RefusedError, UnreachableError
from kedge.feeds.line import Line, LineLostError, LineSilentError
from kedge.feeds.pace import Clock, Sleep, sleep_span
from kedge.feeds.pauses import Chance, Pauses, PauseTerms
from kedge.feeds.queue import DataQueue
from kedge.feeds.sieve import Sieve


class StreamTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How patient a stream is, and how much it holds."""

    connect_seconds: float = 10.0  # for connecting, greeting and subscribing together
    heartbeat_seconds: float = 10.0  # a sign of life is asked for this often, and awaited for as long
    silent_seconds: float | None = 60.0  # a line without any message for so long is given up; None: never
    history_seconds: float = 10.0  # for filling a gap
    frame_bytes_max: int = 1024 * 1024
    garbled_max: int = 20  # so many unreadable messages in a row, and the line is given up
    keep: int = 10_000  # how far a reader may be behind
    pauses: PauseTerms = PauseTerms()


class StreamFeed:
    """One stream: connected once by `connect`, kept up until `close`."""

    def __init__(
        self,
        name: str,
        instruments: Mapping[Symbol, Instrument],
        dialect: Dialect,
        clock: Clock,
        chance: Chance,
        *,
        terms: StreamTerms | None = None,
        sleep: Sleep = sleep_span,
    ) -> None:
        self.name = name
        self.instruments = instruments
        self.counters = Counters()
        self._dialect = dialect
        self._clock = clock
        self._terms = terms or StreamTerms()
        self._sleep = sleep
        self._pauses = Pauses(self._terms.pauses, chance)
        self._sieve = Sieve(instruments, self.counters)
        self._queue = DataQueue(self._terms.keep, self.counters)
        self._listeners: list[LinkListener] = []
        self._session: aiohttp.ClientSession | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Open the stream; raises `UnreachableError` or `RefusedError`, and may then be called again."""
        line = await self._open()
        self._tell(Link.UP, f"connected to {self._dialect.url}")
        self._keeper = asyncio.create_task(self._keep(line))
        self._keeper.add_done_callback(self._end)

    def data(self) -> AsyncIterator[FeedItem]:
        """Everything, as it comes; ends when the feed is closed."""
        return self._queue

    def watch(self, listener: LinkListener) -> None:
        """Tell this listener each time the stream goes down, falls silent, or is up again."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """Hang up; the data ends."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        self._queue.close()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """For the questions that an adapter asks over HTTP; made in the loop that uses it."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def _open(self) -> Line:
        line: Line | None = None
        try:
            async with asyncio.timeout(self._terms.connect_seconds):
                line = await Line.open(
                    self.session,
                    self._dialect.url,
                    heartbeat=self._terms.heartbeat_seconds,
                    silence=self._terms.silent_seconds,
                    frame_bytes_max=self._terms.frame_bytes_max,
                )
                await self._dialect.greet(line)
                return line
        except BaseException as error:
            if line is not None:
                await line.close()
            if isinstance(error, TimeoutError):
                raise UnreachableError(
                    f"{self._dialect.url} does not answer within {self._terms.connect_seconds:g} s"
                ) from None
            if isinstance(error, LineLostError | GarbledError):
                raise UnreachableError(f"{self._dialect.url} does not take us: {error}") from error
            raise

    async def _keep(self, line: Line) -> None:
        try:
            while True:
                began = self._clock()
                why = await self._follow(line)
                held = Span(self._clock() - began)
                self._tell(Link.DOWN, why)
                await line.close()
                line = await self._reopen(held)
                await self._catch_up()
        finally:
            await line.close()

    async def _follow(self, line: Line) -> str:
        """Hand on what comes until nothing comes any more; returns why."""
        garbled = 0
        while True:
            try:
                message = await line.receive()
            except LineSilentError as error:
                self.counters.silences += 1
                self._tell(Link.SILENT, str(error))
                return str(error)
            except LineLostError as error:
                return str(error)
            self.counters.frames += 1
            self.counters.last_frame = self._clock()
            try:
                heard = self._dialect.read(message)
            except GarbledError as error:
                self.counters.garbled += 1
                garbled += 1
                if garbled >= self._terms.garbled_max:
                    return f"{garbled} messages in a row cannot be read, the last because {error}"
                continue
            garbled = 0
            for each in heard:
                await self._hand_on(each.data, each.number)

    async def _hand_on(self, item: FeedItem, number: int | None = None) -> bool:
        if not self._sieve.lets_through(item, number):
            return False
        self.counters.last_data = self._clock()
        await self._queue.put(item)
        return True

    async def _reopen(self, held: Span) -> Line:
        pause = self._pauses.next(held)
        while True:
            await self._sleep(pause)
            self.counters.reconnects += 1
            try:
                return await self._open()
            except RefusedError as error:
                self._tell(Link.DOWN, str(error))
                pause = self._pauses.longest()
            except UnreachableError:
                pause = self._pauses.next(Span(0))

    async def _catch_up(self) -> None:
        """Fill the gap from history; live messages wait in the socket until it is filled."""
        since = self._sieve.newest()
        if not self._dialect.numbers_persist:
            self._sieve.forget_numbers()
        word = f"connected to {self._dialect.url} again"
        try:
            async with asyncio.timeout(self._terms.history_seconds):
                missed = await self._dialect.missed(self.session, since) if since else ()
        except (FeedError, TimeoutError) as error:
            self.counters.unfilled += 1
            self._tell(
                Link.UP, f"{word}; what was missed could not be had: {str(error) or 'no answer in time'}"
            )
            return
        filled = [await self._hand_on(item) for item in missed]
        self.counters.filled += sum(filled)
        self._tell(Link.UP, f"{word}; {sum(filled)} missed items came from history")

    def _tell(self, link: Link, why: str) -> None:
        loop = asyncio.get_running_loop()
        for listener in self._listeners:  # from the loop: a listener that fails must not end the keeper
            loop.call_soon(listener, link, why)

    def _end(self, keeper: asyncio.Task[None]) -> None:
        """The keeper ends only when it is cancelled; a fault of ours in it must reach the reader."""
        self._queue.close(None if keeper.cancelled() else keeper.exception())
