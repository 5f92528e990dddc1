"""Orders: what was asked (`OrderRequest`, immutable) and what is known of it (`Order`, changed by `apply` alone)."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.ids import AccountId, OrderId, SignalId, Symbol
from kedge.domain.instants import NEVER, Instant
from kedge.domain.intents import Intent
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, Nano, from_nano


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"

    sign: int  # +1 for a buy, -1 for a sell
    opposite: "Side"


# Set once: a property would be called some ten times for each decision.
Side.BUY.sign, Side.SELL.sign = 1, -1
Side.BUY.opposite, Side.SELL.opposite = Side.SELL, Side.BUY


class OrderType(StrEnum):
    """What the venue is asked to do with the order."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class TimeInForce(StrEnum):
    """How long the order may rest."""

    DAY = "day"
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    ON_OPEN = "on_open"
    ON_CLOSE = "on_close"


class Role(StrEnum):
    """Why the engine sent the order."""

    ENTRY = "entry"
    STOP = "stop"
    TARGET = "target"
    DISASTER = "disaster_stop"  # a wider stop at the venue, for when the engine that holds the stop is gone
    EXIT = "exit"

    @property
    def is_protective(self) -> bool:
        """Stops and targets: bulk cancels and time-outs never touch them."""
        return self is Role.STOP or self is Role.TARGET or self is Role.DISASTER


class Holder(StrEnum):
    """Where an order waits for its price."""

    VENUE = "venue"
    ENGINE = "engine"


class OrderRequest(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """One order as it is asked for; `id` is the client order id, unique for ever."""

    id: OrderId
    account: AccountId
    instrument: Symbol
    side: Side
    type: OrderType
    quantity: Nano
    limit_price: Nano | None = None
    stop_price: Nano | None = None
    trail_amount: Nano | None = None
    trail_percent: Nano | None = None
    tif: TimeInForce = TimeInForce.DAY
    reduce_only: bool = False
    role: Role = Role.ENTRY
    holder: Holder = Holder.VENUE
    signal: SignalId | None = None
    parent: OrderId | None = None
    strategy: str | None = None
    expected: Nano | None = (
        None  # of an entry: the price at which it was expected to fill when it was decided
    )
    adjusts: bool = False  # a target that the account's rule places anew while the position is open


class Execution(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """One fill as the venue states it; `id` names it for ever within the account, however often it is repeated."""

    id: str
    quantity: Nano
    price: Nano
    fee: Nano = Nano(0)
    at: Instant = Instant(0)
    fee_base: Nano = Nano(0)  # a fee that is taken in what is traded: so much less is held after it


class Terms(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """The terms of an order that a replace can change; None leaves one as it is."""

    quantity: Nano | None = None
    limit_price: Nano | None = None
    stop_price: Nano | None = None


class Absence(msgspec.Struct, frozen=True, gc=False):
    """One time that the venue said it knows no such order: a piece of evidence, not yet a proof."""

    endpoint: str
    control: bool
    at: Instant


class Order(msgspec.Struct, gc=True):
    """One order as the engine knows it."""

    request: OrderRequest
    state: OrderState
    created: Instant
    quantity: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    filled: Decimal = ZERO
    value: Decimal = ZERO  # sum of quantity times price over the fills, without the multiplier
    fees: Decimal = ZERO
    venue_order_id: str | None = None
    reason: str | None = None
    executions: dict[str, None] = msgspec.field(default_factory=dict)  # ids of the fills that were counted
    pending: Terms | None = None
    absences: list[Absence] = msgspec.field(default_factory=list)
    sent_at: Instant = Instant(0)
    deadline: Instant = NEVER  # when the engine looks at the order again
    cancel_at: Instant = NEVER  # when an unfilled rest is cancelled
    asked: int = 0  # questions put to the venue since the last answer
    owed: Decimal = ZERO  # what had filled when it ended, as the venue says that has not told of all of it
    updated: Instant = Instant(0)
    refusals: int = 0  # how often in a row the venue would not cancel or change it
    refused_at: Instant = Instant(0)  # the last time
    reached: Nano | None = (
        None  # the price that the engine let it go by, or will; or that it met at the venue
    )
    level: Decimal | None = None  # of one that the engine has let go: the price that it waited for
    named: bool = False  # a target that somebody has moved: the account's rule leaves it there
    rescaled_at: list[Instant] = msgspec.field(
        default_factory=list
    )  # when the venue did the splits that changed it
    busted: dict[str, None] = msgspec.field(default_factory=dict)  # ids of fills that the venue has annulled
    revisions: dict[str, int] = msgspec.field(
        default_factory=dict
    )  # of fills that it has corrected, the last one
    intent: Intent | None = None
    missed: bool = False  # the venue does not find it, and a person knows
    abandoned: bool = False  # it was not sent after all
    wanted: list[Terms] = msgspec.field(
        default_factory=list
    )  # what was asked for by replaces, the last of them
    pair: OrderId | None = (
        None  # the other exit that left in the same request: what one fills the other loses
    )
    taken_back: Decimal = ZERO  # of what had filled, by a venue that annulled or corrected it
    withdrawn: bool = False  # the venue has been asked to end it, and has not refused
    unwanted: bool = False  # it was not the engine that asked last for its end
    confirmed: Instant = Instant(
        0
    )  # when the question left to which the venue last showed it as it is believed

    @property
    def id(self) -> OrderId:
        """The client order id."""
        return self.request.id

    @property
    def leaves(self) -> Decimal:
        """What may still fill."""
        return self.quantity - self.filled

    @property
    def may_fill(self) -> Decimal:
        """What may still fill if the venue works for the larger of its terms and those it was asked for."""
        asked = None if self.pending is None else self.pending.quantity
        return (self.quantity if asked is None else max(self.quantity, from_nano(asked))) - self.filled

    @property
    def is_at_venue(self) -> bool:
        """Whether it is there, or may be; what the engine holds is not."""
        return self.state is not OrderState.NEW

    @property
    def went_off(self) -> bool:
        """Whether the engine has let it go by its price, or does so as soon as it can."""
        return self.reached is not None or self.level is not None

    @property
    def met_its_limit(self) -> bool:
        """Whether it is a stop at the venue that has met its price, and whose limit may keep it from filling."""
        is_stop = self.request.role is Role.STOP and self.request.holder is Holder.VENUE
        return is_stop and self.limit_price is not None and self.reached is not None

    @property
    def average_price(self) -> Decimal | None:
        """Mean price of what has filled, in full precision."""
        return self.value / self.filled if self.filled else None


def order_from(request: OrderRequest, state: OrderState, at: Instant) -> Order:
    """The order that a request becomes when it is recorded."""
    return Order(
        request=request,
        state=state,
        created=at,
        quantity=from_nano(request.quantity),
        limit_price=None if request.limit_price is None else from_nano(request.limit_price),
        stop_price=None if request.stop_price is None else from_nano(request.stop_price),
        updated=at,
    )
