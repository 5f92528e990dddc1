"""The fills that a journal counts, in the order in which the engine heard of them, held against those of a ledger.

When money differs this names the trade by which it does.
"""

from kedge.domain.amendments import FillBusted, FillCorrected
from kedge.domain.events import OrderFilled
from kedge.domain.numbers import Nano, from_nano, plain
from kedge.domain.orders import Execution
from kedge.journal.reader import JournalReader
from kedge.torture.truth import FillId, Truth


class Heard:
    """What one journal tells of fills: each as it stands, in the order in which they came to the engine."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self.fills: dict[FillId, Execution] = {}
        self.findings: list[str] = []

    def take(self, event: object) -> None:
        """Take the next event in; most say nothing of fills."""
        match event:
            case OrderFilled(order=order, execution=done):
                if (order, done.id) in self.fills:
                    self.findings.append(f"{order}: the engine has counted the execution {done.id} twice")
                self.fills[order, done.id] = done
            case FillBusted(order=order, execution=id_):
                self.fills.pop((order, id_), None)
            case FillCorrected(order=order, execution=id_, now=Execution() as now):
                self.fills[order, id_] = now
            case _:
                pass


def heard_of(reader: JournalReader) -> Heard:
    """Every fill that this journal tells of."""
    heard = Heard()
    for step in reader.steps():
        for event in step.events:
            heard.take(event)
    return heard


def check_fills(heard: Heard, truth: Truth) -> list[str]:
    """Fills that one side has and the other has not, or has with other figures."""
    findings = list(heard.findings)
    there = truth.fills
    for fill, done in there.items():
        if (ours := heard.fills.get(fill)) is None:
            findings.append(f"{_told(fill, done)} at the exchange, and the engine has not counted it")
        elif _figures(ours) != _figures(done):
            findings.append(f"{_told(fill, done)} at the exchange, and the engine has counted {_terms(ours)}")
    findings += [
        f"{_told(fill, done)} for the engine, and the exchange has no such execution"
        for fill, done in heard.fills.items()
        if fill not in there
    ]
    return findings


def _told(fill: FillId, done: Execution) -> str:
    order, id_ = fill
    return f"{order}: the execution {id_} is {_terms(done)}"


def _terms(done: Execution) -> str:
    quantity, price, fee, coins = (plain(from_nano(figure)) for figure in _figures(done))
    return f"{quantity} at {price} for a fee of {fee}" + ("" if coins == "0" else f" and {coins} of it")


def _figures(done: Execution) -> tuple[Nano, Nano, Nano, Nano]:
    return done.quantity, done.price, done.fee, done.fee_base
