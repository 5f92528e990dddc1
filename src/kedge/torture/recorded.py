"""What a journal says, read after each death of the engine: only the new steps, with the chain checked on the way."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from kedge.domain.events import (
    Anomaly,
    Event,
    OrderHeld,
    OrderReleased,
    OrderSubmitted,
    RunStarted,
    SignalJudged,
)
from kedge.domain.ids import OrderId, SignalId
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import UNANSWERED_STATES
from kedge.domain.orders import OrderRequest
from kedge.engine.answers import SignalAnswer
from kedge.journal.errors import NoJournalError
from kedge.journal.reader import open_reader
from kedge.torture.stage import BOOK
from kedge.torture.truth import Truth


class Intent(msgspec.Struct, frozen=True):
    """An order as it was recorded before it left."""

    request: OrderRequest
    at: Instant


class Recorded:
    """Everything in one journal that an acknowledgement or an order can be compared with."""

    def __init__(self, data_dir: Path) -> None:
        """Nothing is read before the first `update`."""
        self._data_dir = data_dir
        self.events = 0
        self.starts = 0
        self.unanswered = 0  # orders with a request under way, as of the last look
        self.judged: dict[SignalId, SignalJudged] = {}
        self.sent: dict[OrderId, Intent] = {}
        self.anomalies: dict[str, int] = {}

    def update(self) -> None:
        """Read on; raises a `JournalError` where the record is broken."""
        try:
            reader = open_reader(self._data_dir, BOOK)
        except NoJournalError:
            if self.events:
                raise
            return  # the first start was killed before it had made one
        with reader:
            for step in reader.steps(self.events):
                for event in step.events:
                    self._take(event, step.at)
                self.events += len(step.events)
            self.unanswered = len(reader.orders(states=UNANSWERED_STATES))

    def _take(self, event: Event, at: Instant) -> None:
        match event:
            case SignalJudged(signal=signal):
                self.judged.setdefault(signal, event)
            case OrderSubmitted(request=request, legs=legs):
                for each in (request, *legs):
                    self.sent[each.id] = Intent(each, at)
            case OrderReleased(request=request):
                self.sent[request.id] = Intent(request, at)
            case OrderHeld():
                pass  # nothing has left
            case RunStarted():
                self.starts += 1
            case Anomaly(kind=kind):
                self.anomalies[kind] = self.anomalies.get(kind, 0) + 1
            case _:
                pass


def lost_answers(recorded: Recorded, acknowledged: Mapping[SignalId, SignalAnswer]) -> list[str]:
    """Acknowledged signals that are not in the record, or ended there in another way."""
    findings = []
    for id_, answer in acknowledged.items():
        judged = recorded.judged.get(id_)
        if judged is None:
            findings.append(f"signal {id_} was acknowledged as {answer.outcome} and is not in the journal")
        elif (judged.outcome, judged.code, judged.order) != (answer.outcome, answer.code, answer.order):
            findings.append(
                f"signal {id_} was acknowledged as {answer.outcome} {answer.code} {answer.order}, the journal has "
                f"{judged.outcome} {judged.code} {judged.order}"
            )
    return findings


def not_written_first(recorded: Recorded, truth: Truth) -> list[str]:
    """Orders that the exchange has and the record has not, or has later, or in another form."""
    findings = []
    for id_, taken in truth.orders.items():
        intent = recorded.sent.get(id_)
        if intent is None:
            findings.append(f"{id_} is at the exchange and was never recorded before it was sent")
        elif intent.at > taken.at:
            findings.append(
                f"{id_} was recorded at {intent.at} and taken by the exchange at {taken.at} already"
            )
        elif intent.request != taken.request:
            findings.append(f"{id_} was recorded as {intent.request} and sent as {taken.request}")
    return findings
