"""One bad day in virtual time: the real kernel and journal, the simulated exchange, and a network that fails.

Everything comes from the seed: prices, signals, faults, crashes, ids and the clock. Two rehearsals of one seed write
the same journal, byte for byte, in any process.
"""

from collections.abc import Callable
from decimal import Decimal
from random import Random

import msgspec

from kedge.domain.accounts import AccountTerms
from kedge.domain.capabilities import Capabilities
from kedge.domain.commands import Command, SubmitOrder, command_for
from kedge.domain.events import Anomaly, OrderHeld, OrderReleased, OrderSubmitted
from kedge.domain.governor import LENIENT
from kedge.domain.ids import AccountId, OrderId, SignalId, Symbol, VenueName, token
from kedge.domain.inputs import (
    AccountDeclared,
    ClockTicked,
    EngineStarted,
    Input,
    InstrumentDeclared,
    OrderRecalled,
    SignalArrived,
    VenueChange,
    VenueHeld,
    VenueReconnected,
    VenueReport,
)
from kedge.domain.instants import MILLISECOND, NEVER, SECOND, Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.lifecycle import UNANSWERED_STATES
from kedge.domain.limits import ROOMY
from kedge.domain.messages import PATIENT
from kedge.domain.numbers import Nano, Ticks, to_nano
from kedge.domain.orders import OrderType, Role
from kedge.domain.quotes import Quote
from kedge.domain.signals import Direction, Signal, SignalKind, WantedOrder, WantedTarget
from kedge.domain.steps import Step
from kedge.engine.recovery import recover, state_schema
from kedge.engine.venue_accounts import addressed, opening_cash
from kedge.journal.base import Journal
from kedge.journal.projection import Projection
from kedge.kernel.book import Book
from kedge.kernel.cover import is_on_its_way
from kedge.sim.errors import AmendmentError
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings
from kedge.torture.auditor import audit
from kedge.torture.network import REQUEST_LIFETIME, Faults, Network

START = Instant(1_772_461_800_000_000_000)  # 2026-03-02T14:30:00Z
QUIET_TICKS = 20_000
LATE_TICKS = 500  # the latest report is there by then
_HUNDRED = Nano(100_000_000_000)

INSTRUMENTS = (
    Instrument(Symbol("SPY"), Decimal("0.01")),
    Instrument(Symbol("ES"), Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE),
    Instrument(Symbol("BTC"), Decimal("0.5"), lot=Decimal("0.001"), asset=AssetClass.CRYPTO),
)
_MIDS = {"SPY": 59_000, "ES": 24_000, "BTC": 130_000}  # in ticks


class Report(msgspec.Struct):
    """What a rehearsal came to; `findings` is empty when every promise held."""

    seed: int
    findings: list[str]
    signals: int
    events: int
    crashes: int
    trades: int
    faults: dict[str, int]
    head: str


class DiedError(Exception):
    """The process is gone in the middle of a step."""


