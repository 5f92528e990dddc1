"""What the engine is tried on: a venue that does as it is told, and a journal that notes who called when."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from tests.builders import SPY

from kedge.domain.accounts import AccountTerms
from kedge.domain.capabilities import Capabilities
from kedge.domain.governor import LENIENT
from kedge.domain.ids import AccountId, BookId, OrderId, Symbol, VenueName
from kedge.domain.inputs import (
    VenueAccepted,
    VenueCancelled,
    VenueFilled,
    VenueMissing,
    VenueReplaced,
    VenueReport,
    VenueShowed,
)
from kedge.domain.instants import NEVER, SECOND, Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.limits import ROOMY
from kedge.domain.messages import PATIENT
from kedge.domain.numbers import Nano
from kedge.domain.orders import Execution, Order, OrderRequest, Role, Terms
from kedge.domain.steps import Step
from kedge.engine.clock import Clock
from kedge.engine.engine import Engine
from kedge.journal.base import Head, Journal
from kedge.journal.errors import JournalError
from kedge.journal.memory import MemoryJournal
from kedge.journal.tables import NO_CHANGES, Changes
from kedge.venues.base import Balance, Link, LinkListener, Venue
from kedge.venues.errors import NotSentError
from kedge.venues.streams import Stream

ALPHA = AccountId("alpha")
FAR = VenueName("far")
NOON = Instant(1_772_452_800 * SECOND)
PATIENCE_SECONDS = 10.0
UNIT = 10**9

Calls = list[tuple[str, str]]


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: Instant = NOON) -> None:
        self.now = now

    def __call__(self) -> Instant:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now = Instant(self.now + round(seconds * SECOND))


class NotedJournal(MemoryJournal):
    """Notes each append when it is done, and fails when told to."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(BookId("main"), "journal1")
        self.calls = calls
        self.fails: JournalError | None = None
        self.closed = 0

    def append(self, steps: Sequence[Step], changes: Changes = NO_CHANGES) -> Head:
        if self.fails is not None:
            raise self.fails
        head = super().append(steps, changes)
        self.calls += [("append", type(event).__name__) for step in steps for event in step.events]
        return head

    def close(self) -> None:
        self.closed += 1


