"""The rehearsals can fail: with one safeguard taken away, they find what it was there for.

Each ablation runs seed after seed until the first finding; `TRIED` is how many it may take. With every safeguard in
place the very same days pass.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.ids import BookId
from kedge.domain.instants import Instant
from kedge.domain.orders import Order
from kedge.domain.steps import Step
from kedge.journal.memory import MemoryJournal
from kedge.kernel import book, on_answer, on_bust
from kedge.kernel.apply import APPLY
from kedge.kernel.state import BookState
from kedge.kernel.turn import Turn
from kedge.torture.network import Faults
from kedge.torture.rehearsal import Rehearsal

TICKS = 300
TRIED = 12

CRASHES_IN_STEPS = Faults.only(crash_in_step=0.05)
DOUBLED_REPORTS = Faults.only(report_doubled=0.3)
LATE_AND_LOST = Faults.only(request_late=0.3, report_lost=0.3, crash=0.02)
CRASHES = Faults.only(crash=0.03, report_late=0.3)
TAKEN_BACK = Faults.only(amendment=0.1, report_late=0.3, report_lost=0.1)


def findings(rehearsal: type[Rehearsal], seed: int, faults: Faults) -> list[str]:
    journal = MemoryJournal(BookId("main"), "ablation")
    return rehearsal(seed, lambda: journal, faults).run(TICKS).findings


def first_findings(rehearsal: type[Rehearsal], faults: Faults) -> list[str]:
    """What the first seed finds that finds anything."""
    for seed in range(TRIED):
        if found := findings(rehearsal, seed, faults):
            return found
    return []


class SendsBeforeItWrites(Rehearsal):
    """Commands leave before the step is in the journal."""

    def _record(self, step: Step) -> None:
        self._projection.note(step)
        self._send(step)
        self._may_die()
        self._write(step)


@contextmanager
def fills_counted_each_time() -> Iterator[None]:
    """Without the ids of the executions that were counted."""
    counted = APPLY[e.OrderFilled]

    def forget(state: BookState, event: e.OrderFilled, at: Instant) -> None:
        counted(state, event, at)
        del state.orders[event.order].executions[event.execution.id]

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(APPLY, e.OrderFilled, forget)
        yield


@contextmanager
def not_found_once_is_absent() -> Iterator[None]:
    """The first "not found" ends an order in doubt, however young it is."""

    def at_once(turn: Turn, order: Order) -> bool:
        return True

    def from_the_start(turn: Turn, order: Order) -> Instant:
        return Instant(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_answer, "is_proven_absent", at_once)
        patch.setattr(on_answer, "_late_enough", from_the_start)
        yield


@contextmanager
def nothing_asked_at_start() -> Iterator[None]:
    """A start takes the book over and asks about nothing that is open."""

    def start(turn: Turn, started: i.EngineStarted) -> None:
        turn.emit(
            e.RunStarted(
                journal_id=started.journal_id,
                nonce=started.nonce,
                epoch=started.epoch,
                version=started.version,
                settings_hash=started.settings_hash,
            )
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(book.DECIDE, i.EngineStarted, start)
        yield


@contextmanager
def busts_of_what_was_not_heard_of_are_forgotten() -> Iterator[None]:
    """A bust that overtakes its fill is dropped, and the fill counts when it comes."""
    took = on_bust.busted

    def only_known(turn: Turn, order: Order, report: i.VenueBusted) -> None:
        if report.execution in order.executions:
            took(turn, order, report)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_bust, "busted", only_known)
        yield


@contextmanager
def nobody_asks_what_was_taken_back() -> Iterator[None]:
    """After an absence only open orders are asked about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rehearsal, "_ask_what_was_taken_back", lambda _: None)
        yield


@pytest.mark.parametrize(
    "faults",
    [CRASHES_IN_STEPS, DOUBLED_REPORTS, LATE_AND_LOST, CRASHES, TAKEN_BACK],
    ids=["crashes in steps", "doubled reports", "late and lost", "crashes", "taken back"],
)
def test_with_every_safeguard_the_same_days_pass(faults: Faults) -> None:
    assert [found for seed in range(3) for found in findings(Rehearsal, seed, faults)] == []


def test_sending_before_writing_is_found() -> None:
    found = first_findings(SendsBeforeItWrites, CRASHES_IN_STEPS)
    assert any("never recorded before it was sent" in finding for finding in found), found


ABLATIONS = [
    (fills_counted_each_time, DOUBLED_REPORTS, ("the engine holds",)),
    (not_found_once_is_absent, LATE_AND_LOST, ("lives at the exchange", "the engine holds")),
    (nothing_asked_at_start, CRASHES, ("is believed live", "the engine holds")),
    (
        busts_of_what_was_not_heard_of_are_forgotten,
        TAKEN_BACK,
        ("the engine holds", "the engine counts", "is believed live"),
    ),
    (nobody_asks_what_was_taken_back, TAKEN_BACK, ("the engine holds", "the engine counts")),
]


@pytest.mark.parametrize(("without", "faults", "symptoms"), ABLATIONS)
def test_a_missing_safeguard_is_found(
    without: Callable[[], AbstractContextManager[None]], faults: Faults, symptoms: tuple[str, ...]
) -> None:
    with without():
        found = first_findings(Rehearsal, faults)
    assert any(symptom in each for each in found for symptom in symptoms), found
