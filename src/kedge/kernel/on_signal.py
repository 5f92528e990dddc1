"""A signal: walked through the gates, ended in one outcome, and made into an order when every gate let it pass."""

from decimal import Decimal
from hashlib import blake2b

import msgspec

from kedge.domain.accounts import Account
from kedge.domain.adaptive import MovedBy
from kedge.domain.capabilities import Capabilities, Way
from kedge.domain.codes import Code
from kedge.domain.events import Check, OrderHeld, OrderSubmitted, SignalJudged, SignalQueued, SignalRepeated
from kedge.domain.governing import SignalHeld
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import SignalArrived
from kedge.domain.instants import NEVER, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.intents import Intent
from kedge.domain.numbers import Nano, Ticks, from_nano, to_nano
from kedge.domain.orders import Holder, Order, OrderRequest, OrderType, Role, Side, TimeInForce
from kedge.domain.protection import Levels
from kedge.domain.signals import Outcome, Signal, SignalKind
from kedge.domain.stakes import NO_STAKE
from kedge.gates import (
    ADJUSTMENT_GATES,
    ENTRY_GATES,
    EXIT_GATES,
    Approved,
    Draft,
    Gate,
    Held,
    Refused,
    Verdict,
    Waiting,
    walk,
)
from kedge.gates.gate import NO_LEVELS, Figures, MarketNow, Together
from kedge.kernel.aiming import retarget
from kedge.kernel.govern import note_refusal
from kedge.kernel.moving import Move, move_stop
from kedge.kernel.one_intent import give_up_all
from kedge.kernel.requests import answer_by
from kedge.kernel.room import room
from kedge.kernel.sharing import is_opposed, neighbours, unallocated_near
from kedge.kernel.state import BookState
from kedge.kernel.stop_limit import as_taken
from kedge.kernel.sums import Sums
from kedge.kernel.turn import Turn
from kedge.protection.targets import Target

GATES: dict[SignalKind, tuple[Gate, ...]] = {
    SignalKind.ENTRY: ENTRY_GATES,
    SignalKind.BUY: ENTRY_GATES,
    SignalKind.EXIT: EXIT_GATES,
    SignalKind.SELL: EXIT_GATES,
    SignalKind.STOP_ADJUSTMENT: ADJUSTMENT_GATES,
}


def gates_of(kind: SignalKind, *, closes: bool) -> tuple[Gate, ...]:
    """The way of a signal; a BUY opens or closes, by what it finds open."""
    return EXIT_GATES if closes else GATES[kind]


def _closes(draft: Draft) -> bool:
    """Whether it takes off what is open: a BUY that names no direction closes what was sold short."""
    signal, position = draft.signal, draft.position
    if signal.kind is SignalKind.BUY:
        return signal.direction is None and position is not None and position.quantity < 0
    return GATES[signal.kind] is EXIT_GATES


_ENCODE = msgspec.json.Encoder(order="deterministic").encode


def digest(signal: Signal) -> str:
    """Tells one content from another. The time is left out: a sender that repeats itself may stamp it anew."""
    content = _ENCODE(msgspec.structs.replace(signal, ts=Instant(0)))
    return blake2b(content, digest_size=16).hexdigest()


def on_signal(turn: Turn, arrived: SignalArrived) -> None:
    """Judge a signal once; the same id again changes nothing, and is recorded only when its content differs."""
    signal = arrived.signal
    mark = digest(signal)
    known = turn.state.signals.get(signal.id)
    first = arrived.first_digest if known is None else known.digest
    if first is not None:
        if first != mark:
            turn.emit(
                SignalRepeated(signal=signal.id, account=signal.account, digest=mark, first_digest=first)
            )
        return
    judge(
        turn,
        signal,
        arrived.bid,
        arrived.ask,
        mark=mark,
        levels=arrived.levels,
        quoted_at=arrived.quoted_at,
        jumped_from=arrived.jumped_from,
    )


