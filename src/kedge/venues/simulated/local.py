"""The simulated exchange in this very process, as a `Venue`: paper trading.

Requests are done as they are called, so their outcome is always known, save when the exchange's disk fails in the
middle. With a ledger the exchange goes on after a restart where it was: resting orders, positions and cash.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from kedge.domain.announcements import Action
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import AccountId, OrderId, Symbol, VenueName
from kedge.domain.inputs import Amendment, VenueMissing, VenueReport, VenueShowed
from kedge.domain.instants import NEVER, Instant
from kedge.domain.orders import Execution, OrderRequest, Terms
from kedge.domain.quotes import Bar, MarketData, Quote
from kedge.sim.errors import AmendmentError, DuplicateOrderError
from kedge.sim.walk import WalkTerms
from kedge.sim.walks import Walks
from kedge.venues.base import Balance, Link, LinkListener
from kedge.venues.errors import (
    DuplicateError,
    HaltedError,
    NotSentError,
    RefusedError,
    UnknownOutcomeError,
    VenueError,
)
from kedge.venues.simulated.exchange import Exchange, ExchangeHaltedError, UnknownAccountError
from kedge.venues.simulated.terms import ExchangeTerms
from kedge.venues.simulated.ticker import Prices, Ticker
from kedge.venues.streams import Stream

T = TypeVar("T")
QUOTES_KEPT = 10_000


class LocalVenue:
    """An `Exchange` of our own. It is closed with the venue."""

    def __init__(
        self,
        name: VenueName,
        exchange: Exchange,
        clock: Callable[[], Instant],
        prices: Prices | None = None,
        quotes_per_second: float = 0.0,
        capabilities: Capabilities | None = None,
    ) -> None:
        """`prices` are the market's next quotes (a random walk, say), asked for at the pace; else see `take`."""
        self.name = name
        self.capabilities = capabilities or Capabilities()
        self._exchange = exchange
        self._clock = clock
        self._ticker = Ticker(
            exchange, clock, prices, quotes_per_second, on_quotes=self._show, on_reports=self._tell
        )
        self._reports: Stream[VenueReport] = Stream()
        self._quotes: Stream[Quote] = Stream(keep=QUOTES_KEPT)
        self._listeners: list[LinkListener] = []
        self._pulse: asyncio.Task[None] | None = None

    @classmethod
    def open(
        cls,
        name: VenueName,
        terms: ExchangeTerms,
        clock: Callable[[], Instant],
        folder: Path | None,
        starts: Mapping[Symbol, Decimal],
        quotes_per_second: float,
        walk: WalkTerms | None = None,
    ) -> "LocalVenue":
        """A paper venue on random walks; on a folder that it was on before it goes on where it was.

        Raises `LedgerError` when the files there are damaged or in use, `OSError`, and `ValueError` for a bad start.
        """
        path = None if folder is None else folder / f"{name}-exchange.jsonl"
        exchange = Exchange(terms, clock(), path)
        try:
            walks = Walks(terms.instruments, starts, terms.seed, exchange.market, walk)
        except ValueError:
            exchange.close()
            raise
        return cls(name, exchange, clock, walks, quotes_per_second)

    async def connect(self) -> None:
        """Let time pass at the exchange."""
        self._pulse = asyncio.create_task(self._beat())
        self._link(Link.UP, "the exchange is in this process")

    async def close(self) -> None:
        """Stop the time, keep what the exchange knows, and end the streams."""
        if self._pulse is not None:
            self._pulse.cancel()
            await asyncio.gather(self._pulse, return_exceptions=True)
            self._pulse = None
        self._exchange.close()
        self._reports.close()
        self._quotes.close()

    def watch(self, listener: LinkListener) -> None:
        """Tell this listener when the exchange comes up, and when it is halted."""
        self._listeners.append(listener)

    async def submit(
        self, request: OrderRequest, legs: tuple[OrderRequest, ...] = (), expires: Instant = NEVER
    ) -> list[VenueReport]:
        """Place an order with its exits."""
        return self._change(lambda: self._exchange.submit(request, legs, self._clock(), expires))

    async def cancel(self, order: OrderId) -> list[VenueReport]:
        """Cancel what is left of an order."""
        return self._change(lambda: self._exchange.cancel(order, self._clock()))

    async def replace(self, order: OrderId, terms: Terms) -> list[VenueReport]:
        """Change an order's terms."""
        return self._change(lambda: self._exchange.replace(order, terms, self._clock()))

    async def query(self, order: OrderId) -> VenueShowed | list[VenueMissing]:
        """Look for an order. The exchange is at hand, so its word needs no control."""
        now = self._clock()
        showed = self._exchange.look_up(order, now)
        if showed is not None:
            return showed
        endpoints = self.capabilities.absence_endpoints
        return [VenueMissing(at=now, order=order, endpoint=endpoint, control=True) for endpoint in endpoints]

    async def open_orders(self, account: AccountId) -> list[OrderId]:
        """The account's orders that may still fill."""
        return self._ask(lambda: self._exchange.open_orders(account))

    async def positions(self, account: AccountId) -> dict[Symbol, Decimal]:
        """What the account holds, signed."""
        return self._ask(lambda: self._exchange.positions(account))

    async def balances(self, account: AccountId) -> Balance:
        """The account's money."""
        return self._ask(lambda: Balance(self._exchange.cash(account), self._exchange.fees(account)))

    async def executions(self, account: AccountId) -> list[tuple[OrderId, Execution]]:
        """Every fill of the account, oldest first."""
        return self._ask(lambda: self._exchange.executions(account))

    async def amendments(self, account: AccountId) -> list[Amendment]:
        """Every trade of the account that was annulled or corrected, oldest first."""
        return self._ask(lambda: self._exchange.amendments(account))

    async def changes(self, account: AccountId, after: str, orders: Sequence[OrderId]) -> list[VenueReport]:
        """What was done to the account's holdings without an order, oldest first, behind the fills of before it."""
        return self._ask(lambda: self._exchange.changes(account, after, orders))

    def reports(self) -> AsyncIterator[VenueReport]:
        """Everything that happens to the orders."""
        return self._reports

    def quotes(self) -> AsyncIterator[Quote]:
        """The exchange's prices."""
        return self._quotes

    @property
    def market(self) -> Mapping[Symbol, MarketData]:
        """The last price of each instrument, as the exchange knows it."""
        return self._exchange.market

    def follow(self, data: MarketData) -> list[VenueReport]:
        """The market moved elsewhere: let the orders here meet its prices."""
        try:
            reports = self._do(lambda: self._exchange.take(data))
        except VenueError:  # not open yet, or halted: its link says so
            return []
        self._ticker.wake()
        if isinstance(data, Bar):
            return [*self._reports.drain(), *reports]
        self._tell(reports)
        return []

    def announce(self, action: Action) -> list[VenueReport]:
        """Do what a company did to its shares. Told are all reports that wait, and then what it led to."""
        reports = self._do(lambda: self._exchange.announce(action, self._clock()))
        self._ticker.wake()
        return [*self._reports.drain(), *reports]

    def bust(self, order: OrderId, execution: str, reason: str = "") -> None:
        """Annul a trade; raises `AmendmentError`."""
        self._change(lambda: self._exchange.bust(order, execution, self._clock(), reason))

    def correct(self, order: OrderId, corrected: Execution) -> None:
        """Give the trade of this id other figures; raises `AmendmentError`."""
        self._change(lambda: self._exchange.correct(order, corrected, self._clock()))

    def take(self, data: MarketData) -> None:
        """Move the market by hand, and tell of it."""
        if isinstance(data, Quote):
            self._show([data])
        self._change(lambda: self._exchange.take(data))

    def _change(self, change: Callable[[], list[VenueReport]]) -> list[VenueReport]:
        reports = self._do(change)
        self._tell(reports)
        self._ticker.wake()
        return reports

    def _do(self, change: Callable[[], list[VenueReport]]) -> list[VenueReport]:
        if self._pulse is None:
            raise NotSentError(f"venue {self.name} is not connected")
        try:
            return change()
        except DuplicateOrderError as error:
            raise DuplicateError(str(error)) from error
        except AmendmentError:
            raise
        except ExchangeHaltedError as error:
            raise HaltedError(str(error)) from error
        except Exception as error:
            self._link(Link.DOWN, f"the exchange is halted: {error}")
            raise UnknownOutcomeError(f"the exchange failed in the middle of it: {error}") from error

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except UnknownAccountError as error:
            raise RefusedError(str(error)) from error

    async def _beat(self) -> None:
        try:
            await self._ticker.run()
        except Exception as error:  # noqa: BLE001 - whatever it was, the exchange stands still from here on
            self._link(Link.DOWN, f"the exchange is halted: {error}")

    def _link(self, link: Link, why: str) -> None:
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            loop.call_soon(listener, link, why)

    def _show(self, quotes: Sequence[Quote]) -> None:
        for quote in quotes:
            self._quotes.put(quote)

    def _tell(self, reports: Sequence[VenueReport]) -> None:
        for report in reports:
            self._reports.put(report)
