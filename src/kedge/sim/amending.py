"""Trades that are annulled or corrected after they were told: the order, the account and the exits that hang on both.

An order that is over stays over: what a bust takes off it is not traded again. One that still works works for it.
"""

from msgspec.structs import replace

from kedge.domain.ids import OrderId
from kedge.domain.inputs import VenueBusted, VenueCorrected, VenueSettled
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano, from_nano, on_grid
from kedge.domain.orders import Execution
from kedge.sim.accounts import Ledger, Settlement
from kedge.sim.errors import AmendmentError
from kedge.sim.fees import order_fee
from kedge.sim.floor import Floor
from kedge.sim.retelling import amended, filled, retold
from kedge.sim.settling import end_idle, settle
from kedge.sim.ticket import Ticket


def bust(floor: Floor, order: OrderId, execution: str, reason: str) -> None:
    """Annul a trade; raises `AmendmentError` and does nothing where that cannot be."""
    ticket, was = find(floor, order, execution)
    ledger = _books_after(floor, ticket, was, None)
    report = VenueBusted(at=floor.now, order=order, execution=execution, reason=reason)
    _amend(floor, ticket, was, None, ledger, report)


def correct(floor: Floor, order: OrderId, now: Execution) -> None:
    """Change a trade's price, quantity or fee; raises `AmendmentError` and does nothing where that cannot be."""
    ticket, was = find(floor, order, now.id)
    instrument = floor.market_of(ticket).instrument
    if now.quantity <= 0 or not on_grid(from_nano(now.quantity), instrument.lot):
        raise AmendmentError("the quantity has to be above 0 and a multiple of the lot")
    if now.price <= 0 or not on_grid(from_nano(now.price), instrument.tick):
        raise AmendmentError("the price has to be above 0 and on the tick")
    ledger = _books_after(floor, ticket, was, now)
    if filled(ledger.deeds, order) > ticket.quantity:
        raise AmendmentError("that is more than the order was for")
    told = [each for each in floor.amendments if (each.order, each.execution) == (order, now.id)]
    report = VenueCorrected(
        at=floor.now, order=order, execution=now.id, corrected=now, revision=len(told) + 1
    )
    _amend(floor, ticket, was, now, ledger, report)


def find(floor: Floor, order: OrderId, execution: str) -> tuple[Ticket, Execution]:
    """The order and the trade; raises `AmendmentError` when there is none."""
    ticket = floor.tickets.get(order)
    if ticket is None:
        raise AmendmentError(f"there is no order {order}")
    for done in ticket.executions:
        if done.id == execution:
            return ticket, done
    raise AmendmentError(f"order {order} has no trade {execution}")


def _books_after(floor: Floor, ticket: Ticket, was: Execution, now: Execution | None) -> Ledger:
    ledger = floor.ledgers[ticket.request.account]
    instruments = {symbol: market.instrument for symbol, market in floor.markets.items()}
    return retold(ledger, instruments, amended(ledger.deeds, ticket.request.id, was.id, now))


def _amend(
    floor: Floor,
    ticket: Ticket,
    was: Execution,
    now: Execution | None,
    ledger: Ledger,
    report: VenueBusted | VenueCorrected,
) -> None:
    account = ticket.request.account
    floor.ledgers[account] = ledger
    if not ticket.is_open:  # saved states share the orders that are over, for nothing else changes them
        ticket = floor.tickets[ticket.request.id] = replace(ticket)
    _recount(floor, ticket, was, now)
    floor.amendments.append(report)
    floor.out.append(report)
    _tell_settlements(floor, ticket)
    floor.unsettled.append(ticket)
    settle(floor)
    for market in floor.markets.values():
        if not ledger.held(market.instrument.symbol):
            end_idle(floor, account, market.instrument.symbol)
    settle(floor)


def _recount(floor: Floor, ticket: Ticket, was: Execution, now: Execution | None) -> None:
    market, order = floor.market_of(ticket), ticket.request.id
    deeds = floor.ledgers[ticket.request.account].deeds
    kept = [each if each.id != was.id else now for each in ticket.executions]
    ticket.executions = tuple(each for each in kept if each is not None)
    ticket.value -= market.value(was.quantity, was.price // market.tick)
    ticket.filled = filled(deeds, order)
    if ticket.restated is not None:
        ticket.restated = filled(deeds, order, always=True)
    if now is not None:
        ticket.value += market.value(now.quantity, now.price // market.tick)
    if ticket.splits:
        ticket.fee = order_fee(floor.settings, from_nano(Nano(ticket.filled)), ticket.value)
    else:
        ticket.fee -= from_nano(was.fee) - (from_nano(now.fee) if now is not None else 0)
    if not ticket.is_open:
        return
    ticket.state = OrderState.PARTIALLY_FILLED if ticket.filled else OrderState.ACCEPTED
    if not ticket.leaves:
        floor.leave(ticket)
        ticket.state = OrderState.FILLED


def _tell_settlements(floor: Floor, ticket: Ticket) -> None:
    """What a bust brings back of a contract that has expired is settled as all the rest was."""
    account = ticket.request.account
    ledger, symbol = floor.ledgers[account], ticket.request.instrument
    for place, deed in enumerate(ledger.deeds):
        if not isinstance(deed, Settlement) or deed.symbol != symbol or deed.told:
            continue
        instruments = {name: market.instrument for name, market in floor.markets.items()}
        held = retold(ledger, instruments, ledger.deeds[:place]).held(symbol)
        if held:
            ledger.deeds[place] = replace(deed, told=True)
            floor.tell_change(
                VenueSettled(
                    at=floor.now,
                    id=floor.change_id(),
                    account=account,
                    instrument=symbol,
                    quantity=Nano(held),
                    price=deed.price,
                )
            )
