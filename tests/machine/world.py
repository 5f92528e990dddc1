"""The book on one side, the simulated exchange on the other, and between them a wire that does what it is told to.

Both sides are the real ones. The wire has two lanes. Commands are *unsent* (recorded, and lost with the process), then
*sent* (on their way, whatever becomes of the process), then at the exchange. Reports wait until they are told, in
whatever order, once, twice or never. Nothing here is random: each fate is a call.
"""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace as changed
from tests.builders import ALPHA, ES, SPY, Desk, _decode_event, account, encode_state
from tests.machine.counting import counted
from tests.machine.tally import Tally
from tests.machine.wire import Known, Sent, Telling, of_orders

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import AccountTerms
from kedge.domain.commands import CancelOrder, QueryOrder, ReplaceOrder, SubmitOrder, command_for
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instants import SECOND, Instant
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO, Nano, from_nano, to_nano
from kedge.domain.orders import Execution, OrderRequest, OrderType, Role, Side
from kedge.domain.protection import Levels
from kedge.domain.quotes import Quote
from kedge.kernel.book import Book
from kedge.sim.errors import AmendmentError, DuplicateOrderError
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings

CASH = Decimal(1_000_000)
INSTRUMENTS = {SPY.symbol: SPY, ES.symbol: ES}
LATE = 10 * SECOND
_BILLION = 10**9


