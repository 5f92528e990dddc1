"""A running engine for benchmarks: the real one, with the simulated exchange in this process as its venue."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

from bench.desk import ALPHA, PAPER, account, instruments, quote
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import Symbol
from kedge.domain.signals import Signal
from kedge.engine.clock import system_clock
from kedge.engine.engine import Engine
from kedge.journal.base import Journal
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.local import LocalVenue
from kedge.venues.simulated.terms import ExchangeTerms

MakeVenue = Callable[[Exchange], LocalVenue]
MakeEngine = Callable[..., Engine]


def local_venue(exchange: Exchange) -> LocalVenue:
    """The exchange as a venue, as paper trading has it."""
    return LocalVenue(PAPER, exchange, system_clock)


class Stage:
    """An engine and its venue, with a price in each instrument."""

    def __init__(self, engine: Engine, venue: LocalVenue, symbols: Sequence[Symbol]) -> None:
        self.engine = engine
        self.venue = venue
        self.symbols = symbols

    def show_prices(self) -> None:
        """Tell the exchange and, through it, the engine."""
        for symbol in self.symbols:
            self.venue.take(quote(symbol, system_clock()))

    async def send(self, signals: Sequence[Signal]) -> None:
        """Hand signals in all at once and wait until the outcome of each is durable."""
        await asyncio.gather(*[self.engine.signal(signal) for signal in signals])

    async def until_open(self, positions: int) -> None:
        """Wait until exactly so many positions are open."""
        state = self.engine.book.state
        while len(state.positions.get(ALPHA, ())) != positions:  # noqa: ASYNC110 - whatever changes it, it is state
            await asyncio.sleep(0)


@asynccontextmanager
async def running(
    journal: Journal,
    count: int,
    *,
    capabilities: Capabilities | None = None,
    make_venue: MakeVenue = local_venue,
    make_engine: MakeEngine = Engine,
) -> AsyncIterator[Stage]:
    """An engine with `count` instruments, stopped at the end."""
    listed = instruments(count)
    terms = ExchangeTerms(tuple(listed), {ALPHA: Decimal(1_000_000_000)})
    venue = make_venue(Exchange(terms, system_clock()))
    engine = make_engine(journal, [venue], accounts=[account(capabilities)], instruments=listed)
    await engine.start()
    stage = Stage(engine, venue, [instrument.symbol for instrument in listed])
    try:
        await asyncio.sleep(0.05)  # the venue connects and is told apart from an outage
        stage.show_prices()
        await asyncio.sleep(0.05)
        yield stage
    finally:
        await engine.stop()
