"""What a venue says of an account as a whole, divided among those here that share it.

Each has its whole lots. A lot that their fractions make together goes to the largest fraction, then to the next; what
was paid for the rest is divided by what each has given up for it, in whole cents, and the largest part takes what is
left over.
"""

from collections.abc import Sequence
from decimal import Decimal

from kedge.domain.numbers import ZERO, down_to

_CENT = Decimal("0.01")


def in_lots(exact: Sequence[Decimal], total: Decimal, lot: Decimal) -> list[Decimal] | None:
    """How much of `total` each has that would have `exact`; None when it cannot be told. All are signed."""
    if total == sum(exact, ZERO) and total % lot:
        return list(exact)  # the venue keeps fractions
    shares = [down_to(abs(each), lot).copy_sign(each) for each in exact]
    left = total - sum(shares, ZERO)
    lots = abs(left) / lot
    fractions = [each - share for each, share in zip(exact, shares, strict=True)]
    entitled = sorted(
        (index for index, fraction in enumerate(fractions) if fraction * left > ZERO),
        key=lambda index: -abs(fractions[index]),
    )
    if lots % 1 or lots > len(entitled):
        return None
    for index in entitled[: int(lots)]:
        shares[index] += lot.copy_sign(left)
    return shares


def money(paid: Decimal, parts: Sequence[Decimal]) -> list[Decimal]:
    """So much money in proportion to the parts; those below zero get none. To the last digit it is all of it."""
    counted = [max(part, ZERO) for part in parts]
    whole = sum(counted, ZERO)
    if not whole:
        return [ZERO] * len(counted)
    shares = [down_to(paid * part / whole, _CENT) for part in counted]
    shares[counted.index(max(counted))] += paid - sum(shares, ZERO)
    return shares
