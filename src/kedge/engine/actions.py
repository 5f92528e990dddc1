"""What companies do to their shares, from the announcement until it is done everywhere at once.

    announced ──► coming ──its time──► awaited ──all is quiet──► venues, record, charts
        └─► nobody's concern: known already, or of before the prices that are traded on

It waits until no request about the instrument is under way: a stop of before a split must not meet a price of after
it. Prices of the instrument are held back meanwhile. A new symbol that cannot be taken on now is tried again.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from kedge.domain.announcements import Action, Split, SymbolChange
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.inputs import ActionTaken, HaltSeen
from kedge.domain.instants import Instant, show_instant
from kedge.domain.instruments import same_grid
from kedge.domain.lifecycle import UNANSWERED_STATES
from kedge.domain.orders import Order
from kedge.engine.clock import Clock
from kedge.engine.writer import Writer
from kedge.kernel.state import BookState
from kedge.venues.base import FollowsMarket
from kedge.venues.errors import HaltedError, VenueError

log = logging.getLogger("kedge.engine")


class Actions:
    """All actions of one engine that are not done yet."""

    def __init__(
        self,
        writer: Writer,
        followers: Iterable[FollowsMarket],
        clock: Clock,
        last_price_at: Callable[[Symbol], Instant | None],
        done: Callable[[Action], None],
    ) -> None:
        """`last_price_at` is the time of the newest price that was used; `done` is told of what was done."""
        self._writer = writer
        self._followers = tuple(followers)
        self._clock = clock
        self._last_price_at = last_price_at
        self._done = done
        self._began = clock()
        self._told: list[Action] = []  # by feeds, and not in force yet
        self._scheduled: list[Action] = []  # by the file, as it reads now
        self._awaited: dict[Symbol, list[Action]] = {}  # in force, and not done yet
        self._stuck: dict[SymbolChange, str] = {}  # why each cannot be done
        self._warned: dict[Action, None] = {}

    @property
    def busy(self) -> bool:
        """Whether `act` may have something to do."""
        return bool(self._told or self._scheduled or self._awaited or self._stuck)

    def holds_back(self, symbol: Symbol) -> bool:
        """Whether prices of this instrument have to wait."""
        return symbol in self._awaited

    def expect(self, action: Action) -> None:
        """A feed has announced it."""
        others = chain(self._told, self._scheduled, *self._awaited.values())
        if self._concerns(action) and not any(action.repeats(other) for other in others):
            self._told.append(action)
            self.act()

    def schedule(self, actions: Sequence[Action]) -> None:
        """All that one source knows of, instead of all that it told before."""
        others = [*self._told, *chain(*self._awaited.values())]
        self._scheduled = [
            action
            for action in actions
            if self._concerns(action) and not any(action.repeats(other) for other in others)
        ]
        self.act()

    def act(self, seen: Instant | None = None) -> None:
        """Do what is in force, as soon as can be; a piece of market data of a time says that this time has come."""
        now = max(self._clock(), seen or Instant(0))
        for action in sorted(self._told + self._scheduled, key=_splits_first):
            if action.at <= now:
                (self._told if action in self._told else self._scheduled).remove(action)
                self._awaited.setdefault(action.instrument, []).append(action)
        for symbol in [symbol for symbol in self._awaited if self._is_quiet(symbol)]:
            actions = self._awaited[symbol]
            while actions and self._do(actions[0]):
                del actions[0]
            if not actions:
                del self._awaited[symbol]
        for change in [change for change in self._stuck if not self._fault_in(change)]:
            self._unstick(change)

    # -- whether it concerns anybody --

    def _concerns(self, action: Action) -> bool:
        state = self._state
        if (
            action.instrument not in state.instruments
            or state.knows(action)
            or any(action in held for held in self._awaited.values())
            or action in self._stuck
        ):
            return False
        if not state.instruments[action.instrument].settles_in_full and isinstance(action, Split):
            self._warn(action, "only what is paid in full can be split")
            return False
        followed = self._last_price_at(action.instrument), state.changed_at(action.instrument)
        last = max((at for at in followed if at is not None), default=None)
        if last is None:
            return action.at >= self._began or bool(self._had_before(action))
        if action.at >= last:
            return True
        if missed := self._had_before(action):
            what = "split" if isinstance(action, Split) else "new symbol"
            names = ", ".join(missed)
            self._warn(
                action,
                f"this {what} was announced too late, after what followed it: what {names} has is as it was",
            )
        return False

    def _had_before(self, action: Action) -> list[AccountId]:
        """Who had something of the instrument before it, and has it as if it had not been."""
        state, symbol = self._state, action.instrument
        return [account for account in state.accounts if _had(state, account, symbol, action)]

    def _warn(self, action: Action, why: str) -> None:
        if action not in self._warned:
            self._warned[action] = None
            log.warning("%s, %s: %s", action.instrument, show_instant(action.at), why)

    # -- doing it --

    def _is_quiet(self, symbol: Symbol) -> bool:
        """Whether nothing is open with the venues that do it: neither a request that was decided on old prices nor a
        question about what filled at them.
        """
        state, names = self._state, [venue.name for venue in self._followers]
        orders = (
            state.orders[id_]
            for account, by_instrument in state.open.items()
            if state.accounts[account].terms.venue in names
            for id_ in by_instrument.get(symbol, ())
        )
        return not any(order.state in UNANSWERED_STATES or order.asked for order in orders)

    def _do(self, action: Action) -> bool:
        """Whether it needs no more attention."""
        if isinstance(action, SymbolChange) and (fault := self._fault_in(action)):
            self._stick(action, f"it goes by {action.new_symbol} now, {fault}")
            return True
        for venue in self._followers:
            try:
                reports = venue.announce(action)
            except HaltedError as error:  # it does nothing more; when it is begun anew it is told again
                self._warn(action, f"what its company did is not done at {venue.name}: {error}")
                continue
            except VenueError as error:
                self._warn(action, f"what its company did has to wait: {error}")
                return False
            for report in reports:
                self._writer.take_report(report)
        self._writer.take(ActionTaken(action, at=self._clock()))
        self._done(action)
        return True

    def _stick(self, change: SymbolChange, why: str) -> None:
        log.error("%s: %s", change.instrument, why)
        self._stuck[change] = why
        self._writer.take(HaltSeen(change.instrument, why, at=self._clock()))

    def _unstick(self, change: SymbolChange) -> None:
        why = self._stuck.pop(change)
        if self._state.halted.get(change.instrument) == why:
            self._writer.take(HaltSeen(change.instrument, at=self._clock()))
        self._awaited.setdefault(change.instrument, []).append(change)

    def _fault_in(self, change: SymbolChange) -> str:
        """Why what is there cannot go by the new symbol, if it cannot."""
        state, old, new = self._state, change.instrument, change.new_symbol
        known = state.instruments
        if new not in known or not same_grid(known[old], known[new]):
            return "which the settings do not list on the same terms"
        for account in state.accounts:
            if _has(state, account, old) and _has(state, account, new):
                return f"and account {account} has something in both: close one of them"
        return ""

    @property
    def _state(self) -> BookState:
        return self._writer.book.state


def _splits_first(action: Action) -> tuple[Instant, bool]:
    """What is split at the moment of its new symbol is split under the old one."""
    return action.at, isinstance(action, SymbolChange)


def _had(state: BookState, account: AccountId, symbol: Symbol, action: Action) -> bool:
    if isinstance(action, Split) and any(done.split == action for done in state.splits.get(account, ())):
        return False
    position = state.position(account, symbol)
    orders: list[Order] = state.open_orders(account, symbol)
    return (position is not None and position.opened < action.at) or any(
        order.created < action.at for order in orders
    )


def _has(state: BookState, account: AccountId, symbol: Symbol) -> bool:
    return state.position(account, symbol) is not None or bool(state.open_orders(account, symbol))
