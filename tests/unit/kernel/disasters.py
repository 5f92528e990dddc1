"""A position at a venue that could hold its stop, which the engine holds; driven by hand."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tests.builders import (
    ALPHA,
    NO_REPLACE,
    RESTING,
    SPY,
    Desk,
    account,
)

from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Holder, Order, Role

D = Decimal
S = OrderState
# The venue could hold all exits, and keeps them from turning a position over; or keeps nothing from anything.
REDUCING = Capabilities(hold=Holder.ENGINE)
PLAIN = replace(RESTING, hold=Holder.ENGINE)
FIXED = replace(NO_REPLACE, hold=Holder.ENGINE)
EVERY = pytest.mark.parametrize("able", [REDUCING, PLAIN, FIXED], ids=["reducing", "plain", "fixed"])


def opened(open_desk: Callable[..., Desk], able: Capabilities = PLAIN, **terms: Any) -> Desk:
    return open_desk(account(capabilities=able, **terms))


def disasters(desk: Desk) -> list[Order]:
    """The disaster stops that may still trade."""
    orders = desk.book.state.open_orders(ALPHA, SPY.symbol)
    return [order for order in orders if order.request.role is Role.DISASTER]


def last(desk: Desk) -> Order:
    """The disaster stop that was sent last."""
    return [order for order in desk.book.state.orders.values() if order.request.role is Role.DISASTER][-1]


def held_long(desk: Desk, filled: int = 10, **wanted: Any) -> list[OrderId]:
    """A long position of ten at 100, stopped at 95 by the engine, with a disaster stop that the venue has."""
    orders = desk.enter(filled=filled, **wanted)
    desk.accept(last(desk).id)
    return orders
