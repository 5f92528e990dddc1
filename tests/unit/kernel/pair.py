"""A book and a simulated exchange that hear of each other at once: what one believes, the other has to have."""

from collections import deque
from decimal import Decimal
from typing import Any

import msgspec
from tests.builders import ALPHA, ES, SPY, Desk, account, signal

from kedge.domain import inputs as i
from kedge.domain.announcements import Action, Split, SymbolChange
from kedge.domain.capabilities import Capabilities
from kedge.domain.commands import CancelOrder, Command, QueryOrder, ReplaceOrder, SubmitOrder, command_for
from kedge.domain.events import Event
from kedge.domain.ids import OrderId, Symbol, VenueName
from kedge.domain.instants import SECOND, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano, from_nano, to_nano
from kedge.domain.orders import Execution, Order
from kedge.domain.quotes import Quote
from kedge.sim.errors import DuplicateOrderError
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings

STEPS_MAX = 20_000


class Pair:
    """Every request arrives, every report is heard, unless told.

    With `deaf` set reports are kept in `missed` instead; with `mute` set requests are kept in `lost`, questions too.
    With `echo` set each request arrives twice, and so does each report.
    """

    def __init__(self, *instruments: Instrument, seed: int = 7, **settings: Any) -> None:
        listed = instruments or (SPY, ES)
        self.desk = Desk(account(allow_unprotected=True), listed)
        terms = SimSettings(**{"check_cash": False} | settings)
        self.exchange = SimExchange(listed, {ALPHA: Decimal(100_000)}, terms, seed)
        self.deaf = self.mute = self.echo = False
        self.missed: list[i.VenueReport] = []
        self.lost: list[Event] = []
        self._told: deque[i.VenueReport] = deque()

    # -- what happens --

    def quote(self, bid: str, ask: str, instrument: Instrument = SPY) -> None:
        """The market moves, for both."""
        count = instrument.ticks
        quote = Quote(instrument.symbol, self.desk.now, count(Decimal(bid)), count(Decimal(ask)))
        self.hear(self.exchange.on_market(quote))
        self.act(self.desk.quote(bid, ask, instrument))

    def give(self, input_: i.Input) -> None:
        self.act(self.desk.give(input_))

    def enter(self, id_: str = "s-1", **wanted: Any) -> None:
        """A signal at the prices of this moment."""
        asked = signal(id_, at=self.desk.now, **wanted)
        bid, ask = self.desk.book.quote(asked.instrument)
        self.give(i.SignalArrived(asked, bid, ask, at=self.desk.now))

    def wait(self, seconds: float) -> None:
        self.desk.now = Instant(self.desk.now + int(seconds * SECOND))
        self.hear(self.exchange.advance(self.desk.now))
        self.act(self.desk.give(i.ClockTicked(at=self.desk.now)))

    def split(self, new: int, old: int = 1, instrument: Instrument = SPY) -> None:
        self.announce(Split(instrument.symbol, self.desk.now, new, old))

    def rename(self, new_symbol: str) -> None:
        self.announce(SymbolChange(SPY.symbol, self.desk.now, Symbol(new_symbol)))

    def bust(self, order: OrderId, execution: str) -> None:
        """The exchange annuls a trade."""
        self.hear(self.exchange.bust(order, execution, self.desk.now, "erroneous"))

    def correct(self, order: OrderId, execution: str, **now: Nano) -> None:
        """The exchange changes a trade."""
        corrected = msgspec.structs.replace(self.exchange.trade(order, execution), **now)
        self.hear(self.exchange.correct(order, corrected, self.desk.now))

    def trades(self) -> list[tuple[OrderId, Execution]]:
        """All that the exchange has of the account."""
        return self.exchange.executions(ALPHA)

    def catch_up(self) -> None:
        """Hear what was missed, as after an absence: changes, amendments, and every order that is asked about."""
        self.deaf, self.missed = False, []
        self.hear(list(self.exchange.changes(ALPHA)))
        self.hear(list(self.exchange.amendments(ALPHA)))
        for id_ in list(self.desk.book.state.orders):
            showed = self.exchange.look_up(id_, self.desk.now)
            self.hear([] if showed is None else [showed])

    def reconnect(self) -> None:
        """The line is back, and the engine is told; what was said meanwhile is gone for good."""
        self.deaf, self.mute, self.missed = False, False, []
        self.give(i.VenueReconnected(VenueName("paper"), at=self.desk.now))

    def compare(self) -> None:
        """The engine asks what the account holds, as it does now and again, and hands the answer in."""
        held = {
            symbol: to_nano(quantity)
            for symbol, quantity in self.exchange.positions(ALPHA).items()
            if quantity
        }
        now = self.desk.now
        self.give(i.VenueHeld(VenueName("paper"), ALPHA, held, now, at=now))

    def arrive(self) -> None:
        """What was asked while `mute` arrives after all."""
        late, self.lost, self.mute = self.lost, [], False
        self.act(late)

    def announce(self, action: Action) -> None:
        self.hear(self.exchange.announce(action, self.desk.now))
        self.give(i.ActionTaken(action, at=self.desk.now))

    def restart(self) -> None:
        """The engine dies with what it has not heard, and starts: changes are asked for, then every open order."""
        self.missed, self.deaf, self.mute = [], False, False
        started = self.desk.start(f"r{self.desk.now}")
        state = self.desk.book.state
        known, open_ = state.changes.get(ALPHA, {}), state.open.get(ALPHA, {})
        orders = [id_ for ids in open_.values() for id_ in ids]
        for told in self.exchange.changes(ALPHA, next(reversed(known), ""), orders):
            self.give(told)
        self.act(list(started))
        for _ in range(3):
            self.wait(60)

    # -- how it travels --

    def act(self, events: list[Event]) -> None:
        """Do what the events call for, hear what comes of it, and so on until all is quiet."""
        waiting = deque(events)
        for _ in range(STEPS_MAX):
            if self._told:  # first what was told already: whatever is asked next is answered after it
                waiting += self.desk.give(self._told.popleft())
            elif waiting:
                self._ask(waiting.popleft())
            else:
                return
        raise AssertionError("the book and the exchange never stop answering each other")

    def hear(self, reports: list[i.VenueReport]) -> None:
        """Reports of the exchange, in its order."""
        if self.deaf:
            self.missed += reports
        else:
            self._told += [*reports, *reports] if self.echo else reports
            self.act([])

    def _ask(self, event: Event) -> None:
        command = command_for(event)
        if self.mute and command is not None:
            self.lost.append(event)
            return
        reports = [report for _ in range(1 + self.echo) for report in self._answer(command)]
        (self.missed if self.deaf else self._told).extend([*reports, *reports] if self.echo else reports)

    def _answer(self, command: Command | None) -> list[i.VenueReport]:
        reports: list[i.VenueReport] = []
        match command:
            case SubmitOrder(request, legs):
                try:
                    reports = self.exchange.submit(request, legs, self.desk.now)
                except DuplicateOrderError:
                    reports = [i.VenueSilent(request.id, i.Request.SUBMIT, at=self.desk.now)]
            case CancelOrder(order):
                reports = self.exchange.cancel(order, self.desk.now)
            case ReplaceOrder(order, terms):
                reports = self.exchange.replace(order, terms, self.desk.now)
            case QueryOrder(order):
                showed = self.exchange.look_up(order, self.desk.now)
                ways = Capabilities().absence_endpoints
                missing = [i.VenueMissing(order, way, control=True, at=self.desk.now) for way in ways]
                reports = [*missing] if showed is None else [showed]
            case None:
                pass
        return reports

    # -- what there is --

    def check(self) -> None:
        """Both have the same money, positions and open orders; the record leads to the same book."""
        held = self.desk.book.state.holdings(ALPHA)
        assert {symbol: quantity for symbol, quantity in held.items() if quantity} == self.exchange.positions(
            ALPHA
        )
        assert self.desk.cash() == self.exchange.cash(ALPHA)
        live = {order.id: order for order in self.open()}
        assert sorted(live) == sorted(self.exchange.open_orders(ALPHA))
        for order in live.values():
            showed = self.exchange.look_up(order.id)
            assert showed is not None, order
            ours = (order.quantity, order.limit_price, order.stop_price)
            terms = (showed.terms.quantity, showed.terms.limit_price, showed.terms.stop_price)
            theirs = tuple(None if number is None else from_nano(number) for number in terms)
            assert ours == theirs
            assert order.request.instrument == showed.instrument
        assert self.desk.book.state.accounts[ALPHA].fees == self.exchange.fees(ALPHA)
        for id_, known in self.desk.book.state.orders.items():
            showed = self.exchange.look_up(id_)
            if showed is not None and not self.desk.book.state.splits:
                traded = sum(done.quantity for done in showed.executions)
                assert known.filled == from_nano(Nano(traded)), id_
        self.desk.check_record()

    def open(self) -> list[Order]:
        """The orders that the book believes to live at the exchange."""
        state = self.desk.book.state
        ids = (id_ for own in state.open.get(ALPHA, {}).values() for id_ in own)
        return [state.orders[id_] for id_ in ids if state.orders[id_].state is not OrderState.NEW]