class Rehearsal:
    """One session."""

    def __init__(
        self,
        seed: int,
        open_journal: Callable[[], Journal],
        faults: Faults,
        *,
        bracket: bool = True,
        shared: bool = False,
    ) -> None:
        """`open_journal` is called at the start and after every crash; `shared`: all on one account at the exchange."""
        self._random = Random(seed)
        self._seed = seed
        self._open_journal = open_journal
        self._now = START
        self._mids = dict(_MIDS)
        self._faults = faults
        self._mortal = False  # whether it may die in the middle of a step
        self._terms = tuple(_terms(name, bracket=bracket, shared=shared) for name in ("alpha", "beta"))
        settings = SimSettings(
            slippage_bps=Decimal(1),
            commission_per_share=Decimal("0.005"),
            fill_delay=50 * MILLISECOND,  # type: ignore[arg-type]
            partial_fill_rate=Decimal("0.3"),
            reject_rate=Decimal("0.02"),
        )
        self._network = Network(
            SimExchange(INSTRUMENTS, opening_cash(self._terms), settings, seed), self._random, faults
        )
        self._signals: list[Signal] = []
        self._acknowledged: dict[SignalId, str] = {}
        self._submitted: dict[OrderId, tuple[str, Role]] = {}
        self.findings: list[str] = []
        self.crashes = 0
        self._journal, self._book, self._projection = self._start()

    def run(self, ticks: int) -> Report:
        """So many ticks of trouble, then peace until nothing is open to question, then the audit."""
        for _ in range(ticks):
            self._mortal = True
            try:
                self._tick(trading=True)
                died = self._random.random() < self._faults.crash
            except DiedError:
                died = True
            self._mortal = False
            if died:
                self._crash()
        self._network.faults = Faults.none()
        if self._faults.report_lost:
            # What was lost without a break of the link only comes out when somebody asks; of a submit that was under
            # way then, once it is answered.
            for _ in range(2):
                self._ask_what_was_taken_back()
                self._take(VenueReconnected(VenueName("sim"), at=self._now))
                self._wait(LATE_TICKS)
        self._wait(QUIET_TICKS)
        self._compare_holdings()
        self.findings += audit(self._network.exchange, self._book.state, self._submitted)
        self.findings += self._opposed()
        self._check_record()
        report = self._report()
        self._journal.close()
        return report

    def _wait(self, ticks: int) -> None:
        """Until all is quiet, and for so long at the most."""
        for _ in range(ticks):
            self._tick(trading=False)
            if self._is_quiet():
                return

    # -- the day --

    def _tick(self, *, trading: bool) -> None:
        self._now = Instant(self._now + self._random.randrange(10, 400) * MILLISECOND)
        self._quote()
        for report in self._network.deliver(self._now):
            self._take_report(report)
        if trading and self._faults.amendment and self._random.random() < self._faults.amendment:
            self._take_back()
        if trading and self._random.random() < 0.3:
            self._signal()
        if self._book.is_due(self._now):
            self._take(ClockTicked(at=self._now))

    def _quote(self) -> None:
        symbol = self._random.choice(sorted(self._mids))
        self._mids[symbol] += self._random.randrange(-12, 13)
        bid = Ticks(self._mids[symbol])
        quote = Quote(Symbol(symbol), self._now, bid, Ticks(bid + self._random.randrange(1, 4)))
        exchange = self._network.exchange
        self._network.carry(exchange.on_market(quote), self._now)
        self._network.carry(exchange.advance(self._now), self._now)
        for step in self._book.on_quote(quote.instrument, quote.bid, quote.ask, self._now):
            self._record(step)

    def _take_back(self) -> None:
        """The exchange annuls or corrects a trade, of long ago as likely as of just now."""
        random, exchange = self._random, self._network.exchange
        trades = [trade for there in self._accounts_there() for trade in exchange.executions(there)]
        if not trades:
            return
        order, done = random.choice(trades)
        try:
            if random.random() < 0.5:
                reports = exchange.bust(order, done.id, self._now, "erroneous")
            else:
                instrument = next(
                    each for each in INSTRUMENTS if each.symbol == exchange.instrument_of(order)
                )
                price = Nano(done.price + random.randrange(-20, 21) * to_nano(instrument.tick))
                quantity = Nano(random.randrange(1, 9) * to_nano(instrument.lot))
                now = msgspec.structs.replace(done, quantity=quantity, price=price)
                reports = exchange.correct(order, now, self._now)
        except AmendmentError:
            reports = exchange.advance(self._now)  # what was due before was done all the same
        self._network.carry(reports, self._now)

    def _ask_what_was_taken_back(self) -> None:
        for there in self._accounts_there():
            for amendment in self._network.exchange.amendments(there):
                self._take_report(amendment)

    def _accounts_there(self) -> list[AccountId]:
        return list(opening_cash(self._terms))

    def _compare_holdings(self) -> None:
        """The engine asks what is held: nobody trades past it, so that nothing may be found."""
        self._now = Instant(self._now + SECOND)
        for there in self._accounts_there():
            held = {symbol: to_nano(each) for symbol, each in self._network.exchange.positions(there).items()}
            self._take(VenueHeld(VenueName("sim"), there, held, self._now, at=self._now))
        self.findings += [
            f"{there} holds what is nobody's: {loose}"
            for there, loose in self._book.state.unallocated.items()
            if loose
        ]

    def _signal(self) -> None:
        if self._signals and self._random.random() < 0.1:
            signal = self._random.choice(self._signals)  # the same one again: must change nothing
        else:
            signal = self._new_signal()
            self._signals.append(signal)
        bid, ask = self._book.quote(signal.instrument)
        self._take(SignalArrived(signal, bid, ask, at=self._now))
        judged = self._book.state.signals[signal.id]
        outcome = f"{judged.outcome} {judged.code} {judged.order}"
        before = self._acknowledged.setdefault(signal.id, outcome)
        if before != outcome:
            self.findings.append(f"signal {signal.id} was answered {before!r} and later {outcome!r}")

    def _new_signal(self) -> Signal:
        random = self._random
        terms, instrument = random.choice(self._terms), random.choice(INSTRUMENTS)
        kind = random.choice(
            (SignalKind.ENTRY, SignalKind.ENTRY, SignalKind.EXIT, SignalKind.STOP_ADJUSTMENT)
        )
        direction = random.choice((Direction.LONG, Direction.SHORT)) if kind is SignalKind.ENTRY else None
        sign = -1 if direction is Direction.SHORT else 1
        mid = self._mids[instrument.symbol]
        limit = random.random() < 0.4
        return Signal(
            id=SignalId(f"s-{len(self._signals)}"),
            ts=self._now,
            account=terms.id,
            kind=kind,
            instrument=instrument.symbol,
            direction=direction,
            quantity=to_nano(instrument.lot * random.randrange(1, 9)) if direction else None,
            order=WantedOrder(OrderType.LIMIT, _price(instrument, mid - sign * random.randrange(-4, 15)))
            if limit and direction
            else WantedOrder(),
            stop=_price(instrument, mid - sign * random.randrange(20, 80))
            if kind is not SignalKind.EXIT
            else None,
            targets=(WantedTarget(_price(instrument, mid + sign * random.randrange(20, 80)), _HUNDRED),)
            if direction
            else (),
        )

    def _crash(self) -> None:
        """The process is gone: what it had recorded is all that is left."""
        self.crashes += 1
        self._network.cut()
        all_recorded = self._journal.head.seq == self._book.state.seq
        self._journal.close()
        journal = self._open_journal()
        if all_recorded and recover(journal, state_schema()).snapshot() != self._book.snapshot():
            self.findings.append("the folded state differs from the state before the crash")
        journal.close()
        self._journal, self._book, self._projection = self._start()

    def _start(self) -> tuple[Journal, Book, Projection]:
        journal = self._open_journal()
        book = recover(journal, state_schema())
        self._journal, self._book, self._projection = journal, book, Projection(book.state)
        nonce = token(self._random.getrandbits(20), 4)
        self._take(EngineStarted(journal.journal_id, nonce, journal.epoch, "rehearsal", "", at=self._now))
        for instrument in INSTRUMENTS:
            self._take(InstrumentDeclared(instrument, at=self._now))
        for terms in self._terms:
            self._take(AccountDeclared(terms, at=self._now))
        self._ask_what_was_taken_back()
        return journal, book, self._projection

    # -- the way of an input --

    def _take_report(self, report: VenueReport) -> None:
        if not isinstance(report, VenueChange) and report.order not in self._book.state.orders:
            archived = self._journal.archived_order(report.order)
            if archived is not None:
                self._take(OrderRecalled(archived, at=self._now))
        self._take(report)

    def _take(self, input_: Input) -> None:
        step = self._book.step(input_)
        if step is not None:
            self._record(step)

    def _record(self, step: Step) -> None:
        self._projection.note(step)
        self._may_die()  # decided, and nobody has heard of it
        self._write(step)
        self._may_die()  # recorded, and nothing has left
        self._send(step)

    def _write(self, step: Step) -> None:
        self._journal.append([step], self._projection.changes())
        for event in step.events:
            if isinstance(event, OrderSubmitted):
                for request in (event.request, *event.legs):
                    self._submitted[request.id] = (request.signal or "", request.role)
            elif isinstance(event, OrderHeld | OrderReleased):
                self._submitted[event.request.id] = (event.request.signal or "", event.request.role)

    def _send(self, step: Step) -> None:
        for event in step.events:
            command = command_for(event)
            if command is not None:
                self._network.send(self._addressed(command), self._now)

    def _addressed(self, command: Command) -> Command:
        if not isinstance(command, SubmitOrder):
            return command
        return addressed(command, self._book.state.accounts[command.request.account].terms)

    def _may_die(self) -> None:
        if self._mortal and self._random.random() < self._faults.crash_in_step:
            raise DiedError

    # -- the end --

    def _is_quiet(self) -> bool:
        state = self._book.state
        unanswered = any(
            order.state in UNANSWERED_STATES
            or order.asked
            or order.cancel_at != NEVER
            or is_on_its_way(order)
            for order in state.orders.values()
            if order.id not in state.closed
        )
        return self._network.idle and not unanswered and not state.retries

    def _opposed(self) -> list[str]:
        """Nobody stands against another where both are one position there, unless a person was called for it."""
        state = self._book.state
        events = (event for step in self._journal.steps() for event in step.events)
        called = [
            event.figures["instrument"]
            for event in events
            if isinstance(event, Anomaly) and event.kind == "SIDES_OPPOSED"
        ]
        found = []
        for there, sharers in state.sharers.items():
            for instrument in INSTRUMENTS:
                held = {
                    each: position.quantity
                    for each in sharers
                    if (position := state.position(each, instrument.symbol)) is not None
                }
                if held and min(held.values()) < 0 < max(held.values()) and instrument.symbol not in called:
                    found.append(f"{there} {instrument.symbol}: both sides are held: {held}")
        return found

    def _check_record(self) -> None:
        verification = self._journal.verify()
        if not verification.ok:
            self.findings.append(f"the record is broken at {verification.broken_seq}: {verification.problem}")
        again, events = Book.empty(self._book.state.book), []
        for step in self._journal.steps():
            assert step.cause is not None, "every step of a book has a recorded cause"
            events = again.handle(step.cause)
            if events != list(step.events):
                self.findings.append(
                    f"step {step.number}: the recorded input does not lead to the recorded events"
                )
                return
        if again.snapshot() != self._book.snapshot():
            self.findings.append("the recorded inputs do not lead to the same state")

    def _report(self) -> Report:
        state = self._book.state
        return Report(
            seed=self._seed,
            findings=self.findings,
            signals=len(self._acknowledged),
            events=state.seq,
            crashes=self.crashes,
            trades=sum(account.trades for account in state.accounts.values()),
            faults=dict(sorted(self._network.tally.items())),
            head=self._journal.head.hash.hex(),
        )


def _terms(name: str, *, bracket: bool, shared: bool) -> AccountTerms:
    able = Capabilities(bracket=bracket, request_lifetime=REQUEST_LIFETIME, visibility_delay=SECOND)
    return AccountTerms(
        AccountId(name),
        VenueName("sim"),
        Decimal(10_000_000),
        capabilities=able,
        venue_account="main" if shared else "",
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
    )


def _price(instrument: Instrument, ticks: int) -> Nano:
    return to_nano(instrument.price(Ticks(ticks)))
