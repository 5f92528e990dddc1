"""Whether an account can pay for what it wants to buy, with all that its open orders may still cost."""

from decimal import Decimal

from msgspec.structs import replace

from kedge.domain.numbers import ZERO, Nano, from_nano, plain
from kedge.domain.orders import OrderRequest, Side
from kedge.sim.fees import order_fee
from kedge.sim.floor import Floor
from kedge.sim.market import Market
from kedge.sim.ticket import Place, Ticket


def fault_in_funds(floor: Floor, request: OrderRequest) -> str:
    """The reason when cash does not cover an order."""
    price = request.limit_price if request.limit_price is not None else request.stop_price
    ticks = None if price is None else price // floor.markets[request.instrument].tick
    return shortage(floor, request, request.quantity, ticks)


def affordable(floor: Floor, request: OrderRequest) -> Nano:
    """How much of an order the account's cash covers, in whole lots."""
    lot = floor.markets[request.instrument].lot
    enough, short = 0, request.quantity // lot + 1
    while short - enough > 1:
        middle = (enough + short) // 2
        smaller = replace(request, quantity=Nano(middle * lot))
        if fault_in_funds(floor, smaller):
            short = middle
        else:
            enough = middle
    return Nano(enough * lot)


def shortage(floor: Floor, request: OrderRequest, quantity: int, ticks: int | None, ignored: int = 0) -> str:
    """The reason when cash does not cover this quantity at this price, order number `ignored` left out.

    Only buying more of what settles in full has to be paid for; buying back what was sold short never is refused.
    A market order counts at the last price known; without one nothing can be said against it.
    """
    market = floor.markets[request.instrument]
    if not floor.settings.check_cash or not market.instrument.settles_in_full:
        return ""
    if request.side is Side.SELL or request.reduce_only:
        return ""
    ledger = floor.ledgers[request.account]
    opening = quantity - min(quantity, max(-ledger.held(request.instrument), 0))
    price = ticks if ticks is not None else _last_ask(market)
    if not opening or price is None:
        return ""
    value = market.value(opening, price)
    cost = value + order_fee(floor.settings, from_nano(Nano(opening)), value)
    free = ledger.cash - _reserved(floor, request, ignored)
    return f"insufficient cash: {plain(cost)} needed, {plain(free)} free" if cost > free else ""


def _reserved(floor: Floor, request: OrderRequest, ignored: int) -> Decimal:
    """What the account's other open buys may cost; of a pair only the dearer one can."""
    single, pairs = ZERO, dict[int, Decimal]()
    for ticket in floor.open[request.account].values():
        if ticket.number == ignored or not ticket.buys or ticket.request.reduce_only:
            continue
        cost = _cost(floor, ticket)
        group = floor.groups.get(ticket.group)
        if group is not None and group.entry is None:
            pairs[ticket.group] = max(pairs.get(ticket.group, ZERO), cost)
        else:
            single += cost
    return single + sum(pairs.values(), ZERO)


def _cost(floor: Floor, ticket: Ticket) -> Decimal:
    market = floor.market_of(ticket)
    if ticket.place is Place.HELD or not market.instrument.settles_in_full:
        return ZERO
    price = ticket.limit or ticket.stop or _last_ask(market)
    return market.value(ticket.leaves, price) if price else ZERO


def _last_ask(market: Market) -> int | None:
    pair = market.last_pair()
    return None if pair is None else pair.ask or None
