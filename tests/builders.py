"""Builders for tests of the core: numbers as people write them, and a desk that drives a book by hand.

A `Desk` hands inputs to a book, keeps what followed, and can check what must hold at any moment: that the state is
the fold of the recorded events, that the same inputs give the same events, and that the book's indexes agree with
its orders. Only the public doors of the kernel are used.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal, getcontext
from typing import Any

import msgspec

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.capabilities import Capabilities
from kedge.domain.governor import LENIENT
from kedge.domain.ids import AccountId, BookId, OrderId, SignalId, Symbol, VenueName
from kedge.domain.instants import MINUTE, NEVER, SECOND, Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.lifecycle import UNANSWERED_STATES, OrderState, is_final
from kedge.domain.limits import ROOMY
from kedge.domain.markets import MarketHours, Phase
from kedge.domain.numbers import ZERO, Nano, Ticks, from_nano, to_nano, use_exact_arithmetic
from kedge.domain.orders import Execution, Order, OrderRequest, OrderType, Role, Side, Terms, order_from
from kedge.domain.positions import Position
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import Direction, Signal, SignalKind, WantedOrder, WantedTarget
from kedge.kernel.agenda import next_look
from kedge.kernel.book import Book
from kedge.kernel.triggers import Triggers

ALPHA = AccountId("alpha")
SPY = Instrument(Symbol("SPY"), Decimal("0.01"))
ES = Instrument(
    Symbol("ES"), Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE, margin=Decimal(15000)
)
NOON = Instant(1_772_452_800 * SECOND)  # 2026-03-02T12:00:00Z

WIDE, FREE = ROOMY, LENIENT  # limits and rules that are not what the test is about

# What a venue without brackets leaves to the engine: stops and targets wait here, not there.
ENGINE_HELD = Capabilities(
    order_types=(OrderType.MARKET, OrderType.LIMIT), bracket=False, oco=False, reduce_only=False
)
# What a venue that takes stops, and nothing beside them, leaves to it: the targets.
RESTING = Capabilities(bracket=False, oco=False, reduce_only=False)
NO_REPLACE = Capabilities(bracket=False, oco=False, reduce_only=False, replace=False)

encode_state = msgspec.msgpack.encode
encode = msgspec.json.encode
_decode_event = msgspec.json.Decoder(e.Event).decode
_decode_input = msgspec.json.Decoder(i.Input).decode


def number(text: str | int) -> Decimal:
    """A number from how people write it."""
    return Decimal(str(text))


def nano(text: str | int) -> Nano:
    """Billionths from how people write the number."""
    use_exact_arithmetic()
    return to_nano(number(text))


def maybe(text: str | int | None) -> Nano | None:
    """As `nano`, and None stays None."""
    return None if text is None else nano(text)


def execution(
    id_: str, quantity: str | int, price: str | int, fee: str | int = 0, fee_base: str | int = 0
) -> Execution:
    """One fill."""
    return Execution(id_, nano(quantity), nano(price), nano(fee), fee_base=nano(fee_base))


def account(
    *,
    cash: str | int = 100_000,
    quantity: str | int | None = 10,
    capabilities: Capabilities | None = None,
    **others: Any,
) -> AccountTerms:
    """Terms of the account `alpha`: ten of everything, unless told."""
    return AccountTerms(
        ALPHA,
        VenueName("paper"),
        number(cash),
        quantity=None if quantity is None else number(quantity),
        capabilities=capabilities or Capabilities(),
        **({"limits": WIDE, "governor": FREE} | others),
    )


def signal(
    id_: str = "s-1",
    kind: SignalKind = SignalKind.ENTRY,
    direction: Direction | None = Direction.LONG,
    *,
    at: Instant = NOON,
    instrument: str = "SPY",
    quantity: str | int | None = None,
    stop: str | int | None = None,
    target: str | int | None = None,
    limit: str | int | None = None,
    **others: Any,
) -> Signal:
    """A signal: an entry at the market unless told."""
    if limit is not None:
        others["order"] = WantedOrder(OrderType.LIMIT, limit_price=nano(limit))
    return Signal(
        SignalId(id_),
        at,
        others.pop("account", ALPHA),
        kind,
        Symbol(instrument),
        direction,
        quantity=maybe(quantity),
        stop=maybe(stop),
        targets=others.pop("targets", () if target is None else (WantedTarget(nano(target)),)),
        **others,
    )


def name_of(event: e.Event) -> str:
    """An event's name without its version; an anomaly by its kind."""
    if isinstance(event, e.Anomaly):
        return event.kind
    return str(event.__struct_config__.tag).partition(".")[0]


