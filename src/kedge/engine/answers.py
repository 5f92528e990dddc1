"""What a sender of a signal is told, once it is durable."""

from enum import StrEnum

import msgspec

from kedge.domain.ids import OrderId, SignalId
from kedge.domain.signals import Outcome, Signal
from kedge.kernel.on_signal import digest
from kedge.kernel.state import Judged


class Repeat(StrEnum):
    """Whether the id was seen before."""

    NEW = "new"
    SAME = "same"  # the first outcome is given again, nothing was done
    CONFLICT = "conflict"  # another content under a known id: refused, nothing was done


class SignalAnswer(msgspec.Struct, frozen=True, gc=False):
    """A signal's outcome."""

    signal: SignalId
    outcome: Outcome
    repeat: Repeat
    code: str = ""
    order: OrderId | None = None


def answer_for(signal: Signal, before: Judged | None, now: Judged | None) -> SignalAnswer:
    """`before`: what was known of the id when the signal came; `now`: how it was judged."""
    if before is not None:
        repeat = Repeat.SAME if before.digest == digest(signal) else Repeat.CONFLICT
        return SignalAnswer(signal.id, before.outcome, repeat, before.code, before.order)
    assert now is not None, "every new signal is judged in the step that takes it in"
    return SignalAnswer(signal.id, now.outcome, Repeat.NEW, now.code, now.order)
