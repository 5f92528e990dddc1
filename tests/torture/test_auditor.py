"""The judges can convict: each kind of broken promise is planted, and each is found.

The crash loop's judges are tried on what two real kills left behind; the rehearsals' auditor on a small exchange.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import apsw
import msgspec
import pytest

from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import AccountId, OrderId, SignalId, VenueName
from kedge.domain.inputs import (
    AccountDeclared,
    EngineStarted,
    InstrumentDeclared,
    SignalArrived,
    VenueAccepted,
    VenueFilled,
)
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano, Ticks, use_exact_arithmetic
from kedge.domain.orders import Execution, OrderRequest, OrderType, Role, Side, Terms
from kedge.domain.quotes import Quote
from kedge.domain.signals import Direction, Outcome, Signal, SignalKind
from kedge.engine.answers import Repeat, SignalAnswer
from kedge.engine.recovery import recover, state_schema
from kedge.journal.reader import JournalReader, open_reader
from kedge.kernel.book import Book
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings
from kedge.torture.auditor import audit
from kedge.torture.crash_loop import CrashLoop
from kedge.torture.fills import Heard, heard_of
from kedge.torture.inspection import check_books, check_replay, check_tables, inspect
from kedge.torture.recorded import Intent, Recorded, lost_answers, not_written_first
from kedge.torture.stage import ACCOUNTS, BOOK, INSTRUMENTS
from kedge.torture.truth import Holding, Truth
from kedge.venues.simulated import ledger as book
from kedge.venues.simulated.ledger import Entry, Fact, read_ledger

ACCOUNT = ACCOUNTS[0].id
SPY = INSTRUMENTS[0]
UNIT = 10**9


class Scene:
    """What a crash loop left, copied for one test."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.truth = Truth()
        self.truth.take(read_ledger(folder / "ledger"))
        self.recorded = Recorded(self.data)
        self.recorded.update()
        with open_reader(self.data, BOOK) as reader:
            self.folded = recover(cast("Any", reader), state_schema())
            self.heard = heard_of(reader)

    def plant(self, *facts: Fact) -> None:
        """Put facts at the end of the ledger as the judge reads it."""
        number = self.truth.entries
        self.truth.take(
            Entry(number + index, Instant(2**62), fact) for index, fact in enumerate(facts, start=1)
        )

    def taken(self) -> tuple[OrderId, Intent]:
        """A recorded order that the exchange has; one that was recorded just before a kill may never have left."""
        id_ = next(iter(self.truth.orders))
        return id_, self.recorded.sent[id_]

    def inspect(self) -> list[str]:
        return inspect(self.data, self.truth, self.folded.snapshot())


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crashes")
    report = asyncio.run(CrashLoop(folder, 5, lambda _: None).run(2, leg=2))
    assert report.findings == []
    assert report.trades > 0
    return folder


@pytest.fixture
def scene(left_behind: Path, tmp_path: Path) -> Scene:
    use_exact_arithmetic()
    shutil.copytree(left_behind, tmp_path / "scene")
    return Scene(tmp_path / "scene")


def request(id_: str, signal: str = "planted", role: Role = Role.ENTRY) -> OrderRequest:
    return OrderRequest(
        OrderId(id_),
        ACCOUNT,
        SPY.symbol,
        Side.BUY,
        OrderType.MARKET,
        Nano(5 * UNIT),
        role=role,
        signal=SignalId(signal),
    )


def accepted(id_: str, **others: Any) -> book.OrderAccepted:
    return book.OrderAccepted(request=request(id_, **others), venue_order_id="v")


def executed(id_: str, execution: str = "x", quantity: int = 5) -> book.Executed:
    done = Execution(execution, Nano(quantity * UNIT), Nano(590 * UNIT), Nano(UNIT))
    return book.Executed(
        order=OrderId(id_), account=ACCOUNT, instrument=SPY.symbol, side=Side.BUY, execution=done
    )


def has(findings: list[str], *words: str) -> bool:
    return any(all(word in finding for word in words) for finding in findings)


# -- nothing is found where nothing was planted --


def test_what_was_left_behind_is_in_order(scene: Scene) -> None:
    assert scene.inspect() == []
    assert scene.truth.findings == []
    assert not_written_first(scene.recorded, scene.truth) == []


# -- the ledger alone --


