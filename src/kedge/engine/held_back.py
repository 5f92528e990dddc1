"""What is held back now, and by what: signals that wait for a person, strategies that are paused, accounts that are
locked or cool down.
"""

from decimal import Decimal
from typing import Self

import msgspec

from kedge.domain.governing import SignalHeld
from kedge.domain.governor import Ends
from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import from_nano
from kedge.domain.signals import Direction, SignalKind
from kedge.kernel.state import BookState, HeldSignal


class HeldView(msgspec.Struct, frozen=True):
    """A signal that waits for a person's yes or no."""

    signal: SignalId
    account: AccountId
    instrument: Symbol
    kind: SignalKind
    direction: Direction | None
    quantity: Decimal | None
    strategy: str | None
    reason: str | None
    since: Instant
    until: Instant

    @classmethod
    def of(cls, held: HeldSignal | SignalHeld, since: Instant) -> Self:
        """Out of the state, or out of the record."""
        signal = held.signal
        return cls(
            signal.id,
            signal.account,
            signal.instrument,
            signal.kind,
            signal.direction,
            None if signal.quantity is None else from_nano(signal.quantity),
            signal.strategy,
            signal.reason,
            since,
            held.until,
        )


class PausedView(msgspec.Struct, frozen=True):
    """A strategy whose entries are refused."""

    strategy: str
    who: str
    why: str
    since: Instant


class LockView(msgspec.Struct, frozen=True):
    """A limit that locks an account."""

    account: AccountId
    code: str
    since: Instant
    ends: Ends
    flatten: bool


class CoolingView(msgspec.Struct, frozen=True):
    """An account that pauses after so many losses."""

    account: AccountId
    until: Instant


class HeldBack(msgspec.Struct, frozen=True):
    """All of it, at one moment; `strategies` are those that the book knows of."""

    signals: tuple[HeldView, ...] = ()
    paused: tuple[PausedView, ...] = ()
    locks: tuple[LockView, ...] = ()
    cooling: tuple[CoolingView, ...] = ()
    strategies: tuple[str, ...] = ()


NOTHING = HeldBack()


def held_back(state: BookState, at: Instant) -> HeldBack:
    """Out of the state of now."""
    governed = {id_: account.governed for id_, account in state.accounts.items()}
    named = {name for account in state.accounts.values() for name in account.terms.routing.strategies}
    return HeldBack(
        tuple(HeldView.of(held, held.since) for held in state.held.values()),
        tuple(
            PausedView(name, pace.paused_by, pace.paused, pace.paused_at)
            for name, pace in state.paces.items()
            if pace.paused
        ),
        tuple(
            LockView(id_, lock.code, lock.since, lock.ends, lock.flatten)
            for id_, each in governed.items()
            for lock in each.locks.values()
        ),
        tuple(
            CoolingView(id_, each.cooling_until) for id_, each in governed.items() if each.cooling_until > at
        ),
        tuple(sorted(named | set(state.paces))),
    )
