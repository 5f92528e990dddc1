"""A position as one that gains when prices rise, so that what moves its stop is said once for both directions."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from kedge.domain.adaptive import MovedBy
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import ZERO, Figure, from_nano, plain, to_nano
from kedge.domain.orders import Order, Role
from kedge.domain.positions import Position
from kedge.kernel.state import BookState

STEP = Decimal("0.1")  # of the distance: the least that is worth a move
_HUNDRED = Decimal(100)
STANDS = (OrderState.NEW, *WORKING_STATES, OrderState.PENDING_REPLACE)


class Goal(NamedTuple):
    """Where the stop goes when the market reaches a price."""

    stop: Decimal
    by: MovedBy
    why: str
    figures: dict[str, Figure] = {}  # noqa: RUF012 (never changed)


class Upward:
    """Prices of a short position are counted downward: inside, all of them are signed."""

    def __init__(self, state: BookState, position: Position, stop: Order) -> None:
        """As one of its stops stands, or is about to."""
        instrument = state.instruments[position.instrument]
        terms, at = state.accounts[position.account].terms, price_of(stop)
        assert at is not None, "a stop that stands has a price"
        self.sign = 1 if position.quantity > ZERO else -1
        self.tick = instrument.tick
        self.terms = terms.follow
        self.adapt = terms.adapt
        self.mean = self.sign * position.cost / (abs(position.quantity) * instrument.multiplier)
        self.stop = self.sign * at
        first = first_stop(state, position, stop)
        self.first = self.mean if first is None else self.sign * first
        self.risk = risk_of(position, instrument, self.mean)
        self.locked = None if position.locked is None else self.sign * position.locked
        self.room = (
            ZERO if self.adapt.widen is None or position.room is None else position.room
        )  # by the last bar
        self.word = position.word
        self.step = max(self.tick, self._distance(self.mean) * STEP)
        self.target = _last_target(state, position, self.sign)

    @property
    def trails(self) -> bool:
        """Whether the stop follows the price."""
        return self.terms.trail_amount is not None or self.terms.trail_percent is not None

    def is_held(self, at: Decimal) -> bool:
        """Whether somebody's word about the stop holds at this (signed) price."""
        until = None if self.word is None else self.word.until
        return self.word is not None and (until is None or at < self.sign * until)

    def next_price(self) -> Decimal | None:
        """The nearest price at which the stop has somewhere to go."""
        prices = self._prices()
        if not prices or (self.word is not None and self.word.until is None):
            return None
        nearest = min(prices)
        if self.word is not None and self.word.until is not None:
            nearest = max(nearest, self.sign * self.word.until)
        return self.sign * nearest

    def resumes_at(self, market: Decimal | None) -> Decimal | None:
        """Where the stop would be moved next, had nobody said anything: the first price that is news. None: nowhere."""
        prices = self._prices()
        if self.adapt.tighten is not None and self.target is not None:
            way = self.target - self.mean
            near = self.mean + self.adapt.tighten.at_percent * way / _HUNDRED
            prices.append(max(near, self.stop + self.step + self.adapt.tighten.to_percent * way / _HUNDRED))
        if not prices or (self.word is not None and self.word.until is None):
            return None
        price = min(prices)
        if self.word is not None and self.word.until is not None:
            price = max(price, self.sign * self.word.until)
        if market is not None:
            price = max(price, self.sign * market + self.tick)
        return self.sign * (price / self.tick).to_integral_value(ROUND_CEILING) * self.tick

    def _prices(self) -> list[Decimal]:
        prices = []
        least = self.stop + self.step
        if self.terms.break_even_r is not None and self.stop < self.on_grid(self.mean):
            prices.append(self.mean + self.terms.break_even_r * self.risk)
        if self.trails:
            prices.append(max(self.mean + self.terms.after_r * self.risk, self._price_for(least)))
        return prices

    def follows_to(self, price: Decimal) -> Goal | None:
        """Where the stop goes at this price; None when it stays."""
        at, terms = self.sign * price, self.terms
        if self.is_held(at):
            return None
        goals = []
        if terms.break_even_r is not None and at >= self.mean + terms.break_even_r * self.risk:
            why = "the trade has earned it: to what the entry cost"
            earned: dict[str, Figure] = {"price": to_nano(price), "after_r": to_nano(terms.break_even_r)}
            goals.append(Goal(self.on_grid(self.mean), MovedBy.BREAK_EVEN, why, earned))
        if self.trails and at >= self.mean + terms.after_r * self.risk:
            stop = self.on_grid(at - self._distance(at))
            figures: dict[str, Figure] = {"price": to_nano(price)}
            why = f"trails {self.show(price)}"
            if self.room > self._trail(at):
                figures["room"] = to_nano(self.room)
                why += f", {self.show(self.room)} behind: the market is volatile"
            goals.append(Goal(stop, MovedBy.TRAIL, why, figures))
        best = max(goals, key=lambda goal: goal.stop, default=None)
        if best is None or best.stop <= self.stop:
            return None
        return best._replace(stop=self.sign * best.stop)

    def tightens_to(self, price: Decimal) -> Goal | None:
        """Near the target the stop comes closer."""
        at, tighten = self.sign * price, self.adapt.tighten
        if tighten is None or not self.is_near_target(price) or self.target is None:
            return None
        way = self.target - self.mean
        stop = self.on_grid(at - tighten.to_percent * way / _HUNDRED)
        if stop < self.stop + self.tick:
            return None
        made = (at - self.mean) * _HUNDRED / way
        why = (
            f"{_whole(made)} % of the way to the target {self.show(self.sign * self.target)} is made: "
            f"within {plain(tighten.to_percent)} % of it"
        )
        figures: dict[str, Figure] = {"price": to_nano(price), "target": to_nano(self.sign * self.target)}
        return Goal(self.sign * stop, MovedBy.TIGHTEN, why, figures)

    def is_near_target(self, price: Decimal) -> bool:
        """Whether so much of the way to the last target is made that the stop is to be close."""
        tighten = self.adapt.tighten
        if tighten is None or self.target is None or self.target <= self.mean:
            return False
        return self.sign * price >= self.mean + tighten.at_percent * (self.target - self.mean) / _HUNDRED

    def widens_to(self, price: Decimal) -> Goal | None:
        """In a volatile market the stop is given room, as far as what was risked at entry and what was gained allow."""
        if self.adapt.widen is None or self.room <= ZERO or self.is_near_target(price):
            return None
        at = self.sign * price
        wanted, floor = self.on_grid(at - self.room), self.floor()
        stop = max(wanted, floor)
        if stop > self.stop - max(self.tick, (at - self.stop) * STEP):
            return None  # not worth a move
        why = f"the market is volatile: {self.show(self.room)} behind {self.show(price)}"
        if wanted < floor:
            why += f", as far as {self._bound(floor)} allows"
        figures: dict[str, Figure] = {
            "price": to_nano(price),
            "room": to_nano(self.room),
            "floor": to_nano(self.sign * floor),
        }
        return Goal(self.sign * stop, MovedBy.WIDEN, why, figures)

    def floor(self) -> Decimal:
        """Behind which the engine itself never moves the stop."""
        if self.locked is None or self.adapt.widen is None:
            return self.first
        if not self.adapt.widen.give_back:
            return max(self.locked, self.first)
        even = self.on_grid(self.mean)
        reached = self.terms.break_even_r is not None and self.locked >= even
        return max(even, self.first) if reached else self.first

    def _bound(self, floor: Decimal) -> str:
        if floor == self.first:
            return "the stop at entry"
        return "what was gained" if floor == self.locked else "what the entry cost"

    def show(self, price: Decimal) -> str:
        """As people write prices of this instrument."""
        return show_price(price, self.tick)

    def on_grid(self, price: Decimal) -> Decimal:
        """Rounded away from the market: what is rounded costs the trade nothing."""
        return (price / self.tick).to_integral_value(ROUND_FLOOR) * self.tick

    def _distance(self, at: Decimal) -> Decimal:
        return max(self._trail(at), self.room)

    def _trail(self, at: Decimal) -> Decimal:
        if self.terms.trail_amount is not None:
            return self.terms.trail_amount
        return abs(at) * (self.terms.trail_percent or ZERO) / _HUNDRED

    def _price_for(self, stop: Decimal) -> Decimal:
        """The price that a stop here trails."""
        if self.terms.trail_amount is not None:
            price = stop + self.terms.trail_amount
        else:
            price = stop / (1 - self.sign * (self.terms.trail_percent or ZERO) / _HUNDRED)
        return max(price, stop + self.room)


