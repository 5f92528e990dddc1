"""Fees: computed on all that an order has traded so far, so that cutting a fill in parts never costs more."""

from decimal import Decimal

from kedge.domain.numbers import money
from kedge.sim.settings import SimSettings

_PERCENT = Decimal(100)


def order_fee(settings: SimSettings, quantity: Decimal, value: Decimal) -> Decimal:
    """What an order owes in all once it has traded this much, rounded to a billionth."""
    owed = (
        settings.commission_flat
        + settings.commission_per_share * quantity
        + settings.commission_percent * value / _PERCENT
    )
    return money(max(owed, settings.commission_minimum))
