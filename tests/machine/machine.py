"""The machines: a book against the simulated exchange, at a venue of each kind, and whatever can happen between them.

Both sides are the real ones; the judge (`tests/machine/judge.py`) is the exchange's own ledger. At the end of each run
everything that is left on the wire arrives, every question is answered, and time passes until nobody waits for it.
"""

import sys
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace as changed
from tests.builders import ALPHA, _decode_event, account, encode_state, nano, signal
from tests.machine import judge
from tests.machine.tally import Tally
from tests.machine.world import CASH, INSTRUMENTS, World

from kedge.domain import inputs as i
from kedge.domain.accounts import Follow, TradingState
from kedge.domain.adaptive import Adapt, Adjust, AdjustBy, Tighten, Widen
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instants import MILLISECOND, NEVER, SECOND, Span
from kedge.domain.kill import KillMode
from kedge.domain.lifecycle import is_final
from kedge.domain.numbers import Nano, to_nano
from kedge.domain.orders import Execution, OrderType, Role, Side, Terms
from kedge.domain.signals import Direction, SignalKind, WantedOrder, WantedTarget
from kedge.kernel.book import Book
from kedge.sim.settings import SimSettings

PLACES = st.sampled_from(range(24))  # not integers(): those are small most of the time
SYMBOLS = st.sampled_from([*INSTRUMENTS])
COMMAND_FATES = (
    "arrives",
    "arrives",
    "arrives",
    "twice",
    "unanswered",
    "unanswered, told",
    "lost",
    "lost, told",
)
WANTS = (
    "entry",
    "entry",
    "entry",
    "exit",
    "resting exit",
    "resting exit",
    "more",
    "more",
    "stop",
    "targets",
    "cancel",
    "quantity",
    "price",
)
TROUBLES = (
    "the process dies",
    "the process dies with its line",
    "… after it has sent",
    "the venue ends an order",
    "the venue ends an order",
    "an end overtakes a fill",
    "the session ends",
    "the line breaks",
    "a trade is taken back",
    "a trade is taken back",
    "trading goes on",
    "trading goes on",
    "trading is halted",
    "entries are to go",
    "everything is to go",
)
MARKETS = (
    "stays",
    "rises",
    "falls",
    "to a stop",
    "through a stop",
    "a gain",
    "a bar ends",
)
FOLLOW = (
    Follow(),
    Follow(trail_percent=Decimal(2), after_r=Decimal("0.5"), break_even_r=Decimal(1)),
    Follow(time_exit=Span(20 * SECOND)),
)
ADAPT = (
    Adapt(),
    Adapt(widen=Widen(Decimal(2), give_back=True)),
    Adapt(tighten=Tighten(Decimal(40), Decimal(30)), target=Adjust(AdjustBy.ATR, Decimal(3))),
)