def risk_of(position: Position, instrument: Instrument, mean: Decimal) -> Decimal:
    """One R for each one held; `mean` is signed. Of several entries each counts up to its own stop."""
    if position.adds and position.risk is not None:
        return position.risk / (position.entered * instrument.multiplier)
    sign = 1 if position.quantity > ZERO else -1
    return ZERO if position.stop is None else mean - sign * position.stop


def first_stop(state: BookState, position: Position, stop: Order) -> Decimal | None:
    """Where the stop of its entry was at first. Of one that was added and is not remembered: where it is."""
    parent = stop.request.parent
    if parent == position.entry_order:
        return position.stop
    own = [
        order
        for order in state.orders.values()
        if order.request.parent == parent and order.request.role is Role.STOP
    ]
    first = min(own, key=lambda order: order.created, default=stop)
    price = first.request.stop_price
    return price_of(stop) if price is None or first.rescaled_at else from_nano(price)


def show_price(price: Decimal, tick: Decimal) -> str:
    """With as many decimals as the tick has."""
    exponent = tick.normalize().as_tuple().exponent
    return format(price, f".{max(0, -int(exponent))}f")


def price_of(order: Order) -> Decimal | None:
    """Where a stop is, or where it is on its way to."""
    pending = None if order.pending is None else order.pending.stop_price
    return order.stop_price if pending is None else from_nano(pending)


def standing_stops(state: BookState, position: Position) -> list[Order]:
    """The stops of a position that may be moved now or later."""
    return [
        order
        for order in state.open_orders(position.account, position.instrument)
        if order.request.role is Role.STOP
        and order.request.parent in position.entries
        and order.state in STANDS
        and order.stop_price is not None
        and not order.went_off
    ]


def open_targets(state: BookState, position: Position) -> list[Order]:
    """The targets of a position, oldest first."""
    return [
        order
        for order in state.open_orders(position.account, position.instrument)
        if order.request.role is Role.TARGET
        and order.request.parent in position.entries
        and order.limit_price is not None
    ]


def limit_of(order: Order) -> Decimal:
    """Where a target is, or where it is on its way to."""
    pending = None if order.pending is None else order.pending.limit_price
    price = order.limit_price if pending is None else from_nano(pending)
    assert price is not None, "a target has a price"
    return price


def _last_target(state: BookState, position: Position, sign: int) -> Decimal | None:
    """The farthest one that is open (signed)."""
    return max((sign * limit_of(order) for order in open_targets(state, position)), default=None)


def _whole(number: Decimal) -> str:
    return plain(number.to_integral_value(ROUND_FLOOR))
