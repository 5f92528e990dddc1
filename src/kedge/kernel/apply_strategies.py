"""What the events of `kedge.domain.setups` do to the state, and what is counted of a strategy's trades.

A bar that nothing came of leaves one event, `PanelNoted`, for all the strategies that look at it: by it they have seen
the bar.
"""

from collections.abc import Callable
from typing import Any

from kedge.domain import setups as s
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import Instant, Span
from kedge.domain.numbers import Nano, from_nano
from kedge.domain.signals import Outcome
from kedge.domain.strategies import (
    SETUPS_KEPT,
    Fate,
    FoundSetup,
    Panel,
    StrategyBook,
    StrategyTerms,
    Tally,
    chart_key,
)
from kedge.kernel.state import BookState

_FATES = {
    Outcome.ORDERED: Fate.TAKEN,
    Outcome.ADJUSTED: Fate.TAKEN,
    Outcome.REFUSED: Fate.REFUSED,
    Outcome.HELD: Fate.WAITING,
    Outcome.QUEUED: Fate.WAITING,
}


def watchers(state: BookState, instrument: Symbol, length: Span) -> list[str]:
    """The strategies that look at these bars; one of a root looks at those of its contracts."""
    names = (instrument, *_root_of(state, instrument))
    return [each for name in names for each in state.charts.get(chart_key(name, length), ())]


def forget_panels(state: BookState, instrument: Symbol) -> None:
    """Prices of before mean nothing any more, as after a split: indicators are made anew out of the charts."""
    names = (instrument, *_root_of(state, instrument))
    for terms in [known.terms for known in state.strategies.values() if known.terms.instrument in names]:
        state.panels.pop(chart_key(terms.instrument, terms.bar), None)


def note_own_trade(state: BookState, account: AccountId, strategy: str | None, pnl: Nano) -> None:
    """A round trip is complete: one of this session and of all time."""
    known = _own(state, account, strategy)
    if known is not None:
        for tally in (known.session, known.total):
            _count(tally, pnl, 1)


def note_amended_trade(
    state: BookState, account: AccountId, strategy: str | None, pnl: Nano, sign: int
) -> None:
    """A round trip of whichever session never was, or was another one."""
    known = _own(state, account, strategy)
    if known is not None:
        _count(known.total, pnl, sign)


def _own(state: BookState, account: AccountId, strategy: str | None) -> StrategyBook | None:
    if not state.strategies or strategy is None:
        return None
    known = state.strategies.get(strategy)
    return None if known is None or known.terms.account != account else known


def _count(tally: Tally, pnl: Nano, sign: int) -> None:
    tally.trades += sign
    tally.wins += sign * (pnl > 0)
    tally.losses += sign * (pnl < 0)
    tally.pnl += sign * from_nano(pnl)


def _root_of(state: BookState, instrument: Symbol) -> tuple[Symbol, ...]:
    known = state.instruments.get(instrument)
    return () if known is None or not known.root else (Symbol(known.root),)


def _strategy_defined(state: BookState, event: s.StrategyDefined, at: Instant) -> None:
    terms = event.terms
    known = state.strategies.get(terms.id)
    state.charts.setdefault(chart_key(terms.instrument, terms.bar), {})[terms.id] = None
    if known is None:
        state.strategies[terms.id] = StrategyBook(terms, since=at)
        return
    before, known.terms = known.terms, terms
    if (before.instrument, before.bar) != (terms.instrument, terms.bar):
        _look_away(state, before)
    if event.anew:
        known.state, known.errors = "", 0
        known.judged = known.failed = Instant(0)
        _begin_session(known, Instant(0), Instant(0))


def _strategy_dropped(state: BookState, event: s.StrategyDropped, at: Instant) -> None:
    _look_away(state, state.strategies.pop(event.strategy).terms)


def _look_away(state: BookState, terms: StrategyTerms) -> None:
    """Where nobody looks at bars any more, nothing is kept of them."""
    key = chart_key(terms.instrument, terms.bar)
    del state.charts[key][terms.id]
    if not state.charts[key]:
        del state.charts[key]
    for symbol in (terms.instrument, *state.contracts.get(terms.instrument, ())):
        if not watchers(state, symbol, terms.bar):
            state.panels.pop(chart_key(symbol, terms.bar), None)


def _panel_noted(state: BookState, event: s.PanelNoted, at: Instant) -> None:
    state.panels[chart_key(event.instrument, event.length)] = Panel(event.close, event.state)
    for id_ in watchers(state, event.instrument, event.length):
        state.strategies[id_].judged = event.close


def _session_began(state: BookState, event: s.SessionBegan, at: Instant) -> None:
    _begin_session(state.strategies[event.strategy], event.opened, event.closes)


def _begin_session(known: StrategyBook, opened: Instant, closes: Instant) -> None:
    known.opened, known.closes = opened, closes
    known.session = Tally()
    for found in known.setups:
        found.past = True


def _strategy_moved(state: BookState, event: s.StrategyMoved, at: Instant) -> None:
    known = state.strategies[event.strategy]
    known.state = event.state
    known.judged = event.close


def _strategy_failed(state: BookState, event: s.StrategyFailed, at: Instant) -> None:
    known = state.strategies[event.strategy]
    known.errors, known.last_error = event.in_a_row, event.error
    known.judged = known.failed = event.close


def _setup_found(state: BookState, event: s.SetupFound, at: Instant) -> None:
    known, signal = state.strategies[event.strategy], event.signal
    found = FoundSetup(signal.id, event.close, at, signal.direction, signal.reason or "")
    known.judged = event.close
    known.setups.append(found)
    for tally in _tallies(known, found):
        tally.found += 1
    over = len(known.setups) - SETUPS_KEPT
    if over > 0:  # one that waits is kept: its answer is still to be counted
        settled = [each.signal for each in known.setups if each.fate is not Fate.WAITING][:over]
        known.setups = [each for each in known.setups if each.signal not in settled]


def _setup_missed(state: BookState, event: s.SetupMissed, at: Instant) -> None:
    known = state.strategies[event.strategy]
    found = known.setup(event.signal)
    if found is not None:
        _settle(known, found, Fate.MISSED, event.why)


def _setup_answered(state: BookState, event: s.SetupAnswered, at: Instant) -> None:
    known = state.strategies[event.strategy]
    found = known.setup(event.signal)
    if found is None:
        return
    _settle(known, found, _FATES[event.outcome], event.code)
    if at == found.seen:  # the first answer, and not a person's to what has waited
        known.last_delay = Span(at - found.at)
        known.worst_delay = max(known.worst_delay, known.last_delay)


def _settle(known: StrategyBook, found: FoundSetup, fate: Fate, code: str) -> None:
    for tally in _tallies(known, found):
        for each, sign in ((found.fate, -1), (fate, 1)):
            if each is not Fate.WAITING:
                setattr(tally, each.value, getattr(tally, each.value) + sign)
    found.fate, found.code = fate, code


def _tallies(known: StrategyBook, found: FoundSetup) -> tuple[Tally, ...]:
    """An answer to a setup of an older session is none of this one's."""
    return (known.total,) if found.past else (known.total, known.session)


APPLY_STRATEGIES: dict[type, Callable[[BookState, Any, Instant], None]] = {
    s.StrategyDefined: _strategy_defined,
    s.StrategyDropped: _strategy_dropped,
    s.SessionBegan: _session_began,
    s.PanelNoted: _panel_noted,
    s.StrategyMoved: _strategy_moved,
    s.SetupFound: _setup_found,
    s.SetupMissed: _setup_missed,
    s.SetupAnswered: _setup_answered,
    s.StrategyFailed: _strategy_failed,
}
