"""Settling: what a trade or an end leads to for other orders, done to the end before the next order is looked at.

Exits of a bracket become active for what their entry has filled, shrink by what a sibling has traded and end when
nothing is left for them; reduce-only orders end when there is no position left to reduce.
"""

from kedge.domain.ids import AccountId, Symbol
from kedge.domain.inputs import VenueReplaced
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano
from kedge.domain.orders import Terms
from kedge.sim.bracket import Group, pool, prospect
from kedge.sim.floor import Floor
from kedge.sim.ticket import Place, Ticket
from kedge.sim.trading import arrive, cancel

_NOTHING_LEFT = "nothing left to reduce"


def settle(floor: Floor) -> None:
    """Follow up on everything unsettled, and on what that leads to."""
    while floor.unsettled:
        touched = []
        while floor.unsettled:  # linked orders first: they know better why they end
            ticket = floor.unsettled.pop(0)
            touched.append(ticket)
            group = floor.groups.get(ticket.group)
            if group is not None:
                settle_group(floor, ticket.group, group)
        for ticket in touched:
            if ticket.executions:
                _end_idle(floor, ticket)


def run_due(floor: Floor, until: Instant) -> None:
    """Let all orders arrive that are due before or at this time."""
    while (at := floor.next_due) <= until:
        ticket = floor.pop_due()
        floor.now = floor.trading_at = max(floor.now, at)
        if ticket.place in (Place.COMING, Place.RESTING):
            arrive(floor, ticket)
            settle(floor)


def settle_group(floor: Floor, number: int, group: Group) -> None:
    """Give each leg of a group the quantity that it may work for now."""
    entry, legs = floor.entry_of(group), floor.legs_of(group)
    room = prospect(group, entry, legs)
    for leg in legs:
        if leg.is_open and leg.leaves > room:
            _shrink(floor, leg, room, entry)
    for leg in legs:
        active = pool(group, entry, legs) > 0
        if leg.place is Place.HELD and active:
            leg.since = leg.works_from = floor.trading_at
            arrive(floor, leg)
        elif leg.place is Place.RESTING and not active:
            floor.hold(leg)
        elif leg.place is Place.RESTING and floor.is_idle(leg):
            cancel(floor, leg, _NOTHING_LEFT)
    if not any(leg.is_open for leg in legs):
        floor.groups.pop(number, None)


def _shrink(floor: Floor, leg: Ticket, room: int, entry: Ticket | None) -> None:
    """Take from a leg what it can no longer trade."""
    if room > 0:
        leg.quantity = leg.filled + room
        terms = Terms(quantity=Nano(leg.quantity))
        floor.out.append(VenueReplaced(at=floor.now, order=leg.request.id, terms=terms))
    elif entry is not None and not entry.filled:
        was_annulled = entry.state is OrderState.FILLED
        cancel(floor, leg, "the entry was annulled" if was_annulled else f"entry {entry.state.lower()}")
    else:
        cancel(floor, leg, "oco")


def _end_idle(floor: Floor, traded: Ticket) -> None:
    """After a trade that closed or turned a position, end the reduce-only orders that it has left idle."""
    account, symbol = traded.request.account, traded.request.instrument
    held = floor.ledgers[account].held(symbol)
    turned = (held > 0) == traded.buys and abs(held) < traded.executions[-1].quantity
    if abs(held) < floor.market_of(traded).lot or turned:
        end_idle(floor, account, symbol)


def end_idle(floor: Floor, account: AccountId, symbol: Symbol) -> None:
    """End the reduce-only orders that have nothing to reduce."""
    for ticket in list(floor.open[account].values()):
        works = ticket.place in (Place.RESTING, Place.OPENING, Place.CLOSING)
        if works and ticket.request.instrument == symbol and floor.is_idle(ticket):
            cancel(floor, ticket, _NOTHING_LEFT)
