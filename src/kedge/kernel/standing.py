"""How a position stands: what is under way with it, where its ways out are, and who holds them.

It is told from what is open and the open orders of its instrument alone, so a book and a record are asked alike.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from kedge.domain.lifecycle import WORKING_STATES, OrderState, is_final
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Holder, Order, Role
from kedge.domain.positions import PositionState
from kedge.kernel.cover import active_part, is_on_its_way


class CoveredBy(StrEnum):
    """Who closes what is open when it goes wrong."""

    VENUE = "venue"
    ENGINE = "engine"
    BOTH = "both"  # a part each
    EXIT = "exit"  # no stop, but it is on its way out
    PARTLY = "partly"  # a part of it has no way out
    NOBODY = "nobody"


class WayOut(NamedTuple):
    """A stop or target that stands."""

    price: Decimal
    quantity: Decimal
    holder: Holder


class Standing(NamedTuple):
    """Quantities are unsigned; the nearest stop and target come first."""

    state: PositionState
    exiting: Decimal
    at_venue: Decimal
    in_engine: Decimal
    uncovered: Decimal
    covered_by: CoveredBy
    stops: tuple[WayOut, ...]
    targets: tuple[WayOut, ...]
    disaster: WayOut | None = None  # for when the engine is gone; it covers nothing while it lives

    @property
    def stop(self) -> Decimal | None:
        """The price of the stop that the market would reach first."""
        return self.stops[0].price if self.stops else None

    @property
    def target(self) -> Decimal | None:
        """The price of the target that the market would reach first."""
        return self.targets[0].price if self.targets else None


def standing_of(quantity: Decimal, orders: Sequence[Order]) -> Standing:
    """How so much (signed) stands; `orders` are the open ones of its account and instrument."""
    entries = {order.id: order for order in orders if order.request.role is Role.ENTRY}
    exiting = at_venue = in_engine = out_now = ZERO
    stops, targets = [], []
    leaving = False
    disaster = None
    for order in orders:
        request = order.request
        if (request.side.sign > 0) == (quantity > ZERO):
            continue
        active = active_part(order, None if request.parent is None else entries.get(request.parent))
        if request.role is Role.EXIT or is_on_its_way(order):
            exiting += order.leaves
            leaving = True
            if is_on_its_way(order) and order.state is not OrderState.PENDING_CANCEL:
                out_now += order.leaves
        elif request.role is Role.TARGET:
            if active and order.limit_price is not None:
                targets.append(WayOut(order.limit_price, active, request.holder))
        elif request.role is Role.DISASTER:
            if _stands(order) and order.stop_price is not None:
                disaster = WayOut(order.stop_price, order.leaves, request.holder)
        elif active and order.stop_price is not None:
            stops.append(WayOut(order.stop_price, active, request.holder))
            if order.state is OrderState.NEW:
                in_engine += active
            elif _stands(order) and not order.met_its_limit:
                at_venue += active
    open_ = abs(quantity)
    missing = max(open_ - at_venue - in_engine - out_now, ZERO)
    return Standing(
        PositionState.PENDING_EXIT if leaving else PositionState.OPEN,
        min(exiting, open_),
        at_venue,
        in_engine,
        missing,
        _covered_by(open_, at_venue, in_engine, missing),
        tuple(sorted(stops, key=lambda way: way.price, reverse=quantity > ZERO)),
        tuple(sorted(targets, key=lambda way: way.price, reverse=quantity < ZERO)),
        disaster,
    )


def pending_entries(orders: Iterable[Order], held: Iterable[tuple[str, str]]) -> list[Order]:
    """The entries that may still fill where nothing is open; `held` names account and instrument of what is."""
    open_ = set(held)
    return [
        order
        for order in orders
        if order.request.role is Role.ENTRY
        and not is_final(order.state)
        and (order.request.account, order.request.instrument) not in open_
    ]


def _stands(order: Order) -> bool:
    return order.state in (*WORKING_STATES, OrderState.PENDING_REPLACE) and not order.absences


def _covered_by(open_: Decimal, at_venue: Decimal, in_engine: Decimal, missing: Decimal) -> CoveredBy:
    if at_venue >= open_:
        return CoveredBy.VENUE
    if missing:
        return CoveredBy.NOBODY if missing == open_ else CoveredBy.PARTLY
    if at_venue and in_engine:
        return CoveredBy.BOTH
    if in_engine:
        return CoveredBy.ENGINE
    return CoveredBy.VENUE if at_venue else CoveredBy.EXIT