class World:
    """An account at an exchange, and all that lies between."""

    def __init__(self, terms: AccountTerms, settings: SimSettings, tally: Tally, *, terse: bool) -> None:
        """A book that has just been started, at an exchange that has just opened.

        `terse`: ends do not say how much had filled. Then a fill that is lost could never be found once its order is
        over, so there fills come late and do not get lost.
        """
        self.terse = terse
        self.able = terms.capabilities
        self.tally = tally
        self.exchange = SimExchange(list(INSTRUMENTS.values()), {ALPHA: CASH}, settings, seed=1)
        self.unsent: list[Sent] = []
        self.sent: list[Sent] = []
        self.reports: list[Telling] = []
        self.known: dict[OrderId, Known] = {}
        self.mids = dict.fromkeys(INSTRUMENTS, 100)
        self.unseen: dict[Symbol, None] = {}  # instruments of which the book has not seen the last price
        self.waived: dict[Symbol, None] = {}  # instruments in which a person has taken a stop away
        self.flips: list[tuple[Symbol, OrderId]] = []  # exits that opened a position at the exchange
        self.anomalies: list[str] = []
        self.pairs: dict[OrderId, OrderId] = {}  # each of two exits that left as one, and the other
        self.runs = 1
        self.happened = 0
        self.snapshot: tuple[bytes, int] | None = None
        self._executed: set[tuple[OrderId, str]] = set()
        self.blind = False  # whether an end has hidden that an exit had filled
        self.amended = False  # whether the exchange has taken a trade back
        self._held: dict[Symbol, int] = dict.fromkeys(INSTRUMENTS, 0)
        self._closed_by: dict[Symbol, dict[Role, None]] = {}  # since a position was flat
        self._newest: dict[OrderId, int] = {}  # of the reports that were told
        self.desk = Desk(terms, list(INSTRUMENTS.values()))
        self.collect(self.desk.events)
        for symbol in INSTRUMENTS:
            self.price(symbol, 100)

    # --- inputs ---

    def give(self, input_: i.Input) -> list[e.Event]:
        """Hand an input in, as the shell does: the clock as soon as something is due."""
        events = self.desk.give(input_)
        self.collect(events)
        for _ in range(100):
            if not self.desk.book.is_due(self.desk.now):
                return events
            self.collect(self.desk.give(i.ClockTicked(at=self.desk.now)))
        raise AssertionError(f"a deadline that stays due: {self.desk.book.next_deadline()}")

    def wait(self, seconds: float) -> None:
        """Time passes, here and there; the clock ticks at each deadline on the way."""
        until = Instant(self.desk.now + int(seconds * SECOND))
        while (due := self.desk.book.next_deadline()) <= until:
            self.desk.now = Instant(max(self.desk.now, due))
            self.pull(self.exchange.advance(self.desk.now))
            self.give(i.ClockTicked(at=self.desk.now))
        self.desk.now = Instant(max(self.desk.now, until))
        self.pull(self.exchange.advance(self.desk.now))

    def price(self, symbol: Symbol, mid: int, *, size: int = 0, seen: bool = True) -> None:
        """The market goes to a price; `size` is what is shown there (0: any), `seen`: whether the book sees it yet."""
        self.mids[symbol] = mid
        instrument = INSTRUMENTS[symbol]
        bid = instrument.ticks(Decimal(mid))
        shown = Nano(size * _BILLION)
        quote = Quote(symbol, self.desk.now, bid, type(bid)(bid + 1), shown, shown)
        self.pull(self.exchange.on_market(quote))
        self.unseen[symbol] = None
        if seen:
            self.see(symbol)
        else:
            self.tally.note("prices seen late")

    def see(self, symbol: Symbol) -> None:
        """The book sees the last price."""
        self.unseen.pop(symbol, None)
        tick = INSTRUMENTS[symbol].tick
        mid = Decimal(self.mids[symbol])
        self.collect(self.desk.quote(str(mid), str(mid + tick), INSTRUMENTS[symbol]))
        self.give(i.ClockTicked(at=self.desk.now))

    def end_bar(self, symbol: Symbol, *, spread: int) -> None:
        """A bar has ended at the price that the book has seen; bars were so long from low to high."""
        bid, ask = self.desk.book.quote(symbol)
        if bid is None or ask is None:
            return
        self.tally.note("bars that ended")
        levels = Levels(atr=Nano(spread * _BILLION))
        self.give(i.LevelsSeen(ALPHA, symbol, bid, ask, levels, at=self.desk.now))

    # --- commands ---

    def leave(self) -> None:
        """What is recorded leaves."""
        self.sent += self.unsent
        self.unsent = []

    def arrive(self, one: Sent, *, answered: bool = True) -> None:
        """A command is at the exchange; its answer may get lost."""
        if self.desk.now - one.decided > SECOND and not isinstance(one.command, QueryOrder):
            self.tally.note("requests late")
        reports = self._carry_out(one)
        self.pull(reports)
        if not answered:
            self.drop([each for each in self.reports[-len(reports) :] if each.report.order == one.order])

    def lose(self, one: Sent, *, told: bool) -> None:
        """A command never arrives; the transport may say that it does not know."""
        self.tally.note("requests lost")
        if told:
            self.fall_silent(one)

    def fall_silent(self, one: Sent) -> None:
        """The transport says that it does not know what became of it."""
        if one.silence is not None:
            self.tally.note("outcome unknown")
            self._enqueue(one.silence)

    def _carry_out(self, one: Sent) -> list[i.OrderReport]:
        now, command = self.desk.now, one.command
        expires = Instant(one.decided + self.able.request_lifetime)
        match command:
            case SubmitOrder(request=request, legs=legs):
                as_seen = [self._as_the_venue_sees(each) for each in (request, *legs)]
                try:
                    reports = self.exchange.submit(as_seen[0], tuple(as_seen[1:]), now, expires)
                except DuplicateOrderError as error:
                    return [i.VenueSilent(request.id, i.Request.SUBMIT, str(error), at=now)]
                if now > expires:
                    self.tally.note("requests too old")
                return of_orders(reports)
            case CancelOrder(order=order):
                return of_orders(self.exchange.cancel(order, now))
            case ReplaceOrder(order=order, terms=terms):
                if now > expires:
                    return [i.VenueRefused(order, i.Request.REPLACE, "request too old", at=now)]
                return of_orders(self.exchange.replace(order, terms, now))
            case QueryOrder(order=order):
                shown = self.exchange.look_up(order, now)
                if shown is not None:
                    return [shown]
                self.tally.note("answers that find nothing")
                return [
                    i.VenueMissing(order, endpoint, control=True, asked=one.decided, at=now)
                    for endpoint in self.able.absence_endpoints
                ]

    def _as_the_venue_sees(self, request: OrderRequest) -> OrderRequest:
        """A venue that does not enforce reduce-only does not know the word."""
        return request if self.able.reduce_only else changed(request, reduce_only=False)

    # --- reports ---

    def pull(self, reports: Iterable[i.VenueReport]) -> None:
        """Something happened at the exchange: it lies on the wire until it is told."""
        reports = of_orders(reports)
        for report in reports:
            is_end = isinstance(report, i.VenueCancelled | i.VenueExpired)
            self._enqueue(changed(report, filled=None) if self.terse and is_end else report)
        self._look(reports)

    def _enqueue(self, report: i.OrderReport) -> None:
        self.happened += 1
        self.reports.append(Telling(report, self.happened, self.desk.now))

    def tell(self, telling: Telling) -> None:
        """A report reaches the book."""
        report, id_ = telling.report, telling.report.order
        order, known = self.desk.order(id_), self.known[id_]
        if telling.times:
            self.tally.note("reports doubled")
        telling.times += 1
        if telling.number < self._newest.get(id_, 0) and telling.times == 1:
            self.tally.note("reports out of order")
        self._newest[id_] = max(telling.number, self._newest.get(id_, 0))
        if self.desk.now - telling.happened >= LATE:
            self.tally.note("reports late")
        match report:
            case i.VenueFilled(execution=done):
                self._note_fill(order.state, new=done.id not in known.told | known.busted)
                known.fill(done)
            case i.VenueBusted() | i.VenueCorrected():
                known.hear(report)
            case i.VenueShowed(executions=executions, state=state, amended=amended):
                found = [done.id for done in executions if done.id not in known.told | known.busted]
                self.tally.note("fills found by asking", len(found))
                for done in executions:
                    known.fill(done)
                for amendment in amended:
                    known.hear(amendment)
                known.told_end |= is_final(state)
            case i.VenueCancelled() | i.VenueExpired() | i.VenueRejected():
                known.told_end = True
                self._note_blindness(report)
            case i.VenueRefused():
                self.tally.note("refused cancels and replaces")
            case _:
                pass
        self.give(changed(report, at=self.desk.now))

    def _note_blindness(self, report: i.VenueCancelled | i.VenueExpired | i.VenueRejected) -> None:
        """An end that overtakes fills, and does not say that there are any, leaves the book wrong without a sign."""
        if isinstance(report, i.VenueRejected) or report.filled is not None:
            return
        if self.known[report.order].request.role is not Role.ENTRY and self.has_untold_fills(report.order):
            self.blind = True
            self.tally.note("ends that hide a fill")

    def exit_price(self, order: OrderId) -> Decimal | None:
        """Where an exit rests at the exchange; None for what is none, or has no price."""
        shown = self.exchange.look_up(order)
        if shown is None or self.known[order].request.role is Role.ENTRY:
            return None
        price = shown.terms.limit_price or shown.terms.stop_price
        return None if price is None else from_nano(price)

    def has_untold_fills(self, order: OrderId) -> bool:
        """Whether something of it has filled at the exchange that the book has not heard of."""
        known, shown = self.known[order], self.exchange.look_up(order)
        return shown is not None and any(done.id not in known.told for done in shown.executions)

    def _note_fill(self, before: OrderState, *, new: bool) -> None:
        if not new:
            return
        if before in (OrderState.PENDING_NEW, OrderState.IN_DOUBT):
            self.tally.note("fills before the acceptance")
        elif before is OrderState.PENDING_CANCEL:
            self.tally.note("fills after a cancel was asked for")
        elif is_final(before):
            self.tally.note("fills after the end")

    def drop(self, tellings: Iterable[Telling]) -> None:
        """Reports never come."""
        for telling in list(tellings):
            if self.terse and isinstance(telling.report, i.VenueFilled):
                continue
            self.reports.remove(telling)
            self.tally.note("reports lost")

    # --- the process ---

    def remember(self) -> None:
        """A snapshot is made; the events after it are folded upon it."""
        self.snapshot = (self.desk.book.snapshot(), len(self.desk.recorded))

    def restart(self, *, line_kept: bool) -> None:
        """The process ends between two steps. Its record is all that is left; what was sent is on its way."""
        self.tally.note("restarts")
        self.tally.note("restarts with a command unsent", bool(self.unsent))
        self.tally.note("restarts with a command on its way", bool(self.sent))
        self.unsent = []
        if not line_kept:
            self.tally.note("restarts with a report on its way", bool(self.reports))
            self.drop(self.reports)
        book = self._folded()
        assert encode_state(book.state) == encode_state(self.desk.book.state), "the fold is not the state"
        self.desk.book = book
        self.runs += 1
        self.collect(self.desk.start(f"r{self.runs}"))
        for symbol in INSTRUMENTS:
            self.see(symbol)

    def _folded(self) -> Book:
        if self.snapshot is None:
            return self.desk.folded()
        self.tally.note("restarts from a snapshot")
        state, length = self.snapshot
        book = Book.restored(state)
        for written, at, step in self.desk.recorded[length:]:
            book.apply(_decode_event(written), at, step)
        book.refresh()
        return book

    def reconnect(self) -> None:
        """The line was broken and is back; what became of trades is told once more."""
        self.give(i.VenueReconnected(account().venue, at=self.desk.now))
        for amendment in self.exchange.amendments(ALPHA):
            self._enqueue(amendment)

    # --- trades that are taken back ---

    def amend(self, order: OrderId, done: Execution, *, now: Execution | None) -> None:
        """The exchange annuls a trade, or says that it was another one."""
        try:
            if now is None:
                reports = self.exchange.bust(order, done.id, self.desk.now, "erroneous")
            else:
                reports = self.exchange.correct(order, now, self.desk.now)
        except AmendmentError:
            return
        self.tally.note("trades annulled" if now is None else "trades corrected")
        self.amended = True
        there = self.exchange.positions(ALPHA)
        self._held = {symbol: to_nano(there.get(symbol, ZERO)) for symbol in INSTRUMENTS}
        self.pull(reports)

    # --- keeping count ---

    def collect(self, events: Iterable[e.Event]) -> None:
        """What the book decided: its commands wait to leave."""
        for event in events:
            match event:
                case e.OrderSubmitted(request=request, legs=legs):
                    self._check_legs(request, legs)
                    self._know(request, *legs)
                    self.tally.note("orders sent", 1 + len(legs))
                    self._count_exit(request)
                case e.OrderHeld(request=request):
                    self._know(request)
                    self._count_exit(request)
                case e.OrderReleased():
                    self.tally.note("orders sent")
                case e.ReplaceSubmitted():
                    assert self.able.replace, "a replace for a venue that does none"
                case e.OrderProvenAbsent(order=order):
                    self._check_absent(order)
                case e.Anomaly(kind=kind):
                    self.anomalies.append(kind)
                case _:
                    pass
            self._count(event)
            command = command_for(event)
            if command is not None:
                self.unsent.append(Sent(command, self.desk.book.state.last_at))

    def _check_legs(self, request: OrderRequest, legs: tuple[OrderRequest, ...]) -> None:
        """A bracket, or a pair of exits, only where the venue takes them."""
        if request.role is Role.ENTRY:
            assert self.able.bracket or not legs, "a bracket for a venue that takes none"
        elif legs:
            (leg,) = legs
            assert self.able.pairs, "a pair for a venue that takes none"
            assert (request.role, leg.role) == (Role.STOP, Role.TARGET)
            self.pairs |= {request.id: leg.id, leg.id: request.id}
            self.tally.note("pairs sent")

    def _know(self, *requests: OrderRequest) -> None:
        for place, request in enumerate(requests):
            assert request.id not in self.known, f"{request.id} is recorded twice"
            leg = str(request.limit_price) if request.role is Role.TARGET else ""
            own = request.signal or f"of the engine: {request.id} {place}"
            self.known[request.id] = Known(request, (own, request.role, leg))

    def _count(self, event: e.Event) -> None:
        known = self.known.get(getattr(event, "order", None) or OrderId(""))
        if isinstance(event, e.CancelSubmitted) and event.order in self.pairs:
            self.tally.note("pairs taken apart")
        what = counted(event, None if known is None else known.request)
        if what is not None:
            self.tally.note(what)

    def _count_exit(self, request: OrderRequest) -> None:
        if request.role is Role.EXIT and request.signal is not None:
            self.tally.note("exits at a limit", request.type is OrderType.LIMIT)
            is_part = from_nano(request.quantity) < abs(self.desk.held(request.instrument))
            self.tally.note("exits for a part", is_part)

    def _check_absent(self, order: OrderId) -> None:
        assert self.exchange.look_up(order) is None, f"{order} was proven absent, and the exchange has it"
        for one in self.sent:
            if one.order == order and isinstance(one.command, SubmitOrder):
                age = self.desk.now - one.decided
                assert age > self.able.request_lifetime, f"{order} was proven absent, and may still arrive"

    def _look(self, reports: Iterable[i.OrderReport]) -> None:
        """Count what happened at the exchange, and see whether an exit has turned a position over."""
        for report in reports:
            self.tally.note("orders taken", isinstance(report, i.VenueAccepted))
            self.tally.note("rejects", isinstance(report, i.VenueRejected))
        for order, done in self.exchange.executions(ALPHA):
            if (order, done.id) in self._executed:
                continue
            self._executed.add((order, done.id))
            request = self.known[order].request
            sign = 1 if request.side is Side.BUY else -1
            self._held[request.instrument] += sign * done.quantity
            held = self._held[request.instrument]
            self.tally.note("executions")
            shown = self.exchange.look_up(order)
            assert shown is not None
            self.tally.note("partial fills", done.quantity < (shown.terms.quantity or 0))
            if request.role is not Role.ENTRY and held * sign > 0 and not self.amended:
                self.tally.note("positions turned over")
                self.flips.append((request.instrument, order))
            self._count_closing(request, held * sign)

    def _count_closing(self, request: OrderRequest, beyond: int) -> None:
        """`beyond`: how much is open in the direction of what has traded; below zero it has closed a part."""
        kinds = self._closed_by.setdefault(request.instrument, {})
        if request.role is not Role.ENTRY and beyond <= 0:
            self.tally.note("both exits filled", len(kinds) == 1 and request.role not in kinds)
            kinds[request.role] = None
        if beyond >= 0:
            kinds.clear()
