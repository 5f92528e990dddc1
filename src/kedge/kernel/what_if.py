"""What would come of a signal now: its way through the gates, with nothing recorded and nothing changed."""

from typing import NamedTuple

from kedge.domain.events import Check
from kedge.domain.inputs import SignalArrived
from kedge.domain.signals import Outcome, SignalKind
from kedge.gates import Approved, Draft, Held, Waiting, walk
from kedge.kernel.on_signal import draft_for, gates_for
from kedge.kernel.turn import Turn


class WhatIf(NamedTuple):
    """How it would end. `draft`: what the gates have settled; `passed`: whether all of them let it through."""

    outcome: Outcome
    code: str
    checks: tuple[Check, ...]
    draft: Draft
    passed: bool


def what_if(turn: Turn, arrived: SignalArrived) -> WhatIf:
    """Walk the gates that the signal itself would walk; a draft is all that is written on."""
    draft = draft_for(
        turn, arrived.signal, arrived.bid, arrived.ask, levels=arrived.levels, quoted_at=arrived.quoted_at
    )
    verdict = walk(gates_for(draft), draft)
    if isinstance(verdict, Approved):
        adjusts = arrived.signal.kind is SignalKind.STOP_ADJUSTMENT
        outcome = Outcome.ADJUSTED if adjusts else Outcome.ORDERED
        return WhatIf(outcome, "", verdict.checks, draft, passed=True)
    outcome = _OUTCOMES.get(type(verdict), Outcome.REFUSED)
    return WhatIf(outcome, verdict.code, verdict.checks, draft, passed=False)


_OUTCOMES: dict[type, Outcome] = {Waiting: Outcome.QUEUED, Held: Outcome.HELD}
