"""Orders that the engine holds, sorted by price, one watch an instrument.

A quote that crosses nothing has to cost next to nothing, however many stops are armed: it is compared with four
bounds. This is a cache over the state: it can be rebuilt from the held orders at any time.
"""

from bisect import insort
from decimal import ROUND_CEILING, ROUND_FLOOR

from kedge.domain.ids import OrderId, Symbol
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Order, Role, Side
from kedge.kernel.state import BookState

_LOW = Ticks(-(2**63))
_HIGH = Ticks(2**63)
_Entries = list[tuple[Ticks, OrderId]]


class Watch:
    """One instrument's last quote, the held orders on it, and the bounds that a quote must cross to matter."""

    __slots__ = ("ask", "ask_ceiling", "ask_floor", "bid", "bid_ceiling", "bid_floor", "rising", "sinking")

    def __init__(self) -> None:
        """Nothing is known and nothing is held."""
        self.bid: Ticks | None = None
        self.ask: Ticks | None = None
        # A sell meets the bid, a buy meets the ask; `sinking` ones wait for a lower price, `rising` for a higher.
        self.sinking: dict[Side, _Entries] = {Side.SELL: [], Side.BUY: []}
        self.rising: dict[Side, _Entries] = {Side.SELL: [], Side.BUY: []}
        self.set_bounds()

    def set_bounds(self) -> None:
        """Take the nearest price of each list."""
        self.bid_floor = self.sinking[Side.SELL][-1][0] if self.sinking[Side.SELL] else _LOW
        self.ask_floor = self.sinking[Side.BUY][-1][0] if self.sinking[Side.BUY] else _LOW
        self.bid_ceiling = self.rising[Side.SELL][0][0] if self.rising[Side.SELL] else _HIGH
        self.ask_ceiling = self.rising[Side.BUY][0][0] if self.rising[Side.BUY] else _HIGH

    def crossed(self, bid: Ticks, ask: Ticks) -> list[tuple[Ticks, OrderId]]:
        """The held orders that this quote reaches, the nearest price first, with the price that reached them."""
        reached: list[tuple[Ticks, OrderId]] = []
        for side, price in ((Side.SELL, bid), (Side.BUY, ask)):
            reached += [(price, id_) for trigger, id_ in reversed(self.sinking[side]) if price <= trigger]
            reached += [(price, id_) for trigger, id_ in self.rising[side] if price >= trigger]
        return reached


class Triggers:
    """All held orders, by instrument."""

    def __init__(self, state: BookState) -> None:
        """Arm everything that the state says is held."""
        self.watches: dict[Symbol, Watch] = {}
        self._armed: dict[OrderId, tuple[Symbol, _Entries, tuple[Ticks, OrderId]]] = {}
        for order in state.orders.values():
            self.update(state, order)

    def watch(self, instrument: Symbol) -> Watch:
        """The watch of an instrument, made on first use."""
        found = self.watches.get(instrument)
        if found is None:
            found = self.watches[instrument] = Watch()
        return found

    def update(self, state: BookState, order: Order) -> None:
        """Arm, move or disarm an order as its state now says."""
        armed = self._armed.pop(order.id, None)
        if armed is not None:
            instrument, entries, entry = armed
            entries.remove(entry)
            self.watches[instrument].set_bounds()
        if order.state is OrderState.NEW:
            self._arm(state, order)

    def forget_price(self, instrument: Symbol) -> None:
        """The last quote was of other shares."""
        watch = self.watch(instrument)
        watch.bid = watch.ask = None

    def rearm(self, state: BookState) -> None:
        """Count all prices anew: an instrument's tick may have changed."""
        for id_ in list(self._armed):
            self.update(state, state.orders[id_])

    def _arm(self, state: BookState, order: Order) -> None:
        request = order.request
        price = order.stop_price if request.role is Role.STOP else order.limit_price
        if price is None:
            return
        watch = self.watch(request.instrument)
        waits_for_lower = (request.side is Side.SELL) == (request.role is Role.STOP)
        entries = (watch.sinking if waits_for_lower else watch.rising)[request.side]
        # A price between two ticks (the tick was changed) is rounded to what is not worse for a person who sells or
        # buys there; for a stop that means: it goes off one tick early rather than late.
        rounding = ROUND_CEILING if request.side is Side.SELL else ROUND_FLOOR
        count = (price / state.instruments[request.instrument].tick).to_integral_value(rounding)
        entry = (Ticks(int(count)), order.id)
        insort(entries, entry)
        self._armed[order.id] = (request.instrument, entries, entry)
        watch.set_bounds()
