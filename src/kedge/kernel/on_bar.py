"""A bar is known and its strategies have spoken. What they know, what they have found and what comes of it is one step.

    the session is a new one   ──► SessionBegan, for each strategy that looks at the bar
    it knows something else    ──► StrategyMoved
    it has found something     ──► SetupFound ──► SetupMissed, or the way through the gates and SetupAnswered
    it wants out               ──► judged as any exit, where its account holds something
    it has failed              ──► StrategyFailed, and after three in a row StrategyPaused
    all of them have seen it   ──► PanelNoted: the one event of a bar that nothing comes of

A strategy is heard once for each bar, and a setup is acted on once, however often a bar is handed in.
"""

from kedge.domain.governing import StrategyPaused
from kedge.domain.inputs import BarJudged
from kedge.domain.instants import Span
from kedge.domain.setups import (
    PanelNoted,
    SessionBegan,
    SetupAnswered,
    SetupFound,
    SetupMissed,
    StrategyFailed,
    StrategyMoved,
)
from kedge.domain.signals import Signal
from kedge.domain.strategies import FAILURES_MAX, StrategyBook, Told, chart_key
from kedge.kernel.apply_strategies import watchers
from kedge.kernel.govern import ENGINE
from kedge.kernel.on_signal import judge
from kedge.kernel.turn import Turn


def on_bar_judged(turn: Turn, bar: BarJudged) -> None:
    """Nothing is recorded of bars that no strategy looks at, nor of what a strategy says that does not."""
    strategies = turn.state.strategies
    looking = dict.fromkeys(watchers(turn.state, bar.instrument, bar.length))
    for id_ in looking:
        known = strategies[id_]
        if known.judged < bar.close and bar.opened and known.opened != bar.opened:
            turn.emit(SessionBegan(strategy=id_, opened=bar.opened, closes=bar.closes))
    for told in bar.told:
        if told.strategy in looking and strategies[told.strategy].judged < bar.close:
            _hear(turn, bar, told, strategies[told.strategy])
    if looking:
        _note_panel(turn, bar)


def _note_panel(turn: Turn, bar: BarJudged) -> None:
    """By it they have all seen the bar; the same bar again has something to say where there are other indicators."""
    known = turn.state.panels.get(chart_key(bar.instrument, bar.length))
    if known is None or known.at < bar.close or (known.at == bar.close and known.state != bar.panel):
        turn.emit(PanelNoted(instrument=bar.instrument, length=bar.length, close=bar.close, state=bar.panel))


def _hear(turn: Turn, bar: BarJudged, told: Told, known: StrategyBook) -> None:
    if told.error:
        _fail(turn, bar, told, known)
        return
    if told.state is not None and told.state != known.state:
        turn.emit(StrategyMoved(strategy=told.strategy, close=bar.close, state=told.state))
    for signal in told.setups:
        if not _is_known(turn, signal, known):
            _find(turn, bar, told, signal)
    for signal in told.exits:
        _leave(turn, bar, signal)


def _fail(turn: Turn, bar: BarJudged, told: Told, known: StrategyBook) -> None:
    in_a_row = known.failing + 1
    turn.emit(StrategyFailed(strategy=told.strategy, close=bar.close, error=told.error, in_a_row=in_a_row))
    pace = turn.state.paces.get(told.strategy)
    if in_a_row >= FAILURES_MAX and (pace is None or not pace.paused):
        why = f"it has failed {in_a_row} times in a row, the last time with: {told.error}"
        turn.emit(StrategyPaused(strategy=told.strategy, who=ENGINE, why=why))


def _is_known(turn: Turn, signal: Signal, known: StrategyBook) -> bool:
    """What was missed has never been judged, and is not tried for all that."""
    return signal.id in turn.state.signals or known.setup(signal.id) is not None


def _find(turn: Turn, bar: BarJudged, told: Told, signal: Signal) -> None:
    turn.emit(SetupFound(strategy=told.strategy, close=bar.close, signal=signal))
    if told.missed is not None:
        late = Span(max(turn.at - bar.close, 0))
        turn.emit(SetupMissed(strategy=told.strategy, signal=signal.id, why=told.missed, late=late))
        return
    _judge(turn, bar, signal)
    judged = turn.state.signals[signal.id]
    turn.emit(
        SetupAnswered(strategy=told.strategy, signal=signal.id, outcome=judged.outcome, code=judged.code)
    )


def _leave(turn: Turn, bar: BarJudged, signal: Signal) -> None:
    """An exit only takes risk away: it is never too late for one, also where the engine was down meanwhile."""
    held = turn.state.contract_of(signal.account, signal.instrument)
    if signal.id not in turn.state.signals and turn.state.position(signal.account, held) is not None:
        _judge(turn, bar, signal)


def _judge(turn: Turn, bar: BarJudged, signal: Signal) -> None:
    judge(
        turn,
        signal,
        bar.bid,
        bar.ask,
        levels=bar.levels.get(signal.id),
        quoted_at=bar.quoted_at,
        jumped_from=bar.jumped_from,
    )
