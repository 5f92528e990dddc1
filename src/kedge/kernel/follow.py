"""The stop of an open position follows the market: once it is worth so many R it goes to what the entry cost, and from
some profit on it trails the price.

Where it goes next, and at which price, follows from the state alone; the book keeps that price among its triggers. A
stop only ever moves towards the market here, in steps, so that a venue is not asked for every tick. Where a person or
a strategy has put it, it stays until the market is where the engine would have moved it next anyway.
"""

from decimal import Decimal

from kedge.domain.inputs import MilestoneReached
from kedge.domain.numbers import ZERO, from_nano, to_nano
from kedge.domain.orders import Order
from kedge.domain.positions import Position
from kedge.kernel.moving import Move, move_stop
from kedge.kernel.state import BookState
from kedge.kernel.turn import Turn
from kedge.kernel.upward import Upward, price_of, standing_stops


def milestone(state: BookState, position: Position) -> Decimal | None:
    """The next price at which the stop moves; None when it stays where it is."""
    terms = state.accounts[position.account].terms.follow
    if not terms.moves_stops or position.stop is None:
        return None
    stop = _standing_stop(state, position)
    if stop is None:
        return None
    view = Upward(state, position, stop)
    return None if view.risk <= ZERO else view.next_price()


def on_milestone(turn: Turn, reached: MilestoneReached) -> None:
    """Move the stop to where it belongs at this price, if that is nearer to the market than it is."""
    position = turn.state.position(reached.account, reached.instrument)
    if position is None or position.stop is None:
        return
    views = [
        (order, Upward(turn.state, position, order)) for order in standing_stops(turn.state, position)
    ]  # as it was before the first of them moves
    for order, view in views:
        goal = view.follows_to(from_nano(reached.price))
        if goal is not None:
            move_stop(turn, order, Move(to_nano(goal.stop), goal.by, "engine", goal.why, goal.figures))


def _standing_stop(state: BookState, position: Position) -> Order | None:
    """The one that is farthest from the market: the last to be moved."""
    sign = 1 if position.quantity > ZERO else -1
    return min(
        standing_stops(state, position),
        key=lambda order: sign * (price_of(order) or ZERO),
        default=None,
    )
