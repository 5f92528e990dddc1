"""One order as the exchange keeps it: quantities in billionths, prices in whole ticks."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Execution, OrderRequest, OrderType, Side, TimeInForce


class Place(StrEnum):
    """Where an order is."""

    HELD = "held"  # an exit of a bracket, waiting for its entry to fill
    COMING = "coming"  # accepted, on its way to the market
    OPENING = "opening"  # waits for the session to open
    CLOSING = "closing"  # waits for the session to close
    RESTING = "resting"  # works in the market
    DONE = "done"


IMMEDIATE = (TimeInForce.IOC, TimeInForce.FOK, TimeInForce.ON_OPEN)
STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)


class Ticket(msgspec.Struct):
    """An order and what has become of it."""

    request: OrderRequest
    number: int  # counts the orders that came; decides between equals
    since: Instant  # when it came or its price changed: it meets only bars that start then or later
    works_from: Instant  # `since` and the delay
    quantity: int
    limit: int | None = None
    stop: int | None = None
    trail: int | None = None  # distance in ticks
    extreme: int | None = None  # best price that a trailing stop has seen
    place: Place = Place.COMING
    state: OrderState = OrderState.ACCEPTED
    triggered: bool = False
    group: int = 0  # number of the bracket or pair that it belongs to
    filled: int = 0
    value: Decimal = ZERO  # what has traded is worth
    fee: Decimal = ZERO
    executions: tuple[Execution, ...] = ()
    traded: int = 0  # number of its last execution
    reason: str = ""
    splits: int = 0  # how many splits have changed it
    restated: int | None = None  # of one that is done: what it had filled, in the shares of now

    @property
    def buys(self) -> bool:
        """Whether it is a buy."""
        return self.request.side is Side.BUY

    @property
    def leaves(self) -> int:
        """What may still fill."""
        return self.quantity - self.filled

    @property
    def counted(self) -> int:
        """What has filled, in the shares of now; the order itself stays as it ended."""
        return self.filled if self.restated is None else self.restated

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.place is not Place.DONE

    @property
    def is_stop(self) -> bool:
        """Whether it is of a kind that waits for a trigger."""
        return self.request.type in STOPS

    @property
    def waits_for_trigger(self) -> bool:
        """Whether it is a stop that nothing has triggered yet."""
        return self.is_stop and not self.triggered

    @property
    def is_immediate(self) -> bool:
        """Whether what does not fill at the first price it meets is cancelled."""
        return self.request.tif in IMMEDIATE
