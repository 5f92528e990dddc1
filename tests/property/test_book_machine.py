"""A book against an adversarial venue: whatever comes, in whatever order, the laws of the core hold after each step.

At the end of each run the venue turns honest: everything on the wire arrives, every question is answered. Then every
order must come to an end or be live on both sides, and the book must say what the venue says.
"""

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.builders import (
    ALPHA,
    ENGINE_HELD,
    ES,
    NO_REPLACE,
    RESTING,
    SPY,
    Desk,
    _decode_event,
    account,
    check_indexes,
    check_sums,
    encode_state,
    names,
    signal,
)
from tests.venue_model import VenueModel

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import Follow, TradingState
from kedge.domain.adaptive import Adapt, Adjust, AdjustBy, MovedBy, Tighten, Widen
from kedge.domain.capabilities import Capabilities
from kedge.domain.commands import CancelOrder, Command, ReplaceOrder, SubmitOrder, command_for
from kedge.domain.ids import OrderId, SignalId
from kedge.domain.instants import NEVER, SECOND, Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import UNANSWERED_STATES, WORKING_STATES, OrderState, is_final
from kedge.domain.numbers import Nano, Ticks, from_nano, to_nano
from kedge.domain.orders import Holder, Order, OrderType, Role, Side
from kedge.domain.protection import Levels, Plan, TargetMethod, TargetPlan
from kedge.domain.signals import Direction, Signal, SignalKind
from kedge.kernel.book import Book

PLACES = st.integers(0, 10**6)
_INSTRUMENTS = st.sampled_from([SPY, SPY, ES])


