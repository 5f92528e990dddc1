"""One strategy as the engine runs it: what it says is taken down, and what goes wrong in it stays in it."""

import logging
import traceback
from collections.abc import Mapping
from pathlib import Path

import kedge
from kedge.domain.instants import Instant
from kedge.domain.positions import Position
from kedge.domain.signals import Direction, Signal
from kedge.domain.strategies import FAILURES_MAX, Missed, StrategyBook, StrategyTerms, Told
from kedge.engine.strategies.as_signals import entry_of, exit_of
from kedge.engine.strategies.between import Between
from kedge.kernel.govern import ENGINE
from kedge.kernel.state import BookState
from kedge.strategies.idea import Enter, Leave
from kedge.strategies.memory import check_readable, restore, saved
from kedge.strategies.needs import Need
from kedge.strategies.panel import Panel
from kedge.strategies.seen import Own, Seen
from kedge.strategies.strategy import Strategy

log = logging.getLogger("kedge.strategies")

ERROR_LENGTH_MAX = 300
_OURS = str(Path(kedge.__file__).parent)


class Runner:
    """Hands bars to a strategy; the book is only looked at."""

    def __init__(self, terms: StrategyTerms, strategy: Strategy, state: BookState) -> None:
        """Raises `ValueError` for hours that are none."""
        self.terms = terms
        self.needs: Mapping[str, Need] = dict(strategy.needs())
        self._strategy = strategy
        self._state = state
        self._between = Between.of(terms.between, terms.timezone) if terms.between else None
        self._saved = saved(strategy)

    @property
    def book(self) -> StrategyBook:
        """What the record keeps of it."""
        return self._state.strategies[self.terms.id]

    def is_new(self, panel_at: Instant) -> bool:
        """Whether it has not seen the bars that the panel has seen."""
        return self.book.judged < panel_at

    def begin(self) -> None:
        """Know again what it knew."""
        try:
            restore(self._strategy, self.book.state)
        except ValueError as error:
            log.warning("%s begins anew, for what it knew cannot be read: %s", self.terms.id, error)
            restore(self._strategy, "")
        self._saved = saved(self._strategy)

    def begin_anew(self) -> None:
        """Know nothing."""
        restore(self._strategy, "")
        self._saved = saved(self._strategy)

    def hear(self, panel: Panel, missed: Missed | None, now: Instant) -> Told | None:
        """What it says to the last bar of the panel; None where there is nothing to tell."""
        if self._has_failed:
            return None
        try:
            seen = panel.read(self.needs)
            setups, exits = self._ideas(seen)
            state = saved(self._strategy)
            if state != self._saved:
                check_readable(self._strategy, state)
        except (Exception, SystemExit) as error:  # a user's own code must not be able to stop the engine
            log.exception("strategy %s has failed", self.terms.id)
            restore(self._strategy, self._saved)  # what it had half done is undone
            return Told(self.terms.id, error=_told(error))
        changed, self._saved = state != self._saved, state
        if not (changed or setups or exits):
            return None
        why = (missed or self._why_missed(seen, now)) if setups else None
        return Told(self.terms.id, state if changed else None, setups, exits, why)

    def _why_missed(self, seen: Seen, now: Instant) -> Missed | None:
        if now - seen.end > self.terms.max_delay:
            return Missed.LATE
        if self._between is not None and not self._between.holds(seen.end):
            return Missed.OUTSIDE_HOURS
        return None

    def _ideas(self, seen: Seen) -> tuple[tuple[Signal, ...], tuple[Signal, ...]]:
        setups: dict[str, Signal] = {}
        exits: tuple[Signal, ...] = ()
        for idea in self._strategy.on_bar(seen, self._own(seen)) or ():
            match idea:
                case Enter():
                    signal = entry_of(self.terms, seen, idea)
                    setups.setdefault(signal.id, signal)
                case Leave():
                    exits = (exit_of(self.terms, seen, idea),) if self._position is not None else ()
                case _:
                    raise TypeError(f"on_bar has to give Enter and Leave, not {idea!r}")
        return tuple(setups.values()), exits

    def _own(self, seen: Seen) -> Own:
        book, position = self.book, self._position
        direction = None
        if position is not None:
            direction = Direction.LONG if position.quantity > 0 else Direction.SHORT
        if seen.session is None or seen.session.open != book.opened:
            return Own(direction, 0, 0, 0)
        counted = book.session
        return Own(direction, counted.taken, counted.trades, counted.wins)

    @property
    def _position(self) -> Position | None:
        """What it has open itself; what a person or another strategy has opened is not for it to close."""
        state, account = self._state, self.terms.account
        position = state.position(account, state.contract_of(account, self.terms.instrument))
        if position is None:
            return None
        entry = state.orders.get(position.entry_order)
        if entry is not None:
            return position if entry.request.strategy == self.terms.id else None
        there = state.open_orders(account, position.instrument)
        return position if any(order.request.strategy == self.terms.id for order in there) else None

    @property
    def _has_failed(self) -> bool:
        """Whether it is paused for its errors; whoever resumes it has looked at them."""
        pace = self._state.paces.get(self.terms.id)
        return pace is not None and pace.paused_by == ENGINE and self.book.errors >= FAILURES_MAX


def _told(error: BaseException) -> str:
    """What it was, and where in a user's own file."""
    frames = [
        each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith(_OURS)
    ]
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX] + where