def judge(
    turn: Turn,
    signal: Signal,
    bid: Ticks | None,
    ask: Ticks | None,
    *,
    mark: str = "",
    waited_until: Instant | None = None,
    levels: Levels | None = None,
    approved_by: str = "",
    quoted_at: Instant | None = None,
    jumped_from: Ticks | None = None,
) -> None:
    """Walk a signal through its gates and record the outcome, with what follows from it; `mark` is its digest."""
    mark = mark or digest(signal)
    draft = draft_for(turn, signal, bid, ask, waited_until=waited_until, levels=levels, quoted_at=quoted_at)
    draft.approved_by = approved_by
    draft.jumped_from = price_of(draft.known_instrument, jumped_from)
    closes, traded = _closes(draft), draft.signal
    verdict = walk(gates_for(draft), draft)
    if isinstance(verdict, Refused):
        _judge(turn, signal, mark, Outcome.REFUSED, verdict)
        if not closes:
            note_refusal(turn, signal, verdict.code)
    elif isinstance(verdict, Waiting):
        hours = draft.market.hours
        assert hours is not None, "a gate that lets a signal wait knows the hours"
        _judge(turn, signal, mark, Outcome.QUEUED, verdict)
        turn.emit(SignalQueued(signal=signal, due=hours.next_open, levels=levels))
    elif isinstance(verdict, Held):
        _judge(turn, signal, mark, Outcome.HELD, verdict)
        until = Instant(turn.at + draft.account.terms.routing.approve_within)
        turn.emit(SignalHeld(signal=signal, until=until, levels=levels))
    elif signal.kind is SignalKind.STOP_ADJUSTMENT:
        _adjust(turn, signal, mark, verdict)
    else:
        order = turn.state.order_id()
        _judge(turn, signal, mark, Outcome.ORDERED, verdict, order)
        _order(turn, order, traded, verdict.draft, reducing=closes)
    if closes:
        give_up_all(turn, signal.account, traded.instrument, "an exit was asked for meanwhile")


def gates_for(draft: Draft) -> tuple[Gate, ...]:
    """The gates that this signal has to pass, by what is open now."""
    return gates_of(draft.signal.kind, closes=_closes(draft))


def draft_for(
    turn: Turn,
    signal: Signal,
    bid: Ticks | None,
    ask: Ticks | None,
    *,
    waited_until: Instant | None = None,
    levels: Levels | None = None,
    quoted_at: Instant | None = None,
) -> Draft:
    """A signal before its first gate, about the contract that its symbol means now."""
    meant = turn.state.contract_of(signal.account, signal.instrument)
    traded = signal if meant == signal.instrument else msgspec.structs.replace(signal, instrument=meant)
    draft = draft_of(turn, traded, bid, ask, waited_until)
    draft.levels = levels or NO_LEVELS
    draft.quoted_at = quoted_at
    return draft


def draft_of(
    turn: Turn, signal: Signal, bid: Ticks | None, ask: Ticks | None, waited_until: Instant | None
) -> Draft:
    """A signal with all that the gates may look at."""
    state = turn.state
    account, instrument = state.accounts.get(signal.account), state.instruments.get(signal.instrument)
    market = state.market_of(signal.account, signal.instrument)
    draft = Draft(
        signal,
        turn.at,
        account=account,
        instrument=instrument,
        position=state.position(signal.account, signal.instrument),
        open_orders=state.open_orders(signal.account, signal.instrument),
        trading=state.trading,
        bid=price_of(instrument, bid),
        ask=price_of(instrument, ask),
        market=MarketNow(
            market,
            state.markets.get(market),
            state.halted.get(signal.instrument, ""),
            waited_until,
            None if instrument is None else state.left_at(instrument),
            state.changed_at(signal.instrument),
        ),
    )
    draft.strategy = state.strategy_of(signal)
    if account is not None:
        draft.neighbours = neighbours(state, account, signal.instrument)
        draft.unallocated = unallocated_near(state, account, signal.instrument)
        _count(turn, draft, account, signal)
    return draft


def _count(turn: Turn, draft: Draft, account: Account, signal: Signal) -> None:
    """What the account has at stake already, and how it has fared."""
    state, (here, total) = turn.state, turn.sums.stakes(signal.account, signal.instrument)
    draft.stake, draft.total = here, total
    draft.equity = account.cash + total.worth
    if total.used > here.used:  # else there is nothing to look for
        draft.elsewhere = _elsewhere(state, signal.account, signal.instrument)
    draft.sent = state.sent.get(account.terms.held_at, draft.sent)
    if state.owners:
        draft.together = together(turn.sums, signal.account, signal.instrument)
    if account.terms.limits.by_asset and draft.known_instrument is not None:
        draft.of_asset = turn.sums.in_asset(signal.account, draft.known_instrument.asset)
    draft.pace = None if signal.strategy is None else state.paces.get(signal.strategy)
    last = account.governed.last_entry.get(signal.instrument)
    draft.last_entry = None if last is None else state.orders.get(last)


def together(sums: Sums, account: AccountId, instrument: Symbol) -> Together | None:
    """What it has with the other accounts of an owner who has limits."""
    pool = sums.pool_of(account)
    if pool is None:
        return None
    return Together(
        pool.terms,
        pool.equity,
        pool.total,
        pool.stakes.get(instrument, NO_STAKE),
        pool.members,
        lambda other: sums.stake(other, instrument),
    )