def test_a_client_id_that_was_taken_twice(scene: Scene) -> None:
    twice = next(iter(scene.truth.orders.values())).request
    scene.plant(book.OrderAccepted(request=twice, venue_order_id="again"))
    assert has(scene.truth.findings, f"took the client id {twice.id} twice")


def test_two_orders_of_one_intent(scene: Scene) -> None:
    scene.plant(accepted("one"), accepted("two"))
    assert has(scene.truth.findings, "signal planted has two orders in the role entry: one and two")


def test_a_second_order_of_an_intent_whose_first_has_traded(scene: Scene) -> None:
    ended = book.OrderEnded(order=OrderId("one"), state=OrderState.CANCELLED)
    scene.plant(accepted("one"), executed("one", quantity=2), ended, accepted("two"))
    assert has(scene.truth.findings, "signal planted has two orders")


def test_another_role_or_a_dead_first_order_is_no_second_order(scene: Scene) -> None:
    ended = book.OrderEnded(order=OrderId("one"), state=OrderState.CANCELLED)
    scene.plant(accepted("one"), accepted("stop", role=Role.STOP), ended, accepted("two"))
    assert scene.truth.findings == []


def test_more_traded_than_was_asked_for(scene: Scene) -> None:
    scene.plant(accepted("one"), executed("one"), executed("one", "y", quantity=1))
    assert has(scene.truth.findings, "one traded more than it was for")


# -- acknowledgements and the order of things --


def test_an_acknowledged_signal_that_is_lost(scene: Scene) -> None:
    answer = SignalAnswer(SignalId("never"), Outcome.ORDERED, Repeat.NEW, "", OrderId("o-1"))
    assert has(lost_answers(scene.recorded, {answer.signal: answer}), "never", "is not in the journal")


@pytest.mark.parametrize(
    "change", [{"outcome": Outcome.ADJUSTED}, {"order": OrderId("another")}, {"code": "WRONG"}]
)
def test_an_acknowledged_signal_that_ended_in_another_way(scene: Scene, change: dict[str, Any]) -> None:
    id_, judged = next(
        (id_, judged) for id_, judged in scene.recorded.judged.items() if judged.outcome is Outcome.ORDERED
    )
    answer = SignalAnswer(id_, judged.outcome, Repeat.NEW, judged.code, judged.order)
    assert lost_answers(scene.recorded, {id_: answer}) == []
    wrong = msgspec.structs.replace(answer, **change)
    assert has(lost_answers(scene.recorded, {id_: wrong}), id_, "the journal has")


def test_an_order_that_was_never_recorded(scene: Scene) -> None:
    scene.plant(accepted("unheard"))
    assert has(not_written_first(scene.recorded, scene.truth), "unheard", "never recorded before it was sent")


def test_an_order_that_was_recorded_too_late(scene: Scene) -> None:
    id_, intent = scene.taken()
    scene.recorded.sent[id_] = msgspec.structs.replace(intent, at=Instant(2**62))
    assert has(not_written_first(scene.recorded, scene.truth), id_, "taken by the exchange at")


def test_an_order_that_was_sent_in_another_form(scene: Scene) -> None:
    id_, intent = scene.taken()
    other = msgspec.structs.replace(intent.request, quantity=Nano(1))
    scene.recorded.sent[id_] = msgspec.structs.replace(intent, request=other)
    assert has(not_written_first(scene.recorded, scene.truth), id_, "and sent as")


# -- the books --


def test_an_execution_that_the_engine_has_not_seen(scene: Scene) -> None:
    scene.plant(
        accepted("one"), executed("one"), book.OrderEnded(order=OrderId("one"), state=OrderState.FILLED)
    )
    found = check_books(scene.folded.state, scene.truth, scene.heard)
    assert has(found, f"{ACCOUNT} SPY: the engine holds")
    assert has(found, f"{ACCOUNT}: the engine counts", "in cash")
    assert has(scene.inspect(), "one: the execution x is 5 at 590", "the engine has not counted it")


def test_an_order_that_the_engine_does_not_know(scene: Scene) -> None:
    scene.plant(accepted("foreign"))
    assert has(check_books(scene.folded.state, scene.truth, scene.heard), "foreign lives at the exchange")


def test_an_order_that_the_exchange_does_not_know() -> None:
    small = Small()
    found = check_books(small.book.state, small.truth, Heard())
    assert has(found, f"{small.order} is PENDING_NEW although all is quiet")
    assert has(found, f"{small.order} is believed PENDING_NEW and the exchange has no such live order")


