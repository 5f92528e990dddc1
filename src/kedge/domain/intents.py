"""What an order serves. A venue's no ends the order; the intent may be tried again by another one."""

import msgspec

from kedge.domain.ids import OrderId, PositionId
from kedge.domain.instants import NEVER, Instant
from kedge.domain.numbers import Nano


class Intent(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """One intent has one live order at most; those that were rejected before it are told by `after`."""

    until: Instant = NEVER  # of an entry: from then on its signal is too old to be acted on
    reference: Nano | None = None  # of an entry: the price at which it was expected to fill
    promised: Nano | None = None  # of an entry: the price that its signal expected
    position: PositionId | None = None  # of an exit: what it is to close
    attempt: int = 0  # 0 for the first order
    waits: int = 0  # how often it was to wait for its market or its venue, which is no attempt
    after: OrderId | None = None  # the rejected order before this one
