"""The strategies that the settings name: what is new or changed is recorded, and what is gone."""

from kedge.domain.inputs import StrategiesDeclared
from kedge.domain.setups import StrategyDefined, StrategyDropped
from kedge.domain.strategies import StrategyTerms
from kedge.kernel.turn import Turn


def on_strategies(turn: Turn, declared: StrategiesDeclared) -> None:
    """What a strategy remembers outlives new terms, unless it was worked out by another rule or of other bars."""
    wanted = {terms.id: terms for terms in declared.strategies}
    known = turn.state.strategies
    for id_ in [id_ for id_ in known if id_ not in wanted]:
        turn.emit(StrategyDropped(strategy=id_))
    for id_, terms in wanted.items():
        if id_ not in known:
            turn.emit(StrategyDefined(terms=terms))
        elif known[id_].terms != terms:
            turn.emit(StrategyDefined(terms=terms, anew=_works_otherwise(known[id_].terms, terms)))


def _works_otherwise(before: StrategyTerms, now: StrategyTerms) -> bool:
    return _work(before) != _work(now)


def _work(terms: StrategyTerms) -> tuple[object, ...]:
    return terms.rule, terms.bar, terms.instrument, terms.parameters