def _elsewhere(state: BookState, account: AccountId, instrument: Symbol) -> str:
    """Another instrument in which something is open, or an entry is on its way: the first that comes along."""
    for symbol in state.positions.get(account, ()):
        if symbol != instrument:
            return symbol
    for symbol, ids in state.open.get(account, {}).items():
        if symbol != instrument and any(state.orders[id_].request.role is Role.ENTRY for id_ in ids):
            return symbol
    return ""


def price_of(instrument: Instrument | None, ticks: Ticks | None) -> Decimal | None:
    """What so many ticks are worth, where both are known."""
    return None if instrument is None or ticks is None else instrument.price(ticks)


def _judge(
    turn: Turn,
    signal: Signal,
    mark: str,
    outcome: Outcome,
    verdict: Verdict,
    order: OrderId | None = None,
) -> None:
    turn.emit(
        SignalJudged(
            signal=signal.id,
            account=signal.account,
            digest=mark,
            outcome=outcome,
            checks=verdict.checks,
            order=order,
            code="" if isinstance(verdict, Approved) else verdict.code,
        )
    )


def refuse(turn: Turn, signal: Signal, gate: str, code: Code, figures: Figures) -> None:
    """End a signal by what happened to it while it waited."""
    verdict = Refused(code, (Check(gate, code, figures),))
    _judge(turn, signal, digest(signal), Outcome.REFUSED, verdict)


def _adjust(turn: Turn, signal: Signal, mark: str, approved: Approved) -> None:
    draft, order = approved.draft, approved.draft.stop_order
    _judge(turn, signal, mark, Outcome.ADJUSTED, approved, None if order is None else order.id)
    person = signal.metadata.get("who")
    who, why = ("signal", signal.id) if person is None else (person, signal.reason or signal.id)
    if order is not None and draft.stop is not None:
        market = draft.bid if draft.side is Side.SELL else draft.ask
        by = MovedBy.SIGNAL if person is None else MovedBy.PERSON
        move = Move(to_nano(draft.stop), by, who, why)
        for each in (*_of_its_entry(turn, order), *_behind(turn, order, draft.stop)):
            move_stop(turn, each, move, None if market is None else to_nano(market))
    if draft.targets and draft.position is not None:
        retarget(turn, draft.position, draft.targets, who, why)


def _of_its_entry(turn: Turn, order: Order) -> list[Order]:
    """All that hold a part each of what one entry brought: they go together."""
    request = order.request
    return [
        other
        for other in turn.state.open_orders(request.account, request.instrument)
        if other.request.role is Role.STOP and other.request.parent == request.parent
    ]


def _behind(turn: Turn, moved: Order, price: Decimal) -> list[Order]:
    """The stops of the position's other entries that are farther from the market than that."""
    request = moved.request
    position = turn.state.position(request.account, request.instrument)
    if position is None or not position.adds:
        return []
    return [
        order
        for order in turn.state.open_orders(request.account, request.instrument)
        if order.request.role is Role.STOP
        and order.request.parent in position.entries
        and order.request.parent != request.parent
        and order.stop_price is not None
        and (price - order.stop_price) * position.quantity > 0
    ]


def _order(turn: Turn, order: OrderId, signal: Signal, draft: Draft, *, reducing: bool) -> None:
    wanted = signal.order
    request = OrderRequest(
        id=order,
        account=signal.account,
        instrument=signal.instrument,
        side=draft.side,
        type=wanted.type,
        quantity=to_nano(draft.quantity),
        limit_price=wanted.limit_price,
        stop_price=wanted.stop_price,
        trail_amount=wanted.trail_amount,
        trail_percent=wanted.trail_percent,
        tif=wanted.tif,
        reduce_only=reducing and not is_opposed(turn.state, signal.account, signal.instrument),
        role=Role.EXIT if reducing else Role.ENTRY,
        signal=signal.id,
        strategy=signal.strategy,
        expected=None if reducing or draft.reference is None else to_nano(draft.reference),
    )
    if reducing:
        at_once = wanted.type is OrderType.MARKET
        cancel_at = NEVER if at_once else give_up_at(draft, wanted.tif)
        send_exit(turn, request, cancel_at)
    else:
        send_entry(turn, request, _legs(turn, request, draft), give_up_at(draft, wanted.tif), _intent(draft))


