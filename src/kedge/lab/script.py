"""Plays a script of order requests and venue reports to a book, line by line, and tells what the book made of each.

The book is the engine's own kernel, with nothing around it: no venue, no market, and a clock that only the script
moves. Each order is an entry without stop or target in an account of its own, so that none stands in another's way.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import AccountTerms
from kedge.domain.commands import CancelOrder, Command, QueryOrder, ReplaceOrder, SubmitOrder, command_for
from kedge.domain.governor import LENIENT
from kedge.domain.ids import AccountId, BookId, OrderId, SignalId, Symbol, VenueName
from kedge.domain.instants import SECOND, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.json_document import JsonDocumentError, read_json
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.limits import ROOMY
from kedge.domain.messages import PATIENT
from kedge.domain.numbers import LARGEST, NANO, UNIT, ZERO, to_nano, use_exact_arithmetic
from kedge.domain.orders import Order, OrderType, Side
from kedge.domain.signal_faults import shown
from kedge.domain.signals import Direction, Signal, SignalKind, WantedOrder
from kedge.gates.order_validity import NEEDED
from kedge.kernel.book import Book
from kedge.kernel.state import CLOSED_ORDERS_KEPT
from kedge.lab.script_form import LineFault, NewLine, OrderLine, ScriptError, WaitLine, maybe, read_line
from kedge.lab.script_reports import ABLE, REPORTS

NEW, WAIT = "new", "wait"
KINDS = (NEW, *REPORTS, WAIT)
WAIT_SECONDS_MAX = 86_400
ORDERS_MAX = CLOSED_ORDERS_KEPT  # all that a book remembers without its archive
_INSTRUMENT = Instrument(Symbol("LAB"), tick=NANO, lot=NANO)  # any price and any quantity is on its grid


class Standing(NamedTuple):
    """How an order stands after a line, and what the engine did about it."""

    order: str
    state: OrderState
    filled: Decimal
    leaves: Decimal
    average_price: Decimal | None
    sends: tuple[Command, ...]
    plans_cancel: bool  # it is sent as soon as the order is answered
    refuses: str
    raises: tuple[e.Anomaly, ...]


class Answer(NamedTuple):
    """What came of a line: the order that it was about, or after a wait all of them."""

    line: int
    kind: str
    standings: tuple[Standing, ...]


class Script:
    """A script under way."""

    def __init__(self) -> None:
        """A book that knows what is traded and nobody who trades it."""
        use_exact_arithmetic()
        self._book = Book.empty(BookId("lab"))
        self._now = Instant(0)
        self._orders: dict[str, OrderId] = {}
        self._book.handle(i.EngineStarted("lab", "script", 1, "lab", "", at=self._now))
        self._book.handle(i.InstrumentDeclared(_INSTRUMENT, at=self._now))

    def play(self, number: int, text: bytes) -> Answer:
        """Play one line; raises `ScriptError`, and then nothing has happened."""
        use_exact_arithmetic()
        try:
            document = read_json(text)
            kind = _kind(document)
            names, inputs = self._understood(kind, document)
        except (JsonDocumentError, LineFault) as error:
            raise ScriptError(number, str(error)) from None
        events = [event for each in inputs for event in self._book.handle(each)]
        return Answer(number, kind, tuple(self._standing(name, events) for name in names or self._orders))

    def _understood(self, kind: str, document: object) -> tuple[tuple[str, ...], Iterator[i.Input]]:
        """The order that a line is about (none: all), and what the kernel is to hear, each when its time comes."""
        if kind == WAIT:
            return (), self._wait(read_line(document, WaitLine))
        if kind == NEW:
            line = read_line(document, NewLine)
            return (line.order,), self._enter(line)
        report = REPORTS[kind]
        about = read_line(document, report.form)
        return (about.order,), iter(report.inputs(self._order(about), about, self._now))

    def _order(self, line: OrderLine) -> Order:
        known = self._orders
        if line.order not in known:
            there = ", ".join(known) if len(known) <= 10 else f"{len(known)} others"
            raise LineFault(f"order: there is no order {shown(line.order)}; known so far: {there or 'none'}")
        return self._book.state.orders[known[line.order]]

    def _enter(self, line: NewLine) -> Iterator[i.Input]:
        if line.order in self._orders:
            raise LineFault(f"order: {shown(line.order)} is the name of an earlier order")
        if len(self._orders) == ORDERS_MAX:
            raise LineFault(f"order: a script has at most {ORDERS_MAX} orders")
        _check_prices(line)
        self._orders[line.order] = self._book.state.order_id()
        return iter(_entry(line, AccountId(line.order), self._now))

    def _wait(self, line: WaitLine) -> Iterator[i.Input]:
        if line.seconds > WAIT_SECONDS_MAX:
            raise LineFault(f"seconds: {shown(line.seconds)} is more than a day ({WAIT_SECONDS_MAX})")
        return self._ticks(Instant(self._now + int(line.seconds * SECOND)))

    def _ticks(self, until: Instant) -> Iterator[i.Input]:
        """The clock is handed in at each deadline on the way, as a running engine does."""
        while (deadline := self._book.next_deadline()) <= until:
            self._now = max(self._now, deadline)
            yield i.ClockTicked(at=self._now)
        self._now = until
        yield i.ClockTicked(at=until)

    def _standing(self, name: str, events: list[e.Event]) -> Standing:
        order = self._book.state.orders[self._orders[name]]
        commands = [command for each in events if (command := command_for(each)) is not None]
        refusals = [each.reason for each in events if isinstance(each, e.RequestRefused)]
        return Standing(
            order=name,
            state=order.state,
            filled=order.filled,
            # What has ended leaves nothing, whatever was asked for.
            leaves=ZERO if is_final(order.state) else order.leaves,
            average_price=order.average_price,
            sends=tuple(command for command in commands if _order_of(command) == order.id),
            plans_cancel=any(isinstance(each, e.CancelPlanned) and each.order == order.id for each in events),
            refuses="; ".join(refusals),
            raises=tuple(each for each in events if isinstance(each, e.Anomaly) and each.subject == order.id),
        )


def _kind(document: object) -> str:
    if not isinstance(document, Mapping):
        raise LineFault(f"{shown(document)} is not an object with a kind")
    if "kind" not in document:
        raise LineFault(f"kind: missing; one of {', '.join(KINDS)} is needed")
    kind = document["kind"]
    if kind not in KINDS:
        raise LineFault(f"kind: {shown(kind)} is not one of {', '.join(KINDS)}")
    return str(kind)


def _check_prices(line: NewLine) -> None:
    needed = NEEDED[OrderType(line.type)]
    for name, price in (("limit_price", line.limit_price), ("stop_price", line.stop_price)):
        if price is None and name in needed:
            raise LineFault(f"{name}: missing; a {line.type} order needs it")
        if price is not None and name not in needed:
            raise LineFault(f"{name}: a {line.type} order has none")


def _entry(line: NewLine, account: AccountId, now: Instant) -> list[i.Input]:
    terms = AccountTerms(
        account,
        VenueName("lab"),
        cash=LARGEST,
        max_position_size=LARGEST,
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
        allow_unprotected=True,
        capabilities=ABLE,
    )
    signal = Signal(
        SignalId(line.order),
        now,
        account,
        SignalKind.ENTRY,
        _INSTRUMENT.symbol,
        Direction.LONG if line.side is Side.BUY else Direction.SHORT,
        expected_price=UNIT,  # a market order is counted at some price, and this stage has no market
        quantity=to_nano(line.quantity),
        order=WantedOrder(OrderType(line.type), maybe(line.limit_price), maybe(line.stop_price)),
        unprotected=True,
    )
    return [i.AccountDeclared(terms, at=now), i.SignalArrived(signal, at=now)]


def _order_of(command: Command) -> OrderId:
    match command:
        case SubmitOrder(request=request):
            return request.id
        case CancelOrder(order=order) | ReplaceOrder(order=order) | QueryOrder(order=order):
            return order
