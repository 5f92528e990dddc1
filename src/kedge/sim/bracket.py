"""Brackets and pairs: how much of each leg may work, as arithmetic on quantities.

A group has a pool: what its legs may still trade. For a bracket it is what the entry has filled, for a pair of two
stand-alone orders it is their quantity, in both cases less what the legs have traded. Since each leg works for no
more than the pool, the legs together never trade more than was there to be closed; that is all of one-cancels-other.
"""

from collections.abc import Sequence

import msgspec

from kedge.domain.ids import OrderId
from kedge.sim.ticket import Ticket


class Group(msgspec.Struct, frozen=True):
    """Linked orders; a pair has no entry."""

    entry: OrderId | None
    legs: tuple[OrderId, ...]
    whole: int = 0  # quantity of a pair


def pool(group: Group, entry: Ticket | None, legs: Sequence[Ticket]) -> int:
    """What the legs may trade now."""
    base = group.whole if entry is None else entry.counted
    return base - sum(leg.counted for leg in legs)


def prospect(group: Group, entry: Ticket | None, legs: Sequence[Ticket]) -> int:
    """What the legs may come to trade if the entry fills in full."""
    if entry is not None and entry.is_open:
        return entry.quantity - sum(leg.counted for leg in legs)
    return pool(group, entry, legs)
