"""What a venue can do. The kernel plans by these values, never by a venue's name."""

from enum import StrEnum

import msgspec

from kedge.domain.instants import SECOND, Span
from kedge.domain.orders import Holder, OrderType, TimeInForce


class Idempotency(StrEnum):
    """What a venue makes of a client order id that it has seen before; decides how doubt is resolved."""

    UNIQUE_FOR_EVER = "unique_for_ever"  # a duplicate is refused, always: the refusal proves acceptance
    UNIQUE_WHILE_OPEN = "unique_while_open"  # accepted again once the first one is done: never resend
    LABEL_ONLY = "label_only"  # not looked at: never resend, search for it


class Way(StrEnum):
    """Who holds the stop of an open position, and who its targets."""

    NATIVE = (
        "native"  # both leave with the entry: the venue keeps them to what has filled, and to one another
    )
    # The stop rests at the venue as an order of its own; a target as its pair (`Capabilities.pairs`), or in the engine.
    RESTING = "resting"
    ENGINE = "engine"  # the engine holds both


class Capabilities(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One venue's abilities and the proofs that it can give."""

    idempotency: Idempotency = Idempotency.UNIQUE_FOR_EVER
    order_types: tuple[OrderType, ...] = tuple(OrderType)
    times_in_force: tuple[TimeInForce, ...] = tuple(TimeInForce)
    bracket: bool = True  # entry, stop and target in one request; the exits follow each partial fill
    bracket_targets: int = 16  # how many exits at a gain such a request may hold
    oco: bool = True  # two exits in one request; what one of them fills, a part too, is taken from the other
    replace: bool = True
    reduce_only: bool = True
    nets: bool = True  # what an account buys and sells of one instrument is one position there
    # "Not found" proves nothing before an accepted order must be visible ...
    visibility_delay: Span = SECOND
    # ... nor before a request of ours that is still on its way would be refused as too old.
    request_lifetime: Span = Span(5 * SECOND)
    absence_endpoints: tuple[str, ...] = ("by_id", "listing")
    hold: Holder = Holder.VENUE  # who is to hold exits that the venue could hold: a wish of the account

    @property
    def way(self) -> Way:
        """How a position is protected there.

        Exits may overlap only where the venue keeps them from turning it over. What lives for the day only cannot be
        left alone with it.
        """
        if self.hold is Holder.ENGINE:
            return Way.ENGINE
        if self.bracket and self.reduce_only and TimeInForce.GTC in self.times_in_force:
            return Way.NATIVE
        return Way.RESTING if self.takes_stops else Way.ENGINE

    @property
    def pairs(self) -> bool:
        """Whether a target may rest beside a stop that rests by itself, as one of a pair.

        Only where orders can be changed: else each move of the stop would take both away.
        """
        return self.way is Way.RESTING and self.oco and self.replace and OrderType.LIMIT in self.order_types

    @property
    def takes_stops(self) -> bool:
        """Whether a stop can rest there at all."""
        return self.stop_type in self.order_types

    @property
    def stop_type(self) -> OrderType:
        """What a protective stop is there: one with a limit only where plain ones are not taken."""
        only_limited = OrderType.STOP_LIMIT in self.order_types and OrderType.STOP not in self.order_types
        return OrderType.STOP_LIMIT if only_limited else OrderType.STOP

    @property
    def lasting(self) -> TimeInForce:
        """How long a stop can be asked to rest there."""
        return TimeInForce.GTC if TimeInForce.GTC in self.times_in_force else TimeInForce.DAY
