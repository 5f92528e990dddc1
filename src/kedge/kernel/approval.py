"""Signals that wait for a person: approved ones go through every gate again, the others end in a refusal."""

from kedge.domain.codes import Code
from kedge.domain.events import SignalTaken
from kedge.domain.governing import ApprovalRefused
from kedge.domain.ids import SignalId
from kedge.domain.inputs import ApprovalAsked
from kedge.domain.instants import NEVER, Instant
from kedge.kernel.on_signal import judge, refuse
from kedge.kernel.state import BookState, HeldSignal
from kedge.kernel.turn import Turn


def on_approval(turn: Turn, asked: ApprovalAsked) -> None:
    """A person says yes or no; to what does not wait there is nothing to say, and a late yes is none."""
    held = turn.state.held.get(asked.signal)
    if held is not None and held.until <= turn.at:
        _lapse(turn, held)
        held = None
    if held is None:
        turn.emit(ApprovalRefused(signal=asked.signal, who=asked.who, reason=_why_not(turn, asked.signal)))
        return
    if asked.approved:
        turn.emit(SignalTaken(signal=held.signal, why=_said("approved", asked)))
        judge(
            turn,
            held.signal,
            asked.bid,
            asked.ask,
            waited_until=turn.at,
            levels=asked.levels or held.levels,
            approved_by=asked.who,
            quoted_at=asked.quoted_at,
        )
    else:
        turn.emit(SignalTaken(signal=held.signal, why=_said("declined", asked)))
        refuse(turn, held.signal, "approval", Code.APPROVAL_DECLINED, {"who": asked.who, "why": asked.why})


def _said(word: str, asked: ApprovalAsked) -> str:
    return f"{word} by {asked.who}" + (f": {asked.why}" if asked.why else "")


def next_lapse(state: BookState) -> Instant:
    """When the first signal that waits has waited for long enough."""
    return min((held.until for held in state.held.values()), default=NEVER)


def lapse(turn: Turn) -> None:
    """Nobody has said anything in time."""
    for held in [held for held in turn.state.held.values() if held.until <= turn.at]:
        _lapse(turn, held)


def _lapse(turn: Turn, held: HeldSignal) -> None:
    turn.emit(SignalTaken(signal=held.signal, why="nobody has approved it in time"))
    waited = turn.at - held.since
    refuse(turn, held.signal, "approval", Code.APPROVAL_EXPIRED, {"waited_s": waited})


def _why_not(turn: Turn, id_: SignalId) -> str:
    judged = turn.state.signals.get(id_)
    if judged is None:
        return "no such signal is known"
    return f"it waits for nobody: it is {judged.outcome}" + (f" ({judged.code})" if judged.code else "")
