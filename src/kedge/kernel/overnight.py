"""Stops at a venue where orders live for the day only: they end with the session, which is no loss.

The engine holds one until the next session begins, and a person is told once that this is all there is over night;
then the venue is asked again.
"""

from kedge.domain.events import OrderEnded
from kedge.domain.instants import MINUTE, Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import MarketHours, Phase
from kedge.domain.numbers import plain
from kedge.domain.orders import Role, TimeInForce
from kedge.domain.positions import Position
from kedge.kernel.cover import Cover
from kedge.kernel.stand_in import note
from kedge.kernel.state import BookState, Exposure
from kedge.kernel.turn import Turn

_OF_THE_DAY = (Phase.PREMARKET, Phase.OPEN, Phase.BREAK)
_EARLY = MINUTE  # a venue's clock may be ahead of ours


def must_wait(state: BookState, position: Position, at: Instant) -> bool:
    """Whether an order of the day would not outlive this moment: its session is over and the next has not begun."""
    if state.able(position.account).lasting is not TimeInForce.DAY:
        return False
    hours = _hours(state, position)
    if hours is None or at >= hours.next_open:
        return False
    return hours.phase not in _OF_THE_DAY or (hours.close is not None and at >= hours.close - _EARLY)


def ended_with_the_day(turn: Turn, position: Position) -> bool:
    """Whether a stop has run out in this turn, as was to be expected."""
    for event in turn.events:
        if isinstance(event, OrderEnded) and event.state is OrderState.EXPIRED:
            request = turn.state.orders[event.order].request
            if request.role is Role.STOP and request.tif is TimeInForce.DAY:
                return (request.account, request.instrument) == (position.account, position.instrument)
    return False


def wait_for_the_next_day(turn: Turn, position: Position, cover: Cover, known: Exposure | None) -> None:
    """Look again when the next session begins; told once."""
    hours = _hours(turn.state, position)
    assert hours is not None, "where the hours are not known nothing waits for them"
    if known is None or not known.overnight:
        turn.alarm(
            "OVERNIGHT_UNSTOPPED",
            position.entry_order,
            "orders live for the day at this venue: until the next session the engine's own stop is all there is",
            position=position.id,
            quantity=plain(cover.missing),
        )
    if known is None or not known.overnight or known.look_at != hours.next_open:
        note(turn, position, cover, known, hours.next_open, armed=0, placed=0, told=False, overnight=True)


def _hours(state: BookState, position: Position) -> MarketHours | None:
    return state.markets.get(state.market_of(position.account, position.instrument))
