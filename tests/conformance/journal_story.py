"""What the journal's tests record: steps by hand where any will do, and a book's own steps where tables matter."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random

from kedge.domain import inputs as i
from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.capabilities import Capabilities
from kedge.domain.events import Anomaly, Event, OrderAccepted
from kedge.domain.governor import LENIENT
from kedge.domain.ids import AccountId, BookId, OrderId, SignalId, Symbol, VenueName
from kedge.domain.instants import SECOND, Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.limits import ROOMY
from kedge.domain.messages import PATIENT
from kedge.domain.numbers import Nano
from kedge.domain.orders import Execution, Order, OrderType, Terms
from kedge.domain.signals import Direction, Signal, SignalKind, WantedTarget
from kedge.domain.steps import Step
from kedge.kernel.book import Book
from kedge.kernel.state import BookState

BOOK = BookId("main")
JOURNAL_ID = "j0urna"
START = Instant(1_767_225_600 * SECOND)
ONE = 10**9
# A venue that leaves stops and targets to the engine.
HOLDS_NOTHING = Capabilities(
    order_types=(OrderType.MARKET, OrderType.LIMIT), bracket=False, oco=False, reduce_only=False
)


def step(number: int, *, events: int = 1, subject: str = "o-1") -> Step:
    """A step that means nothing: a cause and so many events."""
    at = Instant(START + number * SECOND)
    told: list[Event] = [
        OrderAccepted(order=OrderId(subject), venue_order_id=f"v-{number}-{count}", state=OrderState.ACCEPTED)
        for count in range(events)
    ]
    return Step(number, at, i.VenueAccepted(OrderId(subject), f"v-{number}", at=at), told)


def steps(count: int, *, first: int = 1) -> list[Step]:
    """Steps in a row, of one to three events; every third has no cause, as after market data."""
    made = [step(number, events=1 + number % 3) for number in range(first, first + count)]
    return [made_one._replace(cause=None) if made_one.number % 3 == 0 else made_one for made_one in made]


def alarm(number: int, detail: str) -> Step:
    """A step of one event that carries any text."""
    told: list[Event] = [Anomaly(kind="test", subject="o-1", detail=detail)]
    return Step(number, Instant(START + number), None, told)


class Story:
    """A book that lives through a bad day; `next_steps` gives its steps one by one, each already applied.

    The venue's answers are drawn at random and need not make sense: the book has an answer to each.
    """

    def __init__(self, seed: int, *, epoch: int = 1) -> None:
        self.book = Book.empty(BOOK)
        self._random = Random(seed)
        self._epoch = epoch
        self._at = START
        self._count = 0
        self._opening = self._how_it_begins()

    @property
    def state(self) -> BookState:
        """The book's state."""
        return self.book.state

    def next_steps(self, count: int) -> Iterator[Step]:
        """So many steps (a book that does not react is told something else)."""
        while count:
            made = self.book.step(self._opening.pop(0) if self._opening else self._something())
            if made is not None:
                count -= 1
                yield made

    def _how_it_begins(self) -> list[i.Input]:
        at = self._at
        return [
            i.EngineStarted(JOURNAL_ID, "n0", self._epoch, "0.1.0", "settings", at=at),
            i.InstrumentDeclared(Instrument(Symbol("SPY"), Decimal("0.01")), at=at),
            i.InstrumentDeclared(
                Instrument(
                    Symbol("ES"),
                    Decimal("0.25"),
                    multiplier=Decimal(50),
                    asset=AssetClass.FUTURE,
                    margin=Decimal(15_000),
                ),
                at=at,
            ),
            i.AccountDeclared(
                AccountTerms(
                    AccountId("alpha"),
                    VenueName("paper"),
                    Decimal(100_000),
                    limits=ROOMY,
                    messages=PATIENT,
                    governor=LENIENT,
                ),
                at=at,
            ),
            i.AccountDeclared(
                AccountTerms(
                    AccountId("beta"),
                    VenueName("plain"),
                    Decimal(50_000),
                    capabilities=HOLDS_NOTHING,
                    limits=ROOMY,
                    messages=PATIENT,
                    governor=LENIENT,
                ),
                at=at,
            ),
        ]

    def _something(self) -> i.Input:
        self._at = Instant(self._at + self._random.randrange(1, 2 * SECOND))
        self._count += 1
        live = [order for order in self.state.orders.values() if order.id not in self.state.closed]
        if live and self._random.random() < 0.8:
            return self._about(self._random.choice(live))
        match self._random.randrange(12):
            case 0:
                return i.ClockTicked(at=self._at)
            case 1:
                account = self._random.choice((None, AccountId("alpha")))
                state = self._random.choice((TradingState.ACTIVE, TradingState.ACTIVE, TradingState.HALTED))
                return i.TradingStateAsked(state, "me", "why not", account, at=self._at)
            case 2:
                return i.EngineStarted(
                    JOURNAL_ID, f"n{self._count}", self._epoch, "0.1.0", "other", at=self._at
                )
            case _:
                return i.SignalArrived(self._signal(), at=self._at)

    def _signal(self) -> Signal:
        number = self._count if self._random.random() < 0.9 else max(1, self._count - 1)
        long = self._random.random() < 0.5
        side = 1 if long else -1
        return Signal(
            SignalId(f"s-{number}"),
            self._at,
            self._random.choice((AccountId("alpha"), AccountId("beta"))),
            self._random.choice((SignalKind.ENTRY, SignalKind.ENTRY, SignalKind.EXIT)),
            self._random.choice((Symbol("SPY"), Symbol("ES"))),
            Direction.LONG if long else Direction.SHORT,
            expected_price=Nano(self._random.choice((0, 100)) * ONE) or None,
            quantity=Nano(4 * ONE),
            stop=Nano((100 - side * 5) * ONE),
            targets=(WantedTarget(Nano((100 + side * 10) * ONE)),),
            strategy=self._random.choice(("orb", "pullback", None)),
        )

    def _about(self, order: Order) -> i.Input:
        at = self._at
        if order.state is OrderState.NEW:  # the engine holds it
            return i.TriggerReached(order.id, Nano(95 * ONE), at=at)
        match self._random.randrange(13):
            case 0 | 1:
                return i.VenueAccepted(order.id, f"v-{order.id}", at=at)
            case 2:
                return i.VenueRejected(order.id, "no", at=at)
            case 3:
                return i.VenueCancelled(order.id, at=at)
            case 4:
                return i.VenueSilent(order.id, i.Request.SUBMIT, at=at)
            case 5:
                return i.CancelAsked(order.id, "me", "test", at=at)
            case 6:
                return i.VenueMissing(order.id, self._random.choice(("by_id", "listing")), True, at=at)
            case 7:
                return i.ReplaceAsked(order.id, Terms(limit_price=Nano(99 * ONE)), "me", "test", at=at)
            case 8:
                return i.VenueReplaced(order.id, order.pending or Terms(), at=at)
            case _:
                whole = self._random.random() < 0.5
                quantity = order.leaves if whole else Decimal(1)
                price = self._random.randrange(90 * 4, 110 * 4) * ONE // 4
                execution = Execution(
                    f"e-{self._count}", Nano(int(quantity * ONE) or ONE), Nano(price), Nano(ONE // 100), at
                )
                return i.VenueFilled(order.id, execution, at=at)