def send_exit(turn: Turn, request: OrderRequest, cancel_at: Instant, intent: Intent | None = None) -> None:
    """An exit leaves; where what rests there has to give way first, the engine holds it until there is room."""
    if _has_to_wait(turn, request):
        held = msgspec.structs.replace(request, holder=Holder.ENGINE)
        turn.emit(OrderHeld(request=held, cancel_at=cancel_at, intent=intent))  # see `on_trigger`
    else:
        turn.emit(
            OrderSubmitted(request=request, answer_by=answer_by(turn), cancel_at=cancel_at, intent=intent)
        )


def send_entry(
    turn: Turn, request: OrderRequest, legs: tuple[OrderRequest, ...], cancel_at: Instant, intent: Intent
) -> None:
    """An entry leaves with the exits that its venue holds; the engine holds the others."""
    there = _at_venue(turn.state.able(request.account), legs)
    taken = tuple([as_taken(turn.state, leg) for leg in there])
    turn.emit(
        OrderSubmitted(
            request=request, legs=taken, answer_by=answer_by(turn), cancel_at=cancel_at, intent=intent
        )
    )
    for leg in legs:
        if leg not in there:
            turn.emit(OrderHeld(request=msgspec.structs.replace(leg, holder=Holder.ENGINE)))


def _has_to_wait(turn: Turn, request: OrderRequest) -> bool:
    """Whether what rests there has to give way first, lest both add up to more than is open."""
    able = turn.state.able(request.account)
    free = room(turn.state, request.account, request.instrument)
    return not able.reduce_only and from_nano(request.quantity) > free


def _intent(draft: Draft) -> Intent:
    """Until when, and around which price, the entry may be tried again."""
    since = draft.signal.ts if draft.market.waited_until is None else draft.market.waited_until
    return Intent(
        until=Instant(since + draft.account.terms.signal_ttl),
        reference=None if draft.reference is None else to_nano(draft.reference),
        promised=draft.signal.expected_price,
    )


def give_up_at(draft: Draft, tif: TimeInForce) -> Instant:
    """When an unfilled entry is given up; one for an auction has its time from there on."""
    since, hours = draft.at, draft.market.hours
    if hours is not None and tif is TimeInForce.ON_OPEN:
        since = hours.next_open
    elif hours is not None and hours.close is not None and tif is TimeInForce.ON_CLOSE:
        since = hours.close
    return Instant(since + draft.account.terms.order_timeout)


def _legs(turn: Turn, entry: OrderRequest, draft: Draft) -> tuple[OrderRequest, ...]:
    legs: list[OrderRequest] = []
    lasting = turn.state.able(entry.account).lasting
    if draft.stop is not None:
        legs.append(_stop_leg(turn, entry, to_nano(draft.stop), lasting))
    for target in draft.targets:
        adjusts = target.adjusts and draft.account.terms.adapt.target is not None
        legs.append(_target_leg(turn, entry, 1 + len(legs), target, lasting, adjusts=adjusts))
    return tuple(legs)


def _at_venue(able: Capabilities, legs: tuple[OrderRequest, ...]) -> tuple[OrderRequest, ...]:
    """The legs that leave with the entry: all, or the stop alone where the venue takes fewer targets than there are."""
    if able.way is not Way.NATIVE:
        return ()
    stops = [leg for leg in legs if leg.role is Role.STOP]
    return legs if len(legs) - len(stops) <= able.bracket_targets else tuple(stops)


def _stop_leg(turn: Turn, entry: OrderRequest, price: Nano, lasting: TimeInForce) -> OrderRequest:
    return OrderRequest(
        id=turn.state.order_id(1),
        account=entry.account,
        instrument=entry.instrument,
        side=entry.side.opposite,
        type=OrderType.STOP,
        quantity=entry.quantity,
        stop_price=price,
        tif=lasting,
        reduce_only=True,
        role=Role.STOP,
        signal=entry.signal,
        parent=entry.id,
        strategy=entry.strategy,
    )


def _target_leg(
    turn: Turn, entry: OrderRequest, ahead: int, target: Target, lasting: TimeInForce, *, adjusts: bool
) -> OrderRequest:
    return OrderRequest(
        id=turn.state.order_id(ahead),
        account=entry.account,
        instrument=entry.instrument,
        side=entry.side.opposite,
        type=OrderType.LIMIT,
        quantity=to_nano(target.quantity),
        limit_price=to_nano(target.price),
        tif=lasting,
        reduce_only=True,
        role=Role.TARGET,
        signal=entry.signal,
        parent=entry.id,
        strategy=entry.strategy,
        adjusts=adjusts,
    )
