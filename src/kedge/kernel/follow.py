"""The stop of an open position follows the market: once it is worth so many R it goes to what the entry cost, and from
some profit on it trails the price.

Where it goes next, and at which price, follows from the state alone; the book keeps that price among its triggers. A
stop only ever moves towards the market, in steps, so that a venue is not asked for every tick.
"""

from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from kedge.domain.accounts import Follow
from kedge.domain.inputs import MilestoneReached
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import ZERO, from_nano, plain, to_nano
from kedge.domain.orders import Order, Role
from kedge.domain.positions import Position
from kedge.kernel.moving import move_stop
from kedge.kernel.state import BookState
from kedge.kernel.turn import Turn

STEP = Decimal("0.1")  # of the distance: the least that is worth a move
_HUNDRED = Decimal(100)
_STANDS = (OrderState.NEW, *WORKING_STATES, OrderState.PENDING_REPLACE)


class Goal(NamedTuple):
    """Where the stop goes when the market reaches a price."""

    stop: Decimal
    why: str


def milestone(state: BookState, position: Position) -> Decimal | None:
    """The next price at which the stop moves; None when it stays where it is."""
    terms = state.accounts[position.account].terms.follow
    if not terms.moves_stops or position.stop is None:
        return None
    stop = _standing_stop(state, position)
    if stop is None:
        return None
    view = _View(state, position, terms, _price_of(stop))
    return None if view.risk <= ZERO else view.next_price()


def on_milestone(turn: Turn, reached: MilestoneReached) -> None:
    """Move the stop to where it belongs at this price, if that is nearer to the market than it is."""
    position = turn.state.position(reached.account, reached.instrument)
    if position is None or position.stop is None:
        return
    terms = turn.state.accounts[position.account].terms.follow
    for order in _standing_stops(turn.state, position):
        view = _View(turn.state, position, terms, _price_of(order))
        goal = view.goal_at(from_nano(reached.price))
        if goal is not None:
            move_stop(turn, order, to_nano(goal.stop), "engine", goal.why)


class _View:
    """The position as one that gains when prices rise: prices of a short one are counted downward."""

    def __init__(self, state: BookState, position: Position, terms: Follow, stop: Decimal) -> None:
        instrument = state.instruments[position.instrument]
        self.sign = 1 if position.quantity > ZERO else -1
        self.tick = instrument.tick
        self.terms = terms
        self.mean = self.sign * position.cost / (abs(position.quantity) * instrument.multiplier)
        self.stop = self.sign * stop
        first = ZERO if position.stop is None else position.stop
        self.risk = self.mean - self.sign * first
        if position.adds and position.risk is not None:  # each entry up to its own stop
            self.risk = position.risk / (position.entered * instrument.multiplier)
        self.step = max(self.tick, self._distance(self.mean) * STEP)

    def next_price(self) -> Decimal | None:
        """The nearest price at which the stop has somewhere to go."""
        prices = []
        terms, least = self.terms, self.stop + self.step
        if terms.break_even_r is not None and self.stop < self._on_grid(self.mean):
            prices.append(self.mean + terms.break_even_r * self.risk)
        if terms.trail_amount is not None or terms.trail_percent is not None:
            prices.append(max(self.mean + terms.after_r * self.risk, self._price_for(least)))
        return self.sign * min(prices) if prices else None

    def goal_at(self, price: Decimal) -> Goal | None:
        """Where the stop goes at this price; None when it stays."""
        at, terms = self.sign * price, self.terms
        goals = []
        if terms.break_even_r is not None and at >= self.mean + terms.break_even_r * self.risk:
            goals.append((self._on_grid(self.mean), "the trade has earned it: to what the entry cost"))
        trails = terms.trail_amount is not None or terms.trail_percent is not None
        if trails and at >= self.mean + terms.after_r * self.risk:
            goals.append((self._on_grid(at - self._distance(at)), f"trails {plain(price)}"))
        stop, why = max(goals, default=(self.stop, ""))
        if stop <= self.stop:
            return None
        return Goal(self.sign * stop, why)

    def _distance(self, at: Decimal) -> Decimal:
        if self.terms.trail_amount is not None:
            return self.terms.trail_amount
        return abs(at) * (self.terms.trail_percent or ZERO) / _HUNDRED

    def _price_for(self, stop: Decimal) -> Decimal:
        """The price that a stop here trails."""
        if self.terms.trail_amount is not None:
            return stop + self.terms.trail_amount
        return stop / (1 - self.sign * (self.terms.trail_percent or ZERO) / _HUNDRED)

    def _on_grid(self, price: Decimal) -> Decimal:
        """Rounded away from the market: what is rounded costs the trade nothing."""
        return (price / self.tick).to_integral_value(ROUND_FLOOR) * self.tick


def _standing_stops(state: BookState, position: Position) -> list[Order]:
    return [
        order
        for order in state.open_orders(position.account, position.instrument)
        if order.request.role is Role.STOP
        and order.request.parent in position.entries
        and order.state in _STANDS
        and order.stop_price is not None
        and order.reached is None
    ]


def _standing_stop(state: BookState, position: Position) -> Order | None:
    """The one that is farthest from the market: the last to be moved."""
    long = position.quantity > ZERO
    return min(
        _standing_stops(state, position),
        key=lambda order: _price_of(order) if long else -_price_of(order),
        default=None,
    )


def _price_of(order: Order) -> Decimal:
    """Where it is, or where it is on its way to."""
    pending = None if order.pending is None else order.pending.stop_price
    price = order.stop_price if pending is None else from_nano(pending)
    assert price is not None, "a stop that stands has a price"
    return price
