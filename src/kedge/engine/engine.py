"""The engine: the kernel, its journal and its venues, run by one loop.

    signal, report, quote, clock ──► Writer.take: decide ──► Writer.commit: durable ──► commands, answers, subscribers

Everything runs on one thread and the commit is made in it: at rest nothing waits for a thread to wake up, and under
load all that came in during one commit goes into the next.
"""

import asyncio
import logging
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from kedge import __version__
from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.commands import Command, SubmitOrder, command_for
from kedge.domain.events import FrontChanged
from kedge.domain.ids import AccountId, OrderId, Symbol, VenueName, token
from kedge.domain.inputs import (
    AccountDeclared,
    CancelAsked,
    ClockTicked,
    EngineStarted,
    HaltSeen,
    InstrumentDeclared,
    KillAsked,
    OwnersDeclared,
    ReplaceAsked,
    StrategiesDeclared,
    TradingStateAsked,
)
from kedge.domain.instants import NEVER, SECOND, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.kill import KillMode
from kedge.domain.orders import Terms
from kedge.domain.owners import OwnerTerms
from kedge.domain.quotes import MarketData, Quote
from kedge.domain.signal_form import as_recorded, read_signal
from kedge.domain.signals import Signal
from kedge.domain.steps import Step
from kedge.engine.alerts import Alert, Alerts
from kedge.engine.almanac import Almanac
from kedge.engine.answers import SignalAnswer
from kedge.engine.bar_closes import BarCloses
from kedge.engine.charts import Charts
from kedge.engine.clock import Clock, SteadyClock, system_clock
from kedge.engine.dispatch import Dispatcher
from kedge.engine.doors import Door
from kedge.engine.errors import EngineStoppedError
from kedge.engine.front import Front
from kedge.engine.intake import MarketIntake
from kedge.engine.kill_watch import KillWatch
from kedge.engine.levels import MarketLevels
from kedge.engine.links import Links
from kedge.engine.operator import Operator
from kedge.engine.origin import BY_HAND, Origin
from kedge.engine.pacing import Lane, Pacer
from kedge.engine.recovery import recover, state_schema
from kedge.engine.rolls import Rolls
from kedge.engine.strategies.host import Hosted, Strategists
from kedge.engine.venue_accounts import addressed
from kedge.engine.waiting import Waited, Waiting
from kedge.engine.writer import Writer
from kedge.feeds.base import Feed
from kedge.feeds.recorder import Recorder
from kedge.journal.base import Head, Journal
from kedge.kernel.book import Book
from kedge.market.quality import QualityReport
from kedge.settings.values import Bars
from kedge.venues.base import FollowsMarket, Venue

log = logging.getLogger("kedge.engine")

NONCE_LENGTH = 4
SETTLE_SECONDS = 5.0
_UNREACHABLE = "the control socket cannot be made (%s): commands cannot reach this engine"
QUIET_SECONDS = 1.0  # the loop looks up at least so often, to tidy and to notice a clock that jumped