@pytest.mark.parametrize("terms", [Terms(quantity=Nano(3 * UNIT)), Terms(limit_price=Nano(7 * UNIT))])
def test_terms_that_differ(terms: Terms) -> None:
    small = Small()
    small.accept()
    assert check_books(small.book.state, small.truth, Heard()) == []
    small.tell(book.OrderReplaced(order=small.order, terms=terms))
    assert has(check_books(small.book.state, small.truth, Heard()), f"{small.order}: the engine believes")


class Small:
    """One order that has left, and the exchange that is to get it."""

    def __init__(self) -> None:
        self.book, self.truth = Book.empty(BOOK), Truth()
        terms = msgspec.structs.replace(ACCOUNTS[0], allow_unprotected=True)
        self.tell(book.InstrumentListed(instrument=SPY), book.AccountOpened(account=ACCOUNT, cash=terms.cash))
        self.order = enter(self.book, terms, Instant(0))

    def accept(self) -> None:
        self.book.handle(VenueAccepted(self.order, "v", at=Instant(0)))
        self.tell(book.OrderAccepted(request=self.book.state.orders[self.order].request, venue_order_id="v"))

    def tell(self, *facts: Fact) -> None:
        start = self.truth.entries
        self.truth.take(Entry(start + index, Instant(0), fact) for index, fact in enumerate(facts, start=1))


def enter(opened: Book, terms: AccountTerms, at: Instant) -> OrderId:
    """A started book whose one signal has become a market order for five."""
    opened.handle(EngineStarted("journal1", "r1", 1, "", "", at=at))
    opened.handle(InstrumentDeclared(SPY, at=at))
    opened.handle(AccountDeclared(terms, at=at))
    signal = Signal(
        SignalId("s-1"), at, ACCOUNT, SignalKind.ENTRY, SPY.symbol, Direction.LONG,
        quantity=Nano(5 * UNIT), unprotected=True,
    )  # fmt: skip
    opened.handle(SignalArrived(signal, Ticks(10_000), Ticks(10_001), at=at))
    return next(iter(opened.state.orders))


# -- the record --


def test_a_changed_byte_of_the_journal(scene: Scene) -> None:
    change(
        scene,
        "UPDATE events SET payload = CAST(replace(payload, 'ORDERED', 'ORDERed') AS BLOB) WHERE kind = 'SignalJudged'",
    )
    assert has(scene.inspect(), "journal")


def test_a_row_that_was_cut_off(scene: Scene) -> None:
    change(scene, "DELETE FROM events WHERE id = (SELECT max(id) FROM events)")
    assert has(scene.inspect(), "the rows end with event")


def test_another_state_in_memory_than_in_the_record(scene: Scene) -> None:
    found = inspect(scene.data, scene.truth, Book.empty(BOOK).snapshot())
    assert has(found, "differs from the state that the engine held in memory")


def test_a_snapshot_that_leads_elsewhere(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Book.empty(BOOK)
    read = JournalReader.load_snapshot

    def lie(reader: JournalReader, schema: str) -> Any:
        found = read(reader, schema)
        return None if found is None else found._replace(blob=wrong.snapshot(), seq=reader.head.seq)

    monkeypatch.setattr(JournalReader, "load_snapshot", lie)
    assert has(scene.inspect(), "the fold from the snapshot at event")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE orders SET filled = '77' WHERE id = (SELECT max(id) FROM orders)",
        "DELETE FROM fills WHERE execution = (SELECT max(execution) FROM fills)",
        "UPDATE accounts SET cash = '1'",
    ],
)
def test_a_readable_table_that_says_something_else(scene: Scene, sql: str) -> None:
    assert check_tables(scene.data) == []
    change(scene, sql)
    assert has(check_tables(scene.data), "the table", "is not what the events make of it")


def test_a_recorded_input_that_does_not_lead_to_its_events(scene: Scene) -> None:
    with open_reader(scene.data, BOOK) as reader:
        steps = list(reader.steps())

    class Forger:
        def steps(self) -> Iterator[Any]:
            for step in steps:
                cause = step.cause
                if isinstance(cause, SignalArrived):
                    cause = msgspec.structs.replace(cause, ask=Ticks(1))
                yield step._replace(cause=cause)

    assert has(
        check_replay(cast("JournalReader", Forger()), scene.folded), "does not lead to the recorded events"
    )
    assert check_replay(cast("JournalReader", OneShot(steps)), scene.folded) == []
    assert has(check_replay(cast("JournalReader", OneShot(steps[:-1])), scene.folded), "the folded state")


