"""Time has passed: every order whose deadline is over gets its answer."""

from kedge.domain.events import CancelPlanned
from kedge.domain.inputs import ClockTicked
from kedge.domain.instants import NEVER
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.orders import Order
from kedge.kernel.agenda import due
from kedge.kernel.approval import lapse
from kedge.kernel.cover import protects
from kedge.kernel.disaster import look_at_disaster_stops
from kedge.kernel.guard import look_at_exposures
from kedge.kernel.holding import close_timed_out
from kedge.kernel.on_market import NO_CLOSING, begin_closing, next_closing
from kedge.kernel.requests import ENTRY_ENDED, POSITION_CLOSED, ask, cancel, doubt
from kedge.kernel.retrying import try_again
from kedge.kernel.turn import Turn


def on_clock(turn: Turn, ticked: ClockTicked) -> None:
    """Each look moves the order's deadline, and each closing begins once, so this ends."""
    while (order := due(turn.state, turn.at)) is not None:
        _look_at(turn, order)
    look_at_exposures(turn)
    look_at_disaster_stops(turn)
    lapse(turn)
    close_timed_out(turn)
    try_again(turn)
    while True:
        closing = next_closing(turn.state)
        if closing is NO_CLOSING or closing.at > turn.at:
            return
        begin_closing(turn, closing.account, closing.market)


def _look_at(turn: Turn, order: Order) -> None:
    if order.state in (OrderState.NEW, *WORKING_STATES) and order.cancel_at <= turn.at:
        if protects(turn, order) and order.reason in (POSITION_CLOSED, ENTRY_ENDED):
            why = "a late fill has opened the position again"
            turn.emit(CancelPlanned(order=order.id, who="engine", why=why, cancel_at=NEVER))
            return
        cancel(turn, order, "engine", order.reason or "order timeout")
    elif order.asked:
        ask(turn, order)
    else:
        doubt(turn, order, "no answer in time")
