"""What has moved a position, in the order in which it was heard: enough to tell it again with one fill less.

A chapter begins with a fill that finds nothing open. What it came to in money stands beside it, so that a telling can
be held against it. Old chapters are dropped whole; one that grows too long without an end loses its beginning, and is
`cut`.
"""

from decimal import Decimal

import msgspec

from kedge.domain.announcements import Split
from kedge.domain.ids import OrderId, PositionId
from kedge.domain.instants import Instant
from kedge.domain.numbers import ZERO, Nano
from kedge.domain.orders import Execution, Role, Side


class _Part(msgspec.Struct, gc=False, omit_defaults=True, tag=True):
    seq: int  # of the event by which it was counted


class Traded(_Part):
    """A fill, in the shares of the time at which it was heard of."""

    at: Instant
    order: OrderId
    side: Side
    role: Role
    execution: Execution
    strategy: str | None = None
    opened: PositionId | None = None  # the position that it has opened, if it has
    stop: Nano | None = None  # that position's first stop
    entry_stop: Nano | None = None  # of what it has opened or added: the stop of its order


class Divided(_Part):
    """A split, with the rest that was no whole lot and what was paid for it."""

    at: Instant
    split: Split
    rest: Nano = Nano(0)  # signed
    paid: Nano = Nano(0)


class Restated(_Part):
    """An order was counted anew by the split before this."""

    order: OrderId


class Expired(_Part):
    """What was held was settled at this price."""

    at: Instant
    price: Nano


class Dusted(_Part):
    """What was left was too little to be sold, and is counted apart from here on."""

    at: Instant
    quantity: Nano  # signed


class Retaken(_Part):
    """The next fill has sold more than was held: what had been too little before came to it."""

    quantity: Nano  # signed
    cost: Nano
    held: Nano  # beside it


Part = Traded | Divided | Restated | Expired | Dusted | Retaken


class Chapter(msgspec.Struct):
    """From flat to flat, or to what is open now; `flow` is the cash that it moved, `gained` what it gained."""

    parts: list[Part] = []
    flow: Decimal = ZERO
    gained: Decimal = ZERO
    cut: bool = False
