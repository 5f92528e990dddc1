"""Trading: what one order does at one price. An order *arrives*, *meets* a price, *trades*, is *ended*.

Nothing here looks at other orders. What a trade or an end leads to elsewhere is left in `floor.unsettled`, and
`settling.settle` does it before the next order is looked at.
"""

from decimal import Decimal

from kedge.domain.inputs import VenueCancelled, VenueExpired, VenueFilled
from kedge.domain.instants import Instant
from kedge.domain.instruments import AssetClass
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import NANO, Nano, down_to, from_nano, to_nano
from kedge.domain.orders import Execution, TimeInForce
from kedge.sim import chance
from kedge.sim.fees import order_fee
from kedge.sim.floor import Floor
from kedge.sim.market import Inside, Market
from kedge.sim.prices import Pair, reaches_stop, slipped, within_limit
from kedge.sim.settings import CommissionIn, LimitFill
from kedge.sim.ticket import Place, Ticket
from kedge.sim.trailing import start

_PARTS_MAX = 4  # a fill that chance cuts comes in at most so many parts
_FOR_THE_OPEN_OR_CLOSE = {TimeInForce.ON_OPEN: Place.OPENING, TimeInForce.ON_CLOSE: Place.CLOSING}


def arrive(floor: Floor, ticket: Ticket) -> None:
    """Let an order work: rest it where it belongs, and let it meet the prices that stand."""
    market = floor.market_of(ticket)
    if ticket.place is not Place.RESTING:
        if floor.is_idle(ticket):
            cancel(floor, ticket, "nothing left to reduce")
            return
        if waiting := _FOR_THE_OPEN_OR_CLOSE.get(ticket.request.tif):
            ticket.place = waiting
            return
        if ticket.is_immediate and not market.tape.open:
            cancel(floor, ticket, "the market is closed")
            return
        floor.rest(ticket)
    if market.inside is not None:
        _meet_inside(floor, ticket, market, market.inside)
        return
    pair = market.standing(ticket.since)
    start(ticket, market, pair)
    if pair is not None:
        meet(floor, ticket, pair, taking=market.tape.quoted)


def meet(floor: Floor, ticket: Ticket, pair: Pair, *, taking: bool = False) -> None:
    """Let a resting order meet a price: trigger it, trade it, or leave it.

    `taking`: the price stands there to be taken, so that touching a limit is enough.
    """
    if ticket.place is not Place.RESTING:
        return
    price = pair.ask if ticket.buys else pair.bid
    if ticket.waits_for_trigger:
        if not price or ticket.stop is None or not reaches_stop(price, ticket.stop, buys=ticket.buys):
            return
        _trigger(floor, ticket)
        taking = True
    margin = 0 if taking or floor.settings.limit_fill is LimitFill.TOUCH else 1
    if not price:
        pass
    elif ticket.limit is None:
        trade(floor, ticket, slipped(price, buys=ticket.buys, bps=floor.settings.slippage_bps))
    elif within_limit(price, ticket.limit, buys=ticket.buys, margin=margin):
        trade(floor, ticket, price)
    if ticket.is_open and ticket.is_immediate:
        _end_immediate(floor, ticket)


def trade(
    floor: Floor, ticket: Ticket, ticks: int, *, at_most: int | None = None, auction: bool = False
) -> None:
    """Execute as much as may be executed at this price; an auction knows no sizes and no chance."""
    market = floor.market_of(ticket)
    quantity = _tradable(floor, ticket, market, at_most=at_most, auction=auction)
    if quantity <= 0:
        return
    part = quantity if auction else _cut(floor, ticket, market, quantity)
    _execute(floor, ticket, market, part, ticks)
    if not auction:
        market.take_size(part, buys=ticket.buys)
    if not ticket.leaves:
        floor.leave(ticket)
        ticket.state = OrderState.FILLED
    elif part < quantity and floor.settings.fill_delay:  # the rest comes by itself
        floor.schedule(ticket, Instant(floor.now + floor.settings.fill_delay))
    floor.unsettled.append(ticket)


def cancel(floor: Floor, ticket: Ticket, reason: str) -> None:
    """End an order as cancelled."""
    _end(floor, ticket, OrderState.CANCELLED, reason)
    floor.out.append(
        VenueCancelled(at=floor.now, order=ticket.request.id, reason=reason, filled=Nano(ticket.filled))
    )


def expire(floor: Floor, ticket: Ticket, reason: str) -> None:
    """End an order because its time is over."""
    _end(floor, ticket, OrderState.EXPIRED, reason)
    floor.out.append(
        VenueExpired(at=floor.now, order=ticket.request.id, reason=reason, filled=Nano(ticket.filled))
    )


