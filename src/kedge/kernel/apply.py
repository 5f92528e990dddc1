"""What each event does to the state: the only code that changes a book, live and when folding.

One function an event version, found by a table. They set what the event says and decide nothing, so that they never
have to change: a new version of an event comes with a function of its own.
"""

from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from typing import Any

from msgspec.structs import replace

from kedge.domain import events as e
from kedge.domain.accounts import Account
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.instants import NEVER, Instant
from kedge.domain.lifecycle import UNANSWERED_STATES, OrderState, is_final
from kedge.domain.numbers import ZERO, Nano, from_nano
from kedge.domain.orders import Holder, Order, Role, Terms, order_from
from kedge.domain.positions import Position, Word, effect_of
from kedge.kernel.agenda import schedule
from kedge.kernel.apply_amendment import APPLY_AMENDMENT
from kedge.kernel.apply_change import APPLY_CHANGE
from kedge.kernel.apply_disaster import APPLY_DISASTER
from kedge.kernel.apply_dust import APPLY_DUST
from kedge.kernel.apply_governing import (
    APPLY_GOVERNING,
    note_message,
    note_order,
    note_outcome,
    note_trade_result,
    opened,
)
from kedge.kernel.apply_kill import APPLY_KILL, end_kill, note_refusal
from kedge.kernel.apply_strategies import APPLY_STRATEGIES, note_own_trade
from kedge.kernel.state import (
    CLOSED_ORDERS_KEPT,
    FRONTS_KEPT,
    SIGNALS_KEPT,
    BookState,
    Dust,
    Exposure,
    Judged,
    Queued,
    Retry,
)
from kedge.kernel.story import note_dust, note_growth, note_money, note_opening, note_rest, note_trade

WANTED_KEPT = 8  # replaces whose late answer is still known for an old one
_MovesCash = e.PositionOpened | e.PositionGrown | e.PositionReduced | e.PositionClosed


def _run_started(state: BookState, event: e.RunStarted, at: Instant) -> None:
    if (event.journal_id, event.nonce) != (state.journal_id, state.nonce):
        state.counter = 0  # counting on under a known prefix: no id is ever minted twice
    state.journal_id = event.journal_id
    state.nonce = event.nonce
    state.epoch = event.epoch


def _instrument_defined(state: BookState, event: e.InstrumentDefined, at: Instant) -> None:
    instrument = event.instrument
    before = state.instruments.get(instrument.symbol)
    state.instruments[instrument.symbol] = instrument
    if before is not None and before.root:
        del state.contracts[Symbol(before.root)][instrument.symbol]
    if instrument.root:
        state.contracts.setdefault(Symbol(instrument.root), {})[instrument.symbol] = None


def _account_defined(state: BookState, event: e.AccountDefined, at: Instant) -> None:
    id_, held_at = event.terms.id, event.terms.held_at
    known = state.accounts.get(id_)
    if known is None:
        state.accounts[id_] = opened(Account(event.terms, cash=event.terms.cash))
        state.sharers.setdefault(held_at, []).append(id_)
        return
    if known.terms.held_at != held_at:
        before = state.sharers[known.terms.held_at]
        before.remove(id_)
        if not before:
            del state.sharers[known.terms.held_at]
        state.sharers.setdefault(held_at, []).append(id_)
    known.terms = event.terms


def _trading_state_changed(state: BookState, event: e.TradingStateChanged, at: Instant) -> None:
    if event.account is None:
        state.trading = event.state
    else:
        state.accounts[event.account].state = event.state
    end_kill(state, event)


def _front_changed(state: BookState, event: e.FrontChanged, at: Instant) -> None:
    state.fronts[event.root] = event.contract
    since = state.front_since.setdefault(event.root, {})
    since.pop(event.contract, None)
    since[event.contract] = at
    if len(since) > FRONTS_KEPT:
        del since[next(iter(since))]


def _market_phase_changed(state: BookState, event: e.MarketPhaseChanged, at: Instant) -> None:
    state.markets[event.market] = event.hours


def _halt_changed(state: BookState, event: e.HaltChanged, at: Instant) -> None:
    if event.reason:
        state.halted[event.instrument] = event.reason
    else:
        state.halted.pop(event.instrument, None)


def _closing_began(state: BookState, event: e.ClosingBegan, at: Instant) -> None:
    state.closings.setdefault(event.account, {})[event.market] = event.close


def _signal_queued(state: BookState, event: e.SignalQueued, at: Instant) -> None:
    state.queue[event.signal.id] = Queued(event.signal, event.due, event.levels)


