"""Orders that the engine holds, sorted by price, one watch an instrument; and stops at a venue that have a limit.

A quote that crosses nothing has to cost next to nothing, however many stops are armed: it is compared with four
bounds. This is a cache over the state: it can be rebuilt from the held orders at any time.
"""

from bisect import insort
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import NamedTuple

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Order, Role, Side
from kedge.kernel.follow import milestone
from kedge.kernel.state import BookState

_UNSEEN = (OrderState.PENDING_NEW, OrderState.IN_DOUBT)
_LOW = Ticks(-(2**63))
_HIGH = Ticks(2**63)
Target = OrderId | tuple[AccountId, Symbol]  # a held order, or a position whose stop moves
_Entries = list[tuple[Ticks, Target]]


class Band(NamedTuple):
    """Between these prices a position need not be valued anew; `side` is that of the order that would close it."""

    side: Side
    low: Ticks
    high: Ticks


class Watch:
    """One instrument's last quote, the held orders on it, and the bounds that a quote must cross to matter."""

    __slots__ = (
        "ask",
        "ask_ceiling",
        "ask_floor",
        "at",
        "bands",
        "bid",
        "bid_ceiling",
        "bid_floor",
        "rising",
        "sinking",
    )

    def __init__(self) -> None:
        """Nothing is known and nothing is held."""
        self.bid: Ticks | None = None
        self.ask: Ticks | None = None
        self.at = Instant(0)  # of that quote
        # A sell meets the bid, a buy meets the ask; `sinking` ones wait for a lower price, `rising` for a higher.
        self.sinking: dict[Side, _Entries] = {Side.SELL: [], Side.BUY: []}
        self.rising: dict[Side, _Entries] = {Side.SELL: [], Side.BUY: []}
        self.bands: dict[AccountId, Band] = {}
        self.set_bounds()

    def set_bounds(self) -> None:
        """Take the nearest price of each list."""
        self.bid_floor = self.sinking[Side.SELL][-1][0] if self.sinking[Side.SELL] else _LOW
        self.ask_floor = self.sinking[Side.BUY][-1][0] if self.sinking[Side.BUY] else _LOW
        self.bid_ceiling = self.rising[Side.SELL][0][0] if self.rising[Side.SELL] else _HIGH
        self.ask_ceiling = self.rising[Side.BUY][0][0] if self.rising[Side.BUY] else _HIGH
        for band in self.bands.values():
            if band.side is Side.SELL:
                self.bid_floor = max(self.bid_floor, band.low)
                self.bid_ceiling = min(self.bid_ceiling, band.high)
            else:
                self.ask_floor = max(self.ask_floor, band.low)
                self.ask_ceiling = min(self.ask_ceiling, band.high)

    def left(self, bid: Ticks, ask: Ticks) -> list[tuple[Ticks, AccountId]]:
        """Whose position this quote takes out of its band, with the price that it is valued at."""
        prices = {Side.SELL: bid, Side.BUY: ask}
        return [
            (prices[band.side], account)
            for account, band in self.bands.items()
            if not band.low < prices[band.side] < band.high
        ]

    def crossed(self, bid: Ticks, ask: Ticks) -> list[tuple[Ticks, Target]]:
        """What this quote reaches, the nearest price first, with the price that reached it."""
        reached: list[tuple[Ticks, Target]] = []
        for side, price in ((Side.SELL, bid), (Side.BUY, ask)):
            reached += [(price, id_) for trigger, id_ in reversed(self.sinking[side]) if price <= trigger]
            reached += [(price, id_) for trigger, id_ in self.rising[side] if price >= trigger]
        return reached


class Triggers:
    """All held orders, by instrument."""

    def __init__(self, state: BookState) -> None:
        """Arm everything that the state says is held."""
        self.watches: dict[Symbol, Watch] = {}
        self._armed: dict[Target, tuple[Symbol, _Entries, tuple[Ticks, Target]]] = {}
        for order in state.orders.values():
            self.update(state, order)
        for account, by_instrument in state.positions.items():
            for instrument in by_instrument:
                self.follow(state, account, instrument)

    def watch(self, instrument: Symbol) -> Watch:
        """The watch of an instrument, made on first use."""
        found = self.watches.get(instrument)
        if found is None:
            found = self.watches[instrument] = Watch()
        return found

    def update(self, state: BookState, order: Order) -> None:
        """Arm, move or disarm an order as its state now says."""
        self._disarm(order.id)
        if order.state is OrderState.NEW or _is_watched(order):
            self._arm(state, order)

    def forget_price(self, instrument: Symbol) -> None:
        """The last quote was of other shares."""
        watch = self.watch(instrument)
        watch.bid = watch.ask = None

    def rearm(self, state: BookState) -> None:
        """Count all prices anew: an instrument's tick may have changed."""
        for target in list(self._armed):
            if isinstance(target, str):
                self.update(state, state.orders[target])
            else:
                self.follow(state, *target)

    def follow(self, state: BookState, account: AccountId, instrument: Symbol) -> None:
        """Watch for the price at which the stop of a position moves, if there is one."""
        self._disarm((account, instrument))
        position = state.position(account, instrument)
        price = None if position is None else milestone(state, position)
        if position is None or price is None:
            return
        watch = self.watch(instrument)
        long = position.quantity > 0
        entries = watch.rising[Side.SELL] if long else watch.sinking[Side.BUY]
        rounding = ROUND_CEILING if long else ROUND_FLOOR
        count = (price / state.instruments[instrument].tick).to_integral_value(rounding)
        self._enter(watch, instrument, entries, (Ticks(int(count)), (account, instrument)))

    def value(self, instrument: Symbol, account: AccountId, band: Band | None) -> None:
        """Watch for the prices at which a position of this account is valued anew."""
        watch = self.watch(instrument)
        if band is None:
            watch.bands.pop(account, None)
        else:
            watch.bands[account] = band
        watch.set_bounds()

    def _disarm(self, target: Target) -> None:
        armed = self._armed.pop(target, None)
        if armed is not None:
            instrument, entries, entry = armed
            entries.remove(entry)
            self.watches[instrument].set_bounds()

    def _enter(
        self, watch: Watch, instrument: Symbol, entries: _Entries, entry: tuple[Ticks, Target]
    ) -> None:
        insort(entries, entry, key=_by_price)
        self._armed[entry[1]] = (instrument, entries, entry)
        watch.set_bounds()

    def _arm(self, state: BookState, order: Order) -> None:
        request = order.request
        if request.role is Role.EXIT:
            return  # it waits for its place at the venue and for no price
        if request.role is Role.DISASTER:
            return  # nobody but the venue holds it
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
        self._enter(watch, request.instrument, entries, (Ticks(int(count)), order.id))


def _is_watched(order: Order) -> bool:
    """Whether it rests at a venue and may meet its price there without being filled."""
    has_limit = order.request.role is Role.STOP and order.limit_price is not None
    return has_limit and order.reached is None and order.state not in _UNSEEN and not is_final(order.state)


def _by_price(entry: tuple[Ticks, Target]) -> tuple[Ticks, str]:
    price, target = entry
    return price, target if isinstance(target, str) else "/".join(target)
