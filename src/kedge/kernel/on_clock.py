"""Time has passed: every order whose deadline is over gets its answer."""

from kedge.domain.inputs import ClockTicked
from kedge.domain.lifecycle import WORKING_STATES
from kedge.domain.orders import Order
from kedge.kernel.agenda import due
from kedge.kernel.requests import ask, cancel, doubt
from kedge.kernel.turn import Turn


def on_clock(turn: Turn, ticked: ClockTicked) -> None:
    """Each look moves the order's deadline, so this ends."""
    while (order := due(turn.state, turn.at)) is not None:
        _look_at(turn, order)


def _look_at(turn: Turn, order: Order) -> None:
    if order.state in WORKING_STATES and order.cancel_at <= turn.at:
        cancel(turn, order, "engine", order.reason or "order timeout")
    elif order.asked:
        ask(turn, order)
    else:
        doubt(turn, order, "no answer in time")
