"""What the events of `kedge.domain.governing` do to the state, and what the governor counts of other events."""

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from kedge.domain import governing as g
from kedge.domain.accounts import Account
from kedge.domain.governor import Ends, Governed, Lock, Pace
from kedge.domain.ids import AccountId
from kedge.domain.instants import MINUTE, Instant
from kedge.domain.numbers import Nano, from_nano
from kedge.domain.orders import OrderRequest, Role
from kedge.kernel.state import BookState, HeldSignal


def opened(account: Account) -> Account:
    """An account that is known from now on: its limits are measured from the cash that it begins with."""
    account.governed = Governed(
        initial=account.cash, day_balance=account.cash, day_equity=account.cash, peak=account.cash
    )
    return account


def note_order(state: BookState, request: OrderRequest, legs: int, at: Instant) -> None:
    """An order leaves, with so many exits of its own."""
    note_message(state, request.account, at)
    governed = state.accounts[request.account].governed
    governed.orders += 1 + legs
    if request.role is Role.ENTRY:
        governed.entries.append(at)
        governed.last_entry[request.instrument] = request.id
        if request.strategy is not None:
            pace = pace_of(state, request.strategy)
            pace.repeats += 1
            pace.refusals = 0
            governed.by_strategy[request.strategy] = governed.by_strategy.get(request.strategy, 0) + 1


def note_message(state: BookState, account: AccountId, at: Instant) -> None:
    """A request leaves for the account at the venue."""
    sent = state.sent.setdefault(state.accounts[account].terms.held_at, [])
    sent.append(at)
    old = bisect_right(sent, at - MINUTE)
    if 2 * old > len(sent):  # in bulk: each is moved once
        del sent[:old]


def note_outcome(state: BookState, request: OrderRequest, *, rejected: bool) -> None:
    """The venue has taken an entry of a strategy, or would not."""
    if request.role is Role.ENTRY and request.strategy is not None:
        pace = pace_of(state, request.strategy)
        pace.rejections = pace.rejections + 1 if rejected else 0


def note_trade_result(state: BookState, account: AccountId, pnl: Nano) -> None:
    """A position was closed: so many losses in a row."""
    governed = state.accounts[account].governed
    governed.losses = governed.losses + 1 if pnl < 0 else 0


def pace_of(state: BookState, strategy: str) -> Pace:
    """What is kept of a strategy."""
    return state.paces.setdefault(strategy, Pace())


def _day_began(state: BookState, event: g.DayBegan, at: Instant) -> None:
    governed = state.accounts[event.account].governed
    if event.day != governed.day:
        governed.entries = []
        governed.by_strategy = {}
        governed.orders = 0
        governed.locks = {code: lock for code, lock in governed.locks.items() if lock.ends is not Ends.DAY}
        governed.passed = {}
        if governed.day:
            governed.best_day = max(governed.best_day, from_nano(event.balance) - governed.day_balance)
    governed.day, governed.until, governed.window = event.day, event.until, event.window
    governed.day_balance = from_nano(event.balance)
    governed.day_equity = from_nano(event.equity)


def _position_marked(state: BookState, event: g.PositionMarked, at: Instant) -> None:
    state.positions[event.account][event.instrument].mark = from_nano(event.price)


def _peak_raised(state: BookState, event: g.PeakRaised, at: Instant) -> None:
    state.accounts[event.account].governed.peak = from_nano(event.peak)


def _limit_breached(state: BookState, event: g.LimitBreached, at: Instant) -> None:
    lock = Lock(event.code, at, event.ends, event.flatten)
    state.accounts[event.account].governed.locks[event.code] = lock


def _owners_defined(state: BookState, event: g.OwnersDefined, at: Instant) -> None:
    state.owners = {terms.name: terms for terms in event.owners}


def _lock_released(state: BookState, event: g.LockReleased, at: Instant) -> None:
    governed = state.accounts[event.account].governed
    governed.locks.pop(event.code, None)
    governed.passed[event.code] = None


def _nothing(state: BookState, event: g.ReleaseRefused | g.ApprovalRefused, at: Instant) -> None:
    """Recorded for people; the state does not depend on it."""


def _cooldown_started(state: BookState, event: g.CooldownStarted, at: Instant) -> None:
    governed = state.accounts[event.account].governed
    governed.cooling_until = event.until
    governed.losses = 0


def _strategy_refused(state: BookState, event: g.StrategyRefused, at: Instant) -> None:
    pace_of(state, event.strategy).refusals = event.in_a_row


def _strategy_paused(state: BookState, event: g.StrategyPaused, at: Instant) -> None:
    pace = pace_of(state, event.strategy)
    pace.paused, pace.paused_by, pace.paused_at = event.why, event.who, at


def _strategy_resumed(state: BookState, event: g.StrategyResumed, at: Instant) -> None:
    state.paces[event.strategy] = Pace()
    known = state.strategies.get(event.strategy)
    if known is not None:
        known.errors = 0  # a person has looked


def _signal_held(state: BookState, event: g.SignalHeld, at: Instant) -> None:
    state.held[event.signal.id] = HeldSignal(event.signal, at, event.until, event.levels)


APPLY_GOVERNING: dict[type, Callable[[BookState, Any, Instant], None]] = {
    g.DayBegan: _day_began,
    g.PositionMarked: _position_marked,
    g.PeakRaised: _peak_raised,
    g.LimitBreached: _limit_breached,
    g.OwnersDefined: _owners_defined,
    g.LockReleased: _lock_released,
    g.ReleaseRefused: _nothing,
    g.CooldownStarted: _cooldown_started,
    g.StrategyRefused: _strategy_refused,
    g.StrategyPaused: _strategy_paused,
    g.StrategyResumed: _strategy_resumed,
    g.SignalHeld: _signal_held,
    g.ApprovalRefused: _nothing,
}
