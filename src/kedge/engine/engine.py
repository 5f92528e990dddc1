"""The engine: the kernel, its journal and its venues, run by one loop.

    signal, report, quote, clock ──► Writer.take: decide ──► Writer.commit: durable ──► commands, answers, subscribers

Everything runs on one thread and the commit is made in it: at rest nothing waits for a thread to wake up, and under
load all that came in during one commit goes into the next.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from kedge import __version__
from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.commands import Command, SubmitOrder, command_for
from kedge.domain.ids import AccountId, OrderId, VenueName, token
from kedge.domain.inputs import (
    AccountDeclared,
    CancelAsked,
    ClockTicked,
    EngineStarted,
    InstrumentDeclared,
    ReplaceAsked,
    TradingStateAsked,
    VenueReconnected,
)
from kedge.domain.instants import NEVER, SECOND, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.orders import Terms
from kedge.domain.quotes import MarketData, Quote
from kedge.domain.signal_form import read_signal
from kedge.domain.signals import Signal
from kedge.domain.steps import Step
from kedge.engine.answers import SignalAnswer
from kedge.engine.clock import Clock, system_clock
from kedge.engine.dispatch import Dispatcher
from kedge.engine.recovery import recover, state_schema
from kedge.engine.writer import Writer
from kedge.journal.base import Journal
from kedge.kernel.book import Book
from kedge.venues.base import BringsQuotes, Link, Venue
from kedge.venues.errors import NotSentError

log = logging.getLogger("kedge.engine")
T = TypeVar("T")

NONCE_LENGTH = 4
SETTLE_SECONDS = 5.0
QUIET_SECONDS = 1.0  # the loop looks up at least so often, to tidy and to notice a clock that jumped
RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class EngineStoppedError(Exception):
    """The engine is not running (any more): nothing was done, hand it in again after the restart."""


class Engine:
    """One running book."""

    def __init__(
        self,
        journal: Journal,
        venues: Sequence[Venue],
        *,
        accounts: Sequence[AccountTerms] = (),
        instruments: Sequence[Instrument] = (),
        settings_hash: str = "",
        clock: Clock = system_clock,
        draw_bits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        """Fold the journal; nothing is sent and nobody is listened to before `start`."""
        self._journal = journal
        self._venues: dict[VenueName, Venue] = {venue.name: venue for venue in venues}
        self._clock = clock
        schema = state_schema()
        self.book: Book = recover(journal, schema)
        self._writer = Writer(self.book, journal, schema)
        self._dispatcher = Dispatcher(self._venues, clock, self._writer.take_report, self._fail)
        self._subscribers: list[Callable[[Step], None]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._callers: dict[asyncio.Future[Any], None] = {}
        self._broken: BaseException | None = None
        self._stopping = False
        self._stopped = asyncio.Event()
        self._minted = 0
        self._nonce = token(draw_bits(5 * NONCE_LENGTH), NONCE_LENGTH)
        self._declared = (instruments, accounts, settings_hash)

    # -- life --

    async def start(self) -> None:
        """Record the start, connect, and begin to act; what was open is asked about before anything new is done."""
        instruments, accounts, settings_hash = self._declared
        at = self._clock()
        self._writer.take(
            EngineStarted(
                self._journal.journal_id, self._nonce, self._journal.epoch, __version__, settings_hash, at=at
            )
        )
        for instrument in instruments:
            self._writer.take(InstrumentDeclared(instrument, at=at))
        for terms in accounts:
            self._writer.take(AccountDeclared(terms, at=at))
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._run(), name="engine")]
        for venue in self._venues.values():
            venue.watch(self._link_listener(venue.name))
            self._tasks.append(loop.create_task(self._attend(venue), name=f"venue {venue.name}"))

    async def wait(self) -> None:
        """Return when the engine was stopped; raise what made it fail."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def stop(self) -> None:
        """Take nothing more in, let requests under way end, write everything down, let go. A second call waits."""
        if self._stopping:
            await self._stopped.wait()
            return
        self._stopping = True
        try:
            await self._stop()
        finally:
            self._stopped.set()

    async def _stop(self) -> None:
        loop, attending = self._tasks[:1], self._tasks[1:]
        self._writer.wake()
        # The loop first: what it has taken in leaves on its last round, and that is under way too.
        outcomes = await asyncio.gather(*loop, return_exceptions=True)
        await self._dispatcher.settle(SETTLE_SECONDS)
        for task in attending:
            task.cancel()
        await asyncio.gather(*attending, return_exceptions=True)
        for venue in self._venues.values():
            await venue.close()
        try:
            if outcomes in ([], [None]):
                self._publish(self._writer.commit())
                self._writer.snapshot()
        finally:
            self._journal.close()

    # -- the public doors --

    def now(self) -> Instant:
        """The engine's clock."""
        return self._clock()

    async def signal(self, signal: Signal | Mapping[str, Any] | bytes | str) -> SignalAnswer:
        """Hand a signal in; the answer comes when its outcome is durable. Raises `SignalFormError` on a bad form."""
        self._check_running()
        if not isinstance(signal, Signal):
            signal = read_signal(signal, self._clock(), self._mint_signal_id)
        future: asyncio.Future[SignalAnswer] = self._waiting_for()
        self._writer.take_signal(signal, self._clock(), _resolver(future))
        return await future

    async def recorded(self) -> None:
        """Return when all that was handed in before this call is durable."""
        self._check_running()
        future: asyncio.Future[None] = self._waiting_for()
        resolve = _resolver(future)
        self._writer.take_mark(lambda: resolve(None))
        await future

    def cancel(self, order: OrderId, who: str, why: str) -> None:
        """A person wants an order cancelled."""
        self._check_running()
        self._writer.take(CancelAsked(order, who, why, at=self._clock()))

    def replace(self, order: OrderId, terms: Terms, who: str, why: str) -> None:
        """A person wants an order changed."""
        self._check_running()
        self._writer.take(ReplaceAsked(order, terms, who, why, at=self._clock()))

    def set_trading(self, state: TradingState, who: str, why: str, account: AccountId | None = None) -> None:
        """A person halts, reduces or resumes trading, of one account or of all."""
        self._check_running()
        self._writer.take(TradingStateAsked(state, who, why, account, at=self._clock()))

    @property
    def is_running(self) -> bool:
        """Whether it takes anything in."""
        return not self._stopping and bool(self._tasks) and not self._tasks[0].done()

    def on_quote(self, quote: Quote) -> None:
        """A price from a feed."""
        self._writer.take_quote(quote)

    def feed(self, lines: bytes) -> int:
        """Market data as JSON lines (`kedge.domain.quotes`); returns how many there were."""
        count = 0
        for data in _MARKET_DATA.decode_lines(lines):
            if isinstance(data, Quote):
                self._writer.take_quote(data)
            count += 1
        return count

    def subscribe(self, subscriber: Callable[[Step], None]) -> None:
        """Be told of every step once it is durable."""
        self._subscribers.append(subscriber)

    # -- the loop --

    async def _run(self) -> None:
        try:
            await self._work()
        except BaseException:
            for caller in [caller for caller in self._callers if not caller.done()]:
                caller.set_exception(EngineStoppedError("the engine failed before the outcome was recorded"))
            raise

    async def _work(self) -> None:
        while not self._stopping:
            await self._writer.arrived(self._seconds_to_deadline())
            if self._broken is not None:
                raise self._broken
            now = self._clock()
            if self.book.is_due(now):
                self._writer.take(ClockTicked(at=now))
            steps = self._writer.commit()
            if steps:
                self._act(steps)
                self._halt_when_low_on_space()
            else:
                self._writer.tidy()

    def _fail(self, error: BaseException) -> None:
        """Something broke outside the loop: the loop ends with it."""
        self._broken = self._broken or error
        self._writer.wake()

    def _act(self, steps: list[Step]) -> None:
        for step in steps:
            for event in step.events:
                command = command_for(event)
                if command is not None:
                    self._dispatch(command)
        self._publish(steps)

    def _dispatch(self, command: Command) -> None:
        id_ = command.request.id if isinstance(command, SubmitOrder) else command.order
        order = self.book.state.orders.get(id_)
        if order is None:
            log.info("%s is done with and forgotten before its %s left", id_, type(command).__name__)
            return
        terms = self.book.state.accounts[order.request.account].terms
        # Counted from the decision, as the kernel counts when it weighs an absence: a commit that took long, or a
        # venue object that was made with other capabilities, must not let a submit arrive after it was given up.
        expires = Instant(order.sent_at + terms.capabilities.request_lifetime)
        self._dispatcher.send(command, terms.venue, expires)

    def _publish(self, steps: list[Step]) -> None:
        for subscriber in self._subscribers:
            for step in steps:
                try:
                    subscriber(step)
                except Exception:  # who only watches must not be able to stop the engine
                    log.exception("a subscriber failed")

    def _seconds_to_deadline(self) -> float:
        deadline = self.book.next_deadline()
        if deadline == NEVER:
            return QUIET_SECONDS
        return min(max(0.0, (deadline - self._clock()) / SECOND), QUIET_SECONDS)

    def _halt_when_low_on_space(self) -> None:
        if self._writer.low_on_space and self.book.state.trading is TradingState.ACTIVE:
            why = "the disk is full: the record lives on its reserve"
            log.error("%s; no new positions until there is space and a person resumes trading", why)
            self._writer.take(TradingStateAsked(TradingState.HALTED, "engine", why, None, at=self._clock()))

    def _check_running(self) -> None:
        if not self.is_running:
            raise EngineStoppedError("the engine is not running; nothing was done")

    def _waiting_for(self) -> "asyncio.Future[Any]":
        """Something that a caller waits for, and that fails with the engine."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._callers[future] = None
        future.add_done_callback(self._callers.pop)
        return future

    def _mint_signal_id(self) -> str:
        self._minted += 1
        return f"s-{self._journal.journal_id}-{self._nonce}-{self._minted}"

    # -- venues --

    async def _attend(self, venue: Venue) -> None:
        """Connect, then pass on what the venue says for as long as it says something."""
        attempt = 0
        while True:
            try:
                await venue.connect()
                break
            except NotSentError as error:
                pause = RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)]
                log.warning("venue %s cannot be reached (%s); next try in %.1f s", venue.name, error, pause)
                attempt += 1
                await asyncio.sleep(pause)
        self._reached(venue.name)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump_reports(venue))
            if isinstance(venue, BringsQuotes):
                group.create_task(self._pump_quotes(venue.quotes()))

    def _reached(self, venue: VenueName) -> None:
        self._dispatcher.reached(venue)
        self._writer.take(VenueReconnected(venue, at=self._clock()))

    async def _pump_reports(self, venue: Venue) -> None:
        async for report in venue.reports():
            self._writer.take_report(report)

    async def _pump_quotes(self, quotes: AsyncIterator[Quote]) -> None:
        async for quote in quotes:
            self._writer.take_quote(quote)

    def _link_listener(self, venue: VenueName) -> Callable[[Link, str], None]:
        was_down = False

        def listen(link: Link, why: str) -> None:
            nonlocal was_down
            first = link is Link.UP and not was_down
            log.log(logging.INFO if first else logging.WARNING, "venue %s is %s: %s", venue, link.value, why)
            if link is Link.UP and was_down:  # the first time that it comes up is seen to by `_attend`
                self._reached(venue)
            was_down = link is Link.DOWN

        return listen


def _resolver(future: "asyncio.Future[T]") -> Callable[[T], None]:
    def resolve(answer: T) -> None:
        if not future.done():
            future.set_result(answer)

    return resolve


_MARKET_DATA = msgspec.json.Decoder(MarketData)
