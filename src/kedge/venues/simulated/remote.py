"""The simulated exchange at the far end of a socket, as a `Venue`.

A request is sent once. When the connection is lost, what waited for an answer is unknown; requests that come while
there is none are refused as not sent. A keeper makes a new connection, with growing pauses, and tells the listeners,
for the exchange does not repeat what it said in the meantime.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import AccountId, OrderId, Symbol, VenueName
from kedge.domain.inputs import (
    Amendment,
    VenueMissing,
    VenueRefused,
    VenueRejected,
    VenueReport,
    VenueShowed,
)
from kedge.domain.inputs import Request as Asked
from kedge.domain.instants import NEVER, Instant
from kedge.domain.orders import Execution, OrderRequest, Terms
from kedge.domain.quotes import Quote
from kedge.venues.base import Balance, Link, LinkListener
from kedge.venues.errors import DuplicateError, NotSentError, RefusedError, UnknownOutcomeError, VenueError
from kedge.venues.simulated import wire
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.connection import Connection
from kedge.venues.streams import Stream

R = TypeVar("R")
QUOTES_KEPT = 10_000


class RemoteSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How patient the adapter is."""

    answer_seconds: float = 5.0  # a request without an answer is unknown after so long
    connect_seconds: float = 5.0
    heartbeat_seconds: float = 5.0  # a sign of life is asked for this often, and awaited for as long
    pause_seconds_first: float = (
        0.05  # before a lost connection is made anew; each next pause is twice as long
    )
    pause_seconds_max: float = 5.0
    dead_man_seconds: float = (
        0.0  # the exchange withdraws entries when it has heard nothing for so long; 0: never
    )


