"""The record in the data directory, and the engine that may be running on it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kedge.cli.access import refuse_unusable
from kedge.cli.doctor.finding import Finding, failure, fine, warning
from kedge.cli.errors import Problem, problem_of
from kedge.cli.live import calling
from kedge.cli.record import holder_of, last_event, reading
from kedge.domain.accounts import TradingState
from kedge.engine.clock import system_clock
from kedge.journal.errors import JournalError, NoJournalError
from kedge.wording.times import show_moment, show_span

if TYPE_CHECKING:
    from kedge.engine.front import Front
    from kedge.engine.view import View


def examine_record(data_dir: Path) -> Iterator[Finding]:
    """All findings about the record and its engine."""
    try:
        refuse_unusable(data_dir)
    except Problem as problem:
        if problem.code != "NO_DIRECTORY":  # that is told of the place
            yield failure("Record", "it cannot be looked at", problem.message)
        return
    try:
        yield from _record(data_dir)
        yield from _engine(data_dir)
    except JournalError as error:
        told = problem_of(error)
        yield failure("Record", str(error), "" if told is None else told.message)


def _record(data_dir: Path) -> Iterator[Finding]:
    try:
        with reading(data_dir) as reader:
            head, last = reader.head, last_event(reader)
            killed = {str(account["book_state"]) for account in reader.accounts()} - {TradingState.ACTIVE}
    except NoJournalError:
        yield fine("Record", "none yet: it begins with the first start")
        return
    yield fine(
        "Record",
        f"{head.seq:,} events" + ("" if last is None else f", the last at {show_moment(last)}"),
    )
    ahead = 0 if last is None else last - system_clock()
    if ahead > 0:
        yield failure(
            "Clock and record",
            f"the last event lies {show_span(ahead)} in the future",
            "The clock was set back, or was wrong when it was written. Set it right before an engine starts.",
        )
    if killed:
        yield warning(
            "Kill switch", "it is on: new entries are refused", "`kedge kill off` once all is well again."
        )


def _engine(data_dir: Path) -> Iterator[Finding]:
    pid = holder_of(data_dir)
    if pid is None:
        yield fine("Engine", "none is running on it")
        return
    try:
        with calling(data_dir) as line:
            view, pid = line.look()
    except Problem as error:
        yield failure("Engine", error.message, "Stop that process, and start it anew.")
        return
    yield _prices(view, pid)
    yield from (_contract(front) for front in view.fronts)


def _prices(view: "View", pid: int) -> Finding:
    stale = [quote.instrument for quote in view.quotes if quote.bid is None]
    seen = f"process {pid} runs and answers"
    if stale:
        return warning(
            "Engine", f"{seen}, without a price for {', '.join(stale)}", "Look at the feeds in the settings."
        )
    return fine("Engine", seen)


def _contract(front: "Front") -> Finding:
    check, seen = (
        f"Contract {front.root}",
        f"{front.contract} is traded, until {show_moment(front.entries_until)}",
    )
    if front.is_last:
        advice = (
            "Restart the engine before then: each start lists the contracts behind the one that is traded."
        )
        return warning(check, f"{seen}, and the engine has listed none behind it", advice)
    return fine(check, seen)
