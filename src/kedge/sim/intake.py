"""Taking orders in: all that belongs to one request is accepted together or refused together."""

from collections.abc import Sequence
from typing import NamedTuple

from kedge.domain.ids import OrderId
from kedge.domain.inputs import VenueAccepted, VenueRejected
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano
from kedge.domain.orders import OrderRequest
from kedge.domain.refusals import RejectKind
from kedge.sim import chance
from kedge.sim.admission import fault_in_order
from kedge.sim.bracket import Group
from kedge.sim.errors import DuplicateOrderError
from kedge.sim.expiry import EXPIRED, is_expired
from kedge.sim.floor import Floor
from kedge.sim.funds import affordable, fault_in_funds
from kedge.sim.settling import settle
from kedge.sim.ticket import Place, Ticket
from kedge.sim.trading import arrive


class Refusal(NamedTuple):
    """The exchange's no."""

    reason: str
    kind: RejectKind
    fits: Nano | None = None  # the quantity that would be taken


def refuse_duplicates(floor: Floor, requests: Sequence[OrderRequest]) -> None:
    """Raise when an id was used before."""
    seen: dict[OrderId, None] = {}
    for request in requests:
        if request.id in floor.tickets or request.id in seen:
            raise DuplicateOrderError(request.id)
        seen[request.id] = None


def fault_in_orders(floor: Floor, requests: Sequence[OrderRequest]) -> str:
    """What is wrong with any of the orders taken by itself."""
    for request in requests:
        market = floor.markets.get(request.instrument)
        if request.account not in floor.ledgers:
            return f"unknown account {request.account}"
        if market is None:
            return f"unknown instrument {request.instrument}"
        if is_expired(floor, market):
            return EXPIRED
        fault = fault_in_order(request, market.instrument) or floor.settings.abilities.fault_in(request)
        if fault:
            return fault
    return ""


def refuse_late(floor: Floor, requests: Sequence[OrderRequest]) -> None:
    """Refuse a request that comes too late to be meant; its ids stay unknown."""
    for request in requests:
        late = VenueRejected(at=floor.now, order=request.id, reason="request too old", kind=RejectKind.LATE)
        floor.out.append(late)


def reject(
    floor: Floor, requests: Sequence[OrderRequest], fault: str, paying: Sequence[OrderRequest]
) -> bool:
    """Reject all orders of a request when there is a fault, no cash for the paying ones, or bad luck."""
    refusal = _refusal(floor, requests, fault, paying)
    if refusal is None:
        return False
    for request in requests:
        ticket = _ticket(floor, request)
        ticket.place, ticket.state, ticket.reason = Place.DONE, OrderState.REJECTED, refusal.reason
        floor.tickets[request.id] = ticket
        floor.out.append(
            VenueRejected(
                at=floor.now,
                order=request.id,
                reason=refusal.reason,
                kind=refusal.kind,
                fits=refusal.fits if request is requests[0] else None,
            )
        )
    return True


def _refusal(
    floor: Floor, requests: Sequence[OrderRequest], fault: str, paying: Sequence[OrderRequest]
) -> Refusal | None:
    if fault:
        return Refusal(fault, RejectKind.CONTRACT if fault == EXPIRED else RejectKind.INVALID)
    for request in paying:
        if short := fault_in_funds(floor, request):
            return Refusal(short, RejectKind.FUNDS, affordable(floor, request))
    if chance.happens(floor.settings.reject_rate, floor.seed, "reject", requests[0].id):
        return Refusal("rejected by chance", RejectKind.BUSY)
    return None


def accept(floor: Floor, requests: Sequence[OrderRequest]) -> list[Ticket]:
    """Take orders onto the floor."""
    tickets = [_ticket(floor, request) for request in requests]
    for ticket in tickets:
        floor.tickets[ticket.request.id] = ticket
        floor.track(ticket)
        venue_order_id = venue_order_id_of(floor, ticket)
        floor.out.append(VenueAccepted(at=floor.now, order=ticket.request.id, venue_order_id=venue_order_id))
    return tickets


def link(floor: Floor, entry: Ticket | None, legs: Sequence[Ticket]) -> None:
    """Make a bracket of an entry and its exits, or a pair of two orders without an entry."""
    number = legs[0].number if entry is None else entry.number
    for ticket in legs:
        ticket.group = number
        if entry is not None:
            ticket.place = Place.HELD
    whole = legs[0].quantity
    if entry is not None:
        entry.group, whole = number, 0
    by_kind = sorted(legs, key=lambda leg: (not leg.is_stop, leg.number))  # stops are looked at first
    order = None if entry is None else entry.request.id
    floor.groups[number] = Group(order, tuple(leg.request.id for leg in by_kind), whole)


def send_in(floor: Floor, tickets: Sequence[Ticket]) -> None:
    """Let accepted orders go to the market, at once or after the delay."""
    for ticket in tickets:
        if not ticket.is_open:
            continue  # the first of a pair has traded at once
        if floor.settings.fill_delay:
            floor.schedule(ticket, ticket.works_from)
        else:
            arrive(floor, ticket)
            settle(floor)


def venue_order_id_of(floor: Floor, ticket: Ticket) -> str:
    """The exchange's own id of an order."""
    return f"{floor.name}-{ticket.number}"


def _ticket(floor: Floor, request: OrderRequest) -> Ticket:
    floor.orders_seen += 1
    market = floor.markets.get(request.instrument)
    tick = market.tick if market is not None else 1
    return Ticket(
        request=floor.settings.abilities.as_taken(request),
        number=floor.orders_seen,
        since=floor.now,
        works_from=Instant(floor.now + floor.settings.fill_delay),
        quantity=request.quantity,
        limit=None if request.limit_price is None else request.limit_price // tick,
        stop=None if request.stop_price is None else request.stop_price // tick,
        trail=None if request.trail_amount is None else request.trail_amount // tick,
    )