class BracketVenue(RuleBasedStateMachine):
    """The venue takes brackets, changes orders, and keeps exits from turning a position over."""

    able = Capabilities()
    tally = Tally()

    @initialize(
        follow=st.sampled_from(FOLLOW),
        cut=st.sampled_from(["0", "0.5", "0.9"]),
        refuse=st.sampled_from(["0", "0", "0.2"]),
        delay=st.sampled_from([0, 0, 300]),
        slippage=st.sampled_from(["0", "5"]),
        terse=st.booleans(),
        adapt=st.sampled_from(ADAPT),
        adds=st.sampled_from([2, 2, 0]),
        amends=st.booleans(),
    )
    def open(
        self,
        follow: Follow,
        cut: str,
        refuse: str,
        delay: int,
        slippage: str,
        terse: bool,
        adapt: Adapt,
        adds: int,
        amends: bool,
    ) -> None:
        terms = SimSettings(
            partial_fill_rate=Decimal(cut),
            reject_rate=Decimal(refuse),
            fill_delay=Span(delay * MILLISECOND),
            slippage_bps=Decimal(slippage),
            commission_per_share=Decimal("0.005"),
            respect_size=True,
        )
        wants = account(
            cash=str(CASH),
            capabilities=self.able,
            max_position_size=Decimal(100),
            follow=follow,
            adapt=adapt,
            max_adds=adds,
        )
        self.world = World(wants, terms, self.tally, terse=terse)
        self.amends = amends
        self.signals = 0
        self.shadow = Book.empty(self.world.desk.book.state.book)
        self.folded = 0
        self.enter(Symbol("SPY"), 0, up=True, far=5)

    # --- what people and programs want ---

    @rule(
        what=st.sampled_from(WANTS),
        place=PLACES,
        up=st.booleans(),
        far=st.sampled_from([2, 5]),
        calm=st.sampled_from([True, False, False]),
    )
    def somebody_wants(self, what: str, place: int, up: bool, far: int, calm: bool) -> None:
        symbol = _pick([*INSTRUMENTS], place)
        match what:
            case "entry":
                self.enter(symbol, place // len(INSTRUMENTS), up=up, far=far)
            case "exit" | "resting exit":
                self.leave(self.open_in(place), place // len(INSTRUMENTS), far=far, at_once=what == "exit")
            case "more":
                self.add(self.open_in(place), place // len(INSTRUMENTS), far=far)
            case "targets":
                self.aim(self.open_in(place), place // len(INSTRUMENTS), up=up)
            case "stop":
                price = self.world.mids[symbol] + (far - 1 if up else 1 - far)
                self.signal(SignalKind.STOP_ADJUSTMENT, None, instrument=symbol, stop=price)
            case _:
                self.person_acts(what, place, up=up)
        self.settled(calm)

    def enter(self, symbol: Symbol, place: int, *, up: bool, far: int) -> None:
        mid, sign = self.world.mids[symbol], 1 if up else -1
        by = _pick((OrderType.MARKET, OrderType.MARKET, OrderType.LIMIT, OrderType.STOP), place)
        goals = _pick((1, 2, 0), place)
        part = nano(100 if goals == 1 else 50)
        self.signal(
            SignalKind.ENTRY,
            Direction.LONG if up else Direction.SHORT,
            instrument=symbol,
            quantity=_pick((4, 10, 1), place),
            order=_wanted(by, mid, sign),
            stop=mid - sign * far,
            targets=tuple(WantedTarget(nano(mid + sign * far * (n + 1)), part) for n in range(goals)),
        )

    def add(self, symbol: Symbol, place: int, *, far: int) -> None:
        """Another entry the same way, once the market has gone a step further."""
        world, up = self.world, self.world.desk.held(symbol) > 0
        world.price(symbol, min(max(world.mids[symbol] + (far if up else -far), 60), 140))
        self.settled(bool(place % 3))
        self.enter(symbol, place, up=up, far=2)

    def leave(self, symbol: Symbol, place: int, *, far: int, at_once: bool) -> None:
        """An exit of all, of a number or of a part; at the market, or as a limit on the side of a gain."""
        how_much = _pick(({}, {"quantity": far - 1}, {"pct": nano(50)}), place)
        gain = 1 if self.world.desk.held(symbol) > 0 else -1
        by = WantedOrder()
        if not at_once:
            by = WantedOrder(OrderType.LIMIT, limit_price=nano(self.world.mids[symbol] + gain * (far - 1)))
        self.signal(SignalKind.EXIT, None, instrument=symbol, order=by, **how_much)

    def aim(self, symbol: Symbol, place: int, *, up: bool) -> None:
        """Other targets for what is open: one, or two for a half each; a stop with them, or none."""
        mid, gain = self.world.mids[symbol], 1 if self.world.desk.held(symbol) > 0 else -1
        goals = _pick((1, 2), place)
        targets = tuple(WantedTarget(nano(mid + gain * (n + 2)), nano(100 // goals)) for n in range(goals))
        stop = {"stop": mid - 3 * gain} if up else {}
        self.signal(SignalKind.STOP_ADJUSTMENT, None, instrument=symbol, targets=targets, **stop)

    def person_acts(self, what: str, place: int, *, up: bool) -> None:
        world, living = self.world, self.living()
        if not living:
            return
        order = world.desk.order(_pick(living, place))
        if what == "cancel":
            if order.request.role is Role.STOP:
                world.waived[order.request.instrument] = None
            self.tally.note("cancels by a person")
            world.give(i.CancelAsked(order.id, "ann", "changed my mind", at=world.desk.now))
            return
        self.tally.note("replaces by a person")
        if what == "quantity":
            terms = Terms(quantity=to_nano(order.quantity + (3 if up else -1)))
        else:
            price = nano(world.mids[order.request.instrument] + (2 if up else -2))
            terms = Terms(stop_price=price) if order.stop_price is not None else Terms(limit_price=price)
        world.give(i.ReplaceAsked(order.id, terms, "ann", "better so", at=world.desk.now))

    # --- the market and time ---

    @rule(
        place=PLACES,
        how=st.sampled_from(MARKETS),
        size=st.sampled_from([0, 0, 1, 3]),
        seen=st.sampled_from([True, True, False]),
        calm=st.sampled_from([True, False, False]),
    )
    def market_moves(self, place: int, how: str, size: int, seen: bool, calm: bool) -> None:
        symbol, stops = self.open_in(place), self.stops()
        mid = self.world.mids[symbol]
        if how in ("rises", "falls"):
            mid += 1 if how == "rises" else -1
        elif how == "a gain":
            mid += (1 + place % 3) * (1 if self.world.desk.held(symbol) > 0 else -1)
        elif how == "a bar ends":
            self.world.end_bar(symbol, spread=1 + place % 4)
        elif how != "stays" and stops:
            symbol, side, price = _pick(stops, place)
            mid = int(price) + (0 if how == "to a stop" else 4) * (1 if side is Side.BUY else -1)
            through = how != "to a stop" and not _reaches(self.world.mids[symbol], price, side)
            self.tally.note("gaps through a stop", through)
        self.world.price(symbol, min(max(mid, 60), 140), size=size, seen=seen)
        self.settled(calm)

    @rule(seconds=st.sampled_from([0.1, 0.6, 1.5, 6.0, 11.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.wait(seconds)

    # --- the wire ---

    @precondition(lambda self: self.world.unsent or self.world.sent)
    @rule(place=PLACES, fate=st.sampled_from(COMMAND_FATES))
    def command_travels(self, place: int, fate: str) -> None:
        world = self.world
        world.leave()
        one = _pick(world.sent, place)
        if fate != "twice":
            world.sent.remove(one)
        match fate:
            case "arrives" | "twice":
                self.tally.note("requests doubled", fate == "twice")
                world.arrive(one)
            case "unanswered" | "unanswered, told":
                world.arrive(one, answered=False)
                if fate != "unanswered":
                    world.fall_silent(one)
            case _:
                world.lose(one, told=fate == "lost, told")

    @precondition(lambda self: self.world.reports)
    @rule(place=PLACES, fate=st.sampled_from(["told", "told", "told", "twice", "lost"]))
    def report_travels(self, place: int, fate: str) -> None:
        telling = _pick(self.world.reports, place)
        if fate == "lost":
            self.world.drop([telling])
            return
        if fate == "told":
            self.world.reports.remove(telling)
        self.world.tell(telling)

    @precondition(lambda self: self.world.unsent or self.world.sent or self.world.reports)
    @rule(what=st.sampled_from(["both", "commands", "commands", "reports", "newest first", "each twice"]))
    def lane_moves(self, what: str) -> None:
        world = self.world
        if what == "both":
            self.settled(True)
        elif what == "commands":
            world.leave()
            while world.sent:
                world.arrive(world.sent.pop(0))
        else:
            tellings, world.reports = world.reports, []
            for telling in tellings if what != "newest first" else reversed(tellings):
                for _ in range(2 if what == "each twice" else 1):
                    world.tell(telling)

    # --- what goes wrong ---

    @rule(what=st.sampled_from(TROUBLES), place=PLACES)
    def trouble_comes(self, what: str, place: int) -> None:
        world, now = self.world, self.world.desk.now
        match what:
            case "the process dies" | "the process dies with its line" | "… after it has sent":
                if what == "… after it has sent":
                    world.leave()
                world.restart(line_kept=what == "the process dies")
                if place % 2:
                    world.remember()
            case "the venue ends an order":
                if living := world.exchange.open_orders(ALPHA):
                    filling = [order for order in living if world.has_untold_fills(order)]
                    self.venue_ends(_pick(filling or living, place), overtaking=bool(place % 3))
            case "an end overtakes a fill":
                self.exit_fills_and_ends(place)
            case "the session ends":
                reports = world.exchange.close_session(now)
                self.tally.note("ended by the venue", sum(isinstance(one, i.VenueExpired) for one in reports))
                world.pull([*reports, *world.exchange.open_session(now)])
            case "the line breaks":
                world.reconnect()
            case "a trade is taken back":
                if self.amends and (trades := world.exchange.executions(ALPHA)):
                    order, done = _pick(trades[-3:], place // 3)
                    self.amend(order, done, place % 3)
            case "entries are to go" | "everything is to go":
                mode = KillMode.FLATTEN if what == "everything is to go" else KillMode.CANCEL
                scope = ALPHA if place % 2 else None
                world.give(i.KillAsked(mode, "ann", "test", scope, (ALPHA,), at=now))
                self.tally.note("kill switch thrown")
            case _:
                wanted = TradingState.HALTED if what == "trading is halted" else TradingState.ACTIVE
                for who in (None, ALPHA):
                    world.give(i.TradingStateAsked(wanted, "ann", "test", who, at=now))

    def exit_fills_and_ends(self, place: int) -> None:
        """A part of a resting exit fills, and the venue ends it; the end is told first."""
        world = self.world
        resting = [
            (id_, price) for id_ in world.exchange.open_orders(ALPHA) if (price := world.exit_price(id_))
        ]
        if not resting:
            return
        order, price = _pick(resting, place)
        world.price(world.known[order].request.instrument, round(price), size=1, seen=False)
        if order in world.exchange.open_orders(ALPHA) and world.has_untold_fills(order):
            self.venue_ends(order, overtaking=True)

    def venue_ends(self, order: OrderId, *, overtaking: bool) -> None:
        """The venue ends an order by itself; word of it may overtake what was told of the order before."""
        world = self.world
        self.tally.note("ended by the venue")
        before = len(world.reports)
        world.pull(world.exchange.cancel(order, world.desk.now))
        if overtaking:
            for telling in [each for each in world.reports[before:] if each.report.order == order]:
                world.reports.remove(telling)
                world.tell(telling)

    def amend(self, order: OrderId, done: Execution, what: int) -> None:
        """The trade never was; or was at another price; or was of less."""
        tick = to_nano(INSTRUMENTS[self.world.known[order].request.instrument].tick)
        now = changed(done, price=Nano(done.price + tick)) if what == 1 else None
        if what == 2:
            now = changed(done, quantity=Nano(done.quantity - 10**9))
        self.world.amend(order, done, now=now)

    # --- the machinery ---

    def signal(self, kind: SignalKind, direction: Direction | None, **wanted: Any) -> None:
        self.signals += 1
        world = self.world
        one = signal(f"s-{self.signals}", kind, direction, at=world.desk.now, **wanted)
        bid, ask = world.desk.book.quote(one.instrument)
        world.give(i.SignalArrived(one, bid, ask, at=world.desk.now))

    def open_in(self, place: int) -> Symbol:
        """An instrument, of those in which a position is open where there are any."""
        held: Symbol = _pick(
            [one for one in INSTRUMENTS if self.world.desk.held(one)] or [*INSTRUMENTS], place
        )
        return held

    def living(self) -> list[OrderId]:
        state = self.world.desk.book.state
        return [id_ for id_ in state.orders if not is_final(state.orders[id_].state)]

    def stops(self) -> list[tuple[Symbol, Side, Decimal]]:
        """The stops of open positions: where they trade, which way, and at what price."""
        return [
            (order.request.instrument, order.request.side, order.stop_price)
            for order in map(self.world.desk.order, self.living())
            if order.request.role is Role.STOP
            and order.stop_price is not None
            and self.world.desk.held(order.request.instrument)
        ]

    def settled(self, calm: bool) -> None:
        """Everything arrives, here and there, in its order."""
        if not calm:
            return
        world = self.world
        for symbol in list(world.unseen):
            world.see(symbol)
        for _ in range(20):
            if not (world.unsent or world.sent or world.reports):
                return
            world.leave()
            while world.sent:
                world.arrive(world.sent.pop(0))
            while world.reports:
                world.tell(world.reports.pop(0))
        raise AssertionError("the book and the exchange never stop answering each other")

    @invariant()
    def the_laws_hold(self) -> None:
        self.tally.note("steps")
        judge.after_a_step(self.world)
        self.the_state_is_the_fold_of_the_events()

    def the_state_is_the_fold_of_the_events(self) -> None:
        recorded = self.world.desk.recorded
        if len(recorded) == self.folded:
            return
        for written, at, step in recorded[self.folded :]:
            self.shadow.apply(_decode_event(written), at, step)
        self.folded = len(recorded)
        assert encode_state(self.shadow.state) == encode_state(self.world.desk.book.state)
        self.shadow.refresh()
        assert self.shadow.next_deadline() == self.world.desk.book.next_deadline()

    def teardown(self) -> None:
        if not hasattr(self, "world") or sys.exception() is not None:
            return  # what has failed already is what is to be told
        self.quieten()
        judge.when_all_is_quiet(self.world)
        self.the_state_is_the_fold_of_the_events()
        self.world.desk.check_record()
        self.tally.note("examples")

    def quieten(self) -> None:
        """Everything arrives, all is asked once more, the market stands still, and time passes while somebody waits."""
        world = self.world
        self.settled(True)
        world.reconnect()
        for _ in range(100):
            traded = len(world.exchange.executions(ALPHA))
            for symbol in INSTRUMENTS:
                world.price(symbol, world.mids[symbol])
            self.settled(True)
            due = min(world.desk.book.next_deadline(), world.exchange.next_due)
            if due == NEVER and traded == len(world.exchange.executions(ALPHA)):
                return
            if due != NEVER:
                world.wait(max(due - world.desk.now, 0) / SECOND + 0.001)
        state = world.desk.book.state
        raise AssertionError(f"it is never quiet: {state.agenda} {state.exposed}")


def _reaches(mid: int, price: Decimal, side: Side) -> bool:
    return mid >= price if side is Side.BUY else mid <= price


def _pick(what: Any, place: int) -> Any:
    return what[place % len(what)]


def _wanted(by: OrderType, mid: int, sign: int) -> WantedOrder:
    match by:
        case OrderType.LIMIT:
            return WantedOrder(by, limit_price=nano(mid - sign))
        case OrderType.STOP:
            return WantedOrder(by, stop_price=nano(mid + sign))
        case _:
            return WantedOrder()