class OneShot:
    def __init__(self, steps: list[Any]) -> None:
        self._steps = steps

    def steps(self) -> Iterator[Any]:
        return iter(self._steps)


def change(scene: Scene, sql: str) -> None:
    connection = apsw.Connection(str(scene.data / "journal.db"))
    connection.execute(sql)
    assert connection.changes() > 0
    connection.close()


# -- the judge's own arithmetic --


def test_the_average_cost_of_a_future() -> None:
    holding = Holding()
    for signed, price in ((2, 10), (2, 20), (-3, 30)):
        holding.trade(Fraction(signed), Fraction(abs(signed) * price))
    assert books(holding) == [1, 15, 45]
    holding.trade(Fraction(-2), Fraction(2 * 5))  # turns over: one closes at a loss of ten, one opens short
    assert books(holding) == [-1, 5, 35]
    holding.trade(Fraction(1), Fraction(3))
    assert books(holding) == [0, 0, 37]


def books(holding: Holding) -> list[Fraction]:
    return [holding.quantity, holding.cost, holding.gained]


# -- the auditor of the rehearsals --


class Day:
    """One filled market order at a small exchange, and a book that has heard of all of it."""

    def __init__(self) -> None:
        at = Instant(10**18)
        terms = AccountTerms(ACCOUNT, VenueName("sim"), Decimal(100_000), allow_unprotected=True)
        self.exchange = SimExchange([SPY], {ACCOUNT: terms.cash}, SimSettings(), seed=1)
        self.exchange.on_market(Quote(SPY.symbol, at, Ticks(1000), Ticks(1001)))
        self.book = Book.empty(BOOK)
        self.order = enter(self.book, terms, at)
        self.request = self.book.state.orders[self.order].request
        self.at = at
        self.reports = self.exchange.submit(self.request, (), at)
        for report in self.reports:
            self.book.handle(report)
        self.submitted = {self.order: ("s-1", Role.ENTRY)}

    def audit(self) -> list[str]:
        return audit(self.exchange, self.book.state, self.submitted)


def double_the_order(day: Day) -> None:
    again = msgspec.structs.replace(day.request, id=OrderId("second"))
    for report in day.exchange.submit(again, (), day.at):
        if isinstance(report, VenueFilled):
            day.book.handle(msgspec.structs.replace(report, order=day.order))
    day.submitted[OrderId("second")] = ("s-1", Role.ENTRY)


def rest_unknown(day: Day) -> None:
    limit = msgspec.structs.replace(
        day.request, id=OrderId("resting"), type=OrderType.LIMIT, limit_price=Nano(UNIT), signal=None
    )
    day.exchange.submit(limit, (), day.at)
    day.submitted[OrderId("resting")] = ("s-2", Role.ENTRY)


def fill_once_more(day: Day) -> None:
    day.book.handle(VenueFilled(day.order, Execution("more", Nano(UNIT), Nano(10 * UNIT)), at=day.at))


def believe_an_order(day: Day) -> None:
    other = Signal(SignalId("s-3"), day.at, AccountId(ACCOUNT), SignalKind.EXIT, SPY.symbol, Direction.LONG)
    day.book.handle(SignalArrived(other, at=day.at))


def want_a_stop(day: Day) -> None:
    account = day.book.state.accounts[AccountId(ACCOUNT)]
    account.terms = msgspec.structs.replace(account.terms, allow_unprotected=False)


PLANTED: list[tuple[Callable[[Day], object], str]] = [
    (lambda day: day.submitted.clear(), "never recorded before it was sent"),
    (double_the_order, "signal s-1 has two orders in the role entry"),
    (rest_unknown, "resting lives at the exchange and the engine does not know"),
    (fill_once_more, "the engine holds 6"),
    (fill_once_more, "in cash"),
    (believe_an_order, "PENDING_NEW although all is quiet"),
    (want_a_stop, "bracket SPY: 0 of 5.000000000 have a stop"),
    (believe_an_order, "is believed live and the exchange has no such live order"),
]


@pytest.mark.parametrize(("plant", "finding"), PLANTED)
def test_the_auditor_of_the_rehearsals(plant: Callable[[Day], object], finding: str) -> None:
    day = Day()
    assert day.audit() == []
    plant(day)
    assert has(day.audit(), finding), day.audit()
