"""An engine on the contracts of ES, whose trades are told by the test."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec
from tests.unit.engine.stage import PATIENCE_SECONDS, FarVenue, HandClock, exit_, terms
from tests.unit.engine.test_rolls import ROOT

from kedge.domain.ids import BookId, Symbol
from kedge.domain.instants import MINUTE, Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import UNIT, Nano, Ticks
from kedge.domain.quotes import Bar, MarketData, Print
from kedge.engine.charts import HistoricalBarsLoaded, Notice
from kedge.engine.engine import Engine
from kedge.engine.rolls import Rolls
from kedge.feeds.base import LinkListener
from kedge.journal.memory import MemoryJournal
from kedge.settings.values import Bars, Root

ES, MARCH, JUNE, SEPT = Symbol("ES"), Symbol("ESH26"), Symbol("ESM26"), Symbol("ESU26")
VOLUMES = {MARCH: 1, JUNE: 2, SEPT: 3}
FIVE = Span(5 * MINUTE)


def bar(contract: Symbol, end: Instant, price: int, length: Span = FIVE) -> Bar:
    """A bar that closes at this price; its volume says whose it is."""
    opened, high, low, close = map(Ticks, (price, price + 3, price - 4, price))
    start, volume = Instant(end - length), Nano(VOLUMES[contract])
    return Bar(contract, end, start, opened, high, low, close, volume)


class Lake:
    """A feed that knows the past, and of which the present is told by the test."""

    def __init__(self, past: Sequence[Bar] = ()) -> None:
        self.name = "lake"
        self.instruments: Mapping[Symbol, Instrument] = {}
        self.past = past
        self.closed = asyncio.Event()

    async def connect(self) -> None:
        pass

    async def data(self) -> AsyncIterator[MarketData]:
        await self.closed.wait()
        for _ in ():
            yield _

    async def history(self, symbol: Symbol, length: Span, count: int, before: Instant) -> list[Bar]:
        return [each for each in self.past if each.instrument == symbol and each.at <= before][-count:]

    def watch(self, listener: LinkListener) -> None:
        pass

    async def close(self) -> None:
        self.closed.set()


class Running:
    """An engine on the contracts of ES, with what its charts told."""

    def __init__(self, journal: MemoryJournal, clock: HandClock, lake: Lake, root: Root) -> None:
        rolls = Rolls([root], clock())
        lake.instruments = {each.symbol: each for each in rolls.instruments}
        self.clock = clock
        self.engine = Engine(
            journal,
            [FarVenue([])],
            feeds=[lake],
            rolls=rolls,
            bars=Bars((FIVE,), 50),
            accounts=[terms()],
            instruments=rolls.instruments,
            clock=clock,
            draw_bits=lambda bits: journal.head.seq + 1,
        )
        self.told: list[Notice] = []
        self.engine.charts.listen(self.told.append)

    def trade(self, at: Instant, size: int = 1, **prices: int) -> None:
        """One trade of this size in each contract."""
        self.clock.now = at
        lines = [Print(Symbol(name), at, Ticks(price), Nano(size * UNIT)) for name, price in prices.items()]
        self.engine.feed(b"\n".join(map(msgspec.json.encode, lines)))

    async def pass_until(self, now: Instant) -> None:
        """Let the time come, and what follows from it be durable and acted on."""
        self.clock.now = now
        await self.engine.signal(exit_(f"x-{now}") | {"instrument": "NONE"})
        self.engine.charts.pass_time(now)
        await self.engine.recorded()

    def closes(self, symbol: Symbol = ES) -> list[int]:
        return [each.close for each in self.engine.charts.bars(symbol)]

    def front(self) -> Symbol:
        return self.engine.book.state.fronts[ES]

    async def loaded(self, count: int) -> None:
        """Wait until the past of so many contracts has come."""
        if not count:
            return
        came, heard = asyncio.Event(), 0

        def note(notice: Notice) -> None:
            nonlocal heard
            heard += isinstance(notice, HistoricalBarsLoaded) and notice.instrument != ES
            if heard == count:
                came.set()

        self.engine.charts.listen(note)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await came.wait()


@asynccontextmanager
async def running(
    clock: HandClock, journal: MemoryJournal | None = None, past: Sequence[Bar] = (), root: Root = ROOT
) -> AsyncIterator[Running]:
    """An engine, started, with its past; stopped at the end."""
    opened = Running(journal or MemoryJournal(BookId("main"), "journal1"), clock, Lake(past), root)
    await opened.engine.start()
    try:
        await opened.loaded(len(opened.engine._almanac.rolls.instruments))
        yield opened
    finally:
        await opened.engine.stop()


def minutes(since: Instant, count: float) -> Instant:
    return Instant(since + int(count * MINUTE))
