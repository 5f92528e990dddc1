"""Chance without a generator's state: every decision has a generator of its own, seeded by what is decided.

So nothing has to be saved to go on after a restart, and what happens to one order never depends on how many others
came before it. Text seeds go through SHA-512, so they do not depend on the process's hash seed.
"""

from decimal import Decimal
from random import Random

from kedge.domain.ids import OrderId

_WHOLE = 2**53


def happens(rate: Decimal, seed: int, what: str, order: OrderId, turn: int = 0) -> bool:
    """Whether something of this rate happens to the order at its turn."""
    if not rate:
        return False
    return bits(seed, what, order, turn) >> 11 < int(rate * _WHOLE)


def pick(count: int, seed: int, what: str, order: OrderId, turn: int = 0) -> int:
    """One of the numbers 1 to `count`."""
    return bits(seed, what, order, turn) % count + 1


def bits(seed: int, what: str, key: str, turn: int) -> int:
    """64 random bits that belong to this decision alone."""
    return Random(f"{seed}/{what}/{key}/{turn}").getrandbits(64)
