"""An engine on paper: with the simulated exchange of its own process, whose market the test moves."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
from tests.builders import ENGINE_HELD, SPY
from tests.unit.engine.stage import ALPHA, FAR, PATIENCE_SECONDS, HandClock, engine_on, terms

from kedge.domain.accounts import AccountTerms
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import BookId
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Quote
from kedge.journal.memory import MemoryJournal
from kedge.journal.sqlite import open_journal
from kedge.sim.abilities import Abilities
from kedge.sim.settings import SimSettings
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.local import LocalVenue
from kedge.venues.simulated.terms import ExchangeTerms

HELD = ENGINE_HELD


class Paper:
    """An engine on paper; the market is moved by the test."""

    def __init__(
        self,
        capabilities: Capabilities,
        folder: Path | None = None,
        account: AccountTerms | None = None,
        settings: SimSettings | None = None,
        seed: int = 0,
        *,
        max_adds: int = 0,
        abilities: Abilities | None = None,
    ) -> None:
        self.clock = HandClock()
        settings = msgspec.structs.replace(settings or SimSettings(), abilities=abilities or Abilities())
        setup = ExchangeTerms((SPY,), {ALPHA: Decimal(100_000)}, settings, seed)
        self.exchange = Exchange(setup, self.clock(), None if folder is None else folder / "ledger")
        self.venue = LocalVenue(FAR, self.exchange, self.clock)
        journal = (
            MemoryJournal(BookId("main"), "journal1")
            if folder is None
            else open_journal(
                folder / "data", book=BookId("main"), new_id="journal1", program="t", reserve_bytes=4096
            )
        )
        account = msgspec.structs.replace(account or terms(capabilities), max_adds=max_adds)
        self.engine = engine_on(journal, [self.venue], account, self.clock)
        self._stepped = asyncio.Event()
        self.engine.subscribe(lambda _: self._stepped.set())

    async def start(self) -> None:
        """Start the engine, and wait until the exchange is there."""
        linked = asyncio.Event()
        self.venue.watch(lambda _link, _why: linked.set())
        await self.engine.start()
        async with asyncio.timeout(10):
            await linked.wait()

    async def move(self, bid: int, ask: int) -> None:
        """The price moves, and everybody hears of it."""
        self.clock.pass_seconds(1)
        self.venue.take(Quote(SPY.symbol, self.clock(), Ticks(bid), Ticks(ask)))

    async def show(self, bid: int, ask: int) -> None:
        """The price moves, and the engine has seen it: what is sent next is judged by it."""
        await self.move(bid, ask)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.engine.book.quote(SPY.symbol) != (bid, ask):  # noqa: ASYNC110 (a quote tells nobody)
                await asyncio.sleep(0)

    async def until_held(self, quantity: int) -> None:
        state = self.engine.book.state

        def held() -> Decimal:
            position = state.position(ALPHA, SPY.symbol)
            return Decimal(0) if position is None else position.quantity

        await self.until(lambda: held() == quantity)
        assert held() == self.exchange.positions(ALPHA).get(SPY.symbol, 0)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a durable step makes this true."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self._stepped.clear()
                await self._stepped.wait()
