"""Signals: what somebody wants done, before any check."""

from enum import StrEnum

import msgspec

from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import Nano
from kedge.domain.orders import OrderType, TimeInForce
from kedge.domain.protection import WantedStop


class SignalKind(StrEnum):
    """What a signal asks for."""

    ENTRY = "ENTRY"
    EXIT = "EXIT"
    STOP_ADJUSTMENT = "STOP_ADJUSTMENT"
    BUY = "BUY"
    SELL = "SELL"


class Direction(StrEnum):
    """Which way a position profits."""

    LONG = "LONG"
    SHORT = "SHORT"


class WantedOrder(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """How the entry is to be sent; a market order when the signal does not say."""

    type: OrderType = OrderType.MARKET
    limit_price: Nano | None = None
    stop_price: Nano | None = None
    trail_amount: Nano | None = None
    trail_percent: Nano | None = None
    tif: TimeInForce = TimeInForce.DAY


class WantedTarget(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """Where (a part of) the position is to be closed with a gain: at a price, or at so many times its risk."""

    price: Nano | None = None
    pct: Nano = Nano(100_000_000_000)
    at_r: Nano | None = None


class Signal(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """One signal as it reaches the kernel; its edge form is JSON (`kedge.domain.signal_form`)."""

    id: SignalId
    ts: Instant
    account: AccountId
    kind: SignalKind
    instrument: Symbol
    direction: Direction | None = None
    strength: Nano | None = None
    expected_price: Nano | None = None
    quantity: Nano | None = None
    order: WantedOrder = WantedOrder()
    stop: Nano | None = None
    unprotected: bool = False  # "stop": "none"
    targets: tuple[WantedTarget, ...] = ()
    strategy: str | None = None
    reason: str | None = None
    metadata: dict[str, str] = {}
    stop_by: WantedStop | None = None  # a method, in place of a price and of the account's
    pct: Nano | None = None  # of an exit: how much of what is open it closes, in place of a quantity
    pnl: Nano | None = None  # of an exit: what its sender thinks the trade has made


class Outcome(StrEnum):
    """How a signal ended: exactly one for each."""

    ORDERED = "ORDERED"  # an order was recorded and sent
    ADJUSTED = "ADJUSTED"  # a stop was moved
    REFUSED = "REFUSED"  # a gate said no; its code says why
    HELD = "HELD"  # it waits for a person's approval, and is judged again then
    QUEUED = "QUEUED"  # it waits for the market to open, and is judged again then
