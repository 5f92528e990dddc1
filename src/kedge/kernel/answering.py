"""What becomes of a setup later: a person has answered, nobody has in time, or its entry did not leave after all."""

from kedge.domain.events import OrderAbandoned, SignalJudged, SignalTaken
from kedge.domain.ids import SignalId
from kedge.domain.setups import SetupAnswered
from kedge.domain.signals import Outcome
from kedge.domain.strategies import Fate, FoundSetup
from kedge.kernel.turn import Turn


def answer_setups(turn: Turn) -> None:
    """By the events of this turn; where there are no strategies there is nothing to look for."""
    if not turn.state.strategies:
        return
    waited: dict[SignalId, str] = {}
    for event in list(turn.events):
        if isinstance(event, SignalTaken) and event.signal.strategy is not None:
            waited[event.signal.id] = event.signal.strategy
        elif isinstance(event, SignalJudged) and event.signal in waited:
            _answer(turn, waited[event.signal], event.signal, event.outcome, event.code)
        elif isinstance(event, OrderAbandoned):
            order = turn.order(event.order)
            request = None if order is None else order.request
            if request is not None and request.strategy is not None and request.signal is not None:
                _answer(turn, request.strategy, request.signal, Outcome.REFUSED, event.code)


def _answer(turn: Turn, strategy: str, signal: SignalId, outcome: Outcome, code: str) -> None:
    if _setup(turn, strategy, signal) is not None:
        turn.emit(SetupAnswered(strategy=strategy, signal=signal, outcome=outcome, code=code))


def _setup(turn: Turn, strategy: str, signal: SignalId) -> FoundSetup | None:
    known = turn.state.strategies.get(strategy)
    found = None if known is None else known.setup(signal)
    return None if found is None or found.fate is Fate.MISSED else found
