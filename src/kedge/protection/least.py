"""Parts that a venue would not take by themselves are closed with another one."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from kedge.domain.numbers import ZERO
from kedge.protection.targets import Target

IsTooSmall = Callable[[Decimal], bool]


def large_enough(targets: Sequence[Target], quantity: Decimal, is_too_small: IsTooSmall) -> list[Target]:
    """One that is too small goes with the next, the last with the one before; what would be left goes with the last."""
    merged: list[Target] = []
    carried = ZERO
    for target in targets:
        part = target.quantity + carried
        if is_too_small(part):
            carried = part
        else:
            merged.append(Target(target.price, part))
            carried = ZERO
    left = quantity - sum((target.quantity for target in merged), ZERO)
    if merged and left > ZERO and (carried or is_too_small(left)):
        more = left if is_too_small(left - carried) else carried
        merged[-1] = Target(merged[-1].price, merged[-1].quantity + more)
    if not merged and targets:
        return [Target(targets[-1].price, quantity)]
    return merged
