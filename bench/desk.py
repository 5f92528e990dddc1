"""Sessions for benchmarks: a book, its record and the simulated exchange, all of them the real parts.

A `Desk` does what the engine does, without its loop: take inputs, commit, carry out what is durable, take the reports.
A round opens a position in each instrument and closes it at its target or its stop.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from kedge import __version__
from kedge.domain.accounts import AccountTerms
from kedge.domain.capabilities import Capabilities
from kedge.domain.commands import CancelOrder, Command, QueryOrder, ReplaceOrder, SubmitOrder, command_for
from kedge.domain.governor import LENIENT
from kedge.domain.ids import AccountId, SignalId, Symbol, VenueName
from kedge.domain.inputs import (
    AccountDeclared,
    ClockTicked,
    EngineStarted,
    Input,
    InstrumentDeclared,
    SignalArrived,
    VenueReport,
)
from kedge.domain.instants import MILLISECOND, SECOND, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.limits import ROOMY
from kedge.domain.messages import PATIENT
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.quotes import Quote
from kedge.domain.signals import Direction, Signal, SignalKind, WantedTarget
from kedge.domain.steps import Step
from kedge.kernel.book import Book
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings

OPENING = Instant(1_772_452_800 * SECOND)
ALPHA = AccountId("alpha")
PAPER = VenueName("paper")
CASH = Decimal(1_000_000_000)
TICK = Nano(10_000_000)  # 0.01
BID, ASK = Ticks(10_000), Ticks(10_001)
# What a venue without brackets leaves to the engine: stops and targets wait there.
ENGINE_HELD = Capabilities(bracket=False, oco=False, reduce_only=False)


def instruments(count: int) -> list[Instrument]:
    """So many instruments."""
    return [Instrument(Symbol(f"I{number:03}"), Decimal("0.01")) for number in range(count)]


def account(capabilities: Capabilities | None = None) -> AccountTerms:
    """An account that trades ten of everything."""
    return AccountTerms(
        ALPHA,
        PAPER,
        CASH,
        quantity=Decimal(10),
        allow_unprotected=True,
        capabilities=capabilities or Capabilities(),
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
    )


def quote(instrument: Symbol, at: Instant, bid: Ticks = BID, ask: Ticks = ASK) -> Quote:
    """A price."""
    return Quote(instrument, at, bid, ask)


def entry(name: str, instrument: Symbol, at: Instant) -> Signal:
    """A long entry at the market, with a stop 2 % below and a target 1 % above."""
    return Signal(
        SignalId(name),
        at,
        ALPHA,
        SignalKind.ENTRY,
        instrument,
        Direction.LONG,
        stop=Nano(98_000_000_000),
        targets=(WantedTarget(Nano(101_000_000_000)),),
        strategy="bench",
    )


def bare(name: str, instrument: Symbol, at: Instant, kind: SignalKind) -> Signal:
    """A market order without exits: one order for one signal."""
    return Signal(
        SignalId(name),
        at,
        ALPHA,
        kind,
        instrument,
        Direction.LONG if kind is SignalKind.ENTRY else None,
        unprotected=kind is SignalKind.ENTRY,
    )


def declarations(listed: Sequence[Instrument], terms: AccountTerms, journal_id: str) -> list[Input]:
    """The inputs with which every session begins."""
    return [
        EngineStarted(journal_id, "n000", 1, __version__, "bench", at=OPENING),
        *(InstrumentDeclared(instrument, at=OPENING) for instrument in listed),
        AccountDeclared(terms, at=OPENING),
    ]


class Record(Protocol):
    """What keeps the steps; the engine's `Writer` is one."""

    def take(self, input_: Input) -> None:
        """Decide."""

    def commit(self) -> Sequence[Step]:
        """Make what was decided durable."""


class Desk:
    """Drives a book through its record, against a simulated exchange."""

    def __init__(
        self, book: Book, record: Record, count: int, capabilities: Capabilities | None = None
    ) -> None:
        """Declare `count` instruments and one account."""
        self.book = book
        self.now = OPENING
        self.symbols = [instrument.symbol for instrument in instruments(count)]
        self._record = record
        self._listed = instruments(count)
        self._signals = 0
        self._rounds = 0
        self.renew_exchange()
        for input_ in declarations(self._listed, account(capabilities), "jbench00"):
            record.take(input_)
        record.commit()

    def renew_exchange(self) -> None:
        """Take a fresh exchange; only while nothing is open. It remembers every order id, the engine must not."""
        self._exchange = SimExchange(self._listed, {ALPHA: CASH}, SimSettings(), seed=1)

    def open_all(self) -> None:
        """Open a position in every instrument."""
        for symbol in self.symbols:
            self._quote(symbol, BID, ASK)
        for symbol in self.symbols:
            self._signals += 1
            signal = entry(f"s{self._signals}", symbol, self.now)
            self._record.take(SignalArrived(signal, BID, ASK, at=self.now))
        self.settle()

    def close_all(self) -> None:
        """Let prices run into the targets, or each third time into the stops."""
        self._rounds += 1
        bid, ask = (Ticks(9_790), Ticks(9_791)) if self._rounds % 3 == 0 else (Ticks(10_110), Ticks(10_111))
        for symbol in self.symbols:
            self._quote(symbol, bid, ask)
        self.settle()
        self.now = Instant(self.now + 2 * SECOND)
        if self.book.is_due(self.now):
            self._record.take(ClockTicked(at=self.now))
            self.settle()

    def settle(self) -> None:
        """Commit, carry out what is durable, take what comes back, until nothing is left to do."""
        while steps := self._record.commit():
            for step in steps:
                for event in step.events:
                    command = command_for(event)
                    if command is not None:
                        self._take(self._carry_out(command))

    def _quote(self, symbol: Symbol, bid: Ticks, ask: Ticks) -> None:
        self.now = Instant(self.now + MILLISECOND)
        self._take(self._exchange.on_market(quote(symbol, self.now, bid, ask)))

    def _take(self, reports: Sequence[VenueReport]) -> None:
        for report in reports:
            self._record.take(report)

    def _carry_out(self, command: Command) -> list[VenueReport]:
        exchange, now = self._exchange, self.now
        match command:
            case SubmitOrder(request=request, legs=legs):
                return exchange.submit(request, legs, now)
            case CancelOrder(order=order):
                return exchange.cancel(order, now)
            case ReplaceOrder(order=order, terms=terms):
                return exchange.replace(order, terms, now)
            case QueryOrder(order=order):
                showed = exchange.look_up(order, now)
                return [] if showed is None else [showed]
