"""A real engine on the simulated exchange with its control socket, for those who talk to it."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.builders import SPY
from tests.unit.engine.stage import ALPHA, PATIENCE_SECONDS, entry, terms

from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import BookId, VenueName
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Order, Role
from kedge.domain.positions import Position
from kedge.domain.signals import Outcome
from kedge.domain.steps import Step
from kedge.engine.clock import system_clock
from kedge.engine.control import server as server_module
from kedge.engine.control.client import ControlClient
from kedge.engine.control.server import ControlServer
from kedge.engine.engine import Engine
from kedge.journal.memory import MemoryJournal
from kedge.sim.settings import SimSettings
from kedge.venues.simulated.local import LocalVenue
from kedge.venues.simulated.terms import ExchangeTerms

PAPER = VenueName("paper")
WHO = server_module._name_of(os.getuid())


async def soon(condition: Callable[[], bool]) -> None:
    """Look at every turn of the loop, for what gives no sign."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 (there is no event to wait for)
            await asyncio.sleep(0)


class Desk:
    """A running engine with its socket."""

    def __init__(self, engine: Engine, server: ControlServer, journal: MemoryJournal, data_dir: Path) -> None:
        self.engine = engine
        self.server = server
        self.journal = journal
        self.data_dir = data_dir
        self.steps: list[Step] = []
        self._stepped = asyncio.Event()
        engine.subscribe(self._note)

    def _note(self, step: Step) -> None:
        self.steps.append(step)
        self._stepped.set()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self._stepped.clear()
                await self._stepped.wait()

    async def priced(self) -> None:
        """Wait for the first price; quotes alone make no steps."""
        await soon(lambda: self.engine.book.quote(SPY.symbol)[0] is not None)

    def call(self) -> "Any":
        return ControlClient.connect(self.data_dir)

    def events(self, kind: type) -> list[Any]:
        return [event for step in self.steps for event in step.events if isinstance(event, kind)]

    def positions(self) -> list[Position]:
        return [each for held in self.engine.book.state.positions.values() for each in held.values()]

    def open_orders(self, role: Role) -> list[Order]:
        state = self.engine.book.state
        return [o for o in state.orders.values() if o.id not in state.closed and o.request.role is role]

    async def in_position(self) -> Position:
        """A position with its stop."""
        await self.priced()
        bid, _ = self.engine.book.quote(SPY.symbol)
        assert bid is not None
        stop = str(SPY.price(bid) - 20)
        answer = await self.engine.signal(entry(expected_price=None, stop={"price": stop}))
        assert answer.outcome is Outcome.ORDERED, answer
        await self.until(lambda: self.positions() and self.open_orders(Role.STOP))
        await self.until(lambda: not self.open_orders(Role.ENTRY))
        return self.positions()[0]

    async def waiting_entry(self, id_: str = "w-1") -> Order:
        """A limit far from the market, accepted by the venue."""
        order = {"type": "limit", "limit_price": "10"}
        answer = await self.engine.signal(entry(id_, expected_price=None, order=order, stop={"price": "5"}))
        assert answer.order is not None, answer
        found = self.engine.book.state.orders[answer.order]
        await self.until(lambda: found.state is OrderState.ACCEPTED)
        return found


@asynccontextmanager
async def desk(
    data_dir: Path, settings: SimSettings | None = None, able: Capabilities | None = None
) -> AsyncIterator[Desk]:
    accounts = {ALPHA: Decimal(100_000)}
    exchange = ExchangeTerms(instruments=(SPY,), accounts=accounts, settings=settings or SimSettings())
    venue = LocalVenue.open(PAPER, exchange, system_clock, None, {SPY.symbol: Decimal(100)}, 50)
    journal = MemoryJournal(BookId("main"), "journal1")
    engine = Engine(journal, [venue], accounts=[terms(able, venue=PAPER)], instruments=[SPY])
    server = ControlServer(engine, data_dir)
    opened = Desk(engine, server, journal, data_dir)
    engine.open_with(server)
    async with engine:
        yield opened
