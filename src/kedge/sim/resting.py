"""The orders that rest in one instrument, sorted by the price that wakes them.

A quote is compared with the nearest price of each ladder, four numbers in all, however many orders rest. Only what is
reached is looked at.
"""

from bisect import bisect_left, bisect_right, insort

from kedge.domain.orders import OrderType
from kedge.sim.ticket import Ticket

FAR = 2**62  # beyond every price


class Ladder:
    """Prices that wake orders on one side of the market, the one that comes first at the front."""

    __slots__ = ("_rungs", "_sign", "first")

    def __init__(self, *, rising: bool) -> None:
        self._sign = 1 if rising else -1  # a falling ladder is a rising one of negated prices
        self._rungs: list[tuple[int, int]] = []
        self.first = self._sign * FAR

    def put(self, price: int, number: int) -> None:
        """Add an order by its number."""
        insort(self._rungs, (self._sign * price, number))
        self.first = self._sign * self._rungs[0][0]

    def take(self, price: int, number: int) -> None:
        """Remove the order that was put in at this price."""
        rung = (self._sign * price, number)
        index = bisect_left(self._rungs, rung)
        assert self._rungs[index] == rung, f"order {number} does not rest at {price}"
        del self._rungs[index]
        self.first = self._sign * (self._rungs[0][0] if self._rungs else FAR)

    def reached(self, price: int) -> list[int]:
        """Numbers of the orders that this price wakes, the nearest first."""
        end = bisect_right(self._rungs, (self._sign * price, FAR))
        return [number for _, number in self._rungs[:end]]


class Wakers:
    """What can wake orders of one side: buys look at the ask, sells at the bid."""

    __slots__ = ("extremes", "limits", "stops")

    def __init__(self, *, buys: bool) -> None:
        self.stops = Ladder(rising=buys)
        self.limits = Ladder(rising=not buys)
        self.extremes = Ladder(rising=not buys)  # from where on a trailing stop has to move

    def reached(self, price: int, *, stops: bool) -> list[int]:
        """Stops, or limit orders, that this price wakes; a price of 0 is no price."""
        return (self.stops if stops else self.limits).reached(price) if price else []


class RestingBook:
    """All resting orders of one instrument.

    Nothing happens while the ask lies between `ask_low` and `ask_high` and the bid between `bid_low` and `bid_high`.
    """

    __slots__ = (
        "_buys",
        "_margin",
        "_sells",
        "_trailing",
        "ask_high",
        "ask_low",
        "bid_high",
        "bid_low",
        "eager",
    )

    def __init__(self, *, through: bool) -> None:
        self._margin = 1 if through else 0  # how far the price has to go beyond a limit
        self._buys = Wakers(buys=True)
        self._sells = Wakers(buys=False)
        self._trailing: dict[int, Ticket] = {}
        self.eager: dict[int, Ticket] = {}  # take whatever price comes next
        self.watch()

    def is_quiet(self, bid: int, ask: int) -> bool:
        """Whether these prices wake nobody."""
        return self.ask_low < ask < self.ask_high and self.bid_low < bid < self.bid_high

    def put(self, ticket: Ticket) -> None:
        """Let an order rest where its terms belong."""
        wakers = self._buys if ticket.buys else self._sells
        if ticket.waits_for_trigger:
            if ticket.stop is not None:
                wakers.stops.put(ticket.stop, ticket.number)
            if ticket.request.type is OrderType.TRAILING_STOP:
                self._trailing[ticket.number] = ticket
                wakers.extremes.put(_next_extreme(ticket), ticket.number)
        elif ticket.limit is None or ticket.is_immediate:
            self.eager[ticket.number] = ticket
        else:
            wakers.limits.put(self._beyond(ticket.limit, buys=ticket.buys), ticket.number)
        self.watch()

    def take(self, ticket: Ticket) -> None:
        """Remove an order; its terms must be those that it was put in with."""
        wakers = self._buys if ticket.buys else self._sells
        if ticket.waits_for_trigger:
            if ticket.stop is not None:
                wakers.stops.take(ticket.stop, ticket.number)
            if self._trailing.pop(ticket.number, None) is not None:
                wakers.extremes.take(_next_extreme(ticket), ticket.number)
        elif ticket.limit is None or ticket.is_immediate:
            del self.eager[ticket.number]
        else:
            wakers.limits.take(self._beyond(ticket.limit, buys=ticket.buys), ticket.number)
        self.watch()

    def stops_reached(self, bid: int, ask: int) -> list[int]:
        """Stops that these prices trigger."""
        return self._sells.reached(bid, stops=True) + self._buys.reached(ask, stops=True)

    def limits_reached(self, bid: int, ask: int) -> list[int]:
        """Limit orders that these prices can fill."""
        return self._sells.reached(bid, stops=False) + self._buys.reached(ask, stops=False)

    def trailing_behind(self, bid: int, ask: int) -> list[Ticket]:
        """Trailing stops for which one of these prices is a new extreme."""
        numbers = self._sells.extremes.reached(bid) if bid else []
        numbers += self._buys.extremes.reached(ask) if ask else []
        return [self._trailing[number] for number in numbers]

    def move(self, ticket: Ticket, extreme: int, stop: int) -> None:
        """Give a trailing stop its new extreme and stop; `watch` has to be called when all are moved."""
        wakers = self._buys if ticket.buys else self._sells
        wakers.extremes.take(_next_extreme(ticket), ticket.number)
        if ticket.stop is not None:
            wakers.stops.take(ticket.stop, ticket.number)
        ticket.extreme, ticket.stop = extreme, stop
        wakers.extremes.put(_next_extreme(ticket), ticket.number)
        wakers.stops.put(stop, ticket.number)

    def watch(self) -> None:
        """Note between which prices nothing happens."""
        if self.eager:
            self.ask_low = self.bid_low = FAR
            self.ask_high = self.bid_high = -FAR
            return
        buys, sells = self._buys, self._sells
        self.ask_low, self.ask_high = max(buys.limits.first, buys.extremes.first), buys.stops.first
        self.bid_low, self.bid_high = sells.stops.first, min(sells.limits.first, sells.extremes.first)

    def _beyond(self, limit: int, *, buys: bool) -> int:
        return limit - self._margin if buys else limit + self._margin


def _next_extreme(ticket: Ticket) -> int:
    """The first price that moves a trailing stop; any price does when it has seen none."""
    if ticket.extreme is None:
        return FAR if ticket.buys else -FAR
    return ticket.extreme - 1 if ticket.buys else ticket.extreme + 1
