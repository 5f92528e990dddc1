"""From steps to table rows.

`note` is told each step after the book has taken it in, and remembers which orders, positions and accounts it
touched; `changes` writes down what they are by then. However many steps lie between, a row is written once, and the
tables come out the same for any grouping of the steps.
"""

from collections.abc import Callable
from typing import Any, get_args

from kedge.domain import amendments as am
from kedge.domain import changes as ch
from kedge.domain import disasters as ds
from kedge.domain import events as ev
from kedge.domain import governing as gv
from kedge.domain import kill as kl
from kedge.domain import setups as st
from kedge.domain.accounts import Account
from kedge.domain.events import Event
from kedge.domain.ids import AccountId, OrderId, PositionId, SignalId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import from_nano, use_exact_arithmetic
from kedge.domain.orders import Order, OrderRequest
from kedge.domain.positions import Position
from kedge.domain.signals import Signal
from kedge.domain.steps import Step, signal_in
from kedge.journal import lines, tables
from kedge.journal.lines import NO_TIMING, Score, Timing
from kedge.journal.tables import Changes, Line, Table
from kedge.kernel.state import BookState


class Projection:
    """Collects what steps change in the readable tables of one book; `view` is the book after them."""

    def __init__(self, view: BookState) -> None:
        self._view = view
        self._book = view.book
        self._orders: dict[OrderId, Order] = {}
        self._timings: dict[OrderId, Timing] = {}
        self._positions: dict[PositionId, tuple[Position, Instant]] = {}
        self._accounts: dict[AccountId, tuple[Account, Instant]] = {}
        self._scores: dict[tuple[AccountId, str], Score] = {}
        self._strategies: dict[str, Instant] = {}
        self._lines: dict[str, dict[tuple[Any, ...], Line]] = {}
        # Every other event is about an order and changes nothing else.
        self._takers: dict[type[Event], Callable[[Any, Step], object]] = {
            ev.RunStarted: self._run,
            ev.StopMoved: self._nothing,  # the order's own event follows
            ev.TargetMoved: self._nothing,
            ev.RoomNoted: self._nothing,
            ev.InstrumentDefined: self._instrument,
            ev.AccountDefined: self._account,
            ev.TradingStateChanged: self._trading_state,
            ev.FrontChanged: self._nothing,
            ev.MarketPhaseChanged: self._nothing,
            ev.HaltChanged: self._nothing,
            ev.ClosingBegan: self._nothing,
            ev.SignalQueued: self._nothing,
            ev.SignalTaken: self._nothing,
            ev.SignalJudged: self._signal,
            ev.SignalRepeated: self._nothing,
            ev.OrderHeld: self._held,
            ev.OrderSubmitted: self._submitted,
            ev.OrderReleased: self._released,
            ev.OrderAccepted: self._accepted,
            ev.OrderFilled: self._filled,
            ev.OrderRestored: self._restored,
            ev.PositionOpened: self._position,
            ev.PositionGrown: self._position,
            ev.PositionReduced: self._position,
            ev.PositionClosed: self._closed,
            ch.ContractSettled: self._nothing,  # the position's own event follows
            ch.SharesSplit: self._nothing,
            ev.DustLeft: self._dust,
            ev.DustTaken: self._dust,
            ev.DustSold: self._dust,
            ch.DustRescaled: self._dust,
            ev.ExposureNoted: self._nothing,
            ev.ExposureEnded: self._nothing,
            ev.ProtectionWaived: self._nothing,
            ds.DisasterStopNoted: self._nothing,
            ds.DisasterStopEnded: self._nothing,
            ch.InstrumentChanged: self._nothing,
            ch.UnallocatedChanged: self._unallocated,
            ch.SymbolChanged: self._moved,
            ch.PositionRescaled: self._position,
            am.FillBusted: self._busted,
            am.FillCorrected: self._corrected,
            am.PositionRestated: self._restated,
            am.TradeAnnulled: self._annulled,
            am.TradeRestated: self._trade_restated,
            **dict.fromkeys(get_args(gv.Governing), self._nothing),
            **dict.fromkeys(get_args(kl.Killing), self._nothing),
            st.StrategyDefined: self._strategy_defined,
            st.PanelNoted: self._nothing,  # one a bar: too many to write a row for each of its strategies
            st.StrategyMoved: self._nothing,
            **dict.fromkeys((st.StrategyDropped, st.SessionBegan, st.StrategyFailed), self._strategic),
            **dict.fromkeys((st.SetupMissed, st.SetupAnswered), self._setup),
            st.SetupFound: self._setup_found,
            ev.Anomaly: self._nothing,
        }

    def note(self, step: Step) -> None:
        """Remember what a step touched; the view must have taken it in."""
        for event in step.events:
            self._takers.get(type(event), self._order)(event, step)

    def changes(self) -> Changes:
        """The rows to write since the last call."""
        use_exact_arithmetic()
        view = self._view
        for account, at in self._accounts.values():
            self._write(tables.ACCOUNTS, lines.account_line(self._book, view.trading, account, at))
        for position, at in self._positions.values():
            instrument = view.instruments[position.instrument]
            self._write(tables.POSITIONS, lines.open_position_line(self._book, instrument, position, at))
        for (account_id, strategy), score in self._scores.items():
            self._write(tables.STRATEGY_STATE, lines.strategy_line(self._book, account_id, strategy, score))
        for strategy, at in self._strategies.items():
            known = view.strategies.get(strategy)
            if known is None:
                self._strike(tables.STRATEGIES, strategy)
            else:
                self._write(tables.STRATEGIES, lines.own_strategy_line(self._book, known, at))
        changes = {name: list(written.values()) for name, written in self._lines.items()}
        if self._orders:
            timings = self._timings
            changes[tables.ORDERS.name] = [
                lines.order_line(self._book, order, timings.get(order_id, NO_TIMING))
                for order_id, order in self._orders.items()
            ]
        self._forget()
        return changes

    def _forget(self) -> None:
        self._orders.clear()
        self._timings.clear()
        self._positions.clear()
        self._accounts.clear()
        self._scores.clear()
        self._strategies.clear()
        self._lines.clear()

    # -- what each event touches --

    def _order(self, event: Any, _step: Step) -> None:
        self._touch(event.order)

    def _held(self, event: ev.OrderHeld, step: Step) -> None:
        self._touch(event.request.id)
        self._time_signal(event.request, step)

    def _submitted(self, event: ev.OrderSubmitted, step: Step) -> None:
        self._time_signal(event.request, step)
        for request in (event.request, *event.legs):
            self._sent(request.id, step)

    def _released(self, event: ev.OrderReleased, step: Step) -> None:
        self._sent(event.request.id, step)

    def _accepted(self, event: ev.OrderAccepted, step: Step) -> None:
        self._touch(event.order)
        timing = self._timing(event.order)
        timing.accepted = timing.accepted or step.at

    def _filled(self, event: ev.OrderFilled, step: Step) -> None:
        order = self._touch(event.order)
        if order is None:
            return
        at = event.execution.at or step.at
        timing = self._timing(event.order)
        timing.first_fill = timing.first_fill or at
        timing.last_fill = at
        if timing.expected_price is None:  # the signal named none: the price that the order itself waited for
            waited_for = order.limit_price if order.stop_price is None else order.stop_price
            timing.expected_price = lines.text(waited_for)
        self._write(
            tables.FILLS, lines.fill_line(self._book, order, event.execution, at, step.at, late=event.late)
        )

    def _restored(self, event: ev.OrderRestored, _step: Step) -> None:
        self._touch(event.order.id)

    def _moved(self, event: ch.SymbolChanged, step: Step) -> None:
        position = self._view.position(event.account, event.new_symbol)
        if position is not None:
            self._positions[position.id] = (position, step.at)
        if event.account in self._view.dust:
            for symbol in (event.instrument, event.new_symbol):
                self._write_dust(event.account, symbol, step.at)
        for order in self._view.open_orders(event.account, event.new_symbol):
            self._touch(order.id)

    def _position(
        self,
        event: ev.PositionOpened | ev.PositionGrown | ev.PositionReduced | ch.PositionRescaled,
        step: Step,
    ) -> None:
        self._touch_account(event.account, step)
        position = self._view.position(event.account, event.instrument)
        if position is not None:  # None: closed again in the same step
            self._positions[position.id] = (position, step.at)

    def _dust(self, event: ev.DustLeft | ev.DustTaken | ev.DustSold | ch.DustRescaled, step: Step) -> None:
        self._touch_account(event.account, step)
        self._write_dust(event.account, event.instrument, step.at)

    def _write_dust(self, account: AccountId, symbol: Symbol, at: Instant) -> None:
        dust = self._view.dust.get(account, {}).get(symbol)
        if dust is None:
            self._strike(tables.DUST, account, symbol)
        else:
            self._write(tables.DUST, lines.dust_line(self._book, account, symbol, dust, at))

    def _unallocated(self, event: ch.UnallocatedChanged, step: Step) -> None:
        if event.quantity:
            self._write(tables.UNALLOCATED, lines.unallocated_line(self._book, event, step.at))
        else:
            self._strike(tables.UNALLOCATED, event.venue, event.account, event.instrument)

    def _closed(self, event: ev.PositionClosed, step: Step) -> None:
        use_exact_arithmetic()
        self._touch_account(event.account, step)
        self._positions.pop(event.position, None)
        instrument = self._view.instruments[event.instrument]
        self._write(tables.POSITIONS, lines.closed_position_line(self._book, event, step.at))
        self._write(tables.TRADES, lines.trade_line(self._book, instrument, event, step.at, event.order))
        self._score(event, step.at)

    def _busted(self, event: am.FillBusted, _step: Step) -> None:
        self._touch(event.order)
        self._strike(tables.FILLS, event.order, event.execution)

    def _corrected(self, event: am.FillCorrected, step: Step) -> None:
        order, now, was = self._touch(event.order), event.now, event.was
        if order is not None and now is not None and was is not None:
            at = now.at or was.at or step.at
            self._write(tables.FILLS, lines.fill_line(self._book, order, now, at, step.at, late=False))

    def _restated(self, event: am.PositionRestated, step: Step) -> None:
        self._touch_account(event.account, step)
        self._touch(event.order)
        for gone in event.gone:
            self._positions.pop(gone, None)
            self._strike(tables.POSITIONS, gone)
        position = self._view.position(event.account, event.instrument)
        if event.holding is not None and position is not None:  # None: closed again in the same step
            self._positions[position.id] = (position, step.at)

    def _annulled(self, event: am.TradeAnnulled, step: Step) -> None:
        use_exact_arithmetic()
        self._touch_account(event.account, step)
        self._strike(tables.TRADES, event.position)
        self._score(event, step.at, -1)

    def _trade_restated(self, event: am.TradeRestated, step: Step) -> None:
        use_exact_arithmetic()
        self._touch_account(event.account, step)
        self._positions.pop(event.position, None)
        instrument = self._view.instruments[event.instrument]
        self._write(tables.POSITIONS, lines.closed_position_line(self._book, event, event.closed))
        line = lines.trade_line(self._book, instrument, event, event.closed, event.exit_order)
        self._write(tables.TRADES, line)
        self._score(event, step.at)

    def _signal(self, event: ev.SignalJudged, step: Step) -> None:
        asked = _signal_of(step, event.signal)
        self._write(tables.SIGNALS, lines.signal_line(self._book, event, asked, step.at))

    def _strategy_defined(self, event: st.StrategyDefined, step: Step) -> None:
        self._strategies[event.terms.id] = step.at

    def _strategic(self, event: st.StrategyDropped | st.SessionBegan | st.StrategyFailed, step: Step) -> None:
        self._strategies[event.strategy] = step.at

    def _setup_found(self, event: st.SetupFound, step: Step) -> None:
        self._write_setup(event.strategy, event.signal.id, step)

    def _setup(self, event: st.SetupMissed | st.SetupAnswered, step: Step) -> None:
        self._write_setup(event.strategy, event.signal, step)

    def _write_setup(self, strategy: str, signal: SignalId, step: Step) -> None:
        self._strategies[strategy] = step.at
        known = self._view.strategies.get(strategy)
        found = None if known is None else known.setup(signal)
        if known is not None and found is not None:
            self._write(tables.SETUPS, lines.setup_line(self._book, known.terms, found, step.at))

    def _account(self, event: ev.AccountDefined, step: Step) -> None:
        self._touch_account(event.terms.id, step)
        self._write(tables.BROKER_ACCOUNTS, lines.broker_account_line(self._book, event.terms, step.at))

    def _trading_state(self, event: ev.TradingStateChanged, step: Step) -> None:
        for account in self._view.accounts if event.account is None else (event.account,):
            self._touch_account(account, step)

    def _instrument(self, event: ev.InstrumentDefined, step: Step) -> None:
        self._write(tables.SYMBOLS, lines.symbol_line(self._book, event.instrument, step.at))

    def _run(self, event: ev.RunStarted, step: Step) -> None:
        self._write(tables.RUNS, lines.run_line(self._book, step.number, event, step.at))

    def _nothing(self, _event: Event, _step: Step) -> None:
        """Only the record tells of it."""

    # -- collecting --

    def _touch(self, order_id: OrderId) -> Order | None:
        order = self._view.orders.get(order_id)
        if order is not None:  # None: a person asked about an order that never was
            self._orders[order_id] = order
        return order

    def _touch_account(self, account_id: AccountId, step: Step) -> None:
        account = self._view.accounts.get(account_id)
        if account is not None:
            self._accounts[account_id] = (account, step.at)

    def _timing(self, order_id: OrderId) -> Timing:
        timing = self._timings.get(order_id)
        if timing is None:
            timing = self._timings[order_id] = Timing()
        return timing

    def _sent(self, order_id: OrderId, step: Step) -> None:
        self._touch(order_id)
        timing = self._timing(order_id)
        timing.sent = timing.sent or step.at

    def _time_signal(self, request: OrderRequest, step: Step) -> None:
        """Keep what the signal expected, when it is this order's signal that arrived."""
        signal = None if request.signal is None else _signal_of(step, request.signal)
        if signal is None:
            return
        timing = self._timing(request.id)
        timing.signal_time = timing.signal_time or signal.ts
        timing.expected_price = timing.expected_price or lines.text_of_nano(signal.expected_price)

    def _score(
        self, event: ev.PositionClosed | am.TradeRestated | am.TradeAnnulled, at: Instant, sign: int = 1
    ) -> None:
        if event.strategy is None:
            return
        if event.strategy in self._view.strategies:
            self._strategies[event.strategy] = at
        score = self._scores.setdefault((event.account, event.strategy), Score())
        score.trades += sign
        score.wins += sign * (event.pnl > 0)
        score.losses += sign * (event.pnl < 0)
        score.pnl += sign * from_nano(event.pnl)
        score.updated = at

    def _strike(self, table: Table, *key: str) -> None:
        self._write(table, (self._book, *key))

    def _write(self, table: Table, line: Line) -> None:
        written = self._lines.get(table.name)
        if written is None:
            written = self._lines[table.name] = {}
        written[line[: table.keys]] = line


def _signal_of(step: Step, id_: SignalId) -> Signal | None:
    """The signal that a step is about: the one that arrived, or one that was taken up in it."""
    brought = signal_in(step.cause, id_)
    if brought is not None:
        return brought
    taken = (event.signal for event in step.events if isinstance(event, ev.SignalTaken))
    return next((signal for signal in taken if signal.id == id_), None)
