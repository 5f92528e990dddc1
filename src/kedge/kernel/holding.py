"""How long a position is held: one whose time is over is closed, by a signal of the engine's own."""

from collections.abc import Iterator
from typing import NamedTuple

from kedge.domain.accounts import Account
from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.instants import MINUTE, NEVER, SECOND, Instant, Span
from kedge.domain.lifecycle import WORKING_STATES
from kedge.domain.orders import Role
from kedge.domain.positions import Position
from kedge.kernel.cover import is_on_its_way
from kedge.kernel.on_market import close_by_engine
from kedge.kernel.requests import withdraw
from kedge.kernel.state import BookState, Judged
from kedge.kernel.turn import Turn

AGAIN = Span(5 * SECOND)
TRIES_MAX = 20
KILL_TRIES_MAX = 1_440  # the kill switch does not give up: once a minute for a day
TRIES_TOLD = 2  # in vain, before a person is called


class TimeOut(NamedTuple):
    """When the time of the next position is over."""

    at: Instant
    account: AccountId
    instrument: Symbol
    prefix: str  # of the signals that close it


NO_TIME_OUT = TimeOut(NEVER, AccountId(""), Symbol(""), "")
_WORDS = {
    "time": ("time exit", "the position has been held long enough"),
    "limit": ("limit reached", "a loss limit of the account was reached"),
    "kill": ("kill switch", "the kill switch is on, and closes what is open"),
    "close": ("before the close", "the account closes its positions before the session ends"),
}


def next_time_out(state: BookState) -> TimeOut:
    """The first position whose time is over, or will be."""
    found = NO_TIME_OUT
    for account in state.accounts.values():
        if not _may_have_reasons(state, account):
            continue  # hardly any account has: its positions are not looked through after each step
        for position in state.positions.get(account.terms.id, {}).values():
            for prefix, since in _reasons(state, account, position):
                tries = _tries(state, position, prefix)
                if tries is not None and not _is_closing(state, position):
                    at = since if not tries else _again_at(state, position, prefix, tries)
                    found = min(found, TimeOut(at, account.terms.id, position.instrument, prefix))
    return found


def closes_by_clock(position: Position, signal: SignalId) -> bool:
    """Whether a signal is one of the engine's own, by which a position is closed that was held long enough."""
    return any(signal.startswith(_signal_for(position, prefix, 0)) for prefix in _WORDS)


def close_timed_out(turn: Turn) -> None:
    """What is left of the entry and exits that rest are withdrawn; what came to nothing is tried again later."""
    while (over := next_time_out(turn.state)) is not NO_TIME_OUT and over.at <= turn.at:
        position = turn.state.positions[over.account][over.instrument]
        reason, why = _WORDS[over.prefix]
        for order in turn.state.open_orders(position.account, position.instrument):
            in_the_way = order.request.role is Role.EXIT and not is_on_its_way(order)
            if (in_the_way or order.request.role is Role.ENTRY) and order.state in WORKING_STATES:
                withdraw(turn, order, why)
        tries = _tries(turn.state, position, over.prefix) or 0
        if tries == TRIES_TOLD:
            turn.alarm(
                "NOT_CLOSED",
                position.entry_order,
                "a position that was to be closed by the clock is still open",
                position=position.id,
            )
        close_by_engine(turn, position, _signal_for(position, over.prefix, tries), reason, why)


def _may_have_reasons(state: BookState, account: Account) -> bool:
    """Whether there is anything by which the clock closes positions of the account; see `_reasons`."""
    terms = account.terms
    return (
        terms.follow.time_exit is not None
        or any(lock.flatten for lock in account.governed.locks.values())
        or any(kill.mode.closes for kill in state.kills_on(terms.id))
        or (terms.flatten_before_close is not None and bool(state.closings.get(terms.id)))
    )


def _reasons(state: BookState, account: Account, position: Position) -> Iterator[tuple[str, Instant]]:
    """Why a position is to be closed by the clock, and since when."""
    terms = account.terms
    if terms.follow.time_exit is not None:
        yield "time", Instant(position.opened + terms.follow.time_exit)
    for lock in account.governed.locks.values():
        if lock.flatten:
            yield "limit", lock.since
    for kill in state.kills_on(terms.id):
        if kill.mode.closes:
            yield "kill", kill.since
    market = state.market_of(terms.id, position.instrument)
    hours = state.markets.get(market)
    begun = state.closings.get(terms.id, {}).get(market)
    if (
        terms.flatten_before_close is not None
        and hours is not None
        and begun is not None
        and begun == hours.close
    ):
        yield "close", Instant(begun - terms.flatten_before_close)


def _tries(state: BookState, position: Position, prefix: str) -> int | None:
    """How often it was tried; None when that was often enough."""
    most = KILL_TRIES_MAX if prefix == "kill" else TRIES_MAX
    known = (_signal_for(position, prefix, tries) in state.signals for tries in range(most))
    return next((tries for tries, was_tried in enumerate(known) if not was_tried), None)


def _again_at(state: BookState, position: Position, prefix: str, tries: int) -> Instant:
    """Not all at once, however long ago its time was over: so long after the last try, or its end."""
    judged = state.signals[_signal_for(position, prefix, tries - 1)]
    order = None if judged.order is None else state.orders.get(judged.order)
    pause = min(AGAIN << min(tries - 1, 4), MINUTE) if prefix == "kill" else AGAIN
    return Instant((judged.at if order is None else max(judged.at, order.updated)) + pause)


def last_try(state: BookState, position: Position, prefix: str) -> Judged | None:
    """What came of the last signal by which it was to be closed."""
    tries = _tries(state, position, prefix)
    return None if not tries else state.signals[_signal_for(position, prefix, tries - 1)]


def _is_closing(state: BookState, position: Position) -> bool:
    """Whether somebody has begun already; when that ends it is looked at again."""
    return any(is_on_its_way(order) for order in state.open_orders(position.account, position.instrument))


def _signal_for(position: Position, prefix: str, tries: int) -> SignalId:
    return SignalId(f"{prefix}-{position.id}" + (f"-{tries + 1}" if tries else ""))
