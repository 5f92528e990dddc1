"""Signals that wait for a person: approved ones go through every gate again, the others end in a refusal."""

from kedge.domain.codes import Code
from kedge.domain.events import SignalTaken
from kedge.domain.governing import ApprovalRefused
from kedge.domain.ids import SignalId
from kedge.domain.inputs import ApprovalAsked
from kedge.domain.instants import NEVER, Instant
from kedge.kernel.on_signal import judge, refuse
from kedge.kernel.state import BookState
from kedge.kernel.turn import Turn


def on_approval(turn: Turn, asked: ApprovalAsked) -> None:
    """A person says yes or no; to what does not wait there is nothing to say."""
    held = turn.state.held.get(asked.signal)
    if held is None:
        turn.emit(ApprovalRefused(signal=asked.signal, who=asked.who, reason=_why_not(turn, asked.signal)))
        return
    if asked.approved:
        turn.emit(SignalTaken(signal=held.signal, why=f"approved by {asked.who}"))
        levels = asked.levels or held.levels
        judge(
            turn,
            held.signal,
            asked.bid,
            asked.ask,
            waited_until=turn.at,
            levels=levels,
            approved_by=asked.who,
        )
    else:
        turn.emit(SignalTaken(signal=held.signal, why=f"declined by {asked.who}: {asked.why}"))
        refuse(turn, held.signal, "approval", Code.APPROVAL_DECLINED, {"who": asked.who, "why": asked.why})


def next_lapse(state: BookState) -> Instant:
    """When the first signal that waits has waited for long enough."""
    return min((held.until for held in state.held.values()), default=NEVER)


def lapse(turn: Turn) -> None:
    """Nobody has said anything in time."""
    for held in [held for held in turn.state.held.values() if held.until <= turn.at]:
        turn.emit(SignalTaken(signal=held.signal, why="nobody has approved it in time"))
        waited = turn.at - held.since
        refuse(turn, held.signal, "approval", Code.APPROVAL_EXPIRED, {"waited_s": waited})


def _why_not(turn: Turn, id_: SignalId) -> str:
    judged = turn.state.signals.get(id_)
    if judged is None:
        return "no such signal is known"
    return f"it does not wait for anybody: it is {judged.outcome}" + (
        f" ({judged.code})" if judged.code else ""
    )
