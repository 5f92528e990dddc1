"""Replacing an order: which new terms are refused, and what the order becomes."""

from kedge.domain.orders import OrderType, Terms
from kedge.sim.admission import fault_in_price, fault_in_quantity
from kedge.sim.floor import Floor
from kedge.sim.funds import shortage
from kedge.sim.settling import settle
from kedge.sim.ticket import Place, Ticket
from kedge.sim.trading import arrive

_WITH_LIMIT = (OrderType.LIMIT, OrderType.STOP_LIMIT)


def fault_in_replace(floor: Floor, ticket: Ticket, terms: Terms) -> str:
    """Why an order cannot take these terms, if it cannot."""
    if not floor.settings.abilities.replace:
        return "orders cannot be changed here"
    if not ticket.is_open:
        return f"already {ticket.state.lower()}"
    if terms == Terms():
        return "nothing to replace"
    return _fault_in_terms(floor, ticket, terms) or _fault_in_cost(floor, ticket, terms)


def put_terms(floor: Floor, ticket: Ticket, terms: Terms) -> None:
    """Give an order its new terms; at a new price it meets the market anew."""
    market = floor.markets[ticket.request.instrument]
    rests = ticket.place is Place.RESTING
    if rests:
        market.book.take(ticket)
    if terms.quantity is not None:
        ticket.quantity = terms.quantity
    if terms.limit_price is not None:
        ticket.limit = terms.limit_price // market.tick
    if terms.stop_price is not None:
        ticket.stop = terms.stop_price // market.tick
    if terms.limit_price is not None or terms.stop_price is not None:
        ticket.since = floor.now
    if rests:
        market.book.put(ticket)
        arrive(floor, ticket)
    floor.unsettled.append(ticket)
    settle(floor)


def _fault_in_terms(floor: Floor, ticket: Ticket, terms: Terms) -> str:
    instrument = floor.markets[ticket.request.instrument].instrument
    kind = ticket.request.type
    if terms.quantity is not None:
        if terms.quantity <= ticket.filled:
            return "quantity must be above what has filled"
        if fault := fault_in_quantity(terms.quantity, instrument):
            return fault
    if terms.limit_price is not None:
        if kind not in _WITH_LIMIT:
            return f"a {kind} order has no limit_price"
        if fault := fault_in_price("limit_price", terms.limit_price, instrument):
            return fault
    if terms.stop_price is not None:
        if not ticket.is_stop:
            return f"a {kind} order has no stop_price"
        if ticket.triggered:
            return "the stop is already triggered"
        return fault_in_price("stop_price", terms.stop_price, instrument)
    return ""


def _fault_in_cost(floor: Floor, ticket: Ticket, terms: Terms) -> str:
    if ticket.place is Place.HELD:
        return ""
    market = floor.markets[ticket.request.instrument]
    quantity = ticket.quantity if terms.quantity is None else terms.quantity
    limit = ticket.limit if terms.limit_price is None else terms.limit_price // market.tick
    stop = ticket.stop if terms.stop_price is None else terms.stop_price // market.tick
    price = limit if limit is not None else stop
    return shortage(floor, ticket.request, quantity - ticket.filled, price, ignored=ticket.number)
