"""Matching on bars: what a bar of four prices can have done to each order, told in the order that is worst for it.

A bar is taken in two moments. At its *open* one price stands, so orders meet it as they would meet a quote. *Inside*
nothing is known but how far the price went: stops are taken before limits, each at its own price, and what an entry
leads to inside the bar can only be stopped out by it. Only then do trailing stops see the bar's extremes.
"""

from kedge.domain.quotes import Bar
from kedge.sim.floor import Floor
from kedge.sim.market import Inside, Market
from kedge.sim.prices import Pair, around
from kedge.sim.settling import settle
from kedge.sim.ticket import Place, Ticket
from kedge.sim.trading import meet, trade
from kedge.sim.trailing import pull


def sees(ticket: Ticket, bar: Bar) -> bool:
    """Whether the bar lies wholly after the order came. A delay shorter than the bar is too fine to be seen on it."""
    if ticket.since > bar.start:
        return False
    delay = ticket.works_from - ticket.since
    return ticket.works_from <= bar.start or delay < bar.at - bar.start


def match_bar(floor: Floor, market: Market, bar: Bar) -> None:
    """Match a bar that may wake somebody."""
    spread = floor.settings.spread_ticks
    before = floor.executions_seen
    floor.ambiguous = False
    floor.trading_at = bar.start
    market.moment = around(bar.open, spread)
    sweep(floor, market, market.moment, bar)
    market.moment = None
    floor.trading_at = floor.now
    _match_inside(floor, market, bar, before)
    floor.ambiguous_bars += floor.ambiguous
    _follow_bar(floor, market, bar)


def sweep(floor: Floor, market: Market, pair: Pair, bar: Bar | None = None) -> None:
    """Let all orders that these prices wake meet them: market orders, then stops, then limits."""
    book = market.book
    woken = sorted(book.eager) + book.stops_reached(*pair) + book.limits_reached(*pair)
    for number in woken:
        ticket = floor.by_number.get(number)
        if ticket is not None and (bar is None or sees(ticket, bar)):
            meet(floor, ticket, pair)
            settle(floor)


def _match_inside(floor: Floor, market: Market, bar: Bar, before: int) -> None:
    spread = floor.settings.spread_ticks
    low, high = around(bar.low, spread), around(bar.high, spread)
    book = market.book
    stops = _in_reach(floor, book.stops_reached(low.bid, high.ask), bar, before)
    limits = _in_reach(floor, book.limits_reached(high.bid, low.ask), bar, before)
    working = {ticket.number: floor.working(ticket) for ticket in limits}  # before this bar adds to it
    floor.ambiguous |= any(_are_rivals(stop, limit) for stop in stops for limit in limits)
    for ticket in stops:
        if ticket.place is Place.RESTING and ticket.stop is not None:
            market.inside = Inside(low, high, _pair_at(ticket.stop, spread, buys=ticket.buys))
            meet(floor, ticket, market.inside.now)
            settle(floor)
    for ticket in limits:
        if ticket.place is Place.RESTING and ticket.limit is not None:
            market.inside = Inside(low, high, _pair_at(ticket.limit, spread, buys=ticket.buys))
            trade(floor, ticket, ticket.limit, at_most=working[ticket.number])
            settle(floor)
    market.inside = None


def _in_reach(floor: Floor, numbers: list[int], bar: Bar, before: int) -> list[Ticket]:
    """The orders that may trade inside the bar, nearest to its open first; not those that did at its open."""
    tickets = [floor.by_number[number] for number in numbers]
    chosen = [ticket for ticket in tickets if sees(ticket, bar) and ticket.traded <= before]
    return sorted(chosen, key=lambda ticket: (abs(_level(ticket) - bar.open), ticket.number))


def _level(ticket: Ticket) -> int:
    level = ticket.stop if ticket.waits_for_trigger else ticket.limit
    assert level is not None
    return level


def _pair_at(price: int, spread: int, *, buys: bool) -> Pair:
    """Bid and ask at the moment at which an order of this side trades at this price."""
    return Pair(max(price - spread, 1), price) if buys else Pair(price, price + spread)


def _are_rivals(stop: Ticket, limit: Ticket) -> bool:
    """Whether two orders close the same position, one at a loss and one at a gain."""
    if stop.group and stop.group == limit.group:
        return True
    ours, theirs = stop.request, limit.request
    reduce = ours.reduce_only and theirs.reduce_only
    return reduce and ours.account == theirs.account and ours.side is theirs.side


def _follow_bar(floor: Floor, market: Market, bar: Bar) -> None:
    """Let trailing stops follow; one that became active inside the bar knows of its close alone."""
    spread = floor.settings.spread_ticks
    low, high, close = around(bar.low, spread), around(bar.high, spread), around(bar.close, spread)
    moved = False
    for ticket in market.book.trailing_behind(high.bid, low.ask):
        moved |= pull(ticket, market, Pair(high.bid, low.ask) if sees(ticket, bar) else close)
    if moved:
        market.book.watch()
