"""The crash loop's judge on fills and money: what he finds and names, and what is no finding."""

from collections.abc import Callable
from fractions import Fraction

import msgspec
import pytest

from kedge.domain.events import Event
from kedge.domain.ids import OrderId, SignalId
from kedge.domain.inputs import (
    AccountDeclared,
    EngineStarted,
    Input,
    InstrumentDeclared,
    SignalArrived,
    VenueAccepted,
    VenueBusted,
    VenueCancelled,
    VenueCorrected,
    VenueFilled,
)
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano, Ticks, use_exact_arithmetic
from kedge.domain.orders import Execution, OrderRequest
from kedge.domain.signals import Direction, Signal, SignalKind
from kedge.kernel.book import Book
from kedge.torture.fills import Heard, check_fills
from kedge.torture.inspection import check_books
from kedge.torture.stage import ACCOUNTS, BOOK, INSTRUMENTS
from kedge.torture.truth import Truth
from kedge.venues.simulated import ledger
from kedge.venues.simulated.ledger import Entry, Fact

AT = Instant(10**18)
UNIT = 10**9
NQ = next(each for each in INSTRUMENTS if each.symbol == "NQ")
TERMS = msgspec.structs.replace(
    next(each for each in ACCOUNTS if each.id == "resting"), allow_unprotected=True
)
HALF_IN = ("entry", Execution("x1", Nano(2 * UNIT), Nano(20_000 * UNIT), Nano(UNIT)))
REST_IN = ("entry", Execution("x2", Nano(3 * UNIT), Nano(20_020 * UNIT), Nano(UNIT)))
HALF_OUT = ("exit", Execution("x3", Nano(2 * UNIT), Nano(20_010 * UNIT), Nano(UNIT)))
IN, OUT = (
    ("entry", Execution("in", Nano(2 * UNIT), Nano(20_000 * UNIT))),
    ("exit", Execution("out", Nano(2 * UNIT), Nano(20_010 * UNIT))),
)
Done = tuple[str, Execution]


class Far:
    """An engine's book with an entry of five NQ and an exit of two on their way, and the exchange's ledger of them."""

    def __init__(self) -> None:
        use_exact_arithmetic()
        self.book, self.truth, self.heard = Book.empty(BOOK), Truth(), Heard()
        self.orders: dict[str, OrderRequest] = {}
        self.hear(EngineStarted("journal1", "r1", 1, "", "", at=AT))
        self.hear(InstrumentDeclared(NQ, at=AT))
        self.hear(AccountDeclared(TERMS, at=AT))
        self.enter(ledger.InstrumentListed(instrument=NQ))
        self.enter(ledger.AccountOpened(account=TERMS.id, cash=TERMS.cash))
        self.send("entry", SignalKind.ENTRY)

    def hear(self, told: Input) -> list[Event]:
        events = self.book.handle(told)
        for event in events:
            self.heard.take(event)
        return events

    def enter(self, fact: Fact) -> None:
        self.truth.take([Entry(self.truth.entries + 1, AT, fact)])

    def send(self, name: str, kind: SignalKind, *, taken: bool = True) -> None:
        """A signal becomes an order, which the exchange takes, and says so."""
        quantity = Nano(5 * UNIT) if kind is SignalKind.ENTRY else None
        entering = kind is SignalKind.ENTRY
        signal = Signal(
            SignalId(name),
            AT,
            TERMS.id,
            kind,
            NQ.symbol,
            Direction.LONG,
            quantity=quantity,
            unprotected=entering,
        )
        before = list(self.book.state.orders)
        self.hear(SignalArrived(signal, Ticks(80_000), Ticks(80_001), at=AT))
        (id_,) = [id_ for id_ in self.book.state.orders if id_ not in before]
        self.orders[name] = self.book.state.orders[id_].request
        if taken:
            self.enter(ledger.OrderAccepted(request=self.orders[name], venue_order_id="v"))
            self.hear(VenueAccepted(id_, "v", at=AT))

    def trade(self, done: Done) -> None:
        """The exchange has executed, and nobody was told yet."""
        request = self.orders[done[0]]
        self.enter(
            ledger.Executed(
                order=request.id,
                account=TERMS.id,
                instrument=NQ.symbol,
                side=request.side,
                execution=done[1],
            )
        )

    def tell(self, done: Done) -> None:
        """The engine hears of it."""
        self.hear(VenueFilled(self.orders[done[0]].id, done[1], at=AT))

    def end(self, name: str, state: OrderState) -> None:
        """Nothing more comes of this order, for both."""
        id_ = self.orders[name].id
        self.enter(ledger.OrderEnded(order=id_, state=state))
        if state is OrderState.CANCELLED:
            self.hear(VenueCancelled(id_, "", at=AT))

    def findings(self) -> list[str]:
        return check_fills(self.heard, self.truth) + check_books(self.book.state, self.truth, self.heard)