class BracketBook(RuleBasedStateMachine):
    """An account at a venue that holds stops and targets itself."""

    capabilities = Capabilities()
    follow = Follow()
    brackets = True
    max_adds = 0
    adapt = Adapt()
    plan = Plan()

    @initialize()
    def open(self) -> None:
        terms = account(
            capabilities=self.capabilities,
            max_position_size=Decimal(100),
            follow=self.follow,
            max_adds=self.max_adds,
            adapt=self.adapt,
            plan=self.plan,
        )
        self.desk = Desk(terms)
        self.venue = VenueModel(brackets=self.brackets, replaces=self.capabilities.replace)
        self.outbox: list[tuple[Command, Instant]] = []
        self.signals = 0
        self.runs = 1
        self.seen: dict[OrderId, dict[str, int]] = {}  # executions that were reported, by order
        self.shadow = Book.empty(self.desk.book.state.book)
        self.folded = 0
        self.sent_for: dict[SignalId, int] = {}
        self.naked_since_alarm = False
        self.collect(self.desk.events)

    # --- what people and programs want ---

    @rule(
        kind=st.sampled_from([*SignalKind]),
        direction=st.sampled_from([None, *Direction]),
        quantity=st.sampled_from([None, 1, 4, 200, 0]),
        stop=st.sampled_from([None, 95, 105]),
        goal=st.sampled_from([None, 110, 90]),
        limit=st.sampled_from([None, None, 100]),
        instrument=_INSTRUMENTS,
        again=st.booleans(),
    )
    def any_signal_comes(
        self,
        kind: SignalKind,
        direction: Direction | None,
        quantity: int | None,
        stop: int | None,
        goal: int | None,
        limit: int | None,
        instrument: Instrument,
        again: bool,
    ) -> None:
        self.signals += not again
        price = limit if kind in (SignalKind.ENTRY, SignalKind.BUY) else None
        self.send(
            signal(
                f"s-{self.signals}",
                kind,
                direction,
                at=self.desk.now,
                instrument=instrument.symbol,
                quantity=quantity,
                stop=stop,
                target=goal,
                limit=price,
            )
        )

    @rule(direction=st.sampled_from([*Direction]), instrument=_INSTRUMENTS, calm=st.booleans())
    def entry_comes(self, direction: Direction, instrument: Instrument, calm: bool) -> None:
        far: dict[str, Any] = (
            {"stop": 95, "target": 110} if direction is Direction.LONG else {"stop": 105, "target": 90}
        )
        self.signals += 1
        at, symbol = self.desk.now, instrument.symbol
        self.send(signal(f"s-{self.signals}", direction=direction, at=at, instrument=symbol, **far))
        if calm:
            self.all_is_well()

    @rule(instrument=_INSTRUMENTS, calm=st.booleans())
    def exit_comes(self, instrument: Instrument, calm: bool) -> None:
        self.signals += 1
        at, symbol = self.desk.now, instrument.symbol
        self.send(signal(f"s-{self.signals}", SignalKind.EXIT, None, at=at, instrument=symbol))
        if calm:
            self.all_is_well()

    @precondition(lambda self: self.desk.book.state.orders)
    @rule(place=PLACES, what=st.sampled_from(["cancel", "quantity", "price"]), up=st.booleans())
    def person_acts(self, place: int, what: str, up: bool) -> None:
        orders = [*self.desk.book.state.orders]
        living = [id_ for id_ in orders if not is_final(self.desk.state(id_))] or orders
        order = self.desk.order(living[place % len(living)])
        if what == "cancel":
            self.collect(self.desk.ask_cancel(order.id))
        elif what == "quantity":
            self.collect(self.desk.ask_replace(order.id, quantity=12 if up else 5))
        else:
            name = "stop_price" if order.stop_price is not None else "limit_price"
            self.collect(self.desk.ask_replace(order.id, **{name: 104 if up else 96}))

    @rule(
        what=st.sampled_from(
            ["halt", "resume", "resume", "reconnect", "restart", "crash", "clock back", "ghost"]
        )
    )
    def something_rare_happens(self, what: str) -> None:
        match what:
            case "halt" | "resume":
                wanted = TradingState.HALTED if what == "halt" else TradingState.ACTIVE
                self.collect(self.desk.set_trading(wanted))
            case "reconnect":
                self.reconnect()
            case "restart" | "crash":
                self.restart(lost=what == "crash")
            case "clock back":
                self.collect(self.desk.give(i.ClockTicked(at=Instant(self.desk.now - 30 * SECOND))))
            case _:
                events = self.desk.fill(OrderId("ghost"), 1)
                assert names(events) == ["UNKNOWN_ORDER"]
                self.collect(events)

    # --- time and the market ---

    @rule(seconds=st.sampled_from([0.0, 0.5, 1.5, 6.0, 11.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.collect(self.desk.wait(seconds))

    @rule(instrument=_INSTRUMENTS, price=st.sampled_from([88, 94, 95, 100, 105, 106, 110, 112]))
    def market_moves(self, instrument: Instrument, price: int) -> None:
        self.collect(self.desk.quote(f"{price}.00", f"{price}.25", instrument))

    @precondition(lambda self: self.adapt.asks)
    @rule(instrument=_INSTRUMENTS, atr=st.sampled_from([None, 1, 3, 8]))
    def bar_closes(self, instrument: Instrument, atr: int | None) -> None:
        bid, ask = self.desk.book.quote(instrument.symbol)
        if bid is not None and ask is not None:
            levels = Levels(atr=None if atr is None else to_nano(Decimal(atr)))
            seen = i.LevelsSeen(ALPHA, instrument.symbol, bid, ask, levels, at=self.desk.now)
            self.collect(self.desk.give(seen))

    @precondition(lambda self: self.adapt.asks and self.desk.book.state.positions.get(ALPHA))
    @rule(place=PLACES, atr=st.sampled_from([1, 3, 8]), far=st.sampled_from([3, 7, 9]), calm=st.booleans())
    def trade_goes_well(self, place: int, atr: int, far: int, calm: bool) -> None:
        """The price runs in favour of a position, and then a bar ends."""
        held = [*self.desk.book.state.positions[ALPHA].values()]
        position = held[place % len(held)]
        instrument = self.desk.book.state.instruments[position.instrument]
        self.market_moves(instrument, 100 + far if position.quantity > 0 else 100 - far)
        if calm:
            self.all_is_well()
        self.bar_closes(instrument, atr)

    # --- the venue ---

    @precondition(lambda self: self.outbox)
    @rule(
        place=PLACES,
        fate=st.sampled_from(["done", "done", "done", "refused", "busy", "unanswered", "lost", "silent"]),
    )
    def command_leaves(self, place: int, fate: str) -> None:
        command, sent = self.outbox.pop(place % len(self.outbox))
        before = len(self.venue.wire)
        if fate not in ("lost", "silent"):
            refuse = fate in ("refused", "busy")
            self.venue.take(command, sent, self.desk.now, refuse=refuse, busy=fate == "busy")
        if fate == "unanswered":
            del self.venue.wire[before:]
        if fate == "silent":
            self.tell_silence(command)

    @precondition(lambda self: self.outbox or self.venue.wire)
    @rule()
    def all_is_well(self) -> None:
        self.all_commands_leave()
        self.all_reports_arrive()

    def all_commands_leave(self) -> None:
        for command, sent in self.outbox:
            self.venue.take(command, sent, self.desk.now)
        self.outbox.clear()

    @precondition(lambda self: self.venue.fillable())
    @rule(place=PLACES, parts=st.sampled_from([1, 1, 2, 3]), price=st.integers(90, 110), told=st.booleans())
    def venue_trades(self, place: int, parts: int, price: int, told: bool) -> None:
        fillable = self.venue.fillable()
        self.venue.trade(fillable[place % len(fillable)], parts, Decimal(price), self.desk.now)
        if told:
            self.all_reports_arrive()

    @precondition(lambda self: any(ticket.is_open for ticket in self.venue.tickets.values()))
    @rule(place=PLACES)
    def venue_expires(self, place: int) -> None:
        open_ = [ticket for ticket in self.venue.tickets.values() if ticket.is_open]
        self.venue.expire(open_[place % len(open_)], self.desk.now)

    @precondition(lambda self: self.venue.wire)
    @rule(place=PLACES, fate=st.sampled_from(["delivered", "delivered", "doubled", "dropped"]))
    def report_travels(self, place: int, fate: str) -> None:
        place %= len(self.venue.wire)
        report = self.venue.wire[place]
        if fate != "doubled":
            del self.venue.wire[place]
        if fate != "dropped":
            self.deliver(report)

    def all_reports_arrive(self) -> None:
        wire, self.venue.wire = self.venue.wire, []
        for report in wire:
            self.deliver(report)

    # --- the machinery ---

    def send(self, wanted: Signal) -> None:
        self.collect(self.desk.send(wanted)[0])

    def restart(self, *, lost: bool) -> None:
        """Fold what was recorded into a fresh book; a crash takes the commands along that had not left."""
        self.desk.check_record()
        self.desk.book = self.desk.folded()
        if lost:
            self.outbox.clear()
        self.runs += 1
        self.collect(self.desk.start(f"r{self.runs}"))

    def reconnect(self) -> None:
        self.collect(self.desk.give(i.VenueReconnected(account().venue, at=self.desk.now)))

    def tell_silence(self, command: Command) -> None:
        match command_kind(command):
            case (id_, request) if request is not None:
                self.collect(self.desk.silent(id_, request))

    def deliver(self, report: i.VenueReport) -> None:
        assert not isinstance(report, i.VenueChange)
        known = report.order in self.desk.book.state.orders
        if known and isinstance(report, i.VenueFilled):
            self.note(report.order, report.execution.id, report.execution.quantity)
        if known and isinstance(report, i.VenueShowed):
            for done in report.executions:
                self.note(report.order, done.id, done.quantity)
        if isinstance(report, i.VenueMissing) and report.order in self.venue.tickets:
            arrived = self.venue.tickets[report.order].arrived
            if self.desk.now - arrived > 4 * SECOND:
                return  # an answer older than the order: the kernel cannot tell (see the report on slow answers)
        self.collect(self.desk.give(report))

    def note(self, order: OrderId, execution: str, quantity: int) -> None:
        self.seen.setdefault(order, {})[execution] = quantity

    def collect(self, events: list[e.Event]) -> None:
        for event in events:
            command = command_for(event)
            if command is not None:
                self.outbox.append((command, self.desk.book.state.last_at))
            if isinstance(event, e.OrderSubmitted) and event.request.role is Role.ENTRY:
                assert event.request.signal is not None
                self.sent_for[event.request.signal] = self.sent_for.get(event.request.signal, 0) + 1
            if isinstance(event, e.OrderProvenAbsent):
                assert event.order not in self.venue.tickets, "proven absent, and the venue has it"
            if isinstance(event, e.StopMoved):
                self.check_move(event)

    def check_move(self, moved: e.StopMoved) -> None:
        """The engine never puts a stop beyond what was risked at entry, unless a person has it there already."""
        position = self.desk.book.state.position(moved.account, moved.instrument)
        if position is None or position.stop is None or moved.by in (MovedBy.PERSON, MovedBy.COVER):
            return
        assert moved.before is not None
        sign = 1 if position.quantity > 0 else -1
        reached = sign * from_nano(moved.price)
        assert reached >= min(sign * position.stop, sign * from_nano(moved.before)), moved

    # --- the laws ---

    @invariant()
    def the_state_is_the_fold_of_the_events(self) -> None:
        for written, at, step in self.desk.recorded[self.folded :]:
            self.shadow.apply(_decode_event(written), at, step)
        self.folded = len(self.desk.recorded)
        assert encode_state(self.shadow.state) == encode_state(self.desk.book.state)

    @invariant()
    def the_indexes_agree_with_the_orders(self) -> None:
        check_indexes(self.desk.book)

    @invariant()
    def every_fill_that_was_reported_counts_once(self) -> None:
        for id_, order in self.desk.book.state.orders.items():
            assert order.filled == from_nano(Nano(sum(self.seen.get(id_, {}).values())))
        check_sums(self.desk.book, self.desk.events)

    @invariant()
    def one_intent_has_one_live_order(self) -> None:
        """The next one leaves only when the venue has rejected the one before, and never more often than is allowed."""
        assert all(count <= 1 + account().retry_attempts for count in self.sent_for.values())
        living: dict[SignalId, int] = {}
        for ticket in self.venue.tickets.values():
            if ticket.request.role is Role.ENTRY and ticket.request.signal is not None:
                alive = ticket.is_open or ticket.filled > 0
                living[ticket.request.signal] = living.get(ticket.request.signal, 0) + alive
        assert all(count <= 1 for count in living.values())

    @invariant()
    def what_is_open_is_covered(self) -> None:
        """Or it has been uncovered for so short a time that the deadline has not come."""
        state = self.desk.book.state
        if self.desk.book.is_due(state.last_at):
            return  # the clock has not been handed in yet; that it is in the end, `settle` finds out
        for position in state.positions.get(ALPHA, {}).values():
            if position.waived:
                continue
            covered = sum(
                self.works_for(order)
                for order in state.open_orders(ALPHA, position.instrument)
                if covers(order) and (order.request.side is Side.SELL) == (position.quantity > 0)
            )
            if covered >= abs(position.quantity):
                continue
            exposure = state.exposure(ALPHA, position.instrument)
            missing = f"{position.instrument}: {covered} of {position.quantity} have a stop"
            assert exposure is not None, missing
            assert exposure.look_at > state.last_at, missing
            assert exposure.look_at - state.last_at <= 30 * SECOND, missing

    def works_for(self, order: Order) -> Decimal:
        """How much of it is there: what leaves with an entry waits until that has filled."""
        entry = self.desk.book.state.orders.get(order.request.parent or OrderId(""))
        if entry is None or is_final(entry.state) or order.request.signal is None:
            return order.leaves
        return min(order.leaves, max(entry.filled - order.filled, Decimal(0)))

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        self.heal()
        self.desk.check_record()
        self.desk.folded()

    def heal(self) -> None:
        """The venue turns honest, and time enough passes."""
        self.settle()
        self.reconnect()  # until there is reconciliation, this is what finds out about reports that were lost
        self.settle()
        for id_, order in self.desk.book.state.orders.items():
            ticket = self.venue.tickets.get(id_)
            assert order.state not in UNANSWERED_STATES, f"{id_} is left as {order.state}"
            if ticket is not None:
                assert order.filled == from_nano(Nano(ticket.filled)), f"{id_}: fills differ"
                assert is_final(order.state) is not ticket.is_open, (
                    f"{id_}: {order.state} here, {ticket.state} there"
                )
            elif order.state is not OrderState.NEW:
                assert is_final(order.state), f"{id_} is {order.state} and the venue has never seen it"
        for symbol in ("SPY", "ES"):
            assert self.desk.held(symbol) == self.venue.held(symbol)
        self.the_state_is_the_fold_of_the_events()
        self.the_indexes_agree_with_the_orders()
        self.what_is_open_is_covered()

    def settle(self) -> None:
        """Deliver and answer everything, and let time pass as long as somebody waits for it."""
        for _ in range(40):
            self.all_is_well()
            if self.venue.wire or self.outbox:
                continue
            due = self.desk.book.next_deadline()
            if due == NEVER:
                return
            self.time_passes(max(due - self.desk.now, 0) / SECOND + 0.001)
        raise AssertionError(f"not settled: {self.outbox}, {self.desk.book.state.agenda}")


def covers(order: Order) -> bool:
    """A stop that stands, or an exit that closes at any price."""
    if order.state is OrderState.PENDING_CANCEL:
        return False
    request = order.request
    if request.holder is Holder.ENGINE and order.state is not OrderState.NEW:
        return True
    if request.role is Role.STOP and order.limit_price is not None and order.reached is not None:
        return False  # it has met its price, and may rest there for ever
    if request.role is Role.EXIT:
        return request.type is OrderType.MARKET
    return request.role is Role.STOP and order.state not in (OrderState.PENDING_NEW, OrderState.IN_DOUBT)


def command_kind(command: Command) -> tuple[OrderId, i.Request | None]:
    """The order that a command is about, and what it asks for."""
    if isinstance(command, SubmitOrder):
        return command.request.id, i.Request.SUBMIT
    if isinstance(command, CancelOrder):
        return command.order, i.Request.CANCEL
    if isinstance(command, ReplaceOrder):
        return command.order, i.Request.REPLACE
    return command.order, None


class EngineHeldBook(BracketBook):
    """An account at a venue that holds neither stops nor targets: the engine does."""

    capabilities = ENGINE_HELD


class RestingBook(BracketBook):
    """An account at a venue that takes stops and has nothing that keeps exits from turning a position over."""

    capabilities = RESTING
    brackets = False

    @invariant()
    def no_more_may_close_there_than_is_open(self) -> None:
        """Whatever fills first: two exits that overlap would turn the position over."""
        for symbol in ("SPY", "ES"):
            assert self.venue.closing(symbol) <= abs(self.venue.held(symbol)), symbol

    @invariant()
    def no_position_is_turned_over(self) -> None:
        assert "POSITION_TURNED" not in names(self.desk.events)


class NoReplaceBook(RestingBook):
    """The same where nothing can be changed: a stop is moved by way of one that the engine holds."""

    capabilities = NO_REPLACE
    follow = Follow(
        trail_percent=Decimal(2), after_r=Decimal("0.5"), break_even_r=Decimal(1), time_exit=Span(20 * SECOND)
    )


LIMITED = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT)


class StopLimitBook(RestingBook):
    """A venue that takes stops only with a limit: they may meet their price and not fill."""

    capabilities = msgspec.structs.replace(RESTING, order_types=LIMITED)
    follow = Follow(trail_percent=Decimal(2), after_r=Decimal("0.5"))

    @invariant()
    def one_that_has_met_its_price_is_not_left_there(self) -> None:
        """It has two seconds; then it is asked for back, and what is open is to leave at the market."""
        state = self.desk.book.state
        if self.desk.book.is_due(state.last_at):
            return
        for order in state.orders.values():
            met = order.request.role is Role.STOP and order.limit_price is not None and order.reached
            if not met or order.state not in WORKING_STATES or order.refusals:
                continue
            if order.cancel_at == NEVER:  # it was asked for back, and the venue said that it was too late
                assert any(
                    isinstance(e_, e.CancelSubmitted) and e_.order == order.id for e_ in self.desk.events
                )


class StopLimitBracketBook(BracketBook):
    """The same where they leave with the entry and exits may overlap."""

    capabilities = Capabilities(order_types=LIMITED)
    follow = Follow(trail_percent=Decimal(2), after_r=Decimal("0.5"))


class TrailingBook(BracketBook):
    """Stops follow the market, at a venue that cannot replace: a second one is there before the first one goes."""

    capabilities = Capabilities(replace=False)
    follow = Follow(
        trail_percent=Decimal(2), after_r=Decimal("0.5"), break_even_r=Decimal(1), time_exit=Span(20 * SECOND)
    )


class Scaling(BracketBook):
    """Entries add to what gains, each with a bracket of its own."""

    max_adds = 3

    @rule(
        instrument=_INSTRUMENTS,
        direction=st.sampled_from([*Direction]),
        gain=st.sampled_from([-1, 1, 4]),
        parts=st.sampled_from([1, 1, 2]),
        calm=st.booleans(),
    )
    def a_position_is_to_grow(
        self, instrument: Instrument, direction: Direction, gain: int, parts: int, calm: bool
    ) -> None:
        """One is opened when there is none; then more is wanted, at a price at which it gains or does not."""
        if self.desk.position(instrument.symbol) is None:
            self.entry_comes(direction, instrument, calm=True)
            self.entries_trade(1, 100)
        position = self.desk.position(instrument.symbol)
        if position is None:
            return
        if calm:
            for ticket in self.venue.tickets.values():
                if ticket.request.role is Role.ENTRY and ticket.is_open:
                    self.venue.expire(ticket, self.desk.now)
            self.all_is_well()
        sign = 1 if position.quantity > 0 else -1
        mean = position.cost / abs(position.quantity) / instrument.multiplier
        price = int(mean) + sign * gain
        self.signals += 1
        wanted = signal(
            f"s-{self.signals}",
            direction=Direction.LONG if sign > 0 else Direction.SHORT,
            at=self.desk.now,
            instrument=instrument.symbol,
            quantity=4,
            stop=price - sign,
        )
        at = instrument.ticks(Decimal(price))
        self.collect(self.desk.give(i.SignalArrived(wanted, at, Ticks(at + 1), at=self.desk.now)))
        if calm:
            self.all_is_well()
        self.entries_trade(parts, price)

    def entries_trade(self, parts: int, price: int) -> None:
        for ticket in self.venue.fillable():
            if ticket.request.role is Role.ENTRY:
                self.venue.trade(ticket, parts, Decimal(price), self.desk.now)
        self.all_reports_arrive()


class ScalingBook(Scaling):
    """Where the venue holds them."""


class ScalingEngineHeldBook(Scaling, EngineHeldBook):
    """Where the engine holds all stops and targets."""


class ScalingTrailingBook(Scaling, TrailingBook):
    """Where stops follow the market."""


class AdaptiveBook(BracketBook):
    """Stops that also move away, and targets that move, at a venue that replaces."""

    follow = Follow(trail_percent=Decimal(2), after_r=Decimal("0.5"))
    adapt = Adapt(Widen(Decimal(2), give_back=True), Tighten(Decimal(60), Decimal(20)), Adjust(AdjustBy.ATR))
    plan = Plan(target=TargetPlan(TargetMethod.RISK_REWARD, Decimal(2)))


class AdaptiveTwoStopBook(AdaptiveBook):
    """The same where a second stop has to be there before the first one goes."""

    capabilities = Capabilities(replace=False)


_SETTINGS = settings(stateful_step_count=40, suppress_health_check=list(HealthCheck))
TestBracketBook = BracketBook.TestCase
TestBracketBook.settings = _SETTINGS
TestEngineHeldBook = EngineHeldBook.TestCase
TestEngineHeldBook.settings = _SETTINGS
TestRestingBook = RestingBook.TestCase
TestRestingBook.settings = _SETTINGS
TestNoReplaceBook = NoReplaceBook.TestCase
TestNoReplaceBook.settings = _SETTINGS
TestStopLimitBook = StopLimitBook.TestCase
TestStopLimitBook.settings = _SETTINGS
TestStopLimitBracketBook = StopLimitBracketBook.TestCase
TestStopLimitBracketBook.settings = _SETTINGS
TestTrailingBook = TrailingBook.TestCase
TestTrailingBook.settings = _SETTINGS
TestScalingBook = ScalingBook.TestCase
TestScalingBook.settings = _SETTINGS
TestScalingEngineHeldBook = ScalingEngineHeldBook.TestCase
TestScalingEngineHeldBook.settings = _SETTINGS
TestScalingTrailingBook = ScalingTrailingBook.TestCase
TestScalingTrailingBook.settings = _SETTINGS
TestAdaptiveBook = AdaptiveBook.TestCase
TestAdaptiveBook.settings = _SETTINGS
TestAdaptiveTwoStopBook = AdaptiveTwoStopBook.TestCase
TestAdaptiveTwoStopBook.settings = _SETTINGS
