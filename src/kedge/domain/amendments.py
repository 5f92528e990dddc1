"""The events of fills that a venue has annulled or corrected, and of what their positions have become by that."""

import msgspec

from kedge.domain.ids import AccountId, OrderId, PositionId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano
from kedge.domain.orders import Execution
from kedge.domain.recorded import Recorded
from kedge.domain.signals import Direction


class FillBusted(Recorded, frozen=True, tag="FillBusted.1"):
    """A fill never was; the order's figures are what holds after. `was`: as it had been counted, if it had been."""

    order: OrderId
    execution: str
    reason: str
    state: OrderState
    filled: Nano
    was: Execution | None = None


class FillCorrected(Recorded, frozen=True, tag="FillCorrected.1"):
    """A fill was another one; the order's figures are what holds after.

    `was` and `now`: as it had been counted and as it counts now; without them it is only known to be corrected, and
    the fill follows.
    """

    order: OrderId
    execution: str
    revision: int
    state: OrderState
    filled: Nano
    was: Execution | None = None
    now: Execution | None = None


class AmendmentUnsettled(Recorded, frozen=True, tag="AmendmentUnsettled.1"):
    """A fill was annulled (without `corrected`) or corrected, and what follows cannot be worked out any more."""

    order: OrderId
    execution: str
    why: str
    corrected: Execution | None = None
    revision: int = 0


class Opening(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """Which fill has opened which position, by the fill's place in the chapters that were told again."""

    part: int
    position: PositionId
    stop: Nano | None = None


class Holding(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """All figures of an open position."""

    position: PositionId
    opened: Instant
    entry_order: OrderId
    quantity: Nano
    cost: Nano
    realised: Nano
    fees: Nano
    entered: Nano
    entry_value: Nano
    exit_value: Nano
    stop: Nano | None = None
    waived: bool = False
    risk: Nano | None = None
    adds: tuple[OrderId, ...] = ()


class PositionRestated(Recorded, frozen=True, tag="PositionRestated.1"):
    """What is open, and the account's money, as if the fill had been from the first what it is now.

    `gone` are positions that never were. The last `chapters` of the instrument's story are one from here on, which
    came to `flow` in cash and `gained`.
    """

    account: AccountId
    instrument: Symbol
    order: OrderId
    cash: Nano
    realised: Nano
    fees: Nano
    chapters: int
    flow: Nano
    gained: Nano
    holding: Holding | None = None
    gone: tuple[PositionId, ...] = ()
    openings: tuple[Opening, ...] = ()
    minted: int = 0


class TradeAnnulled(Recorded, frozen=True, tag="TradeAnnulled.1"):
    """A round trip that was recorded never was, or was another one: then a `TradeRestated` follows."""

    position: PositionId
    account: AccountId
    instrument: Symbol
    order: OrderId
    pnl: Nano
    strategy: str | None = None


class TradeRestated(Recorded, frozen=True, tag="TradeRestated.1"):
    """A round trip as it was after all."""

    position: PositionId
    account: AccountId
    instrument: Symbol
    order: OrderId  # by whose fill this was found out
    direction: Direction
    opened: Instant
    closed: Instant
    entry_order: OrderId
    quantity: Nano
    entry_price: Nano
    exit_price: Nano
    pnl: Nano
    fees: Nano
    exit_reason: str
    exit_order: OrderId | None = None
    strategy: str | None = None
    stop: Nano | None = None
    risk: Nano | None = None
    adds: int = 0
