"""How long a position is held: one whose time is over is closed, by a signal of the engine's own."""

from typing import NamedTuple

from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.instants import NEVER, Instant
from kedge.domain.positions import Position
from kedge.kernel.on_market import close_by_engine
from kedge.kernel.state import BookState
from kedge.kernel.turn import Turn


class TimeOut(NamedTuple):
    """When the time of the next position is over."""

    at: Instant
    account: AccountId
    instrument: Symbol


NO_TIME_OUT = TimeOut(NEVER, AccountId(""), Symbol(""))


def next_time_out(state: BookState) -> TimeOut:
    """The first position whose time is over, or will be."""
    found = NO_TIME_OUT
    for account in state.accounts.values():
        held_for = account.terms.follow.time_exit
        if held_for is None:
            continue
        for position in state.positions.get(account.terms.id, {}).values():
            if _signal_for(position) not in state.signals:
                at = Instant(position.opened + held_for)
                found = min(found, TimeOut(at, account.terms.id, position.instrument))
    return found


def close_timed_out(turn: Turn) -> None:
    """Each once: if its exit is refused or comes to nothing, its stop is still there."""
    while (over := next_time_out(turn.state)) is not NO_TIME_OUT and over.at <= turn.at:
        position = turn.state.positions[over.account][over.instrument]
        close_by_engine(
            turn, position, _signal_for(position), "time exit", "the position has been held long enough"
        )


def _signal_for(position: Position) -> SignalId:
    return SignalId(f"time-{position.id}")
