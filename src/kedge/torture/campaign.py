"""Everything that `make torture` does by itself: rehearsals of many seeds, then the crash loop, then one table."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import msgspec

from kedge.domain.ids import BookId
from kedge.journal.base import Journal
from kedge.journal.memory import MemoryJournal
from kedge.journal.sqlite import open_journal
from kedge.torture.crash_loop import CrashLoop, CrashReport
from kedge.torture.network import Faults
from kedge.torture.rehearsal import Rehearsal, Report

TICKS = 1_500
_BOOK = BookId("main")
_JOURNAL_ID = "rehears1"
_ON_DISK_EVERY = 4  # so many rehearsals in memory for one on SQLite, where each step costs a sync

PROFILES: dict[str, Faults] = {
    "everything": Faults(),
    "crashes": Faults.only(crash=0.02, crash_in_step=0.004),
    "lost reports": Faults.only(report_lost=0.2, answer_lost=0.15, request_late=0.1, crash=0.005),
    "late and twice": Faults.only(report_late=0.3, report_doubled=0.3, request_late=0.2, request_lost=0.1),
    "taken back": Faults.only(
        amendment=0.05, report_lost=0.1, report_late=0.2, report_doubled=0.2, crash=0.005
    ),
}


class Plan(msgspec.Struct, frozen=True):
    """What is to be done; from one seed on, so many."""

    seed: int = 0
    seeds: int = 100
    kills: int = 200


class Finding(msgspec.Struct, frozen=True):
    """A broken promise, and how to see it again."""

    where: str
    what: str
    again: str


class Outcome(msgspec.Struct):
    """What it came to."""

    rehearsals: int = 0
    rehearsed_signals: int = 0
    rehearsed_events: int = 0
    rehearsed_crashes: int = 0
    rehearsed_trades: int = 0
    faults: dict[str, int] = {}
    crash_loop: CrashReport | None = None
    findings: list[Finding] = []


def run(plan: Plan, tell: Callable[[str], None]) -> Outcome:
    """Carry the plan out; `tell` is given lines on progress."""
    outcome = Outcome()
    for seed in range(plan.seed, plan.seed + plan.seeds):
        for name, bracket, shared in _kinds(seed):
            report = rehearse(seed, PROFILES[name], bracket=bracket, shared=shared)
            _add(outcome, report, name, _exits(bracket=bracket, shared=shared))
        if (seed - plan.seed) % 10 == 9:
            tell(
                f"{outcome.rehearsals} rehearsals, {outcome.rehearsed_events} events, "
                f"{outcome.rehearsed_crashes} crashes, {len(outcome.findings)} findings"
            )
    if plan.kills:
        _crash(plan, outcome, tell)
    return outcome


def rehearse(seed: int, faults: Faults, *, bracket: bool, shared: bool = False, ticks: int = TICKS) -> Report:
    """One rehearsal, in memory or in a directory that is gone afterwards."""
    if seed % _ON_DISK_EVERY:
        kept = MemoryJournal(_BOOK, _JOURNAL_ID)
        return Rehearsal(seed, lambda: kept, faults, bracket=bracket, shared=shared).run(ticks)
    with TemporaryDirectory(prefix="kedge-rehearsal-") as folder:
        opened = Rehearsal(seed, lambda: on_disk(Path(folder)), faults, bracket=bracket, shared=shared)
        return opened.run(ticks)


def on_disk(folder: Path) -> Journal:
    """The rehearsals' journal as a file; the same id each time, so that one seed writes one journal."""
    return open_journal(folder, book=_BOOK, new_id=_JOURNAL_ID, program="rehearsal", reserve_bytes=4_096)


def _kinds(seed: int) -> Iterator[tuple[str, bool, bool]]:
    """The faults, whether the venue takes brackets, and whether the accounts share one there."""
    names = list(PROFILES)
    yield names[seed % len(names)], True, False
    yield names[(seed // len(names) + seed) % len(names)], False, False
    yield names[(seed // len(names) + seed + 1) % len(names)], True, True


def _exits(*, bracket: bool, shared: bool) -> str:
    if shared:
        return "with all on one account"
    return "with native brackets" if bracket else "with exits in the engine"


def _add(outcome: Outcome, report: Report, name: str, exits: str) -> None:
    outcome.rehearsals += 1
    outcome.rehearsed_signals += report.signals
    outcome.rehearsed_events += report.events
    outcome.rehearsed_crashes += report.crashes
    outcome.rehearsed_trades += report.trades
    for fault, times in report.faults.items():
        outcome.faults[fault] = outcome.faults.get(fault, 0) + times
    outcome.findings += [
        Finding(
            f"rehearsal of seed {report.seed}, faults {name!r}, {exits}",
            what,
            f"python -m kedge.torture --seed {report.seed} --seeds 1 --kills 0",
        )
        for what in report.findings
    ]


def _crash(plan: Plan, outcome: Outcome, tell: Callable[[str], None]) -> None:
    folder = Path(mkdtemp(prefix="kedge-crashes-"))
    report = asyncio.run(CrashLoop(folder, plan.seed, tell).run(plan.kills))
    outcome.crash_loop = report
    if not report.findings:
        shutil.rmtree(folder)
    again = f"python -m kedge.torture --seed {plan.seed} --seeds 0 --kills {plan.kills}"
    where = f"crash loop of seed {plan.seed} after {report.kills} kills; its files are kept in {folder}"
    outcome.findings += [Finding(where, what, again) for what in report.findings]