def _signal_taken(state: BookState, event: e.SignalTaken, at: Instant) -> None:
    state.queue.pop(event.signal.id, None)
    state.held.pop(event.signal.id, None)


def _signal_judged(state: BookState, event: e.SignalJudged, at: Instant) -> None:
    state.signals.pop(event.signal, None)  # judged again: it is the newest then
    state.signals[event.signal] = Judged(event.digest, event.outcome, event.code, event.order, at)
    if len(state.signals) > SIGNALS_KEPT + SIGNALS_KEPT // 4:
        for oldest in list(islice(state.signals, SIGNALS_KEPT // 4)):
            del state.signals[oldest]


def _order_held(state: BookState, event: e.OrderHeld, at: Instant) -> None:
    order = order_from(event.request, OrderState.NEW, at)
    order.cancel_at = event.cancel_at
    order.intent = event.intent
    _add(state, order)


def _order_submitted(state: BookState, event: e.OrderSubmitted, at: Instant) -> None:
    pending = OrderState.PENDING_NEW
    for request in (event.request, *event.legs):
        order = order_from(request, pending, at)
        order.sent_at = at
        order.deadline = event.answer_by
        if request is event.request:
            order.cancel_at = event.cancel_at
            order.intent = event.intent
        _add(state, order)
    if event.request.role is not Role.ENTRY:
        for leg in event.legs:
            state.orders[event.request.id].pair, state.orders[leg.id].pair = leg.id, event.request.id
    note_order(state, event.request, len(event.legs), at)


def _order_triggered(state: BookState, event: e.OrderTriggered, at: Instant) -> None:
    order = state.orders[event.order]
    order.reached = event.price
    order.updated = at


def _order_released(state: BookState, event: e.OrderReleased, at: Instant) -> None:
    order = state.orders[event.request.id]
    order.request = event.request
    order.quantity = from_nano(event.request.quantity)
    if event.request.holder is Holder.ENGINE:  # not an exit that waited for its place and for no price
        order.level = order.limit_price if order.stop_price is None else order.stop_price
    order.limit_price = None if event.request.limit_price is None else from_nano(event.request.limit_price)
    order.stop_price = None if event.request.stop_price is None else from_nano(event.request.stop_price)
    order.sent_at = at
    order.deadline = event.answer_by
    _set(state, order, OrderState.PENDING_NEW, at)
    note_order(state, event.request, 0, at)


def _order_accepted(state: BookState, event: e.OrderAccepted, at: Instant) -> None:
    order = state.orders[event.order]
    order.venue_order_id = event.venue_order_id
    note_outcome(state, order.request, rejected=False)
    _answered(order)
    _set(state, order, event.state, at)


def _order_filled(state: BookState, event: e.OrderFilled, at: Instant) -> None:
    order, execution = state.orders[event.order], event.execution
    quantity = from_nano(execution.quantity)
    note_trade(state, order, execution, at)
    order.executions[execution.id] = None
    order.filled += quantity
    order.value += quantity * from_nano(execution.price)
    order.fees += effect_of(execution, order.request.side, state.instruments[order.request.instrument]).fee
    if order.state is OrderState.PENDING_NEW or order.state is OrderState.IN_DOUBT:
        _answered(order)  # a fill proves acceptance
    _set(state, order, event.state, at)


def _order_ended(state: BookState, event: e.OrderEnded, at: Instant) -> None:
    order = state.orders[event.order]
    order.reason = event.reason or order.reason
    if event.state is OrderState.REJECTED:
        note_outcome(state, order.request, rejected=True)
    _answered_for_good(order)
    _set(state, order, event.state, at)


def _order_abandoned(state: BookState, event: e.OrderAbandoned, at: Instant) -> None:
    state.orders[event.order].abandoned = True


def _order_confirmed(state: BookState, event: e.OrderConfirmed, at: Instant) -> None:
    order = state.orders[event.order]
    _answered_for_good(order)
    order.confirmed = at if event.asked is None else event.asked
    _set(state, order, order.state, at)


def _order_revived(state: BookState, event: e.OrderRevived, at: Instant) -> None:
    order = state.orders[event.order]
    state.closed.pop(order.id, None)
    _list_open(state, order)
    _set(state, order, event.state, at)


def _retry_planned(state: BookState, event: e.RetryPlanned, at: Instant) -> None:
    state.retries[event.order] = Retry(
        event.request, event.legs, event.intent, event.due, event.kind, event.course, at
    )


def _retry_over(state: BookState, event: e.OrderRetried | e.OrderGivenUp, at: Instant) -> None:
    state.retries.pop(event.order, None)


def _cancel_submitted(state: BookState, event: e.CancelSubmitted, at: Instant) -> None:
    order = state.orders[event.order]
    note_message(state, order.request.account, at)
    order.reason = event.why
    order.unwanted = event.who != "engine"
    order.withdrawn = True
    order.cancel_at = NEVER
    order.sent_at = at
    order.asked = 0
    order.deadline = event.answer_by
    _set(state, order, OrderState.PENDING_CANCEL, at)


def _cancel_planned(state: BookState, event: e.CancelPlanned, at: Instant) -> None:
    order = state.orders[event.order]
    order.reason = event.why
    order.unwanted = event.who != "engine"
    order.cancel_at = event.cancel_at
    _set(state, order, order.state, at)


def _cancel_refused(state: BookState, event: e.CancelRefused, at: Instant) -> None:
    order = state.orders[event.order]
    order.reason = event.reason
    order.withdrawn = False
    note_refusal(state, order, event.reason)
    _answered(order)
    _refused(order, at)
    _set(state, order, event.state, at)
    position = state.position(order.request.account, order.request.instrument)
    if position is not None and order.request.role is Role.STOP and order.request.parent in position.entries:
        position.waived = False  # it has not been taken away


def _refused(order: Order, at: Instant) -> None:
    order.refusals += 1
    order.refused_at = at


def _replace_submitted(state: BookState, event: e.ReplaceSubmitted, at: Instant) -> None:
    order = state.orders[event.order]
    note_message(state, order.request.account, at)
    order.pending = event.terms
    order.wanted = [*order.wanted, event.terms][-WANTED_KEPT:]
    order.sent_at = at
    order.deadline = event.answer_by
    _set(state, order, OrderState.PENDING_REPLACE, at)


def _order_replaced(state: BookState, event: e.OrderReplaced, at: Instant) -> None:
    order = state.orders[event.order]
    order.refusals = 0
    _set_terms(order, event.terms)
    order.venue_order_id = event.venue_order_id or order.venue_order_id
    if event.state not in UNANSWERED_STATES:
        _answered(order)
    if event.state is not OrderState.PENDING_REPLACE:  # else the venue has changed it by itself
        order.pending = None
    _set(state, order, event.state, at)


def _replace_refused(state: BookState, event: e.ReplaceRefused, at: Instant) -> None:
    order = state.orders[event.order]
    order.reason = event.reason
    order.pending = None
    _refused(order, at)
    if event.state is not OrderState.PENDING_CANCEL:
        _answered(order)
    _set(state, order, event.state, at)


def _stop_moved(state: BookState, event: e.StopMoved, at: Instant) -> None:
    position = state.positions[event.account][event.instrument]
    position.locked = None if event.locked is None else from_nano(event.locked)
    until = None if event.until is None else from_nano(event.until)
    position.word = None if event.word is None else Word(from_nano(event.word), until)


def _target_moved(state: BookState, event: e.TargetMoved, at: Instant) -> None:
    state.orders[event.order].named = event.named


def _room_noted(state: BookState, event: e.RoomNoted, at: Instant) -> None:
    state.positions[event.account][event.instrument].room = from_nano(event.room)


def _order_doubted(state: BookState, event: e.OrderDoubted, at: Instant) -> None:
    order = state.orders[event.order]
    _set(state, order, event.state, at)


def _order_queried(state: BookState, event: e.OrderQueried, at: Instant) -> None:
    order = state.orders[event.order]
    order.asked = event.attempt
    order.deadline = event.ask_at
    if event.owed is not None:
        order.owed = max(order.owed, from_nano(event.owed))
    _set(state, order, order.state, at)


def _order_missed(state: BookState, event: e.OrderMissed, at: Instant) -> None:
    state.orders[event.order].missed = True


def _order_named(state: BookState, event: e.OrderNamed, at: Instant) -> None:
    state.orders[event.order].venue_order_id = event.venue_order_id


def _absence_noted(state: BookState, event: e.AbsenceNoted, at: Instant) -> None:
    state.orders[event.order].absences.append(event.absence)


def _order_proven_absent(state: BookState, event: e.OrderProvenAbsent, at: Instant) -> None:
    order = state.orders[event.order]
    order.reason = "the venue never had the order"
    _answered_for_good(order)
    _set(state, order, OrderState.REJECTED, at)


def _order_restored(state: BookState, event: e.OrderRestored, at: Instant) -> None:
    # A copy: the event is a record, and what happens to the order from here on must not rewrite it.
    recorded = event.order
    order = replace(
        recorded,
        executions=dict(recorded.executions),
        absences=list(recorded.absences),
        rescaled_at=list(recorded.rescaled_at),
        wanted=list(recorded.wanted),
        busted=dict(recorded.busted),
        revisions=dict(recorded.revisions),
    )
    state.orders[order.id] = order
    state.closed[order.id] = None
    _trim_closed(state)


def _position_opened(state: BookState, event: e.PositionOpened, at: Instant) -> None:
    state.counter += 1
    position = Position(
        id=event.position,
        account=event.account,
        instrument=event.instrument,
        opened=at,
        entry_order=event.order,
        stop=None if event.stop is None else from_nano(event.stop),
        risk=None if event.risk is None else from_nano(event.risk),
    )
    state.positions.setdefault(event.account, {})[event.instrument] = position
    note_opening(state, event.account, event.instrument, event.position, event.stop)
    _enter(state, position, event.quantity, event.cost, event.fee)
    _book_cash(state, event, ZERO)


def _position_grown(state: BookState, event: e.PositionGrown, at: Instant) -> None:
    position = state.positions[event.account][event.instrument]
    position.risk = None if event.risk is None else from_nano(event.risk)
    if event.adds:
        position.adds.append(event.order)
    note_growth(state, event.account, event.instrument, event.stop)
    _enter(state, position, event.quantity, event.cost, event.fee)
    _book_cash(state, event, ZERO)


def _position_reduced(state: BookState, event: e.PositionReduced, at: Instant) -> None:
    position = state.positions[event.account][event.instrument]
    gained, before = from_nano(event.gained), position.quantity
    position.quantity = from_nano(event.quantity)
    position.cost = from_nano(event.cost)
    position.realised += gained
    position.fees += from_nano(event.fee)
    position.exit_value += from_nano(event.value)
    state.accounts[event.account].realised += gained
    if event.order is None:
        note_rest(state, event.account, event.instrument, before - position.quantity, event.value)
    _book_cash(state, event, gained)


def _position_closed(state: BookState, event: e.PositionClosed, at: Instant) -> None:
    position = state.positions[event.account].pop(event.instrument)
    account, gained = state.accounts[event.account], from_nano(event.gained)
    account.realised += gained
    account.trades += 1
    account.wins += event.pnl > 0
    account.losses += event.pnl < 0
    note_trade_result(state, event.account, event.pnl)
    note_own_trade(state, event.account, event.strategy, event.pnl)
    if event.order is None:
        note_rest(state, event.account, event.instrument, position.quantity, event.value)
    _book_cash(state, event, gained)


def _dust_left(state: BookState, event: e.DustLeft, at: Instant) -> None:
    by_instrument = state.dust.setdefault(event.account, {})
    known = by_instrument.get(event.instrument, Dust(ZERO, ZERO))
    by_instrument[event.instrument] = Dust(
        known.quantity + from_nano(event.quantity), known.cost + from_nano(event.cost)
    )
    note_dust(state, event.account, event.instrument, event.quantity, at)


def _nothing(state: BookState, event: e.Event, at: Instant) -> None:
    """Recorded for people; the state does not depend on it."""


def _enter(state: BookState, position: Position, quantity: Nano, cost: Nano, fee: Nano) -> None:
    new_quantity, new_cost = from_nano(quantity), from_nano(cost)
    position.entered += abs(new_quantity - position.quantity)
    position.entry_value += new_cost - position.cost
    position.quantity = new_quantity
    position.cost = new_cost
    position.fees += from_nano(fee)


def _book_cash(state: BookState, event: _MovesCash, gained: Decimal) -> None:
    holder, cash = state.accounts[event.account], from_nano(event.cash)
    note_money(state, event.account, event.instrument, cash - holder.cash, gained)
    holder.cash = cash
    holder.fees += from_nano(event.fee)


def _add(state: BookState, order: Order) -> None:
    state.counter += 1
    state.orders[order.request.id] = order
    _list_open(state, order)
    schedule(state, order)


def _list_open(state: BookState, order: Order) -> None:
    request = order.request
    by_instrument = state.open.setdefault(request.account, {})
    by_instrument.setdefault(request.instrument, []).append(request.id)


def _set(state: BookState, order: Order, new: OrderState, at: Instant) -> None:
    before = order.state
    order.state = new
    order.updated = at
    if is_final(new) and not is_final(before):
        request = order.request
        _unlist(state, request.account, request.instrument, request.id)
        state.closed[request.id] = None
        _trim_closed(state)
    schedule(state, order)


def _unlist(state: BookState, account: AccountId, instrument: Symbol, order: OrderId) -> None:
    by_instrument = state.open[account]
    by_instrument[instrument].remove(order)
    if not by_instrument[instrument]:
        del by_instrument[instrument]


def _exposure_noted(state: BookState, event: e.ExposureNoted, at: Instant) -> None:
    by_instrument = state.exposed.setdefault(event.account, {})
    known = by_instrument.get(event.instrument)
    acted = known is None or (event.armed, event.placed) != (known.armed, known.placed)
    by_instrument[event.instrument] = Exposure(
        since=at if known is None else known.since,
        look_at=event.look_at,
        armed=event.armed,
        placed=event.placed,
        told=event.told,
        overnight=event.overnight,
        acted_at=at if known is None or acted else known.acted_at,
    )


def _exposure_ended(state: BookState, event: e.ExposureEnded, at: Instant) -> None:
    del state.exposed[event.account][event.instrument]


def _protection_waived(state: BookState, event: e.ProtectionWaived, at: Instant) -> None:
    state.positions[event.account][event.instrument].waived = True


def _trim_closed(state: BookState) -> None:
    # In bulk: taking one key after the other from the front of a dict would walk over the holes left behind.
    if len(state.closed) > CLOSED_ORDERS_KEPT + CLOSED_ORDERS_KEPT // 4:
        for oldest in list(islice(state.closed, CLOSED_ORDERS_KEPT // 4)):
            del state.closed[oldest]
            del state.orders[oldest]


def _answered_for_good(order: Order) -> None:
    order.owed = ZERO
    _answered(order)


def _answered(order: Order) -> None:
    if order.owed:
        return  # it is over: whatever else is told may have been overtaken by that
    order.asked = 0
    order.missed = False
    order.deadline = NEVER
    if order.absences:
        order.absences = []


def _set_terms(order: Order, terms: Terms) -> None:
    if terms.quantity is not None:
        order.quantity = from_nano(terms.quantity)
    if terms.limit_price is not None:
        order.limit_price = from_nano(terms.limit_price)
    if terms.stop_price is not None:
        order.stop_price = from_nano(terms.stop_price)


Applier = Callable[[BookState, Any, Instant], None]

APPLY: dict[type, Applier] = {
    e.RunStarted: _run_started,
    e.InstrumentDefined: _instrument_defined,
    e.AccountDefined: _account_defined,
    e.TradingStateChanged: _trading_state_changed,
    e.FrontChanged: _front_changed,
    e.MarketPhaseChanged: _market_phase_changed,
    e.HaltChanged: _halt_changed,
    e.ClosingBegan: _closing_began,
    e.SignalQueued: _signal_queued,
    e.SignalTaken: _signal_taken,
    e.SignalJudged: _signal_judged,
    e.SignalRepeated: _nothing,
    e.OrderHeld: _order_held,
    e.OrderSubmitted: _order_submitted,
    e.OrderTriggered: _order_triggered,
    e.OrderReleased: _order_released,
    e.ExposureNoted: _exposure_noted,
    e.ExposureEnded: _exposure_ended,
    e.ProtectionWaived: _protection_waived,
    e.OrderAccepted: _order_accepted,
    e.OrderFilled: _order_filled,
    e.OrderEnded: _order_ended,
    e.OrderAbandoned: _order_abandoned,
    e.OrderConfirmed: _order_confirmed,
    e.OrderRevived: _order_revived,
    e.RetryPlanned: _retry_planned,
    e.OrderRetried: _retry_over,
    e.OrderGivenUp: _retry_over,
    e.CancelSubmitted: _cancel_submitted,
    e.CancelPlanned: _cancel_planned,
    e.CancelRefused: _cancel_refused,
    e.ReplaceSubmitted: _replace_submitted,
    e.OrderReplaced: _order_replaced,
    e.ReplaceRefused: _replace_refused,
    e.StopMoved: _stop_moved,
    e.TargetMoved: _target_moved,
    e.RoomNoted: _room_noted,
    e.RequestRefused: _nothing,
    e.OrderDoubted: _order_doubted,
    e.OrderQueried: _order_queried,
    e.OrderMissed: _order_missed,
    e.OrderNamed: _order_named,
    e.AbsenceNoted: _absence_noted,
    e.OrderProvenAbsent: _order_proven_absent,
    e.OrderRestored: _order_restored,
    e.PositionOpened: _position_opened,
    e.PositionGrown: _position_grown,
    e.PositionReduced: _position_reduced,
    e.PositionClosed: _position_closed,
    e.DustLeft: _dust_left,
    **APPLY_CHANGE,
    **APPLY_DUST,
    **APPLY_AMENDMENT,
    **APPLY_DISASTER,
    **APPLY_GOVERNING,
    **APPLY_KILL,
    **APPLY_STRATEGIES,
    e.Anomaly: _nothing,
}