class Engine:
    """One running book."""

    def __init__(  # noqa: PLR0913 (the parts that it is put together from)
        self,
        journal: Journal,
        venues: Sequence[Venue],
        *,
        feeds: Sequence[Feed] = (),
        recorder: Recorder | None = None,
        rolls: Rolls | None = None,
        bars: Bars | None = None,
        accounts: Sequence[AccountTerms] = (),
        owners: Sequence[OwnerTerms] = (),
        strategies: Sequence[Hosted] = (),
        instruments: Sequence[Instrument] = (),
        origin: Origin = BY_HAND,
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
        self._pacer = Pacer(clock, self.book.state.sent)
        self._dispatcher = Dispatcher(
            self._venues, clock, self._writer.take_report, self._fail, self._writer.may_leave, self._pacer
        )
        self.charts = Charts(bars)
        calendars = (*(each.calendar for each in instruments), *(each.calendar for each in accounts))
        self._almanac = Almanac(self.book, calendars, accounts, rolls or Rolls((), clock()), self.charts)
        self._levels = MarketLevels(self.charts, self._almanac.hours_for)
        self._writer.levels_of = self._levels.for_signal
        self._intake = MarketIntake(
            self._writer,
            [venue for venue in venues if isinstance(venue, FollowsMarket)],
            clock,
            self._almanac.hours_for,
            self.charts,
            recorder,
        )
        self._intake.bar_closes = BarCloses(self.charts, self._levels, self.book)
        self._strategists = Strategists(
            strategies, self.charts, self._levels, self.book, self._almanac.hours_for
        )
        self._intake.strategists = self._strategists
        self._links = Links(venues, feeds, self._writer, self._intake, self._dispatcher, clock)
        self._strategists.mend = self._links.mend
        self._kill_watch = KillWatch(self._writer, clock)
        self._alerts = Alerts(self.book.state)
        self._subscribers: list[Callable[[Step], None]] = [self._alerts.take]
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting = Waiting()
        self.operator = Operator(
            self._writer, self._levels, self._waiting, clock, self._ready, self._check_running
        )
        self._doors: list[Door] = []
        self._broken: BaseException | None = None
        self._ending = False
        self._stopping = False
        self._stopped = asyncio.Event()
        self._minted = 0
        self._nonce = token(draw_bits(5 * NONCE_LENGTH), NONCE_LENGTH)
        self._declared = (instruments, accounts, tuple(owners), origin)
        self._held_at = tuple(dict.fromkeys(terms.held_at for terms in accounts))

    @classmethod
    def from_file(cls, file: Path | str = "kedge.yaml") -> "Engine":
        """The engine of a settings file, of `.env` beside it and of the environment; `async with` starts and ends it.

        Raises `SettingsError` with everything that is wrong with them, and what opening the record raises.
        """
        from kedge.engine.wiring import open_engine  # noqa: PLC0415 (it imports this module)
        from kedge.settings.reading import read  # noqa: PLC0415 (brings pydantic along, which nothing else here needs)

        reading = read(Path(file), os.environ)
        return open_engine(reading.settings, kill=reading.kill)

    # -- life --

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop in order."""
        await self.stop()

    async def start(self) -> None:
        """Record the start, connect, and begin to act; what was open is asked about before anything new is done."""
        instruments, accounts, owners, origin = self._declared
        at = self._clock()
        run = (self._journal.journal_id, self._nonce, self._journal.epoch, __version__, origin.settings_hash)
        self._writer.take(EngineStarted(*run, at=at))
        for instrument in instruments:
            self._writer.take(InstrumentDeclared(instrument, at=at))
        for terms in accounts:
            self._writer.take(AccountDeclared(terms, at=at))
        self._writer.take(OwnersDeclared(owners, at=at))
        self._writer.take(StrategiesDeclared(self._strategists.terms, at=at))
        if origin.kill:  # before anything can be handed in
            self._writer.take(KillAsked(origin.kill, origin.who, origin.why, None, self._held_at, at=at))
        self._almanac.go_on(at)
        self._look_up(at)
        self._almanac.open_charts(instruments, at)
        self._strategists.begin(at)
        if self._intake.recorder is not None:
            await self._intake.recorder.start()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._run(), name="engine"), *self._links.open()]
        self._tasks += [
            loop.create_task(self._kill_watch.attend(venue), name=f"kill switch {venue.name}")
            for venue in self._venues.values()
        ]
        for door in self._doors:
            try:
                await door.start()
            except OSError as error:  # it trades and protects also where nobody can talk to it
                log.warning(_UNREACHABLE, error.strerror or error)

    async def wait(self) -> None:
        """Return when the engine was stopped; raise what made it fail."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def stop(self) -> None:
        """Take nothing more in, let requests under way end, write everything down, let go. A second call waits."""
        if self._ending:
            await self._stopped.wait()
            return
        self._ending = True
        try:
            for door in self._doors:
                await door.close()  # while it still runs: who is asking gets his answer
        finally:
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
        await self._links.close()
        if self._intake.recorder is not None:
            await self._intake.recorder.close()
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
        if isinstance(signal, Signal):
            signal = as_recorded(signal)
        else:
            signal = read_signal(signal, self._clock(), self._mint_signal_id)
        self._ready()
        waited: Waited[SignalAnswer] = self._waiting.open()
        now = self._clock()
        levels = self._levels.for_signal(signal, self.book.state, now)
        self._writer.take_signal(signal, now, waited.answer, levels)
        return await waited.future

    async def recorded(self) -> None:
        """Return when all that was handed in before this call is durable."""
        self._check_running()
        waited: Waited[None] = self._waiting.open()
        self._writer.take_mark(lambda: waited.answer(None))
        await waited.future

    def cancel(self, order: OrderId, who: str, why: str) -> None:
        """A person wants an order cancelled."""
        self._check_running()
        self._writer.take(CancelAsked(order, who, why, at=self._clock()))

    def replace(self, order: OrderId, terms: Terms, who: str, why: str) -> None:
        """A person wants an order changed."""
        self._check_running()
        known = self.book.state.orders.get(order)
        quote = (None, None) if known is None else self.book.quote(known.request.instrument)
        self._writer.take(ReplaceAsked(order, terms, who, why, *quote, at=self._clock()))

    def set_trading(self, state: TradingState, who: str, why: str, account: AccountId | None = None) -> None:
        """A person halts, reduces or resumes trading, of one account or of all."""
        self._check_running()
        self._writer.take(TradingStateAsked(state, who, why, account, at=self._clock()))

    def kill(self, mode: KillMode, who: str, why: str, account: AccountId | None = None) -> None:
        """A person throws the kill switch, of one account or of all; what comes of it is told by its report."""
        self._check_running()
        self._writer.take(KillAsked(mode, who, why, account, self._held_at, at=self._clock()))

    def set_halt(self, instrument: Symbol, reason: str = "") -> None:
        """The exchange has halted an instrument, or (without a reason) lets it go on: told by whoever hears of it."""
        self._check_running()
        self._writer.take(HaltSeen(instrument, reason, at=self._clock()))

    @property
    def journal_id(self) -> str:
        """Whose record it writes."""
        return self._journal.journal_id

    @property
    def head(self) -> Head:
        """How far the record has come."""
        return self._journal.head

    @property
    def fronts(self) -> tuple[Front, ...]:
        """The contracts that futures' roots mean."""
        return self._almanac.rolls.fronts

    @property
    def venues(self) -> tuple[Venue, ...]:
        """Where it sends orders."""
        return tuple(self._venues.values())

    @property
    def is_running(self) -> bool:
        """Whether it takes anything in."""
        return not self._stopping and bool(self._tasks) and not self._tasks[0].done()

    def remember(self, market: Iterable[MarketData]) -> None:
        """The last prices from before the start: the first ones that come are held against them."""
        self._intake.remember(market)

    def on_quote(self, quote: Quote) -> None:
        """A price that no feed brings."""
        self._intake.take(quote)

    def feed(self, lines: bytes) -> int:
        """Market data as JSON lines (`kedge.domain.quotes`); returns how many there were."""
        told = _MARKET_DATA.decode_lines(lines)
        for data in told:
            self._intake.take(data)
        return len(told)

    @property
    def data_quality(self) -> Mapping[Symbol, QualityReport]:
        """How good the market data of each instrument has been."""
        return self._intake.reports

    def open_with(self, door: Door) -> None:
        """Have a way in that is open while the engine runs; to be said before the start."""
        self._doors.append(door)

    def subscribe(self, subscriber: Callable[[Step], None]) -> None:
        """Be told of every step once it is durable."""
        self._subscribers.append(subscriber)

    def on_alert(self, listener: Callable[[Alert], object]) -> None:
        """Be told of what somebody has to hear of at once (`kedge.engine.alerts`), once it is durable."""
        self._alerts.listen(listener)

    # -- the loop --

    async def _run(self) -> None:
        try:
            await self._work()
        except BaseException:
            self._waiting.fail(EngineStoppedError("the engine failed before the outcome was recorded"))
            raise

    async def _work(self) -> None:
        while not self._stopping:
            await self._writer.arrived(self._seconds_to_deadline())
            if self._broken is not None:
                raise self._broken
            now = self._clock()
            self._halt_when_the_clock_jumped(now)
            self._look_up(now)
            self._intake.act()
            self.charts.pass_time(now)
            self._intake.look_at_bars()
            if self.book.is_due(now):
                self._writer.take(ClockTicked(at=now))
            steps = self._writer.commit()
            self._pacer.release()  # before the new ones: who has waited comes first
            if steps:
                self._act(steps)
                self._halt_when_low_on_space()
            else:
                self._writer.tidy()

    def _look_up(self, now: Instant) -> None:
        """Hand in what the calendars say by now."""
        for told in self._almanac.due(now):
            self._writer.take(told)

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
                elif isinstance(event, FrontChanged):
                    self.charts.roll(event.root, self.book.state.front_since[event.root])
        if self.book.state.kills:
            self._kill_watch.wake()
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
        self._dispatcher.send(
            addressed(command, terms), terms.venue, Lane(terms.held_at, terms.messages), expires
        )

    def _publish(self, steps: list[Step]) -> None:
        for subscriber in self._subscribers:
            for step in steps:
                try:
                    subscriber(step)
                except Exception:  # who only watches must not be able to stop the engine
                    log.exception("a subscriber failed")

    def _seconds_to_deadline(self) -> float:
        deadline = min(
            self.book.next_deadline(),
            self._almanac.next_change,
            self._pacer.next_at,
            self._strategists.next_look,
        )
        if deadline == NEVER:
            return QUIET_SECONDS
        return min(max(0.0, (deadline - self._clock()) / SECOND), QUIET_SECONDS)

    def _halt_when_low_on_space(self) -> None:
        if self._writer.low_on_space and self.book.state.trading is TradingState.ACTIVE:
            why = "the disk is full: the record lives on its reserve"
            log.error("%s; no new positions until there is space and a person resumes trading", why)
            self._writer.take(TradingStateAsked(TradingState.HALTED, "engine", why, None, at=self._clock()))

    def _halt_when_the_clock_jumped(self, now: Instant) -> None:
        jump = self._clock.take_jump() if isinstance(self._clock, SteadyClock) else None
        if jump is None:
            return
        ahead = "ahead" if jump > 0 else "back"
        why = f"the clock was set {ahead} by {abs(jump) / SECOND:.1f} s: times before and after do not fit together"
        log.error("%s; no new positions until a person resumes trading", why)
        if self.book.state.trading is TradingState.ACTIVE:
            self._writer.take(TradingStateAsked(TradingState.HALTED, "engine", why, None, at=now))

    def _check_running(self) -> None:
        if not self.is_running:
            raise EngineStoppedError("the engine is not running; nothing was done")

    def _ready(self) -> None:
        self._check_running()
        self._look_up(self._clock())  # a market that has just closed must not let anything pass

    def _mint_signal_id(self) -> str:
        self._minted += 1
        return f"s-{self._journal.journal_id}-{self._nonce}-{self._minted}"


_MARKET_DATA = msgspec.json.Decoder(MarketData)
