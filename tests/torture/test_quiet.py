"""When the crash loop may inspect: once nothing leaves by itself any more, and not a minute later."""

from typing import Any

from kedge.domain.accounts import AccountTerms
from kedge.domain.events import Event, OrderReleased, OrderSubmitted
from kedge.domain.ids import OrderId, SignalId
from kedge.domain.inputs import (
    AccountDeclared,
    ClockTicked,
    EngineStarted,
    Input,
    InstrumentDeclared,
    SignalArrived,
    VenueAccepted,
    VenueCancelled,
    VenueFilled,
    VenueRejected,
)
from kedge.domain.instants import NEVER, Instant
from kedge.domain.numbers import Nano, Ticks, use_exact_arithmetic
from kedge.domain.orders import Execution
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import Direction, Signal, SignalKind
from kedge.kernel.book import Book
from kedge.torture.stage import ACCOUNTS, BOOK, INSTRUMENTS
from kedge.torture.subject import is_quiet

UNIT = 10**9
NQ = next(each for each in INSTRUMENTS if each.symbol == "NQ")
TERMS = next(each for each in ACCOUNTS if each.id == "resting")  # its venue holds the stops
HOLDING = next(each for each in ACCOUNTS if each.id == "holding")  # and for this one a disaster stop


class Long:
    """An account that has bought two NQ; its stop is on its way to the venue."""

    def __init__(self, terms: AccountTerms = TERMS) -> None:
        use_exact_arithmetic()
        self.book, self.at, self.terms = Book.empty(BOOK), Instant(10**18), terms
        self.sent: list[OrderId] = []  # in their order
        self.hear(EngineStarted("journal1", "r1", 1, "", "", at=self.at))
        self.hear(InstrumentDeclared(NQ, at=self.at))
        self.hear(AccountDeclared(terms, at=self.at))
        self.signal("s-1", SignalKind.ENTRY, quantity=Nano(2 * UNIT), stop=Nano(19_000 * UNIT))
        self.accept()
        done = Execution("x1", Nano(2 * UNIT), Nano(20_000 * UNIT))
        self.hear(VenueFilled(self.sent[0], done, at=self.at))

    def hear(self, told: Input) -> list[Event]:
        events = self.book.handle(told)
        self.sent += [
            event.request.id for event in events if isinstance(event, OrderSubmitted | OrderReleased)
        ]
        return events

    def signal(self, id_: str, kind: SignalKind, **details: Any) -> None:
        signal = Signal(SignalId(id_), self.at, self.terms.id, kind, NQ.symbol, Direction.LONG, **details)
        self.hear(SignalArrived(signal, Ticks(80_000), Ticks(80_001), at=self.at))

    def accept(self) -> None:
        """The venue takes the order that was sent last."""
        self.hear(VenueAccepted(self.sent[-1], "v", at=self.at))

    def refuse(self) -> None:
        """Or it has no time for it."""
        self.hear(VenueRejected(self.sent[-1], "busy", RejectKind.BUSY, at=self.at))

    def wait(self) -> None:
        """Until the next deadline."""
        self.at = self.book.next_deadline()
        assert self.at != NEVER
        self.hear(ClockTicked(at=self.at))


def test_it_is_quiet_once_the_stop_rests() -> None:
    long = Long()
    assert not is_quiet(long.book)
    long.accept()
    assert is_quiet(long.book)


def test_it_is_not_while_a_rejected_exit_is_to_leave_again() -> None:
    """It would leave between two looks, at the engine's books and at the exchange's."""
    long = Long()
    long.accept()
    long.signal("s-2", SignalKind.EXIT)
    long.hear(VenueCancelled(long.sent[1], "", at=long.at))
    long.refuse()
    assert long.book.state.retries
    assert not is_quiet(long.book)


def test_it_is_not_while_a_stop_is_to_be_asked_for_again() -> None:
    long = Long()
    long.refuse()
    assert long.book.next_deadline() != NEVER
    assert not is_quiet(long.book)


def test_it_is_while_only_the_memory_of_a_refused_stop_is_to_end() -> None:
    """The venue has taken the next one; that it had refused one is forgotten in a minute, and nothing leaves for it."""
    long = Long()
    long.refuse()
    while len(long.sent) == 2:
        long.wait()
    long.accept()
    assert long.book.next_deadline() != NEVER
    before = long.book.snapshot()
    assert is_quiet(long.book)
    assert long.book.snapshot() == before  # it was looked ahead on a copy


def test_it_is_while_a_venue_that_takes_no_disaster_stop_is_asked_rarely() -> None:
    """That is a quarter of an hour ahead: nothing leaves between two looks."""
    long = Long(HOLDING)
    for _ in range(2):
        long.refuse()
        assert not is_quiet(long.book)
        long.wait()
    long.refuse()
    assert long.book.next_deadline() != NEVER
    assert is_quiet(long.book)