def _end(floor: Floor, ticket: Ticket, state: OrderState, reason: str) -> None:
    floor.leave(ticket)
    ticket.state, ticket.reason = state, reason
    floor.unsettled.append(ticket)


def _end_immediate(floor: Floor, ticket: Ticket) -> None:
    if ticket.request.tif is TimeInForce.ON_OPEN:
        expire(floor, ticket, "not filled at the open")
    else:
        cancel(floor, ticket, str(ticket.request.tif))


def _trigger(floor: Floor, ticket: Ticket) -> None:
    """Turn a stop into the order that it was meant to become."""
    book = floor.market_of(ticket).book
    book.take(ticket)
    ticket.triggered = True
    book.put(ticket)


def _meet_inside(floor: Floor, ticket: Ticket, market: Market, inside: Inside) -> None:
    """An exit that became active inside a bar: only a stop can be hit by that bar, and at no better than its price."""
    if not ticket.is_stop:
        return
    start(ticket, market, inside.now)
    extreme = inside.high.ask if ticket.buys else inside.low.bid
    if ticket.stop is None or not reaches_stop(extreme, ticket.stop, buys=ticket.buys):
        return
    floor.ambiguous |= _has_target_inside(floor, ticket, inside)
    price = max(ticket.stop, inside.now.ask) if ticket.buys else min(ticket.stop, inside.now.bid)
    meet(floor, ticket, Pair(price, price))


def _has_target_inside(floor: Floor, stop: Ticket, inside: Inside) -> bool:
    group = floor.groups.get(stop.group)
    for leg in floor.legs_of(group) if group is not None else ():
        price = inside.low.ask if leg.buys else inside.high.bid
        if not leg.is_stop and leg.limit is not None and within_limit(price, leg.limit, buys=leg.buys):
            return True
    return False


def _tradable(floor: Floor, ticket: Ticket, market: Market, *, at_most: int | None, auction: bool) -> int:
    wanted = floor.working(ticket)
    if ticket.request.reduce_only:
        wanted = min(wanted, floor.reducible(ticket))
    quantity = wanted if at_most is None else min(wanted, at_most)
    if floor.settings.respect_size and not auction:
        shown = market.size_left(buys=ticket.buys)
        if shown is not None:
            quantity = min(quantity, shown // market.lot * market.lot)
    if ticket.request.tif is TimeInForce.FOK and quantity < wanted:
        return 0
    return quantity


def _cut(floor: Floor, ticket: Ticket, market: Market, quantity: int) -> int:
    """What of a fill comes now, when chance cuts it."""
    turn, lots = len(ticket.executions), quantity // market.lot
    if ticket.request.tif is TimeInForce.FOK or lots < 2 or turn >= _PARTS_MAX - 1:
        return quantity
    order = ticket.request.id
    if not chance.happens(floor.settings.partial_fill_rate, floor.seed, "cut", order, turn):
        return quantity
    return chance.pick(lots - 1, floor.seed, "part", order, turn) * market.lot


def _in_coins(floor: Floor, ticket: Ticket, market: Market, fee: Decimal, price: Nano) -> int:
    """A fee in billionths of a coin, where it is taken in coins; rounded down."""
    instrument = market.instrument
    if floor.settings.commission_in is not CommissionIn.BASE or not ticket.buys:
        return 0
    if instrument.asset is not AssetClass.CRYPTO or fee <= 0:
        return 0
    return to_nano(down_to(fee / (from_nano(price) * instrument.multiplier), NANO))


def _execute(floor: Floor, ticket: Ticket, market: Market, quantity: int, ticks: int) -> None:
    ticket.filled += quantity
    ticket.value += market.value(quantity, ticks)
    owed = order_fee(floor.settings, from_nano(Nano(ticket.filled)), ticket.value)
    fee, ticket.fee = owed - ticket.fee, owed
    floor.executions_seen += 1
    price = market.price(ticks)
    coins = _in_coins(floor, ticket, market, fee, price)
    if coins >= quantity:
        coins = 0  # more than was bought: then in money
    execution = Execution(
        id=f"{floor.name}-x{floor.executions_seen}",
        quantity=Nano(quantity),
        price=price,
        fee=Nano(0) if coins else to_nano(fee),
        at=max(floor.trading_at, ticket.since),
        fee_base=Nano(coins),
    )
    ticket.executions = (*ticket.executions, execution)
    ticket.traded = floor.executions_seen
    ticket.state = OrderState.PARTIALLY_FILLED
    request = ticket.request
    floor.ledgers[request.account].enter(market.instrument, request.id, execution, 1 if ticket.buys else -1)
    floor.out.append(VenueFilled(at=floor.now, order=request.id, execution=execution))
