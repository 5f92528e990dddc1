"""The single writer: decide at once, make durable in batches, act only on what is durable.

An input is decided in the call that brings it, so the order of the calls is the order of the record. What it led to
waits here until `commit` has written it. Nobody outside sees an event before that: no command leaves, no caller gets
an answer, no subscriber is told.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from kedge.domain.ids import SignalId
from kedge.domain.inputs import (
    Amendment,
    ApprovalAsked,
    Input,
    OrderRecalled,
    SignalArrived,
    VenueChange,
    VenueListed,
    VenueReport,
)
from kedge.domain.instants import Instant
from kedge.domain.protection import Levels
from kedge.domain.quotes import Quote
from kedge.domain.signals import Signal
from kedge.domain.steps import Step
from kedge.engine.answers import SignalAnswer, answer_for
from kedge.journal.base import Journal
from kedge.journal.projection import Projection
from kedge.kernel.book import Book
from kedge.kernel.on_bust import is_known
from kedge.kernel.state import SIGNALS_KEPT, BookState, Judged

SNAPSHOT_EVERY = 200_000  # events
Answered = Callable[[], None]
LevelsOf = Callable[[Signal, BookState, Instant], Levels | None]


class _Waiting(NamedTuple):
    step: Step | None  # None: the input changed nothing, but its answer must not overtake the ones before it
    answered: Answered | None


class Writer:
    """Everything that changes the book goes through here."""

    def __init__(self, book: Book, journal: Journal, schema: str) -> None:
        """The journal must end where the book stands."""
        self.book = book
        self._journal = journal
        self._schema = schema
        self._projection = Projection(book.state)
        self._waiting: list[_Waiting] = []
        self._unwritten: dict[SignalId, Judged] = {}  # signals since the last commit: no archive has them yet
        self._arrived = asyncio.Event()
        self._snapshot_at = book.state.seq + SNAPSHOT_EVERY
        self.levels_of: LevelsOf | None = None  # how to come by those that a signal's plan asks for

    @property
    def low_on_space(self) -> bool:
        """Whether the journal lives on its reserve."""
        return self._journal.low_on_space

    def take(self, input_: Input, answered: Answered | None = None) -> None:
        """Decide now; `answered` is called when the outcome is durable."""
        self.handle(input_, answered)

    def handle(self, input_: Input, answered: Answered | None = None) -> Step | None:
        """`take`, with what was decided: not to be acted on before `answered` is called."""
        step = self.book.step(input_)
        self._queue(step, answered)
        return step

    def take_report(self, report: VenueReport) -> None:
        """Decide on a venue's report, with the archive's copy of the order at hand when memory has let go of it."""
        if not isinstance(report, VenueChange) and report.order not in self.book.state.orders:
            archived = self._journal.archived_order(report.order)
            if archived is not None and isinstance(report, Amendment) and is_known(archived, report):
                return  # told again at each start, and no reason to remember the order anew
            if archived is not None:
                self.take(OrderRecalled(archived, at=report.at))
        self.take(report)

    def take_listing(self, listed: VenueListed) -> None:
        """Take in what a venue shows as open, with the archive's copies of orders that memory has let go of."""
        for id_ in listed.orders:
            archived = None if id_ in self.book.state.orders else self._journal.archived_order(id_)
            if archived is not None:
                self.take(OrderRecalled(archived, at=listed.at))
        self.take(listed)

    def take_quote(self, quote: Quote) -> None:
        """Let a quote meet the orders that the engine holds."""
        levels: dict[SignalId, Levels] = {}
        for signal in self.book.waiting_for(quote.instrument):
            told = None if self.levels_of is None else self.levels_of(signal, self.book.state, quote.at)
            if told is not None:
                levels[signal.id] = told
        for step in self.book.on_quote(quote.instrument, quote.bid, quote.ask, quote.at, levels):
            self._queue(step, None)

    def take_signal(
        self,
        signal: Signal,
        at: Instant,
        answered: Callable[[SignalAnswer], None],
        levels: Levels | None = None,
    ) -> None:
        """Judge a signal, or find how its id was judged before; `answered` is called when that is durable."""
        book, archived = self.book, self._archived_signal(signal.id)
        known = book.state.signals.get(signal.id) or archived
        first = None if archived is None else archived.digest
        step = book.step(self.arrival(signal, at, levels, first))
        # Looked up now, and kept: before the commit a burst of other signals may push it out of memory again.
        judged = book.state.signals.get(signal.id)
        answer = answer_for(signal, known, judged)
        if judged is not None:
            self._unwritten[signal.id] = judged
        self._queue(step, lambda: answered(answer))

    def arrival(
        self, signal: Signal, at: Instant, levels: Levels | None = None, first: str | None = None
    ) -> SignalArrived:
        """A signal with the quote of now."""
        book = self.book
        contract = book.state.contract_of(signal.account, signal.instrument)
        bid, ask = book.quote(contract)
        return SignalArrived(signal, bid, ask, first, levels, book.quoted_at(contract), at=at)

    def take_approval(
        self, signal: SignalId, who: str, why: str, at: Instant, answered: Answered, *, approved: bool
    ) -> Step | None:
        """A person's yes or no, with the quote and the levels of now; `answered` is called when it is durable."""
        held = self.book.state.held.get(signal)
        asked = ApprovalAsked(signal, approved, who, why, at=at)
        if held is not None:
            told = None if self.levels_of is None else self.levels_of(held.signal, self.book.state, at)
            now = self.arrival(held.signal, at, told)
            asked = ApprovalAsked(
                signal, approved, who, why, now.bid, now.ask, now.levels, now.quoted_at, at=at
            )
        step = self.handle(asked, answered)
        judged = self.book.state.signals.get(signal)
        if judged is not None:
            self._unwritten[signal] = judged
        return step

    def known_signal(self, signal: SignalId) -> Judged | None:
        """How a signal of this id was judged; None where there was none."""
        return self.book.state.signals.get(signal) or self._archived_signal(signal)

    def take_mark(self, answered: Answered) -> None:
        """Call `answered` when all that was taken in so far is durable."""
        self._queue(None, answered)

    def _archived_signal(self, signal: SignalId) -> Judged | None:
        """Looked for only when memory may have let go of anything."""
        signals = self.book.state.signals
        if signal in signals or len(signals) < SIGNALS_KEPT:
            return None
        return self._unwritten.get(signal) or self._journal.archived_signal(signal)

    async def arrived(self, seconds: float | None) -> None:
        """Return when something waits, when `wake` is called, or when the seconds are over."""
        if self._waiting:
            await asyncio.sleep(0)  # others on the loop get their turn even when the queue never runs dry
            return
        self._arrived.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        except TimeoutError:
            return

    def wake(self) -> None:
        """Let `arrived` return although nothing came in."""
        self._arrived.set()

    def commit(self) -> list[Step]:
        """Make all that waits durable in one go, answer those who wait for it, and hand it out to be acted on."""
        batch = list(self._waiting)
        self._waiting.clear()
        steps = [waiting.step for waiting in batch if waiting.step is not None]
        if steps:
            self._journal.append(steps, self._projection.changes())
        self._unwritten.clear()
        for waiting in batch:
            if waiting.answered is not None:
                waiting.answered()
        return steps

    def tidy(self) -> None:
        """Work that can wait for a quiet moment: checkpoints of the database, a snapshot now and then."""
        self._journal.tidy()
        if self.book.state.seq >= self._snapshot_at and not self._waiting:
            self.snapshot()

    def snapshot(self) -> None:
        """Keep the state, so that the next start need not fold the whole record."""
        self._journal.save_snapshot(self.book.state.seq, self._schema, self.book.snapshot())
        self._snapshot_at = self.book.state.seq + SNAPSHOT_EVERY

    def _queue(self, step: Step | None, answered: Answered | None) -> None:
        if step is not None:
            self._projection.note(step)
        elif answered is None:
            return
        self._waiting.append(_Waiting(step, answered))
        self._arrived.set()
