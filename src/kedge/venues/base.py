"""The port to a venue: what the engine asks, and what comes back. It knows no vendor.

Rules that every adapter keeps (`tests/conformance/venue_exam.py` examines them):

- One call is one request. A request is never repeated behind the engine's back.
- A request ends in reports, or in one of `kedge.venues.errors`.
- Reports name orders by the client order id. The same fact may be told twice, by a request's own answer and by the
  stream; facts told while the stream was away are not told again. The kernel copes with both.
- After an absence of the stream the listener is told (`Link.DOWN`, later `Link.UP`): the engine then asks about
  everything that is open, for reports may be missing.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from kedge.domain.announcements import Action
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import AccountId, OrderId, Symbol, VenueName
from kedge.domain.inputs import Amendment, VenueMissing, VenueReport, VenueShowed
from kedge.domain.instants import NEVER, Instant
from kedge.domain.orders import Execution, OrderRequest, Terms
from kedge.domain.quotes import MarketData, Quote


class Link(StrEnum):
    """Whether the venue can be talked to. `UP` after `DOWN` means that reports may have been missed."""

    UP = "up"
    DOWN = "down"


LinkListener = Callable[[Link, str], None]


class Balance(msgspec.Struct, frozen=True, gc=False):
    """An account's money as the venue states it; `cash` has the fees taken off already."""

    cash: Decimal
    fees: Decimal


class Venue(Protocol):
    """A place where orders trade."""

    @property
    def name(self) -> VenueName:
        """What the settings call the venue."""

    @property
    def capabilities(self) -> Capabilities:
        """What the venue can do, and which proofs it can give."""

    async def connect(self) -> None:
        """Open the way to the venue; raises `NotSentError` when it cannot be reached, and may then be called again."""

    async def close(self) -> None:
        """Let go of everything; the streams end. Orders at the venue stay what they are."""

    def watch(self, listener: LinkListener) -> None:
        """Tell this listener each time the link goes down or comes up, with a word on why."""

    async def submit(
        self, request: OrderRequest, legs: tuple[OrderRequest, ...] = (), expires: Instant = NEVER
    ) -> list[VenueReport]:
        """Place an order with its exits; the venue refuses it when it gets to look at it only after `expires`.

        A stop with one leg is a pair (`Capabilities.oco`): both rest, taken together or not at all, and what one of
        them fills is taken from the other at once. Whether a cancel of one ends the other is the venue's own way.
        """

    async def cancel(self, order: OrderId) -> list[VenueReport]:
        """Cancel what is left of an order."""

    async def replace(self, order: OrderId, terms: Terms) -> list[VenueReport]:
        """Change an order's terms."""

    async def query(self, order: OrderId) -> VenueShowed | list[VenueMissing]:
        """Look for an order by every endpoint of `capabilities.absence_endpoints`; if absent, what each said."""

    async def open_orders(self, account: AccountId) -> list[OrderId]:
        """The account's orders that may still fill."""

    async def positions(self, account: AccountId) -> dict[Symbol, Decimal]:
        """What the account holds, signed (short is negative), without the flat ones."""

    async def balances(self, account: AccountId) -> Balance:
        """The account's money."""

    def reports(self) -> AsyncIterator[VenueReport]:
        """Everything that happens to the orders, as it happens; ends when the venue is closed. For one reader."""


@runtime_checkable
class BringsQuotes(Protocol):
    """A venue that brings prices along."""

    def quotes(self) -> AsyncIterator[Quote]:
        """Best bids and asks as they change, for one reader (a slow one misses old ones); ends with the venue."""


@runtime_checkable
class FollowsMarket(Protocol):
    """A venue that fills by somebody else's prices: paper trading on a feed."""

    @property
    def name(self) -> VenueName:
        """What the settings call the venue."""

    def follow(self, data: MarketData) -> Sequence[VenueReport]:
        """The market moved. Its prices are known to the caller, so they are not told again by `quotes`.

        What came of a bar is answered, after all that the stream has not told yet, and the stream tells none of it
        again: it came about before the bar's close, so it is to be known before anybody acts on that.
        """

    def announce(self, action: Action) -> list[VenueReport]:
        """A company did something to its shares: what came of it here, after all that the stream has not told yet.

        The stream tells none of it again. Raises a `VenueError` when it was not done.
        """


@runtime_checkable
class TellsChanges(Protocol):
    """A venue that can be asked what it changed without an order, so that a missed word of it is found.

    What an order shows after a change is told in the terms of after it: changes are asked for first.
    """

    async def changes(self, account: AccountId, after: str, orders: Sequence[OrderId]) -> list[VenueReport]:
        """Every change of the account after the one of this id (all, when it has none such), oldest first.

        Each comes behind those fills of `orders` that came before it: they are in the terms of before it.
        """


@runtime_checkable
class TellsAmendments(Protocol):
    """A venue that can be asked which trades it has annulled or corrected, so that a missed word of it is found.

    The same is told with each order that is shown. A corrected trade keeps the id under which it was first told: an
    adapter to a venue that gives it another one goes on using the first. That a trade is missing in an answer says
    nothing, for the answer may be older than the trade.
    """

    async def amendments(self, account: AccountId) -> list[Amendment]:
        """Every annulled or corrected trade of the account, oldest first."""


@runtime_checkable
class TellsExecutions(Protocol):
    """A venue that can be asked for an account's fills, so that missed ones are found."""

    async def executions(self, account: AccountId) -> list[tuple[OrderId, Execution]]:
        """Every fill of the account as it stands, oldest first."""