class RemoteVenue:
    """A client of `kedge.lab.exchange_server`."""

    def __init__(
        self,
        name: VenueName,
        address: Address,
        clock: Callable[[], Instant],
        settings: RemoteSettings | None = None,
        capabilities: Capabilities | None = None,
    ) -> None:
        self.name = name
        self.capabilities = capabilities or Capabilities()
        self._address = address
        self._clock = clock
        self._settings = settings or RemoteSettings()
        self._listeners: list[LinkListener] = []
        self._reports: Stream[VenueReport] = Stream()
        self._quotes: Stream[Quote] = Stream(keep=QUOTES_KEPT)
        self._connection: Connection | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._alive: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Open the way to the exchange; raises `NotSentError` when it cannot be reached."""
        self._connection = await self._open()
        self._tell(Link.UP, f"connected to {self._address}")
        self._keeper = asyncio.create_task(self._keep(self._connection))
        if self._settings.dead_man_seconds:
            self._alive = asyncio.create_task(self._stay_alive(self._settings.dead_man_seconds))

    async def close(self) -> None:
        """Hang up; the streams end."""
        for task in (self._keeper, self._alive):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
        self._reports.close()
        self._quotes.close()

    def watch(self, listener: LinkListener) -> None:
        """Tell this listener each time the link goes down or comes up."""
        self._listeners.append(listener)

    async def submit(
        self, request: OrderRequest, legs: tuple[OrderRequest, ...] = (), expires: Instant = NEVER
    ) -> list[VenueReport]:
        """Place an order with its exits."""
        result = await self._ask(wire.Submit(request, legs, expires))
        if isinstance(result, wire.Failed):
            if result.code is wire.FailureCode.DUPLICATE:
                raise DuplicateError(result.reason)
            now = self._clock()
            return [VenueRejected(at=now, order=each.id, reason=result.reason) for each in (request, *legs)]
        return list(_expect(wire.Done, result).reports)

    async def cancel(self, order: OrderId) -> list[VenueReport]:
        """Cancel what is left of an order."""
        return await self._change(wire.Cancel(order), order, Asked.CANCEL)

    async def replace(self, order: OrderId, terms: Terms) -> list[VenueReport]:
        """Change an order's terms."""
        return await self._change(wire.Replace(order, terms), order, Asked.REPLACE)

    async def query(self, order: OrderId) -> VenueShowed | list[VenueMissing]:
        """Look for an order by its id and in the listing.

        The control: another order is found by the same way. An exchange that states that it never took an order has
        nothing to show for a control; its word stands.
        """
        showed = await self._find(order)
        if showed is not None:
            return showed
        listed = await self._list_orders()
        if order in listed:
            showed = await self._find(order)  # it may have arrived between the two questions
            if showed is None:
                raise UnknownOutcomeError(f"{order} is in the listing but not found by its id")
            return showed
        controls = {"by_id": not listed or await self._find(listed[-1]) is not None, "listing": True}
        now = self._clock()
        return [
            VenueMissing(at=now, order=order, endpoint=endpoint, control=controls.get(endpoint, False))
            for endpoint in self.capabilities.absence_endpoints
        ]

    async def open_orders(self, account: AccountId) -> list[OrderId]:
        """The account's orders that may still fill."""
        return list(_expect(wire.Orders, await self._ask(wire.ListOpenOrders(account))).orders)

    async def positions(self, account: AccountId) -> dict[Symbol, Decimal]:
        """What the account holds, signed."""
        return _expect(wire.Holdings, await self._ask(wire.ListPositions(account))).quantities

    async def balances(self, account: AccountId) -> Balance:
        """The account's money."""
        money = _expect(wire.Money, await self._ask(wire.ShowBalance(account)))
        return Balance(money.cash, money.fees)

    async def executions(self, account: AccountId) -> list[tuple[OrderId, Execution]]:
        """Every fill of the account, oldest first."""
        return list(_expect(wire.Fills, await self._ask(wire.ListExecutions(account))).fills)

    async def amendments(self, account: AccountId) -> list[Amendment]:
        """Every trade of the account that was annulled or corrected, oldest first."""
        return list(_expect(wire.Amendments, await self._ask(wire.ListAmendments(account))).amendments)

    async def changes(self, account: AccountId, after: str, orders: Sequence[OrderId]) -> list[VenueReport]:
        """What was done to the account's holdings without an order, oldest first, behind the fills of before it."""
        answer = await self._ask(wire.ListChanges(account, after, tuple(orders)))
        return list(_expect(wire.Changes, answer).reports)

    def reports(self) -> AsyncIterator[VenueReport]:
        """Everything that happens to the orders while the link is up."""
        return self._reports

    def quotes(self) -> AsyncIterator[Quote]:
        """The exchange's prices."""
        return self._quotes

    async def _open(self) -> Connection:
        return await Connection.open(
            self._address,
            self._reports.put,
            self._quotes.put,
            timeout=self._settings.connect_seconds,
            heartbeat=self._settings.heartbeat_seconds,
        )

    async def _keep(self, connection: Connection) -> None:
        while True:
            reason = await asyncio.shield(connection.lost)
            self._tell(Link.DOWN, reason)
            await connection.close()
            connection = self._connection = await self._reopen()
            self._tell(Link.UP, f"connected to {self._address} again")

    async def _stay_alive(self, seconds: float) -> None:
        """Three times in the time that the exchange allows: one that is lost does no harm.

        From this loop on purpose: when the engine hangs, so does this.
        """
        while True:
            with contextlib.suppress(VenueError):
                await self._ask(wire.KeepAlive(seconds))
            await asyncio.sleep(seconds / 3)

    async def _reopen(self) -> Connection:
        pause = self._settings.pause_seconds_first
        while True:
            await asyncio.sleep(pause)
            try:
                return await self._open()
            except (NotSentError, RefusedError):
                pause = min(2 * pause, self._settings.pause_seconds_max)

    def _tell(self, link: Link, why: str) -> None:
        loop = asyncio.get_running_loop()
        for listener in self._listeners:  # from the loop: a listener that fails must not end the keeper
            loop.call_soon(listener, link, why)

    async def _ask(self, request: wire.Request) -> wire.Result:
        if self._connection is None:
            raise NotSentError(f"venue {self.name} is not connected")
        return await self._connection.ask(request, self._settings.answer_seconds)

    async def _change(self, request: wire.Request, order: OrderId, asked: Asked) -> list[VenueReport]:
        result = await self._ask(request)
        if isinstance(result, wire.Failed):
            return [VenueRefused(at=self._clock(), order=order, request=asked, reason=result.reason)]
        return list(_expect(wire.Done, result).reports)

    async def _find(self, order: OrderId) -> VenueShowed | None:
        return _expect(wire.Found, await self._ask(wire.FindOrder(order))).order

    async def _list_orders(self) -> list[OrderId]:
        listed: list[OrderId] = []
        after: int | None = 0
        while after is not None:
            page = _expect(wire.Orders, await self._ask(wire.ListOrders(after)))
            listed += page.orders
            after = page.more
        return listed


def _expect(kind: type[R], result: wire.Result) -> R:
    if isinstance(result, kind):
        return result
    if isinstance(result, wire.Failed):
        raise RefusedError(result.reason)
    raise UnknownOutcomeError(
        f"the exchange answered with {type(result).__name__}, which is no answer to this"
    )
