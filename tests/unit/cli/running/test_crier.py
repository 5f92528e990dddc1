"""What the demo says, and what it does when nobody listens."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from queue import SimpleQueue

import pytest

from kedge.cli import output
from kedge.cli.output import ReaderGoneError
from kedge.cli.running.crier import Crier
from kedge.domain import events as ev
from kedge.domain.events import Event
from kedge.domain.ids import AccountId, BookId, OrderId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano
from kedge.domain.orders import OrderRequest, OrderType, Role, Side, order_from
from kedge.domain.steps import Step
from kedge.kernel.state import BookState
from kedge.wording.text import Cell

AT = Instant(1_772_461_800_000_000_000)
ENTRY = OrderRequest(
    OrderId("o-1"), AccountId("alpha"), Symbol("SPY"), Side.BUY, OrderType.MARKET, Nano(50 * 10**9)
)
STOP = OrderRequest(
    OrderId("o-2"),
    AccountId("alpha"),
    Symbol("SPY"),
    Side.SELL,
    OrderType.STOP,
    Nano(50 * 10**9),
    stop_price=Nano(590 * 10**9),
    role=Role.STOP,
)


def unheard(error: Exception) -> None:
    pytest.fail(f"nobody listens: {error!r}")


@pytest.fixture
def state() -> BookState:
    book = BookState(BookId("main"))
    book.instruments[Symbol("SPY")] = Instrument(Symbol("SPY"), Decimal("0.01"))
    for request in (ENTRY, STOP):
        book.orders[request.id] = order_from(request, OrderState.ACCEPTED, AT)
    return book


def test_a_step_is_said_with_its_time_and_place(state: BookState, capfd: pytest.CaptureFixture[str]) -> None:
    crier = Crier(state, unheard)
    accepted = ev.OrderAccepted(order=STOP.id, venue_order_id="v", state=OrderState.ACCEPTED)
    crier.take(Step(1, AT, None, [accepted]))
    assert crier.close()
    assert (
        capfd.readouterr().out
        == "14:30:00  alpha    SPY  stop rests at the venue: sell 50 SPY, stop 590.00\n"
    )


QUIET: list[Event] = [
    ev.RunStarted(journal_id="j", nonce="n", epoch=1, version="1", settings_hash=""),
    ev.OrderSubmitted(request=ENTRY),
    ev.OrderConfirmed(order=ENTRY.id),
    ev.OrderQueried(order=ENTRY.id, attempt=2, ask_at=AT),
    ev.OrderEnded(order=STOP.id, state=OrderState.CANCELLED, reason="oco"),
]
SAID: list[Event] = [
    ev.OrderEnded(order=ENTRY.id, state=OrderState.CANCELLED, reason="order timeout"),
    ev.OrderEnded(order=STOP.id, state=OrderState.REJECTED, reason="no"),
    ev.OrderQueried(order=ENTRY.id, attempt=1, ask_at=AT),
    ev.CancelRefused(order=ENTRY.id, state=OrderState.ACCEPTED, reason="too late"),
    ev.Anomaly(kind="OVERFILL", subject="o-1", detail="too much"),
]


@pytest.mark.parametrize("event", [*QUIET, *SAID], ids=lambda event: type(event).__name__)
def test_only_what_a_person_wants_to_hear_is_said(
    event: Event, state: BookState, capfd: pytest.CaptureFixture[str]
) -> None:
    crier = Crier(state, unheard)
    crier.take(Step(1, AT, None, [event]))
    assert crier.close()
    assert (capfd.readouterr().out != "") is (event in SAID)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A reader who has stopped reading."""
    release = threading.Event()

    def wait(_first: str, _text: Cell) -> None:
        assert release.wait(30)
        raise ReaderGoneError

    monkeypatch.setattr(output, "say_behind", wait)
    monkeypatch.setattr("kedge.cli.running.crier._PATIENCE_SECONDS", 0.05)
    yield
    release.set()


def test_a_reader_who_stops_reading_holds_nothing_up(stuck: None, state: BookState) -> None:
    crier = Crier(state, lambda _error: None)
    for number in range(1000):
        crier.take(Step(number, AT, None, [SAID[-1]]))
    assert not crier.close()


def test_a_reader_who_goes_away_is_noticed(state: BookState, monkeypatch: pytest.MonkeyPatch) -> None:
    told: SimpleQueue[Exception] = SimpleQueue()
    error = ReaderGoneError()

    def refuse(_first: str, _text: Cell) -> None:
        raise error

    monkeypatch.setattr(output, "say_behind", refuse)
    crier = Crier(state, told.put)
    crier.take(Step(1, AT, None, [SAID[-1]]))
    assert told.get(timeout=30) is error
    assert crier.close()
    crier.take(Step(2, AT, None, [SAID[-1]]))  # nobody is left to print it: it is not kept either
    assert crier.waiting == 1  # what `close` puts in last
    assert told.empty()


def test_a_slow_reader_misses_lines_and_is_told_how_many(
    state: BookState, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    may_read, has_begun = threading.Event(), threading.Event()

    def read(_first: str, text: Cell) -> None:
        has_begun.set()
        assert may_read.wait(30)
        lines.append(text.text)

    monkeypatch.setattr(output, "say_behind", read)
    monkeypatch.setattr("kedge.cli.running.crier.LINES_MAX", 3)
    crier = Crier(state, unheard)
    anomaly = Step(1, AT, None, [SAID[-1]])
    crier.take(anomaly)
    assert has_begun.wait(30)
    for _ in range(3 + 5):
        crier.take(anomaly)
    assert crier.waiting == 3
    monkeypatch.setattr("kedge.cli.running.crier.LINES_MAX", 10)
    crier.take(anomaly)
    may_read.set()
    assert crier.close()
    said = lines[0]
    assert lines == [said] * 4 + ["(5 lines are left out: they were read too slowly)", said]
