"""A feed that speaks our own protocol, and the example of how an adapter is built on `StreamFeed`."""

from collections.abc import Mapping, Sequence

import aiohttp
import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, NEVER, Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.quotes import Bar, MarketData
from kedge.feeds import wire
from kedge.feeds.dialect import Heard
from kedge.feeds.errors import GarbledError, RefusedError, UnreachableError
from kedge.feeds.line import Line
from kedge.feeds.pace import Clock, Sleep, sleep_span
from kedge.feeds.pauses import Chance
from kedge.feeds.stream import StreamFeed, StreamTerms


class SocketAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server is (`http://127.0.0.1:8766`), how it knows us, and what bars it keeps."""

    url: str
    token: str = ""
    bar_length: Span = Span(MINUTE)
    bars_max: int = 1000  # of each instrument, when a gap is filled


class SocketDialect:
    """The words of `kedge.feeds.wire`."""

    numbers_persist = True

    def __init__(self, address: SocketAddress, symbols: Sequence[Symbol]) -> None:
        self._address = address
        self._symbols = tuple(symbols)

    @property
    def url(self) -> str:
        """Where the stream is."""
        return f"{self._address.url}{wire.STREAM_PATH}"

    async def greet(self, line: Line) -> None:
        """Subscribe; raises `RefusedError`."""
        await line.send(wire.to_text(wire.Subscribe(self._symbols, self._address.token)))
        match wire.read_message(await line.receive()):
            case wire.Welcome():
                return
            case wire.Refused(why=why):
                raise RefusedError(f"{self.url} refuses: {why}")
            case other:
                raise GarbledError(f"{type(other).__name__} is no answer to a subscription")

    def read(self, message: str | bytes) -> Sequence[Heard]:
        """What a message holds; raises `GarbledError`."""
        match wire.read_message(message):
            case wire.Told(number=number, data=data):
                return (Heard(data, number),)
            case wire.Alive():
                return ()
            case other:
                raise GarbledError(f"{type(other).__name__} is not expected here")

    async def missed(
        self, session: aiohttp.ClientSession, since: Mapping[Symbol, Instant]
    ) -> Sequence[MarketData]:
        """The bars that ended after these instants, in the order of time."""
        missed: list[Bar] = []
        for symbol, after in since.items():
            address = self._address
            bars = await self.history(session, symbol, address.bar_length, address.bars_max, NEVER)
            missed += [bar for bar in bars if bar.at > after]
        return sorted(missed, key=lambda bar: bar.at)

    async def history(
        self, session: aiohttp.ClientSession, symbol: Symbol, length: Span, count: int, before: Instant
    ) -> list[Bar]:
        """Bars that were; raises a `FeedError`."""
        question = {"symbol": symbol, "length": str(length), "count": str(count), "before": str(before)}
        try:
            async with session.get(f"{self._address.url}{wire.HISTORY_PATH}", params=question) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnreachableError(
                f"history of {symbol} cannot be had: {str(error) or 'no answer in time'}"
            ) from error
        if not answer.ok:
            raise RefusedError(f"history of {symbol} is refused with status {answer.status}")
        return wire.read_bars(body)


class SocketFeed(StreamFeed):
    """A client of `kedge.lab.feed_server`."""

    def __init__(
        self,
        name: str,
        instruments: Mapping[Symbol, Instrument],
        address: SocketAddress,
        clock: Clock,
        chance: Chance,
        *,
        terms: StreamTerms | None = None,
        sleep: Sleep = sleep_span,
    ) -> None:
        self._words = SocketDialect(address, tuple(instruments))
        super().__init__(name, instruments, self._words, clock, chance, terms=terms, sleep=sleep)

    async def history(self, symbol: Symbol, length: Span, count: int, before: Instant) -> list[Bar]:
        """The last bars that had ended by then, oldest first; raises a `FeedError`."""
        return await self._words.history(self.session, symbol, length, count, before)
