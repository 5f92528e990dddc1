"""Trailing stops: they follow the best price that they have seen, and never go back."""

from kedge.domain.numbers import Nano, from_nano
from kedge.domain.orders import OrderType
from kedge.sim.market import Market
from kedge.sim.prices import Pair, trailed
from kedge.sim.ticket import Ticket


def follow(market: Market, pair: Pair) -> None:
    """Let all trailing stops follow to these prices."""
    moved = False
    for ticket in market.book.trailing_behind(pair.bid, pair.ask):
        moved |= pull(ticket, market, pair)
    if moved:
        market.book.watch()


def start(ticket: Ticket, market: Market, pair: Pair | None) -> None:
    """Give a new trailing stop its first extreme: the price that stands, or else the last one known."""
    if ticket.request.type is not OrderType.TRAILING_STOP or ticket.triggered or ticket.extreme is not None:
        return
    known = pair if pair is not None else market.last_pair()
    if known is not None and pull(ticket, market, known):
        market.book.watch()


def pull(ticket: Ticket, market: Market, pair: Pair) -> bool:
    """Move one trailing stop when its side of these prices is a new extreme; the book has to `watch` afterwards."""
    price = pair.ask if ticket.buys else pair.bid
    farther = min if ticket.buys else max
    best = price if ticket.extreme is None else farther(ticket.extreme, price)
    if not price or best == ticket.extreme:
        return False
    percent = from_nano(ticket.request.trail_percent or Nano(0))
    stop = trailed(best, ticket.trail, percent, buys=ticket.buys)
    market.book.move(ticket, best, stop if ticket.stop is None else farther(ticket.stop, stop))
    return True