def test_a_future_whose_fills_were_heard_of_in_another_order() -> None:
    """The report of a fill was lost and came with an answer, after an exit had closed what was known to be open.

    At average cost the exchange has lost by the exit and the engine has gained; what is open has cost it as much more.
    """
    far = Far()
    far.trade(HALF_IN)
    far.tell(HALF_IN)
    far.send("exit", SignalKind.EXIT)
    far.trade(REST_IN)
    far.end("entry", OrderState.FILLED)
    far.trade(HALF_OUT)
    far.end("exit", OrderState.FILLED)
    far.tell(HALF_OUT)
    far.tell(REST_IN)
    as_executed = far.truth.cash(TERMS.id, far.truth.fills)
    assert Fraction(far.book.state.accounts[TERMS.id].cash) - as_executed == 480  # so the two do differ
    assert far.findings() == []
    assert far.book.state.holdings(TERMS.id) == far.truth.positions(TERMS.id) == {NQ.symbol: 3}


def test_a_round_trip_of_which_the_engine_has_not_heard_leaves_the_positions_equal() -> None:
    far = Far()
    far.trade(HALF_IN)
    far.tell(HALF_IN)
    far.send("exit", SignalKind.EXIT)
    far.trade(IN)
    far.trade(OUT)
    found = far.findings()
    assert not any("holds" in finding for finding in found)
    entry, leaving = far.orders["entry"].id, far.orders["exit"].id
    for order, id_, price in ((entry, "in", 20_000), (leaving, "out", 20_010)):
        there = f"{order}: the execution {id_} is 2 at {price} for a fee of 0 at the exchange"
        assert f"{there}, and the engine has not counted it" in found
    assert any("in cash" in finding for finding in found)


def forge(heard: Heard, order: OrderId, **figures: Nano) -> None:
    was = heard.fills[order, "x1"]
    heard.fills[order, "x1"] = msgspec.structs.replace(was, **figures)


@pytest.mark.parametrize("figures", [{"price": Nano(UNIT)}, {"quantity": Nano(UNIT)}, {"fee": Nano(7)}])
def test_a_fill_that_the_engine_has_counted_with_other_figures(figures: dict[str, Nano]) -> None:
    far = Far()
    far.trade(HALF_IN)
    far.tell(HALF_IN)
    assert check_fills(far.heard, far.truth) == []
    forge(far.heard, far.orders["entry"].id, **figures)
    (finding,) = check_fills(far.heard, far.truth)
    assert (
        "the execution x1 is 2 at 20000 for a fee of 1 at the exchange, and the engine has counted" in finding
    )


def test_a_fill_that_never_was() -> None:
    far = Far()
    far.tell(HALF_IN)
    order = far.orders["entry"].id
    assert check_fills(far.heard, far.truth) == [
        f"{order}: the execution x1 is 2 at 20000 for a fee of 1 for the engine, and the exchange has no such execution"
    ]


def test_a_fill_that_was_counted_twice() -> None:
    far = Far()
    far.trade(HALF_IN)
    (filled,) = [each for each in far.hear(told_of(far, HALF_IN)) if type(each).__name__ == "OrderFilled"]
    far.heard.take(filled)
    order = far.orders["entry"].id
    assert check_fills(far.heard, far.truth) == [f"{order}: the engine has counted the execution x1 twice"]


def told_of(far: Far, done: Done) -> VenueFilled:
    return VenueFilled(far.orders[done[0]].id, done[1], at=AT)


def bust(far: Far) -> None:
    order = far.orders["entry"].id
    far.enter(ledger.TradeBusted(order=order, account=TERMS.id, execution="x1"))
    far.hear(VenueBusted(order, "x1", "", at=AT))


def correct(far: Far) -> None:
    order = far.orders["entry"].id
    now = msgspec.structs.replace(HALF_IN[1], price=Nano(19_000 * UNIT))
    far.enter(ledger.TradeCorrected(order=order, account=TERMS.id, execution=now))
    far.hear(VenueCorrected(order, "x1", now, 1, at=AT))


@pytest.mark.parametrize("amend", [bust, correct])
def test_a_fill_that_was_taken_back_on_both_sides(amend: Callable[[Far], None]) -> None:
    far = Far()
    far.trade(HALF_IN)
    far.tell(HALF_IN)
    amend(far)
    assert [finding for finding in far.findings() if "execution" in finding or "in cash" in finding] == []
