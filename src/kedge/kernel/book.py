"""The book: one owner's accounts, orders and positions, and the only two doors to them.

`handle` takes an input and returns the events that it leads to, already applied. `apply` folds recorded events. Both
change the state by the same table, so a restart arrives where the last process was.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from kedge.domain import changes as c
from kedge.domain import events as e
from kedge.domain import governing as g
from kedge.domain import inputs as i
from kedge.domain import kill as k
from kedge.domain.amendments import PositionRestated
from kedge.domain.headroom import Headroom
from kedge.domain.ids import AccountId, BookId, SignalId, Symbol
from kedge.domain.instants import NEVER, Instant
from kedge.domain.numbers import Ticks, to_nano, use_exact_arithmetic
from kedge.domain.protection import Levels
from kedge.domain.signals import Signal
from kedge.domain.steps import Step
from kedge.kernel.adapt import on_levels
from kedge.kernel.answering import answer_setups
from kedge.kernel.apply import APPLY
from kedge.kernel.approval import next_lapse, on_approval
from kedge.kernel.disaster import next_disaster_look
from kedge.kernel.distrust import distrust
from kedge.kernel.follow import on_milestone
from kedge.kernel.govern import govern, on_day, on_mark, on_release, on_strategy
from kedge.kernel.guard import guard, next_look, touched_by
from kedge.kernel.headroom import headroom
from kedge.kernel.holding import TimeOut, next_time_out
from kedge.kernel.jumps import Jumps
from kedge.kernel.kill_switch import on_kill, take_away
from kedge.kernel.leaving import on_leaving
from kedge.kernel.marks import Marks
from kedge.kernel.on_bar import on_bar_judged
from kedge.kernel.on_change import on_action, on_renamed, on_settled, on_split
from kedge.kernel.on_clock import on_clock
from kedge.kernel.on_contract import on_front
from kedge.kernel.on_held import on_held
from kedge.kernel.on_listed import on_listed
from kedge.kernel.on_market import (
    Closing,
    awaited,
    next_closing,
    on_halt,
    on_market,
    on_open_reached,
    waiting,
)
from kedge.kernel.on_operator import on_cancel, on_replace, on_trading_state
from kedge.kernel.on_report import on_report
from kedge.kernel.on_signal import on_signal
from kedge.kernel.on_start import (
    on_account,
    on_instrument,
    on_owners,
    on_recalled,
    on_reconnect,
    on_start,
    on_stranger,
)
from kedge.kernel.on_strategies import on_strategies
from kedge.kernel.retrying import next_retry
from kedge.kernel.sharing import announce_opposed
from kedge.kernel.state import BookState
from kedge.kernel.stop_limit import on_price
from kedge.kernel.sums import Sums
from kedge.kernel.triggers import Triggers
from kedge.kernel.turn import Turn
from kedge.kernel.what_if import WhatIf, what_if

DECIDE: dict[type, Callable[[Turn, Any], None]] = {
    i.EngineStarted: on_start,
    i.InstrumentDeclared: on_instrument,
    i.AccountDeclared: on_account,
    i.OwnersDeclared: on_owners,
    i.StrategiesDeclared: on_strategies,
    i.BarJudged: on_bar_judged,
    i.FrontDeclared: on_front,
    i.MarketPhased: on_market,
    i.HaltSeen: on_halt,
    i.ActionTaken: on_action,
    i.OpenReached: on_open_reached,
    i.SignalArrived: on_signal,
    i.ClockTicked: on_clock,
    i.TriggerReached: on_price,
    i.EntryLeaving: on_leaving,
    i.MilestoneReached: on_milestone,
    i.MarkReached: on_mark,
    i.DayTurned: on_day,
    i.ReleaseAsked: on_release,
    i.StrategyAsked: on_strategy,
    i.ApprovalAsked: on_approval,
    i.LevelsSeen: on_levels,
    i.CancelAsked: on_cancel,
    i.ReplaceAsked: on_replace,
    i.TradingStateAsked: on_trading_state,
    i.KillAsked: on_kill,
    i.OrderRecalled: on_recalled,
    i.VenueAccepted: on_report,
    i.VenueRejected: on_report,
    i.VenueFilled: on_report,
    i.VenueCancelled: on_report,
    i.VenueExpired: on_report,
    i.VenueReplaced: on_report,
    i.VenueRefused: on_report,
    i.VenueSilent: on_report,
    i.VenueMissing: on_report,
    i.VenueBusted: on_report,
    i.VenueCorrected: on_report,
    i.VenueShowed: on_report,
    i.VenueReconnected: on_reconnect,
    i.VenueSettled: on_settled,
    i.VenueSplit: on_split,
    i.VenueRenamed: on_renamed,
    i.VenueHeld: on_held,
    i.VenueListed: on_listed,
    i.StrangerSeen: on_stranger,
}
# The events that arm, move or disarm an order that the engine holds, or watches at its venue.
_MOVES_TRIGGER: dict[type, None] = dict.fromkeys(
    (
        e.InstrumentDefined,
        e.OrderAccepted,
        e.OrderEnded,
        e.OrderFilled,
        e.OrderHeld,
        e.OrderProvenAbsent,
        e.OrderReleased,
        e.OrderReplaced,
        e.OrderRevived,
        e.OrderTriggered,
        c.OrderRescaled,
    )
)
# The events that change whose positions are to be closed when, and which signals may go.
_MOVES_HOURS: dict[type, None] = dict.fromkeys(
    (
        e.AccountDefined,
        e.ClosingBegan,
        e.FrontChanged,
        e.InstrumentDefined,
        e.MarketPhaseChanged,
        e.SignalQueued,
        e.SignalTaken,
    )
)
# The events that change when a position has been held for long enough, or that it is being closed already.
_MOVES_TIME_OUT: dict[type, None] = dict.fromkeys(
    (
        e.AccountDefined,
        e.PositionOpened,
        e.PositionClosed,
        e.SignalJudged,
        e.OrderHeld,
        e.OrderSubmitted,
        e.OrderReleased,
        e.OrderRevived,
        e.OrderEnded,
        e.OrderProvenAbsent,
        e.OrderFilled,
        e.OrderAccepted,  # what the engine held is on its way by it, against all expectation
        e.ClosingBegan,
        e.MarketPhaseChanged,
        c.SymbolChanged,
        g.DayBegan,
        g.LimitBreached,
        g.LockReleased,
        k.KillOrdered,
        e.TradingStateChanged,
        PositionRestated,
    )
)
_OF_AN_ORDER = (
    e.OrderAccepted,
    e.OrderEnded,
    e.OrderFilled,
    e.OrderProvenAbsent,
    e.OrderReplaced,
    e.OrderRevived,
    e.OrderTriggered,
    c.OrderRescaled,
)
_NO_LEVELS: Mapping[SignalId, Levels] = MappingProxyType({})
_NO_SIGNALS: list[Signal] = []
_STATE_ENCODER = msgspec.json.Encoder()  # JSON: MessagePack has no integers above 64 bits
_STATE_DECODER = msgspec.json.Decoder(BookState)


class Book:
    """One book."""

    def __init__(self, state: BookState) -> None:
        """Begin from a state: an empty one, or one out of a snapshot."""
        use_exact_arithmetic()
        self.state = state
        self.refresh()

    @classmethod
    def empty(cls, book: BookId) -> "Book":
        """A book in which nothing has happened yet."""
        return cls(BookState(book))

    def handle(self, input_: i.Input) -> list[e.Event]:
        """Decide what follows from an input. No events: it changed nothing and needs no record."""
        use_exact_arithmetic()
        state = self.state
        turn = Turn(state, max(state.last_at, input_.at), self._sums)
        DECIDE[type(input_)](turn, input_)
        if turn.events:
            self._see_through(turn)
        return turn.events

    def step(self, input_: i.Input) -> Step | None:
        """`handle`, as the record that the journal keeps."""
        events = self.handle(input_)
        return Step(self.state.step, self.state.last_at, input_, events) if events else None

    def what_if(self, arrived: i.SignalArrived) -> WhatIf:
        """How a signal would be judged now; nothing comes of it."""
        use_exact_arithmetic()
        return what_if(Turn(self.state, max(self.state.last_at, arrived.at), self._sums), arrived)

    def waiting_for(self, instrument: Symbol) -> list[Signal]:
        """The signals that are judged on the next price of an instrument: hardly ever any."""
        return (
            waiting(self.state, instrument) if self._awaited and instrument in self._awaited else _NO_SIGNALS
        )

    def on_quote(
        self,
        instrument: Symbol,
        bid: Ticks,
        ask: Ticks,
        at: Instant,
        levels: Mapping[SignalId, Levels] = _NO_LEVELS,
    ) -> list[Step]:
        """Take a quote in; almost always it crosses nothing and that is all there is to do.

        `levels` are those of this moment, for the signals that wait for it.
        """
        if not 0 < bid <= ask:
            return _NO_STEPS  # crossed or absurd: no price to act on
        watch = self.triggers.watches.get(instrument)
        if watch is None:
            watch = self.triggers.watch(instrument)
        watch.bid = bid
        watch.ask = ask
        watch.at = at
        if self._jumps is not None:
            self._jumps.note(instrument, bid, at)
        if self._awaited and instrument in self._awaited:
            return self._open(instrument, bid, ask, at, levels) + self._release(instrument, bid, ask, at)
        if watch.bid_floor < bid < watch.bid_ceiling and watch.ask_floor < ask < watch.ask_ceiling:
            return _NO_STEPS
        return self._release(instrument, bid, ask, at)

    def forget_price(self, instrument: Symbol) -> None:
        """The last quote means nothing any more, as after a split."""
        self.triggers.forget_price(instrument)
        if self._jumps is not None:
            self._jumps.forget(instrument)

    def quote(self, instrument: Symbol) -> tuple[Ticks | None, Ticks | None]:
        """The last bid and ask."""
        watch = self.triggers.watches.get(instrument)
        return (None, None) if watch is None else (watch.bid, watch.ask)

    def quoted_at(self, instrument: Symbol) -> Instant | None:
        """When the last quote was made."""
        watch = self.triggers.watches.get(instrument)
        return None if watch is None or watch.bid is None else watch.at

    def jumped_from(self, instrument: Symbol) -> Ticks | None:
        """The bid of the last seconds that is farthest from the one now; None where no account asks for it."""
        bid = self.quote(instrument)[0]
        return None if self._jumps is None or bid is None else self._jumps.farthest_from(instrument, bid)

    def headroom(self, account: AccountId, at: Instant, equity: Decimal | None = None) -> Headroom:
        """How much room the account has left under each of its rules; `equity`: at the last prices, where known."""
        use_exact_arithmetic()
        return headroom(self.state, self._sums, account, at, self._last_bid, equity)

    def apply(self, event: e.Event, at: Instant, step: int) -> None:
        """Fold one recorded event."""
        use_exact_arithmetic()
        state = self.state
        APPLY[type(event)](state, event, at)
        state.seq += 1
        state.step = step
        state.last_at = at

    def refresh(self) -> None:
        """Rebuild what is only cache, after folding."""
        self.triggers = Triggers(self.state)
        self._sums = Sums(self.state)
        self._marks = Marks(self.state, self._sums, self.triggers)
        self._closing: Closing | None = None  # None: to be looked for
        self._time_out: TimeOut | None = None  # the same
        self._awaited = awaited(self.state)
        self._jumps = self._asked_for_jumps()

    def next_deadline(self) -> Instant:
        """When the clock has to be handed in next, whatever else happens."""
        agenda = self.state.agenda
        orders = agenda[0][0] if agenda else NEVER
        state = self.state
        looks = min(next_look(state), next_retry(state), next_lapse(state), next_disaster_look(state))
        return min(orders, self._next_closing().at, looks, self._next_time_out().at)

    def is_due(self, now: Instant) -> bool:
        """Whether a deadline has passed."""
        return self.next_deadline() <= now

    def snapshot(self) -> bytes:
        """The state as bytes; `Book.restored` takes them back."""
        return _STATE_ENCODER.encode(self.state)

    @classmethod
    def restored(cls, snapshot: bytes) -> "Book":
        """A book from a snapshot of this program version's schema."""
        return cls(_STATE_DECODER.decode(snapshot))

    def _asked_for_jumps(self) -> Jumps | None:
        asked = any(each.terms.filters.max_jump_pct is not None for each in self.state.accounts.values())
        return Jumps() if asked else None

    def _see_through(self, turn: Turn) -> None:
        """What has to follow from any events; then what is only cache is brought up to date with them."""
        decided = len(turn.events)
        touched = guard(turn)
        distrust(turn)
        govern(turn)
        take_away(turn)
        announce_opposed(turn)
        answer_setups(turn)
        if len(turn.events) > decided:
            touched = touched_by(turn)
        self.state.step += 1
        self.state.last_at = turn.at
        for event in turn.events:
            self._watch(event)
        for account, instrument in touched:
            self._follow(account, instrument)
        _ = turn.sums  # the last events are counted, before the marks are dealt by what they come to
        for event in turn.events:
            self._marks.note(event)

    def _last_bid(self, instrument: Symbol) -> Decimal | None:
        bid = self.quote(instrument)[0]
        return None if bid is None else self.state.instruments[instrument].price(bid)

    def _next_closing(self) -> Closing:
        if self._closing is None:
            self._closing = next_closing(self.state)
        return self._closing

    def _next_time_out(self) -> TimeOut:
        if self._time_out is None:
            self._time_out = next_time_out(self.state)
        return self._time_out

    def _open(
        self, instrument: Symbol, bid: Ticks, ask: Ticks, at: Instant, levels: Mapping[SignalId, Levels]
    ) -> list[Step]:
        reached = i.OpenReached(instrument=instrument, bid=bid, ask=ask, levels=dict(levels), at=at)
        step = self.step(reached)
        return [] if step is None else [step]

    def _release(self, instrument: Symbol, bid: Ticks, ask: Ticks, at: Instant) -> list[Step]:
        use_exact_arithmetic()
        definition = self.state.instruments[instrument]
        steps = []
        for price, target in self.triggers.watch(instrument).crossed(bid, ask):
            at_price = to_nano(definition.price(price))
            if isinstance(target, str):
                step = self.step(i.TriggerReached(target, at_price, at=at))
            else:
                step = self.step(i.MilestoneReached(*target, at_price, at=at))
            if step is not None:
                steps.append(step)
        for price, account in self.triggers.watch(instrument).left(bid, ask):
            worth, opposite = (
                to_nano(definition.price(each)) for each in (price, ask if price == bid else bid)
            )
            step = self.step(i.MarkReached(account, instrument, worth, opposite, at=at))
            if step is not None:
                steps.append(step)
        return steps

    def _follow(self, account: AccountId, instrument: Symbol) -> None:
        known = self.state.accounts.get(account)
        if known is not None and known.terms.follow.moves_stops:
            self.triggers.follow(self.state, account, instrument)

    def _watch(self, event: e.Event) -> None:
        if type(event) in _MOVES_HOURS:
            self._closing = None
            self._awaited = awaited(self.state)
        if isinstance(event, c.SharesSplit):
            self.forget_price(event.split.instrument)
        if type(event) in _MOVES_TIME_OUT:
            self._time_out = None
        if isinstance(event, c.SymbolChanged):
            self.triggers.rearm(self.state)
            self.triggers.follow(self.state, event.account, event.instrument)
        if isinstance(event, e.AccountDefined):
            self._jumps = self._jumps or self._asked_for_jumps()
            for instrument in self.state.positions.get(event.terms.id, {}):
                self.triggers.follow(self.state, event.terms.id, instrument)
        if type(event) not in _MOVES_TRIGGER:
            return
        if isinstance(event, e.InstrumentDefined):
            self.triggers.rearm(self.state)
            return
        if isinstance(event, (e.OrderHeld, e.OrderReleased)):
            order_id = event.request.id
        else:
            assert isinstance(event, _OF_AN_ORDER)
            order_id = event.order
        order = self.state.orders.get(order_id)
        if order is not None:
            self.triggers.update(self.state, order)


_NO_STEPS: list[Step] = []