class FarVenue:
    """Accepts everything at once, unless `outcome` says what else is to come of a request."""

    def __init__(self, calls: Calls, capabilities: Capabilities | None = None) -> None:
        self.name = FAR
        self.capabilities = capabilities or Capabilities()
        self.calls = calls
        self.refused_connects = 0
        self.connected = False
        self.closed = 0
        self.reached = asyncio.Event()
        self.outcome: dict[str, list[VenueReport] | Exception] = {}
        self.held: asyncio.Event | None = None  # requests wait here before they end
        self.expires: list[Instant] = []
        self.stream: Stream[VenueReport] = Stream()
        self._listeners: list[LinkListener] = []

    async def connect(self) -> None:
        self.calls.append(("connect", ""))
        if self.refused_connects:
            self.refused_connects -= 1
            raise NotSentError("nobody there")
        self.connected = True
        self.reached.set()
        self.link(Link.UP)

    async def close(self) -> None:
        self.closed += 1
        self.connected = False
        self.stream.close()

    def watch(self, listener: LinkListener) -> None:
        self._listeners.append(listener)

    def link(self, link: Link) -> None:
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            loop.call_soon(listener, link, "told by the test")

    async def submit(
        self, request: OrderRequest, legs: tuple[OrderRequest, ...] = (), expires: Instant = NEVER
    ) -> list[VenueReport]:
        self.expires.append(expires)
        accepted = [VenueAccepted(each.id, f"v-{each.id}", at=NOON) for each in (request, *legs)]
        return await self._do("submit", request.id, list(accepted))

    async def cancel(self, order: OrderId) -> list[VenueReport]:
        return await self._do("cancel", order, [VenueCancelled(order, at=NOON)])

    async def replace(self, order: OrderId, terms: Terms) -> list[VenueReport]:
        return await self._do("replace", order, [VenueReplaced(order, terms, at=NOON)])

    async def query(self, order: OrderId) -> VenueShowed | list[VenueMissing]:
        reports = await self._do(
            "query", order, [VenueShowed(order, f"v-{order}", OrderState.ACCEPTED, at=NOON)]
        )
        missing = [report for report in reports if isinstance(report, VenueMissing)]
        if missing:
            return missing
        assert isinstance(reports[0], VenueShowed)
        return reports[0]

    async def open_orders(self, account: AccountId) -> list[OrderId]:
        return []

    async def positions(self, account: AccountId) -> dict[Symbol, Decimal]:
        return {}

    async def balances(self, account: AccountId) -> Balance:
        return Balance(Decimal(0), Decimal(0))

    def reports(self) -> AsyncIterator[VenueReport]:
        return self.stream

    def called(self, name: str) -> list[str]:
        """What this was called with, in order."""
        return [subject for call, subject in self.calls if call == name]

    async def _do(self, name: str, order: OrderId, usual: list[VenueReport]) -> list[VenueReport]:
        self.calls.append((name, order))
        if not self.connected:
            raise NotSentError("not connected")
        if self.held is not None:
            await self.held.wait()
        outcome = self.outcome.get(name, usual)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class House:
    """A running engine with its journal and venue at hand."""

    def __init__(self, engine: Engine, journal: NotedJournal, venue: FarVenue, calls: Calls) -> None:
        self.engine = engine
        self.journal = journal
        self.venue = venue
        self.calls = calls
        self.steps: list[Step] = []
        self._stepped = asyncio.Event()
        engine.subscribe(self._note)

    def _note(self, step: Step) -> None:
        self.steps.append(step)
        self._stepped.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a durable step makes this true."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self._stepped.clear()
                await self._stepped.wait()

    async def enter(
        self, id_: str = "s-1", *, state: OrderState | None = OrderState.ACCEPTED, **others: Any
    ) -> Order:
        """An entry for ten with a stop, sent in; the order when it has come into this state."""
        answer = await self.engine.signal(entry(id_, **others))
        assert answer.order is not None, answer
        order = self.order(answer.order)
        if state is not None:
            await self.until(lambda: order.state is state)
        return order

    def order(self, id_: OrderId) -> Order:
        return self.engine.book.state.orders[id_]

    def leg(self, role: Role) -> Order:
        return next(o for o in self.engine.book.state.orders.values() if o.request.role is role)

    def fill(self, order: Order, execution: str = "x-1", quantity: int = 10) -> None:
        """The venue tells of a trade."""
        done = Execution(execution, Nano(quantity * UNIT), Nano(100 * UNIT))
        self.venue.stream.put(VenueFilled(order.id, done, at=NOON))

    def events(self) -> list[str]:
        """Names of all that is recorded."""
        return [row.kind for row in self.journal.rows()]


def entry(id_: str | None = "s-1", **others: Any) -> dict[str, Any]:
    """A signal's document."""
    document: dict[str, Any] = {
        "account": "alpha",
        "kind": "ENTRY",
        "instrument": "SPY",
        "direction": "LONG",
        "quantity": "10",
        "expected_price": "100",
        "stop": {"price": "95"},
    }
    return document | ({} if id_ is None else {"id": id_}) | others


def exit_(id_: str = "x-1") -> dict[str, Any]:
    """An exit's document."""
    return {"id": id_, "account": "alpha", "kind": "EXIT", "instrument": "SPY"}


def terms(capabilities: Capabilities | None = None, venue: VenueName = FAR) -> AccountTerms:
    """The account `alpha`."""
    return AccountTerms(
        ALPHA,
        venue,
        Decimal(100_000),
        capabilities=capabilities or Capabilities(),
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
    )


def engine_on(
    journal: Journal, venues: Sequence[Venue], account: AccountTerms | None = None, clock: Clock | None = None
) -> Engine:
    """An engine that is not started yet; its runs are told apart by the journal's length."""
    return Engine(
        journal,
        venues,
        accounts=[account or terms()],
        instruments=[SPY],
        clock=clock or HandClock(),
        draw_bits=lambda bits: journal.head.seq + 1,
    )


@asynccontextmanager
async def house(
    *,
    journal: NotedJournal | None = None,
    venue: FarVenue | None = None,
    account: AccountTerms | None = None,
    clock: Clock | None = None,
    connected: bool = True,
) -> AsyncIterator[House]:
    """An engine, started, and stopped at the end."""
    calls: Calls = journal.calls if journal is not None else []
    journal = journal or NotedJournal(calls)
    venue = venue or FarVenue(calls)
    venue.calls = calls
    opened = House(engine_on(journal, [venue], account, clock), journal, venue, calls)
    await opened.engine.start()
    try:
        if connected:
            await opened.until(lambda: bool(opened.steps))
        yield opened
    finally:
        await opened.engine.stop()


def only(mapping: Mapping[Any, Any]) -> Any:
    """The one value of a mapping."""
    (value,) = mapping.values()
    return value