def names(events: Iterable[e.Event]) -> list[str]:
    """What happened, in order, in one word each; alarms are in capitals."""
    return [name_of(event) for event in events]


def alarms(events: Iterable[e.Event]) -> list[str]:
    """The alarms among the events."""
    return [event.kind for event in events if isinstance(event, e.Anomaly)]


def submitted(events: Iterable[e.Event]) -> list[OrderRequest]:
    """What was sent to the venue."""
    return [event.request for event in events if isinstance(event, e.OrderSubmitted)]


def released(events: Iterable[e.Event]) -> list[OrderRequest]:
    """What the engine held and has let go."""
    return [event.request for event in events if isinstance(event, e.OrderReleased)]


def later(at: Instant, minutes: float) -> Instant:
    """So many minutes after."""
    return Instant(at + round(minutes * MINUTE))


class Desk:
    """One book, driven by hand; time moves by a millisecond with each input unless told."""

    def __init__(
        self,
        terms: AccountTerms | None = None,
        instruments: Sequence[Instrument] = (SPY, ES),
        run: str = "r1",
    ) -> None:
        """A book that has been started and knows its account and instruments."""
        self.book = Book.empty(BookId("main"))
        self.now = NOON
        self.events: list[e.Event] = []
        self.recorded: list[tuple[bytes, Instant, int]] = []  # each event as it was when it was written
        self.causes: list[bytes] = []
        self.careless = False
        self._fills = 0
        self.start(run)
        for instrument in instruments:
            self.give(i.InstrumentDeclared(instrument, at=self.now))
        self.give(i.AccountDeclared(terms or account(), at=self.now))

    # --- handing things in ---

    def give(self, input_: i.Input) -> list[e.Event]:
        """Hand an input in and keep what followed."""
        cause = encode(input_)
        if self.careless:
            getcontext().prec = 5  # what the thread's owner did meanwhile must not matter
        events = self.book.handle(input_)
        self.causes.append(cause)
        self._keep(events)
        self.now = Instant(max(self.now, input_.at) + SECOND // 1000)
        return events

    def quote(self, bid: str, ask: str, instrument: Instrument = SPY) -> list[e.Event]:
        """Hand a quote in; each order that it released is a step of its own."""
        use_exact_arithmetic()
        steps = self.book.on_quote(
            instrument.symbol, instrument.ticks(number(bid)), instrument.ticks(number(ask)), self.now
        )
        for step in steps:
            assert step.cause is not None
            self.causes.append(encode(step.cause))
            self._keep(step.events, step.number)
        return [event for step in steps for event in step.events]

    def _keep(self, events: list[e.Event], step: int | None = None) -> None:
        number_ = self.book.state.step if step is None else step
        self.events += events
        self.recorded += [(encode(event), self.book.state.last_at, number_) for event in events]

    def start(self, run: str = "r2") -> list[e.Event]:
        """A process takes the book over."""
        return self.give(i.EngineStarted("journal1", run, 1, "0.1.0", "hash", at=self.now))

    def wait(self, seconds: float) -> list[e.Event]:
        """Let time pass; the clock ticks at the end of it."""
        self.now = Instant(self.now + int(seconds * SECOND))
        return self.give(i.ClockTicked(at=self.now))

    def send(self, wanted: Signal, *, quoted: bool = True) -> tuple[list[e.Event], list[OrderId]]:
        """Hand a signal in at a bid of 100, asked a tick above; also the ids of the orders that came of it."""
        use_exact_arithmetic()
        before = set(self.book.state.orders)
        bid = ask = None
        instrument = self.book.state.instruments.get(wanted.instrument)
        if quoted and instrument is not None:
            bid = instrument.ticks(number(100))
            ask = Ticks(bid + 1)
        arrived = i.SignalArrived(wanted, bid, ask, at=self.now)
        told = self.book.what_if(arrived)  # which `check_record` proves to leave no trace
        events = self.give(arrived)
        if events and isinstance(events[0], e.SignalJudged):
            judged = events[0]
            assert (told.outcome, told.code, told.checks) == (judged.outcome, judged.code, judged.checks)
        return events, [id_ for id_ in self.book.state.orders if id_ not in before]

    def judge(self, wanted: Signal, *, quoted: bool = True) -> e.SignalJudged:
        """How a signal is judged."""
        judged = self.send(wanted, quoted=quoted)[0][0]
        assert isinstance(judged, e.SignalJudged)
        return judged

    def enter(
        self, id_: str = "s-1", *, accept: bool = True, filled: str | int | None = None, **wanted: Any
    ) -> list[OrderId]:
        """A long entry of ten with a stop at 95 and a target at 110: entry, stop and target, in this order."""
        wanted = {"stop": 95, "target": 110} | wanted
        _, orders = self.send(signal(id_, at=self.now, **wanted))
        assert orders, f"the signal was refused: {self.events[-1]}"
        if accept:
            for order in orders:
                if self.order(order).state is OrderState.PENDING_NEW:
                    self.accept(order)
        if filled is not None:
            self.fill(orders[0], filled)
        return orders

    def exit(self, id_: str = "x-1", **wanted: Any) -> list[OrderId]:
        """An exit signal; the ids of the orders that came of it."""
        return self.send(signal(id_, SignalKind.EXIT, None, at=self.now, **wanted))[1]

    def accept(self, order: OrderId) -> list[e.Event]:
        """The venue has the order."""
        return self.give(i.VenueAccepted(order, f"v-{order}", at=self.now))

    def fill(
        self,
        order: OrderId,
        quantity: str | int,
        price: str | int = 100,
        id_: str | None = None,
        fee: str | int = 0,
        fee_base: str | int = 0,
    ) -> list[e.Event]:
        """The venue traded."""
        self._fills += 1
        done = execution(id_ or f"fill-{self._fills}", quantity, price, fee, fee_base)
        return self.give(i.VenueFilled(order, done, at=self.now))

    def reject(
        self,
        order: OrderId,
        reason: str = "no",
        kind: RejectKind = RejectKind.UNKNOWN,
        *,
        fits: str | int | None = None,
        tick: str | int | None = None,
    ) -> list[e.Event]:
        """The venue says definitely no."""
        return self.give(i.VenueRejected(order, reason, kind, maybe(fits), maybe(tick), at=self.now))

    def cancelled(self, order: OrderId, reason: str = "") -> list[e.Event]:
        """The venue says that the order is dead."""
        return self.give(i.VenueCancelled(order, reason, at=self.now))

    def silent(self, order: OrderId, request: i.Request = i.Request.SUBMIT) -> list[e.Event]:
        """The transport cannot say what became of a request."""
        return self.give(i.VenueSilent(order, request, at=self.now))

    def refused(self, order: OrderId, request: i.Request, reason: str = "too late") -> list[e.Event]:
        """The venue will not."""
        return self.give(i.VenueRefused(order, request, reason, at=self.now))

    def missing(self, order: OrderId, endpoint: str = "by_id", *, control: bool = True) -> list[e.Event]:
        """The venue does not find the order."""
        return self.give(i.VenueMissing(order, endpoint, control, at=self.now))

    def showed(
        self,
        order: OrderId,
        state: OrderState = OrderState.ACCEPTED,
        *fills: Execution,
        terms: Terms | None = None,
        asked: Instant | None = None,
    ) -> list[e.Event]:
        """The venue was asked and shows the order."""
        return self.give(
            i.VenueShowed(order, f"v-{order}", state, fills, terms or Terms(), "", at=self.now, asked=asked)
        )

    def replaced(self, order: OrderId, **terms: str | int) -> list[e.Event]:
        """The order lives on under new terms."""
        return self.give(i.VenueReplaced(order, _terms(terms), at=self.now))

    def ask_cancel(self, order: OrderId) -> list[e.Event]:
        """A person wants the order cancelled."""
        return self.give(i.CancelAsked(order, "ann", "changed my mind", at=self.now))

    def ask_replace(self, order: OrderId, bid: int | None = None, **terms: str | int) -> list[e.Event]:
        """A person wants the order's terms changed; with a bid, while the market is there, asked a tick above."""
        quote: tuple[Ticks | None, Ticks | None] = (None, None)
        if bid is not None:
            at = self.book.state.instruments[self.order(order).request.instrument].ticks(number(bid))
            quote = (at, Ticks(at + 1))
        asked = i.ReplaceAsked(order, _terms(terms), "ann", "better price", *quote, at=self.now)
        return self.give(asked)

    def phase(
        self,
        phase: Phase,
        *,
        minutes: float = 60,
        opens_in: float = 60,
        closes_in: float | None = None,
        market: str = "XNYS",
    ) -> list[e.Event]:
        """A market comes into a phase that lasts so long from now."""
        close = None if closes_in is None else later(self.now, closes_in)
        hours = MarketHours(phase, self.now, later(self.now, minutes), later(self.now, opens_in), close)
        return self.give(i.MarketPhased(market, hours, at=self.now))

    def set_trading(self, state: TradingState, who: AccountId | None = None) -> list[e.Event]:
        """A person halts, reduces or resumes."""
        return self.give(i.TradingStateAsked(state, "ann", "test", who, at=self.now))

    # --- looking ---

    def order(self, id_: OrderId) -> Order:
        """What is known of an order."""
        return self.book.state.orders[id_]

    def state(self, id_: OrderId) -> OrderState:
        """What is believed of an order."""
        return self.order(id_).state

    def position(self, instrument: str = "SPY") -> Position | None:
        """What is open."""
        return self.book.state.position(ALPHA, Symbol(instrument))

    def held(self, instrument: str = "SPY") -> Decimal:
        """The open quantity, signed; zero when flat."""
        position = self.position(instrument)
        return ZERO if position is None else position.quantity

    def cash(self) -> Decimal:
        """The account's cash."""
        return self.book.state.accounts[ALPHA].cash

    # --- what must always hold ---

    def check(self) -> None:
        """Every law that the core promises, at this moment."""
        self.check_record()
        check_indexes(self.book)
        check_sums(self.book, self.events)

    def check_record(self) -> None:
        """The state is the fold of the events, and the same inputs give the same events, byte for byte."""
        assert [encode(event) for event in self.events] == [record[0] for record in self.recorded]
        assert encode_state(self.folded().state) == encode_state(self.book.state)
        again = Book.empty(self.book.state.book)
        events = [event for cause in self.causes for event in again.handle(_decode_input(cause))]
        assert [encode(event) for event in events] == [record[0] for record in self.recorded]
        assert encode_state(again.state) == encode_state(self.book.state)

    def folded(self) -> Book:
        """A fresh book into which the recorded events were folded."""
        fresh = Book.empty(self.book.state.book)
        for written, at, step in self.recorded:
            if self.careless:
                getcontext().prec = 5
            fresh.apply(_decode_event(written), at, step)
        fresh.refresh()
        return fresh


def _terms(numbers: dict[str, str | int]) -> Terms:
    return Terms(**{name: nano(text) for name, text in numbers.items()})


def check_indexes(book: Book) -> None:
    """The book's indexes agree with its orders: open ones are listed and will be looked at, held ones are armed."""
    state = book.state
    living = [order for order in state.orders.values() if not is_final(order.state)]
    listed = [id_ for by_instrument in state.open.values() for ids in by_instrument.values() for id_ in ids]
    assert sorted(listed) == sorted(order.id for order in living)
    assert sorted(state.closed) == sorted(set(state.orders) - set(listed))
    assert all(ids for by_instrument in state.open.values() for ids in by_instrument.values())
    for order in living:
        look = next_look(order)
        if order.state in UNANSWERED_STATES:
            assert look != NEVER, f"{order.id} is {order.state} and nobody will ask about it"
        assert look == NEVER or (look, order.id) in state.agenda
    agenda = state.agenda
    assert all(agenda[(place - 1) // 2] <= agenda[place] for place in range(1, len(agenda)))
    if agenda:
        assert next_look(state.orders[agenda[0][1]]) == agenda[0][0]
    rebuilt = Triggers(state)
    for symbol, watch in book.triggers.watches.items():
        fresh = rebuilt.watch(symbol)
        fresh.bands = dict(watch.bands)  # these are dealt by what happened before
        fresh.set_bounds()
        assert (watch.sinking, watch.rising) == (fresh.sinking, fresh.rising)
        assert (watch.bid_floor, watch.ask_floor) == (fresh.bid_floor, fresh.ask_floor)
        assert (watch.bid_ceiling, watch.ask_ceiling) == (fresh.bid_ceiling, fresh.ask_ceiling)


def check_sums(book: Book, events: Iterable[e.Event]) -> None:
    """The position is the sum of the signed fills, and no money appears or is lost, to the last digit."""
    use_exact_arithmetic()
    state = book.state
    requests: dict[OrderId, Any] = {}
    quantity: dict[Symbol, Decimal] = {}
    paid = fees = ZERO  # what left the account for what settles in full
    for event in events:
        match event:
            case e.OrderSubmitted(request=request, legs=legs):
                requests |= {one.id: one for one in (request, *legs)}
            case e.OrderHeld(request=request):
                requests[request.id] = request
            case e.OrderRestored(order=order):
                requests.setdefault(order.request.id, order.request)
            case e.OrderFilled(order=id_, execution=done):
                request = requests[id_]
                instrument = state.instruments[request.instrument]
                signed = from_nano(done.quantity) * request.side.sign
                coins = from_nano(done.fee_base)
                quantity[request.instrument] = quantity.get(request.instrument, ZERO) + signed - coins
                value = instrument.value(abs(signed), from_nano(done.price))
                had = instrument.value(abs(signed - coins), from_nano(done.price))
                fees += from_nano(done.fee) + abs(value - had)
                if instrument.settles_in_full:
                    paid += had if signed > 0 else -had
    open_ = state.positions.get(ALPHA, {})
    assert {symbol: held for symbol, held in state.holdings(ALPHA).items() if held} == {
        symbol: sum_ for symbol, sum_ in quantity.items() if sum_
    }
    account_ = state.accounts[ALPHA]
    tied = gained_in_futures = ZERO
    for position in open_.values():
        if state.instruments[position.instrument].settles_in_full:
            tied += position.cost if position.quantity > 0 else -position.cost
    for dust in state.dust.get(ALPHA, {}).values():
        tied += dust.cost if dust.quantity > 0 else -dust.cost
    gained_in_futures = account_.realised - (tied - paid)
    assert account_.fees == fees
    if all(instrument.settles_in_full for instrument in state.instruments.values()) or not _traded_futures(
        state.instruments, quantity
    ):
        assert gained_in_futures == ZERO
    first = next(event.terms.cash for event in events if isinstance(event, e.AccountDefined))
    assert account_.cash == first - paid + gained_in_futures - fees


def _traded_futures(instruments: dict[Symbol, Instrument], quantity: dict[Symbol, Decimal]) -> bool:
    return any(not instruments[symbol].settles_in_full for symbol in quantity)


def live_exits(desk: Desk, instrument: str = "SPY") -> list[Order]:
    """The orders that may still take something off the position."""
    open_ = desk.book.state.open_orders(ALPHA, Symbol(instrument))
    return [order for order in open_ if order.request.role is not Role.ENTRY]


def archived(id_: str, side: Side, instrument: Instrument = SPY, quantity: str | int = 10**6) -> Order:
    """A cancelled order as the archive hands it in: it takes any fill, which is how tests book what they like."""
    use_exact_arithmetic()
    request = OrderRequest(
        OrderId(id_), ALPHA, instrument.symbol, side, OrderType.MARKET, nano(quantity), signal=SignalId("old")
    )
    return order_from(request, OrderState.CANCELLED, NOON)


class Ledger:
    """A desk on which any fill can be booked, whatever is open."""

    def __init__(self, *instruments: Instrument, cash: str | int = 100_000) -> None:
        """One old order for each side of each instrument."""
        self.desk = Desk(account(cash=cash, allow_unprotected=True), instruments)
        for instrument in instruments:
            for side in Side:
                order = archived(f"{instrument.symbol}-{side}", side, instrument)
                self.desk.give(i.OrderRecalled(order, at=self.desk.now))

    def book(
        self, instrument: Instrument, signed: Decimal, price: Decimal, fee: Decimal = ZERO
    ) -> list[e.Event]:
        """One fill: bought when `signed` is positive, else sold."""
        side = Side.BUY if signed > 0 else Side.SELL
        return self.desk.fill(
            OrderId(f"{instrument.symbol}-{side}"), str(abs(signed)), str(price), fee=str(fee)
        )
