"""Opening and closing: orders that wait for either, and those that live no longer than the day."""

from collections.abc import Sequence

from kedge.domain.orders import TimeInForce
from kedge.domain.quotes import Bar
from kedge.sim.floor import Floor
from kedge.sim.market import Market
from kedge.sim.prices import Pair, pair_of, slipped, within_limit
from kedge.sim.settling import settle
from kedge.sim.ticket import Place, Ticket
from kedge.sim.trading import expire, trade


def open_markets(floor: Floor, markets: Sequence[Market]) -> None:
    """Open: what waits for the open meets the first price that comes from here on."""
    for market in markets:
        market.tape.open = True
        market.tape.stands = False
        for ticket in floor.open_in(market):
            if ticket.place is Place.OPENING:
                floor.rest(ticket)


def close_markets(floor: Floor, markets: Sequence[Market]) -> None:
    """Close: orders for the close trade at the last price, then the orders of the day expire."""
    for market in markets:
        for ticket in floor.open_in(market):
            if ticket.place is Place.CLOSING:
                _trade_at_close(floor, market, ticket)
        for ticket in floor.open_in(market):
            waits_for_open = ticket.place is Place.OPENING
            if ticket.is_open and ticket.request.tif is not TimeInForce.GTC and not waits_for_open:
                expire(floor, ticket, "the session has closed")
                settle(floor)
        market.tape.open = False


def _trade_at_close(floor: Floor, market: Market, ticket: Ticket) -> None:
    pair = _closing_pair(floor, market, ticket)
    if pair is None:
        return
    price = pair.ask if ticket.buys else pair.bid
    if not price or (ticket.request.reduce_only and not floor.reducible(ticket)):
        return
    floor.rest(ticket)
    if ticket.limit is None:
        price = slipped(price, buys=ticket.buys, bps=floor.settings.slippage_bps)
    elif not within_limit(price, ticket.limit, buys=ticket.buys):
        return
    trade(floor, ticket, price, auction=True)
    settle(floor)


def _closing_pair(floor: Floor, market: Market, ticket: Ticket) -> Pair | None:
    """The price of the close; no order trades at the close of the bar on which it was decided."""
    last = market.tape.last
    if last is None or not (market.tape.open and market.tape.stands):
        return None
    if isinstance(last, Bar) and last.at <= ticket.since:
        return None
    return pair_of(last, floor.settings.spread_ticks)
