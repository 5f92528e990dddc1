"""What the events of dust do to the state, but for that it is left; see `kedge.kernel.apply`."""

from collections.abc import Callable
from typing import Any

from kedge.domain.changes import DustRescaled
from kedge.domain.events import DustSold, DustTaken
from kedge.domain.instants import Instant
from kedge.domain.numbers import from_nano
from kedge.kernel.state import BookState, Dust
from kedge.kernel.story import forget_trade, note_retaken


def _dust_taken(state: BookState, event: DustTaken, at: Instant) -> None:
    del state.dust[event.account][event.instrument]
    note_retaken(state, event.account, event.instrument, event.quantity, event.cost)
    position = state.positions[event.account][event.instrument]
    quantity, cost = from_nano(event.quantity), from_nano(event.cost)
    position.entered += abs(quantity)
    position.entry_value += cost
    position.quantity += quantity
    position.cost += cost


def _dust_sold(state: BookState, event: DustSold, at: Instant) -> None:
    _set(state, event)
    state.accounts[event.account].fees += from_nano(event.fee)
    forget_trade(state, event.account, event.instrument)


def _dust_rescaled(state: BookState, event: DustRescaled, at: Instant) -> None:
    _set(state, event)


def _set(state: BookState, event: DustSold | DustRescaled) -> None:
    by_instrument, account = state.dust[event.account], state.accounts[event.account]
    if event.quantity:
        by_instrument[event.instrument] = Dust(from_nano(event.quantity), from_nano(event.cost))
    else:
        del by_instrument[event.instrument]
    account.realised += from_nano(event.gained)
    account.cash = from_nano(event.cash)


APPLY_DUST: dict[type, Callable[[BookState, Any, Instant], None]] = {
    DustTaken: _dust_taken,
    DustSold: _dust_sold,
    DustRescaled: _dust_rescaled,
}
